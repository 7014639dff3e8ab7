// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tests/video/post_support.h"
#include "video/post/nms.h"

namespace infer_server::video {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

Tensors YoloxOutput(int rows, int classes) { return {Tensor("output", {1, rows, 5 + classes})}; }

TEST(Yolox, DecodesARowOfEachStride) {
  // 64x32: 8x4 + 4x2 + 2x1 rows.
  auto post = BoundPost("yolox", {}, Picture(64, 32), YoloxOutput(42, 2));
  std::vector<float> tensor(42 * 7, 0);
  const auto put = [&](int row, std::vector<float> values) {
    std::copy(values.begin(), values.end(), tensor.begin() + row * 7);
  };
  put(8 + 3, {0.5f, 0.25f, 0, 0, 0.9f, 0.1f, 0.8f});         // Stride 8, cell (3,1).
  put(32 + 4, {0.5f, 0.0f, 0, -1, 0.8f, 0.7f, 0.2f});        // Stride 16, cell (0,1).
  put(40 + 1, {0, 0.5f, std::log(0.5f), 0, 1, 0.0f, 0.6f});  // Stride 32, cell (1,0).
  const ItemResult result = RunPost(post.get(), {tensor}, {0, 0, 64, 32}, 64, 32);
  ASSERT_EQ(3u, result.detections.size());
  EXPECT_NEAR(0.72f, result.detections[0].score, 1e-6f);
  EXPECT_EQ(1, result.detections[0].label_id);
  ExpectBox({24, 6, 8, 8}, result.detections[0].box);
  EXPECT_NEAR(0.6f, result.detections[1].score, 1e-6f);
  ExpectBox({24, 0, 16, 32}, result.detections[1].box);
  EXPECT_NEAR(0.56f, result.detections[2].score, 1e-6f);
  EXPECT_EQ(0, result.detections[2].label_id);
  const float height = 16 * std::exp(-1.0f);
  ExpectBox({0, 16 - height / 2, 16, height}, result.detections[2].box);
}

TEST(Yolox, MapsBoxesBackThroughTheLetterbox) {
  auto post = BoundPost("yolox", {}, Picture(64, 64), YoloxOutput(84, 1));
  std::vector<float> tensor(84 * 6, 0);
  const std::vector<float> row = {0.5f, 0.5f, 0, 0, 0.9f, 0.9f};
  std::copy(row.begin(), row.end(), tensor.begin() + (8 + 2) * 6);  // 16..24, 8..16 of the input.
  const ItemResult result = RunPost(post.get(), {tensor}, {100, 50, 640, 320}, 64, 64, true);
  ASSERT_EQ(1u, result.detections.size());
  ExpectBox({260, 130, 80, 80}, result.detections[0].box);
}

TEST(Yolox, TakesAnyInputSizeAndFourStrides) {
  BoundPost("yolox", {}, Picture(416, 416), YoloxOutput(3549, 80));
  BoundPost("yolox", {}, Picture(640, 384), YoloxOutput(5040, 1));
  BoundPost("yolox", {}, Picture(1280, 1280), YoloxOutput(33600, 80));
  BoundPost("yolox", {}, Picture(1280, 1280), YoloxOutput(34000, 80));
  BoundPost("yolox", {}, {Tensor("nhwc", {1, 64, 64, 3})}, YoloxOutput(84, 3));
}

TEST(Yolox, SaysWhatDoesNotFit) {
  PostSettings few;
  few.labels = Labels({"person", "car"}, "file 'two.txt'");
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'yolox': labels of file 'two.txt' are 2, but the network "
      "has 80 classes (output output f32[1,3549,85]); give one label for each class",
      BindError("yolox", few, Picture(416, 416), YoloxOutput(3549, 80)));
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'yolox' does not fit the network: it expects one output "
      "[1,N,5+classes] with N = 3549 (strides 8 to 32) or 3598 (strides 8 to 64) for its input of "
      "416x416; the network has inputs image f32[1,3,416,416] and outputs prob f32[1,1000]; set "
      "postprocess to the network's family",
      BindError("yolox", {}, Picture(416, 416), {Tensor("prob", {1, 1000})}));
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'yolox' does not fit the network: it expects a picture as "
      "its first input; the network has inputs (none) and outputs (none); set postprocess to the "
      "network's family",
      BindError("yolox", {}, {}, {}));
  EXPECT_NE("OK", BindError("yolox", {}, Picture(416, 416), YoloxOutput(3548, 80)));
  EXPECT_NE("OK", BindError("yolox", {}, Picture(416, 416), YoloxOutput(3549, 0)));
}

TEST(Yolox, UsesEachClassesOwnThresholdAndKeepsTheBest) {
  PostSettings settings;
  settings.class_thresholds = {0.25f, 0.8f};
  settings.max_objects = 2;
  auto post = BoundPost("yolox", settings, Picture(64, 32), YoloxOutput(42, 3));
  std::vector<float> tensor(42 * 8, 0);
  const auto put = [&](int row, std::vector<float> values) {
    std::copy(values.begin(), values.end(), tensor.begin() + row * 8);
  };
  put(0, {0.5f, 0.5f, 0, 0, 1, 0.3f, 0, 0});
  put(2, {0.5f, 0.5f, 0, 0, 1, 0, 0.7f, 0});  // Below its own threshold.
  put(4, {0.5f, 0.5f, 0, 0, 1, 0, 0, 0.4f});
  put(6, {0.5f, 0.5f, 0, 0, 1, 0.26f, 0, 0});  // The third best.
  const ItemResult result = RunPost(post.get(), {tensor}, {0, 0, 64, 32}, 64, 32);
  ASSERT_EQ(2u, result.detections.size());
  EXPECT_EQ(2, result.detections[0].label_id);
  EXPECT_EQ(0, result.detections[1].label_id);
  EXPECT_FLOAT_EQ(0.3f, result.detections[1].score);
}

