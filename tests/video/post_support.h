// SPDX-License-Identifier: Apache-2.0
// What the tests of post-processors share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "video/post/post_processor.h"

namespace infer_server::video {

using Tensors = std::vector<devices::TensorInfo>;

inline devices::TensorInfo Tensor(std::string name, std::vector<std::int64_t> shape) {
  devices::TensorInfo info;
  info.name = std::move(name);
  info.shape = std::move(shape);
  return info;
}

inline Tensors Picture(int width, int height, int channels = 3) {
  return {Tensor("image", {1, channels, height, width})};
}

inline std::unique_ptr<PostProcessor> MakePost(const std::string& name) {
  auto made = PostProcessors().Create(name);
  EXPECT_TRUE(made.ok()) << made.status().ToString();
  return made.ok() ? std::move(made).value() : nullptr;
}

inline std::unique_ptr<PostProcessor> BoundPost(const std::string& name,
                                                const PostSettings& settings, const Tensors& inputs,
                                                const Tensors& outputs) {
  auto post = MakePost(name);
  const devices::Status status = post->Bind(settings, inputs, outputs);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return post;
}

// The text of a Bind() that must fail.
inline std::string BindError(const std::string& name, const PostSettings& settings,
                             const Tensors& inputs, const Tensors& outputs) {
  return MakePost(name)->Bind(settings, inputs, outputs).ToString();
}

// One item through a processor: the network sees `region` stretched, or letterboxed, to the input.
inline ItemResult RunPost(PostProcessor* post, const std::vector<std::vector<float>>& tensors,
                          const Rect& region, int width, int height, bool keep_aspect = false) {
  std::vector<const float*> pointers;
  for (const std::vector<float>& tensor : tensors) pointers.push_back(tensor.data());
  ItemResult result;
  const Placement placement = Place(region, width, height, keep_aspect, Align::kTopLeft);
  const devices::Status status = post->Process(pointers.data(), placement, region, &result);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return result;
}

inline void ExpectBox(const Rect& expected, const Rect& box, float tolerance = 1e-3f) {
  EXPECT_NEAR(expected.x, box.x, tolerance);
  EXPECT_NEAR(expected.y, box.y, tolerance);
  EXPECT_NEAR(expected.w, box.w, tolerance);
  EXPECT_NEAR(expected.h, box.h, tolerance);
}

}  // namespace infer_server::video
