// SPDX-License-Identifier: Apache-2.0
#include "video/post/detections.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace infer_server::video {
namespace {

constexpr float kFarthest = 16;     // Input sizes.
constexpr float kSmallestEdge = 1;  // Frame pixels.

Rect ClipTo(const Rect& box, const Rect& region) {
  const float x0 = std::max(box.x, region.x), y0 = std::max(box.y, region.y);
  const float x1 = std::min(box.x + box.w, region.x + region.w);
  const float y1 = std::min(box.y + box.h, region.y + region.h);
  // Written so that a NaN anywhere fails the comparison.
  if (!(x1 - x0 >= kSmallestEdge && y1 - y0 >= kSmallestEdge)) return {};
  return {x0, y0, x1 - x0, y1 - y0};
}

}  // namespace

void DetectionList::Bind(const PostSettings& settings, std::size_t capacity) {
  class_thresholds_ = settings.class_thresholds;
  threshold_ = least_score_ = settings.threshold;
  for (const float threshold : class_thresholds_) least_score_ = std::min(least_score_, threshold);
  nms_threshold_ = settings.nms_threshold;
  max_objects_ = settings.max_objects > 0 ? static_cast<std::size_t>(settings.max_objects)
                                          : std::numeric_limits<std::size_t>::max();
  candidates_.reserve(capacity);
}

void DetectionList::Start(const Placement& placement) {
  placement_ = placement;
  limit_x_ = kFarthest * static_cast<float>(placement.input_width);
  limit_y_ = kFarthest * static_cast<float>(placement.input_height);
  candidates_.clear();
}

void DetectionList::Add(float x1, float y1, float x2, float y2, float score, int label_id) {
  const auto label = static_cast<std::size_t>(label_id);
  const float least = label < class_thresholds_.size() ? class_thresholds_[label] : threshold_;
  // All comparisons are false for NaN.
  if (!(score >= least && score > 0 && score <= kMaxScore)) return;
  if (!(x1 < x2 && y1 < y2 && x1 >= -limit_x_ && x2 <= limit_x_ && y1 >= -limit_y_ &&
        y2 <= limit_y_))
    return;
  candidates_.push_back({{x1, y1, x2 - x1, y2 - y1}, std::min(score, 1.0f), label_id});
}

void DetectionList::Finish(const Rect& region, ItemResult* result) {
  Suppress(nms_threshold_, &candidates_);
  std::size_t added = 0;
  for (const Candidate& candidate : candidates_) {
    if (added == max_objects_) break;
    const Rect box = ClipTo(placement_.ToFrame(candidate.box), region);
    if (box.Empty()) continue;
    Detection detection;
    detection.box = box;
    detection.score = candidate.score;
    detection.label_id = candidate.label_id;
    result->detections.push_back(detection);
    ++added;
  }
}

}  // namespace infer_server::video
