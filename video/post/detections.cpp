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

void DetectionList::Bind(const PostSettings& settings, std::size_t capacity, int points) {
  class_thresholds_ = settings.class_thresholds;
  threshold_ = least_score_ = settings.threshold;
  for (const float threshold : class_thresholds_) least_score_ = std::min(least_score_, threshold);
  nms_threshold_ = settings.nms_threshold;
  max_objects_ = settings.max_objects > 0 ? static_cast<std::size_t>(settings.max_objects)
                                          : std::numeric_limits<std::size_t>::max();
  candidates_.reserve(capacity);
  points_each_ = points;
  points_.reserve(capacity * static_cast<std::size_t>(points));
}

void DetectionList::Start(const Placement& placement) {
  placement_ = placement;
  limit_x_ = kFarthest * static_cast<float>(placement.input_width);
  limit_y_ = kFarthest * static_cast<float>(placement.input_height);
  candidates_.clear();
  points_.clear();
}

// Puts the keypoints at the end of points_, unless one is none.
bool DetectionList::TakePoints(const Keypoint* points) {
  for (int i = 0; i < points_each_; ++i) {
    const Keypoint& point = points[i];
    if (!(std::abs(point.x) <= limit_x_ && std::abs(point.y) <= limit_y_)) return false;
  }
  for (int i = 0; i < points_each_; ++i) {
    // Written so that NaN becomes 0.
    const float score = points[i].score > 0 ? std::min(points[i].score, 1.0f) : 0;
    points_.push_back({points[i].x, points[i].y, score});
  }
  return true;
}

void DetectionList::GivePoints(int tag, Detection* detection, ItemResult* result) const {
  detection->keypoint_begin = static_cast<int>(result->keypoints.size());
  detection->keypoint_count = points_each_;
  for (int i = 0; i < points_each_; ++i) {
    const Keypoint& point = points_[static_cast<std::size_t>(tag + i)];
    const Rect at = placement_.ToFrame({point.x, point.y, 0, 0});
    result->keypoints.push_back({at.x, at.y, point.score});
  }
}

void DetectionList::Add(float x1, float y1, float x2, float y2, float score, int label_id,
                        const Keypoint* points) {
  const auto label = static_cast<std::size_t>(label_id);
  const float least = label < class_thresholds_.size() ? class_thresholds_[label] : threshold_;
  // All comparisons are false for NaN.
  if (!(score >= least && score > 0 && score <= kMaxScore)) return;
  if (!(x1 < x2 && y1 < y2 && x1 >= -limit_x_ && x2 <= limit_x_ && y1 >= -limit_y_ &&
        y2 <= limit_y_))
    return;
  const int tag = points != nullptr ? static_cast<int>(points_.size()) : -1;
  if (points != nullptr && !TakePoints(points)) return;
  candidates_.push_back({{x1, y1, x2 - x1, y2 - y1}, std::min(score, 1.0f), label_id, tag});
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
    if (candidate.tag >= 0) GivePoints(candidate.tag, &detection, result);
    result->detections.push_back(detection);
    ++added;
  }
}

}  // namespace infer_server::video
