// SPDX-License-Identifier: Apache-2.0
// The detection families whose tensors are read in a few lines: fastestdet, ssd, ultraface.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/video/post_support.h"

namespace infer_server::video {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr Rect kFrame{0, 0, 200, 100};

// ---- fastestdet ----

TEST(FastestDet, DecodesACell) {
  auto post = BoundPost("fastestdet", {}, Picture(100, 100), {Tensor("out", {1, 7, 2, 4})});
  std::vector<float> tensor(7 * 8, 0);
  const int cell = 4 + 1;  // Row 1, column 1.
  const float values[] = {0.9f, 0.5f, -0.25f, -1, 0, 0.2f, 0.7f};
  for (int i = 0; i < 7; ++i) tensor[static_cast<std::size_t>(i * 8 + cell)] = values[i];
  const ItemResult result = RunPost(post.get(), {tensor}, kFrame, 100, 100);
  ASSERT_EQ(1u, result.detections.size());
  EXPECT_EQ(1, result.detections[0].label_id);
  EXPECT_NEAR(std::pow(0.9, 0.6) * std::pow(0.7, 0.4), result.detections[0].score, 1e-6);
  const float cx = (1 + std::tanh(0.5f)) / 4 * 200, cy = (1 + std::tanh(-0.25f)) / 2 * 100;
  const float w = 200 / (1 + std::exp(1.0f)), h = 50;
  ExpectBox({cx - w / 2, cy - h / 2, w, h}, result.detections[0].box, 1e-2f);
}

TEST(FastestDet, SaysWhatDoesNotFit) {
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'fastestdet' does not fit the network: it expects one "
      "output [1,5+classes,rows,columns]; the network has inputs image f32[1,3,352,352] and "
      "outputs a f32[1,5,22,22]; set postprocess to the network's family",
      BindError("fastestdet", {}, Picture(352, 352), {Tensor("a", {1, 5, 22, 22})}));
  PostSettings few;
  few.labels = Labels({"a"});
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'fastestdet': labels of a list are 1, but the network has "
      "80 classes (output a f32[1,85,22,22]); give one label for each class",
      BindError("fastestdet", few, Picture(352, 352), {Tensor("a", {1, 85, 22, 22})}));
}

TEST(FastestDet, LeavesOutNumbersThatAreNone) {
  auto post = BoundPost("fastestdet", {}, Picture(100, 100), {Tensor("out", {1, 6, 1, 1})});
  const std::vector<float> cells[] = {
      {kNan, 0, 0, 0, 0, 1}, {kInf, 0, 0, 0, 0, 1}, {1, kNan, 0, 0, 0, 1},
      {1, 0, 0, kNan, 0, 1}, {1, 0, 0, 0, 0, kNan}, {1, 0, 0, 0, 0, kInf},
      {-1, 0, 0, 0, 0, 1},   {1, 0, 0, 0, 0, -1},   {1, 0, 0, -kInf, 0, 1}};
  for (const std::vector<float>& cell : cells)
    EXPECT_TRUE(RunPost(post.get(), {cell}, kFrame, 100, 100).detections.empty())
        << testing::PrintToString(cell);
}

// ---- ssd ----

const Tensors kRows = {Tensor("detection_out", {1, 1, 4, 7})};

TEST(Ssd, ReadsRowsUntilTheListEnds) {
  auto post = BoundPost("ssd", {}, Picture(300, 300), kRows);
  const std::vector<float> tensor = {0,  1, 0.9f, 0.1f, 0.2f, 0.5f, 0.6f,  //
                                     0,  3, 0.3f, 0.5f, 0.5f, 2,    2,     //
                                     -1, 1, 0.9f, 0,    0,    1,    1,     //
                                     0,  1, 0.9f, 0,    0,    1,    1};
  const ItemResult result = RunPost(post.get(), {tensor}, kFrame, 300, 300);
  ASSERT_EQ(2u, result.detections.size());
  EXPECT_EQ(1, result.detections[0].label_id);
  EXPECT_FLOAT_EQ(0.9f, result.detections[0].score);
  ExpectBox({20, 20, 80, 40}, result.detections[0].box);
  EXPECT_EQ(3, result.detections[1].label_id);
  ExpectBox({100, 50, 100, 50}, result.detections[1].box);  // Clipped.
}

TEST(Ssd, KeepsOverlapsThatTheNetworkKept) {
  const std::vector<float> tensor = {0, 1, 0.9f, 0, 0, 1, 1, 0, 1, 0.8f, 0, 0, 1, 1,
                                     0, 1, 0,    0, 0, 1, 1, 0, 1, 0,    0, 0, 1, 1};
  const PostSettings settings = MakePost("ssd")->DefaultPost();
  auto post = BoundPost("ssd", settings, Picture(300, 300), kRows);
  EXPECT_EQ(2u, RunPost(post.get(), {tensor}, kFrame, 300, 300).detections.size());
}