// The published decoding, step by step in float64, and plain suppression.
std::vector<Candidate> SlowYolox(const std::vector<float>& tensor, int width, int height,
                                 int classes, double threshold) {
  std::vector<Candidate> boxes;
  std::size_t at = 0;
  for (int stride : {8, 16, 32})
    for (int y = 0; y < height / stride; ++y)
      for (int x = 0; x < width / stride; ++x, at += static_cast<std::size_t>(5 + classes)) {
        const float* row = tensor.data() + at;
        const float* best = std::max_element(row + 5, row + 5 + classes);
        const double score = static_cast<double>(row[4]) * static_cast<double>(*best);
        if (score < threshold) continue;
        const double w = std::exp(static_cast<double>(row[2])) * stride;
        const double h = std::exp(static_cast<double>(row[3])) * stride;
        const double cx = (static_cast<double>(row[0]) + x) * stride;
        const double cy = (static_cast<double>(row[1]) + y) * stride;
        boxes.push_back({{static_cast<float>(cx - w / 2), static_cast<float>(cy - h / 2),
                          static_cast<float>(w), static_cast<float>(h)},
                         static_cast<float>(score),
                         static_cast<int>(best - row - 5)});
      }
  std::sort(boxes.begin(), boxes.end(), BetterCandidate);
  return boxes;
}

TEST(Yolox, EqualsThePlainDecoder) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> offset(-1, 2), size(-1, 2), score(0, 1);
  PostSettings settings;
  settings.threshold = 0.3f;
  settings.nms_threshold = 1;
  for (int round = 0; round < 20; ++round) {
    const int width = 64 + 32 * (round % 3), height = 64 + 32 * (round % 4);
    const int classes = 1 + round % 5, rows = width * height / 64 * 21 / 16;
    auto post = BoundPost("yolox", settings, Picture(width, height), YoloxOutput(rows, classes));
    std::vector<float> tensor;
    for (int row = 0; row < rows; ++row) {
      for (int i = 0; i < 2; ++i) tensor.push_back(offset(random));
      for (int i = 0; i < 2; ++i) tensor.push_back(size(random));
      for (int i = 0; i < 1 + classes; ++i) tensor.push_back(score(random));
    }
    const auto w = static_cast<float>(width), h = static_cast<float>(height);
    const ItemResult result = RunPost(post.get(), {tensor}, {0, 0, w, h}, width, height);
    std::vector<Candidate> expected = SlowYolox(tensor, width, height, classes, 0.3);
    for (Candidate& c : expected) c.box = Clip(c.box, w, h);
    expected.erase(std::remove_if(expected.begin(), expected.end(),
                                  [](const Candidate& c) { return c.box.w < 1 || c.box.h < 1; }),
                   expected.end());
    ASSERT_EQ(expected.size(), result.detections.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(expected[i].label_id, result.detections[i].label_id);
      EXPECT_NEAR(expected[i].score, result.detections[i].score, 1e-5f);
      ExpectBox(expected[i].box, result.detections[i].box, 1e-2f);
    }
  }
}

TEST(Yolox, LeavesOutNumbersThatAreNone) {
  auto post = BoundPost("yolox", {}, Picture(64, 32), YoloxOutput(42, 2));
  const std::vector<float> rows[] = {
      {kNan, 0, 0, 0, 1, 1, 0},       {0, kNan, 0, 0, 1, 1, 0},  {0, 0, kNan, 0, 1, 1, 0},
      {0, 0, 0, kInf, 1, 1, 0},       {0, 0, 0, 0, kNan, 1, 0},  {0, 0, 0, 0, 1, kNan, kNan},
      {0, 0, 0, 0, kInf, 1, 0},       {0, 0, 0, 0, 1, kInf, 0},  {1e30f, 0, 0, 0, 1, 1, 0},
      {0, 0, 1e30f, 1e30f, 1, 1, 0},  {0, 0, 0, 0, 1e30f, 1, 0}, {0, 0, 0, 0, 1, 1e30f, 0},
      {-kInf, -kInf, 0, 0, 1, 1, 0},  {0, 0, 80, 80, 1, 1, 0},   {0, 0, -kInf, 0, 1, 1, 0},
      {0, 0, 0, 0, kInf, 0.0f, 0.0f}, {0, 0, 0, 0, -1, -1, -1},
  };
  for (const std::vector<float>& row : rows) {
    std::vector<float> tensor;
    for (int i = 0; i < 42; ++i) tensor.insert(tensor.end(), row.begin(), row.end());
    const ItemResult result = RunPost(post.get(), {tensor}, {0, 0, 64, 32}, 64, 32);
    EXPECT_TRUE(result.detections.empty()) << testing::PrintToString(row);
  }
}

TEST(Yolox, SurvivesATensorOfOnes) {
  auto post = BoundPost("yolox", {}, Picture(1280, 1280), YoloxOutput(33600, 80));
  const std::vector<float> tensor(33600 * 85, 1.0f);
  const ItemResult result = RunPost(post.get(), {tensor}, {0, 0, 1920, 1080}, 1280, 1280, true);
  EXPECT_FALSE(result.detections.empty());
  EXPECT_LE(result.detections.size(), kMaxCandidates);
  for (const Detection& d : result.detections) {
    EXPECT_GE(d.box.x, 0);
    EXPECT_LE(d.box.x + d.box.w, 1920);
    EXPECT_LE(d.box.y + d.box.h, 1080.001f);
  }
}

}  // namespace
}  // namespace infer_server::video
