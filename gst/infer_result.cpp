// SPDX-License-Identifier: Apache-2.0
#include "gst/infer_result.h"

#include <utility>

#include "gst/frame_meta.h"
#include "gst/region_params.h"
#include "video/placement.h"

namespace infer_gst {
namespace {

using infer_server::video::InferenceStatus;
using infer_server::video::Iou;
using infer_server::video::ItemResult;
using infer_server::video::ModelSetup;

// Regions of two frames that overlap this much, of one label, are taken for one object.
constexpr float kSameObjectIou = 0.5f;

}  // namespace

ResultWriter::ResultWriter(const ModelSetup& setup, InferInput input)
    : input_(input), labels_(setup.post.labels) {
  inference_.model = setup.model_name;
  attribute_.name = setup.attribute_name;
  attribute_.model = setup.model_name;
}

void ResultWriter::Reset() {
  have_held_ = false;
  held_count_ = 0;
  age_ = 0;
}

void ResultWriter::Attach(InFlight* frame, GstBuffer* buffer) {
  inference_.age_frames = 0;
  inference_.embedding.clear();
  inference_.mask.reset();
  if (have_held_) ++age_;
  if (frame->purpose == Purpose::kNone) {
    inference_.status = InferenceStatus::kNone;
  } else if (frame->purpose != Purpose::kRun) {
    inference_.status = !have_held_                        ? InferenceStatus::kNone
                        : frame->purpose == Purpose::kSkip ? InferenceStatus::kStale
                                                           : InferenceStatus::kHeld;
    inference_.age_frames = have_held_ ? age_ : 0;
    WriteHeld(*frame, buffer);
  } else if (frame->status != infer_server::Status::SUCCESS) {
    inference_.status = InferenceStatus::kFailed;
  } else {
    inference_.status = InferenceStatus::kRan;
    if (input_ == InferInput::kObjects) WriteRegionIds(buffer);
    for (std::size_t i = 0; i < frame->count; ++i)
      Write(frame->items[i].result, input_ == InferInput::kObjects ? frame->regions[i].id : -1,
            buffer);
    Keep(frame);
  }
  AddInference(buffer, inference_);  // Last: see gst/frame_meta.h.
}

void ResultWriter::Write(const ItemResult& result, int region_id, GstBuffer* buffer) {
  AddDetections(buffer, result, labels_, inference_.model, region_id);
  const auto mask = MaskOf(result, labels_.labels());
  if (region_id < 0) {
    inference_.embedding = result.embedding;
    inference_.mask = mask;
  } else {
    if (!result.embedding.empty())
      AddEmbedding(buffer, region_id, result.embedding, inference_.model);
    if (mask != nullptr) AddMask(buffer, region_id, *mask, inference_.model);
  }
  if (result.classifications.empty()) return;
  const auto& best = result.classifications.front();
  if (region_id >= 0) {
    AddAttribute(buffer, region_id, attribute_.name, best, labels_, inference_.model);
    return;
  }
  attribute_.label = labels_.labels().Name(best.label_id);
  attribute_.label_id = best.label_id;
  attribute_.score = best.score;
  AddFrameAttribute(buffer, attribute_);
}

void ResultWriter::WriteHeld(const InFlight& frame, GstBuffer* buffer) {
  if (!have_held_) return;
  if (input_ == InferInput::kFrame) {
    Write(held_[0], -1, buffer);
    return;
  }
  WriteRegionIds(buffer);
  for (const RegionRef& region : frame.regions) {
    std::size_t best = held_count_;
    float overlap = kSameObjectIou;
    for (std::size_t i = 0; i < held_count_; ++i) {
      if (held_regions_[i].label != region.label) continue;
      const float iou = Iou(held_regions_[i].box, region.box);
      if (iou < overlap) continue;
      overlap = iou;
      best = i;
    }
    if (best != held_count_) Write(held_[best], region.id, buffer);
  }
}

void ResultWriter::Keep(InFlight* frame) {
  if (held_.size() < frame->count) held_.resize(frame->count);
  for (std::size_t i = 0; i < frame->count; ++i) std::swap(held_[i], frame->items[i].result);
  std::swap(held_regions_, frame->regions);
  held_count_ = frame->count;
  have_held_ = true;
  age_ = 0;
}

}  // namespace infer_gst
