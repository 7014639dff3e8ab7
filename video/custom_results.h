// SPDX-License-Identifier: Apache-2.0
// Takes the results of a post-processor in a shared object, and checks every one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "inferserver_postprocess.h"
#include "video/post/detections.h"

namespace infer_server::video {

// One instance belongs to one post-processor. Allocates nothing that grows with use.
class CustomResults {
 public:
  void Bind(const PostSettings& settings, const inferserver_postprocess& table);
  float least_score() const { return list_.least_score(); }

  // Starts an item whose results go to `result`.
  void Start(const Placement& placement, ItemResult* result);
  // What the shared object gets; valid until the next Start().
  inferserver_item Item(const float* const* outputs);
  // Why something was refused since Start(); nullptr = nothing was.
  const char* refused() const { return refused_; }
  // Adds the objects.
  void Finish(const Rect& region);

 private:
  static int AddObject(inferserver_results* results, const inferserver_object* object);
  static int AddClass(inferserver_results* results, std::int32_t label_id, float score);
  static int SetEmbedding(inferserver_results* results, const float* numbers, std::size_t count);
  static int SetMask(inferserver_results* results, const std::uint8_t* cells, std::int32_t columns,
                     std::int32_t rows);
  int Refuse(const char* why);
  bool KnowsLabel(std::int32_t label_id) const;

  DetectionList list_;
  PostSettings settings_;  // Without labels.
  std::size_t labels_ = 0, most_objects_ = 0, objects_ = 0;
  std::size_t points_ = 0;  // Of an object.
  std::vector<Keypoint> keypoints_;
  Placement placement_;
  ItemResult* result_ = nullptr;
  const char* refused_ = nullptr;
};

}  // namespace infer_server::video
