// SPDX-License-Identifier: Apache-2.0
#include "video/result.h"

namespace infer_server::video {

void ItemResult::Clear() {
  detections.clear();
  classifications.clear();
  keypoints.clear();
  embedding.clear();
  mask.clear();
  mask_width = mask_height = 0;
}

void FrameResult::Clear() {
  inference.clear();
  attributes.clear();
  objects.clear();
}

const char* NameOf(InferenceStatus status) {
  switch (status) {
    case InferenceStatus::kRan:
      return "ran";
    case InferenceStatus::kHeld:
      return "held";
    case InferenceStatus::kStale:
      return "stale";
    case InferenceStatus::kFailed:
      return "failed";
    case InferenceStatus::kNone:
      return "none";
  }
  return "none";
}

}  // namespace infer_server::video
