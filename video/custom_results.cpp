// SPDX-License-Identifier: Apache-2.0
#include "video/custom_results.h"

#include <algorithm>
#include <cmath>

namespace infer_server::video {
namespace {

constexpr std::size_t kMostClasses = 64, kMostNumbers = 65536;
constexpr std::int32_t kMostLabel = 65535, kMostSide = 16384;

CustomResults* From(inferserver_results* results) {
  return reinterpret_cast<CustomResults*>(results);
}

}  // namespace

void CustomResults::Bind(const PostSettings& settings, const inferserver_postprocess& table) {
  settings_ = settings;
  settings_.labels = Labels();
  labels_ = settings.labels.size();
  most_objects_ = table.max_objects;
  points_ = table.points;
  keypoints_.resize(points_);
  list_.Bind(settings, most_objects_, static_cast<int>(points_));
}

void CustomResults::Start(const Placement& placement, ItemResult* result) {
  list_.Start(placement);
  placement_ = placement;
  objects_ = 0;
  result_ = result;
  refused_ = nullptr;
}

inferserver_item CustomResults::Item(const float* const* outputs) {
  inferserver_item item{};
  item.outputs = outputs;
  item.input_width = placement_.input_width;
  item.input_height = placement_.input_height;
  item.results = reinterpret_cast<inferserver_results*>(this);
  item.add_object = &CustomResults::AddObject;
  item.add_class = &CustomResults::AddClass;
  item.set_embedding = &CustomResults::SetEmbedding;
  item.set_mask = &CustomResults::SetMask;
  return item;
}

void CustomResults::Finish(const Rect& region) { list_.Finish(region, result_); }

int CustomResults::Refuse(const char* why) {
  if (refused_ == nullptr) refused_ = why;
  return -1;
}

bool CustomResults::KnowsLabel(std::int32_t label_id) const {
  return label_id >= 0 && label_id <= kMostLabel &&
         (labels_ == 0 || static_cast<std::size_t>(label_id) < labels_);
}

int CustomResults::AddObject(inferserver_results* results, const inferserver_object* object) {
  CustomResults* self = From(results);
  if (object == nullptr) return self->Refuse("it added NULL as an object");
  if (++self->objects_ > self->most_objects_)
    return self->Refuse("it added more objects than the max_objects of its table");
  if (!self->KnowsLabel(object->label_id))
    return self->Refuse("it added an object of a class that is not 0 to 65535 or has no label");
  const bool points = object->points != nullptr && self->points_ > 0;
  for (std::size_t i = 0; points && i < self->points_; ++i)
    self->keypoints_[i] = {object->points[i].x, object->points[i].y, object->points[i].score};
  self->list_.Add(object->x1, object->y1, object->x2, object->y2, object->score, object->label_id,
                  points ? self->keypoints_.data() : nullptr);
  return 0;
}

int CustomResults::AddClass(inferserver_results* results, std::int32_t label_id, float score) {
  CustomResults* self = From(results);
  if (!self->KnowsLabel(label_id))
    return self->Refuse("it added a class that is not 0 to 65535 or has no label");
  if (!(score >= 0 && score <= kMaxScore))
    return self->Refuse("it added a class with a score that is not 0 to 1");
  if (self->result_->classifications.size() == kMostClasses)
    return self->Refuse("it added more than 64 classes");
  if (score >= self->settings_.ThresholdOf(label_id))
    self->result_->classifications.push_back({label_id, std::min(score, 1.0f)});
  return 0;
}

int CustomResults::SetEmbedding(inferserver_results* results, const float* numbers,
                                std::size_t count) {
  CustomResults* self = From(results);
  if (numbers == nullptr || count == 0 || count > kMostNumbers)
    return self->Refuse("it set an embedding of none or more than 65536 numbers");
  if (!std::all_of(numbers, numbers + count, [](float number) { return std::isfinite(number); }))
    return self->Refuse("it set an embedding with a number that is not finite");
  self->result_->embedding.assign(numbers, numbers + count);
  return 0;
}

int CustomResults::SetMask(inferserver_results* results, const std::uint8_t* cells,
                           std::int32_t columns, std::int32_t rows) {
  CustomResults* self = From(results);
  if (cells == nullptr || columns < 1 || columns > kMostSide || rows < 1 || rows > kMostSide)
    return self->Refuse("it set a mask that has not 1 to 16384 columns and rows");
  self->result_->mask.assign(
      cells, cells + static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
  self->result_->mask_width = columns;
  self->result_->mask_height = rows;
  return 0;
}

}  // namespace infer_server::video