TEST(Ssd, AddsTheLabelOffset) {
  const std::vector<float> tensor = {0, 1, 0.9f, 0, 0, 0.5f, 0.5f, 0, 0, 0.8f, 0.5f, 0.5f, 1, 1,
                                     0, 2, 0.7f, 0, 0, 0.5f, 0.5f, 0, 1, 0,    0,    0,    1, 1};
  PostSettings settings;
  settings.label_offset = -1;
  auto post = BoundPost("ssd", settings, Picture(300, 300), kRows);
  const ItemResult result = RunPost(post.get(), {tensor}, kFrame, 300, 300);
  ASSERT_EQ(2u, result.detections.size());  // The background went.
  EXPECT_EQ(0, result.detections[0].label_id);
  EXPECT_EQ(1, result.detections[1].label_id);
}

TEST(Ssd, ReadsFourOutputsInAnyOrderByName) {
  const Tensors named = {Tensor("detection_classes:0", {1, 2}), Tensor("num_detections:0", {1}),
                         Tensor("detection_boxes:0", {1, 2, 4}),
                         Tensor("detection_scores:0", {1, 2})};
  const Tensors unnamed = {Tensor("a", {1, 2, 4}), Tensor("a:1", {1, 2}), Tensor("a:2", {1, 2}),
                           Tensor("a:3", {1})};
  const std::vector<float> boxes = {0.2f, 0.1f, 0.6f, 0.5f, 0, 0, 1, 1};
  const std::vector<float> classes = {17, 1}, scores = {0.9f, 0.8f};
  for (const float count : {1.0f, 2.0f, 7.0f, kNan, -3.0f, kInf}) {
    const std::size_t expected = count >= 2 ? 2 : count >= 1 ? 1 : 0;
    auto by_name = BoundPost("ssd", {}, Picture(300, 300), named);
    auto by_order = BoundPost("ssd", {}, Picture(300, 300), unnamed);
    const ItemResult a =
        RunPost(by_name.get(), {classes, {count}, boxes, scores}, kFrame, 300, 300);
    const ItemResult b =
        RunPost(by_order.get(), {boxes, classes, scores, {count}}, kFrame, 300, 300);
    ASSERT_EQ(expected, a.detections.size()) << count;
    ASSERT_EQ(expected, b.detections.size()) << count;
    if (expected == 0) continue;
    EXPECT_EQ(17, a.detections[0].label_id);
    EXPECT_EQ(17, b.detections[0].label_id);
    ExpectBox({20, 20, 80, 40}, a.detections[0].box);
    ExpectBox({20, 20, 80, 40}, b.detections[0].box);
  }
}

TEST(Ssd, SaysWhatDoesNotFit) {
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'ssd' does not fit the network: it expects one output "
      "[1,1,N,7] (DetectionOutput), or four: boxes [1,N,4], classes [1,N], scores [1,N], count "
      "[1]; the network has inputs image f32[1,3,300,300] and outputs a f32[1,100,6]; set "
      "postprocess to the network's family",
      BindError("ssd", {}, Picture(300, 300), {Tensor("a", {1, 100, 6})}));
  EXPECT_NE("OK", BindError("ssd", {}, Picture(300, 300),
                            {Tensor("boxes", {1, 2, 4}), Tensor("classes", {1, 3}),
                             Tensor("scores", {1, 2}), Tensor("num", {1})}));
}

TEST(Ssd, LeavesOutNumbersThatAreNone) {
  auto post = BoundPost("ssd", {}, Picture(300, 300), {Tensor("a", {1, 1, 1, 7})});
  const std::vector<float> rows[] = {
      {0, kNan, 0.9f, 0, 0, 1, 1}, {0, 1e30f, 0.9f, 0, 0, 1, 1}, {0, -5, 0.9f, 0, 0, 1, 1},
      {0, 1, kNan, 0, 0, 1, 1},    {0, 1, kInf, 0, 0, 1, 1},     {0, 1, 1e30f, 0, 0, 1, 1},
      {0, 1, 0.9f, kNan, 0, 1, 1}, {0, 1, 0.9f, 0, 0, kInf, 1},  {0, 1, 0.9f, 0, 0, 1, 1e30f},
      {0, 1, 0.9f, 1, 1, 0, 0},    {0, 1, 0.9f, -kInf, 0, 1, 1}, {0, kInf, 0.9f, 0, 0, 1, 1}};
  for (const std::vector<float>& row : rows)
    EXPECT_TRUE(RunPost(post.get(), {row}, kFrame, 300, 300).detections.empty())
        << testing::PrintToString(row);
}

