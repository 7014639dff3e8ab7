// SPDX-License-Identifier: Apache-2.0
// embedding and segmentation: what a network says of all that it saw.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tests/video/post_support.h"

namespace infer_server::video {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(Embedding, HasLengthOne) {
  auto post = BoundPost("embedding", {}, Picture(8, 8), {Tensor("out", {1, 4, 1, 1})});
  const ItemResult result = RunPost(post.get(), {{3, 0, -4, 0}}, {0, 0, 8, 8}, 8, 8);
  const std::vector<float> expected = {0.6f, 0, -0.8f, 0};
  EXPECT_EQ(expected, result.embedding);
  // Squares too large and too small for 32 bits.
  EXPECT_FLOAT_EQ(0.6f,
                  RunPost(post.get(), {{3e30f, 4e30f, 0, 0}}, {0, 0, 8, 8}, 8, 8).embedding[0]);
  EXPECT_FLOAT_EQ(0.6f,
                  RunPost(post.get(), {{3e-30f, 4e-30f, 0, 0}}, {0, 0, 8, 8}, 8, 8).embedding[0]);
}

TEST(Embedding, IsNoneWithoutADirection) {
  auto post = BoundPost("embedding", {}, Picture(8, 8), {Tensor("out", {1, 2})});
  for (const std::vector<float>& bad :
       {std::vector<float>{0, 0}, {kNan, 1}, {1, kInf}, {-kInf, -kInf}})
    EXPECT_TRUE(RunPost(post.get(), {bad}, {0, 0, 8, 8}, 8, 8).embedding.empty());
}

TEST(Embedding, SaysWhatDoesNotFit) {
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'embedding' does not fit the network: it expects one "
      "output [1,N] with N of 2 or more; the network has inputs image f32[1,3,8,8] and outputs a "
      "f32[1,4,2,2]; set postprocess to the network's family",
      BindError("embedding", {}, Picture(8, 8), {Tensor("a", {1, 4, 2, 2})}));
  EXPECT_NE("OK", BindError("embedding", {}, Picture(8, 8), {Tensor("a", {1, 1})}));
  EXPECT_NE("OK", BindError("embedding", {}, Picture(8, 8), {}));
}

// The class of the largest number, in both orders of dimensions.
TEST(Segmentation, EqualsAPlainArgmax) {
  constexpr int kRows = 12, kColumns = 16, kClasses = 5;
  std::mt19937 random(5);
  std::uniform_real_distribution<float> value(-3, 3);
  std::vector<float> planes(kRows * kColumns * kClasses), cells(planes.size());
  std::vector<std::uint8_t> expected;
  for (std::size_t i = 0; i < kRows * kColumns; ++i) {
    int best = 0;
    for (std::size_t c = 0; c < kClasses; ++c) {
      const float number = value(random);
      planes[c * kRows * kColumns + i] = cells[i * kClasses + c] = number;
      if (number > cells[i * kClasses + static_cast<std::size_t>(best)]) best = static_cast<int>(c);
    }
    expected.push_back(static_cast<std::uint8_t>(best));
  }
  auto nchw =
      BoundPost("segmentation", {}, Picture(64, 48), {Tensor("a", {1, kClasses, kRows, kColumns})});
  auto nhwc =
      BoundPost("segmentation", {}, Picture(64, 48), {Tensor("a", {1, kRows, kColumns, kClasses})});
  const ItemResult a = RunPost(nchw.get(), {planes}, {0, 0, 640, 480}, 64, 48);
  const ItemResult b = RunPost(nhwc.get(), {cells}, {0, 0, 640, 480}, 64, 48);
  EXPECT_EQ(expected, a.mask);
  EXPECT_EQ(expected, b.mask);
  EXPECT_EQ(kColumns, a.mask_width);
  EXPECT_EQ(kRows, a.mask_height);
}

TEST(Segmentation, ReadsNumbersOfClassesAndProbabilities) {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{1, 2, 4}, {1, 1, 2, 4}, {1, 2, 4, 1}}) {
    auto post = BoundPost("segmentation", {}, Picture(8, 4), {Tensor("a", shape)});
    const ItemResult result =
        RunPost(post.get(), {{0, 1, 2, 255, 0.4f, 0.6f, 1000, -1}}, {0, 0, 8, 4}, 8, 4);
    const std::vector<std::uint8_t> expected = {0, 1, 2, 255, 0, 1, 0, 0};
    EXPECT_EQ(expected, result.mask);
    EXPECT_EQ(4, result.mask_width);
  }
}

TEST(Segmentation, LeavesOutThePadding) {
  auto post = BoundPost("segmentation", {}, Picture(8, 8), {Tensor("a", {1, 4, 4})});
  std::vector<float> tensor;
  for (int i = 0; i < 16; ++i) tensor.push_back(static_cast<float>(i));
  // Twice as wide as high: the upper half of the picture.
  const ItemResult wide = RunPost(post.get(), {tensor}, {10, 20, 80, 40}, 8, 8, true);
  const std::vector<std::uint8_t> upper = {0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(upper, wide.mask);
  EXPECT_EQ(2, wide.mask_height);
  // A thin one still has one column.
  const ItemResult thin = RunPost(post.get(), {tensor}, {0, 0, 1, 800}, 8, 8, true);
  const std::vector<std::uint8_t> left = {0, 4, 8, 12};
  EXPECT_EQ(left, thin.mask);
}

TEST(Segmentation, NumbersThatAreNoneAreNotTheLargest) {
  auto post = BoundPost("segmentation", {}, Picture(8, 8), {Tensor("a", {1, 2, 2, 3})});
  const std::vector<float> tensor = {kNan, 0,    kNan, -kInf, kInf, 1,  //
                                     -5,   kNan, kNan, -kInf, 0,    kNan};
  const std::vector<std::uint8_t> expected = {1, 0, 0, 0, 0, 0};
  EXPECT_EQ(expected, RunPost(post.get(), {tensor}, {0, 0, 8, 8}, 8, 8).mask);
}

TEST(Segmentation, SaysWhatDoesNotFit) {
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'segmentation' does not fit the network: it expects one "
      "output [1,classes,rows,columns], [1,rows,columns,classes] or [1,rows,columns], with at most "
      "256 classes; the network has inputs image f32[1,3,8,8] and outputs a f32[1,300,400,500]; "
      "set postprocess to the network's family",
      BindError("segmentation", {}, Picture(8, 8), {Tensor("a", {1, 300, 400, 500})}));
  PostSettings few;
  few.labels = Labels({"road"});
  EXPECT_NE("OK", BindError("segmentation", few, Picture(8, 8), {Tensor("a", {1, 4, 8, 8})}));
  EXPECT_EQ("OK", BindError("segmentation", few, Picture(8, 8), {Tensor("a", {1, 8, 8})}));
  EXPECT_NE("OK", BindError("segmentation", {}, Picture(8, 8), {Tensor("a", {1, 0, 8, 8})}));
}

}  // namespace
}  // namespace infer_server::video
