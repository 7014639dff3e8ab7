// SPDX-License-Identifier: Apache-2.0
// What the detection families share: from boxes in input pixels to results in frame pixels.
#pragma once

#include <cstddef>
#include <vector>

#include "devices/base/export.h"
#include "video/placement.h"
#include "video/post/nms.h"
#include "video/post/post_processor.h"
#include "video/result.h"

namespace infer_server::video {

// Scores are probabilities; rounding in a network may put them this far above 1. What is above is
// no score, and is dropped.
constexpr float kMaxScore = 1.001f;

// Collects one item's boxes after another. One thread at a time.
class INFER_API DetectionList {
 public:
  // `capacity`: most boxes that one item can have; memory for them is taken here. `points`:
  // keypoints of each box.
  void Bind(const PostSettings& settings, std::size_t capacity, int points = 0);

  // The least threshold of any class: boxes with a lower score need not be made.
  float least_score() const { return least_score_; }

  // Starts an item.
  void Start(const Placement& placement);

  // A box by its corners in input pixels. Drops it unless its score reaches its class's threshold
  // and is above 0 and at most kMaxScore, and its edges are in order, finite and within 16 input
  // sizes of the origin. `points` are its keypoints in input pixels, as many as were bound, or
  // nullptr; the box is dropped, too, when one of them is as far away or not a number.
  void Add(float x1, float y1, float x2, float y2, float score, int label_id,
           const Keypoint* points = nullptr);

  // Suppresses overlaps, and appends what is left to `result`, best first: in frame pixels, clipped
  // to `region`, at most max_objects. Boxes narrower or lower than one pixel of the frame after
  // clipping are dropped. Keypoints go with their boxes; they are not clipped.
  void Finish(const Rect& region, ItemResult* result);

 private:
  bool TakePoints(const Keypoint* points);
  void GivePoints(int tag, Detection* detection, ItemResult* result) const;

  std::vector<float> class_thresholds_;
  float threshold_ = 0, nms_threshold_ = 0, least_score_ = 0;
  std::size_t max_objects_ = 0;
  Placement placement_;
  float limit_x_ = 0, limit_y_ = 0;
  std::vector<Candidate> candidates_;
  int points_each_ = 0;
  std::vector<Keypoint> points_;  // points_each_ from each candidate's tag on.
};

}  // namespace infer_server::video