// ---- ultraface ----

TEST(UltraFace, ReadsCornersInEitherOrderOfOutputs) {
  const std::vector<float> scores = {0.1f, 0.9f, 0.2f, 0.8f, 0.9f, 0.1f};
  const std::vector<float> boxes = {0.1f,  0.2f, 0.5f,  0.6f,  //
                                    0.11f, 0.2f, 0.51f, 0.6f,  // The same face.
                                    0.6f,  0.6f, 0.9f,  0.9f};
  const devices::TensorInfo s = Tensor("scores", {1, 3, 2}), b = Tensor("boxes", {1, 3, 4});
  auto one = BoundPost("ultraface", {}, Picture(320, 240), {s, b});
  auto other = BoundPost("ultraface", {}, Picture(320, 240), {b, s});
  const ItemResult first = RunPost(one.get(), {scores, boxes}, kFrame, 320, 240);
  const ItemResult second = RunPost(other.get(), {boxes, scores}, kFrame, 320, 240);
  ASSERT_EQ(1u, first.detections.size());
  ASSERT_EQ(1u, second.detections.size());
  EXPECT_EQ(0, first.detections[0].label_id);
  EXPECT_FLOAT_EQ(0.9f, first.detections[0].score);
  ExpectBox({20, 20, 80, 40}, first.detections[0].box);
  ExpectBox({20, 20, 80, 40}, second.detections[0].box);
}

TEST(UltraFace, DecodesOffsetsFromPriors) {
  // 64x64: 8·8·3 + 4·4·2 + 2·2·2 + 1·3 priors.
  const int priors = 192 + 32 + 8 + 3;
  auto post = BoundPost("ultraface-raw", {}, Picture(64, 64),
                        {Tensor("scores", {1, priors, 2}), Tensor("boxes", {1, priors, 4})});
  std::vector<float> scores(static_cast<std::size_t>(priors) * 2, 0);
  std::vector<float> boxes(static_cast<std::size_t>(priors) * 4, 0);
  const std::size_t at = (8 * 2 + 3) * 3 + 1;  // Row 2, column 3, edge 16.
  scores[2 * at + 1] = 0.9f;
  boxes[4 * at + 0] = 2;                   // 0.2 of its width to the right.
  boxes[4 * at + 3] = 5 * std::log(0.5f);  // Half its height.
  const ItemResult result = RunPost(post.get(), {scores, boxes}, {0, 0, 64, 64}, 64, 64);
  ASSERT_EQ(1u, result.detections.size());
  ExpectBox({28 + 3.2f - 8, 20 - 4, 16, 8}, result.detections[0].box);
}

TEST(UltraFace, SaysWhatDoesNotFit) {
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'ultraface' does not fit the network: it expects two "
      "outputs: scores [1,N,2] and boxes [1,N,4]; the network has inputs image f32[1,3,240,320] "
      "and outputs scores f32[1,4420,2], boxes f32[1,4421,4]; set postprocess to the network's "
      "family",
      BindError("ultraface", {}, Picture(320, 240),
                {Tensor("scores", {1, 4420, 2}), Tensor("boxes", {1, 4421, 4})}));
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'ultraface-raw' does not fit the network: it expects "
      "scores [1,N,2] and boxes [1,N,4] with N = 4420 for an input of 320x240; the network has "
      "inputs image f32[1,3,240,320] and outputs scores f32[1,17640,2], boxes f32[1,17640,4]; set "
      "postprocess to the network's family",
      BindError("ultraface-raw", {}, Picture(320, 240),
                {Tensor("scores", {1, 17640, 2}), Tensor("boxes", {1, 17640, 4})}));
}

TEST(UltraFace, LeavesOutNumbersThatAreNone) {
  auto post = BoundPost("ultraface", {}, Picture(320, 240),
                        {Tensor("scores", {1, 1, 2}), Tensor("boxes", {1, 1, 4})});
  for (const float bad : {kNan, kInf, -kInf, 1e30f}) {
    EXPECT_TRUE(RunPost(post.get(), {{0, bad}, {0, 0, 1, 1}}, kFrame, 320, 240).detections.empty());
    EXPECT_TRUE(RunPost(post.get(), {{0, 1}, {bad, 0, 1, 1}}, kFrame, 320, 240).detections.empty());
    EXPECT_TRUE(RunPost(post.get(), {{0, 1}, {0, 0, 1, bad}}, kFrame, 320, 240).detections.empty());
  }
}

}  // namespace
}  // namespace infer_server::video
