// SPDX-License-Identifier: Apache-2.0
// nanodet and yunet, decoded as published.
#include <gtest/gtest.h>

#include <limits>

#include "tests/video/slow_boxes.h"

namespace infer_server::video {
namespace {

constexpr int kWidth = 96, kHeight = 64;

// ---- nanodet ----

double SlowDistance(const float* numbers, int bins) {
  double sum = 0, mean = 0;
  for (int i = 0; i < bins; ++i) {
    sum += std::exp(static_cast<double>(numbers[i]));
    mean += i * std::exp(static_cast<double>(numbers[i]));
  }
  return mean / sum;
}

struct NanoDetLevel {
  int stride, classes;
  const Floats& scores;
  const Floats& distances;
  int bins;
  double center;
};

std::vector<Candidate> SlowNanoDet(const NanoDetLevel& level, double threshold) {
  std::vector<Candidate> boxes;
  for (int y = 0; y < kHeight / level.stride; ++y)
    for (int x = 0; x < (kWidth + level.stride - 1) / level.stride; ++x) {
      const int cell = y * ((kWidth + level.stride - 1) / level.stride) + x;
      const float* scores = level.scores.data() + cell * level.classes;
      const float* best = std::max_element(scores, scores + level.classes);
      if (static_cast<double>(*best) < threshold) continue;
      double edge[4];
      for (int i = 0; i < 4; ++i)
        edge[i] = level.stride *
                  SlowDistance(level.distances.data() + (cell * 4 + i) * level.bins, level.bins);
      const double cx = (x + level.center) * level.stride, cy = (y + level.center) * level.stride;
      boxes.push_back(
          {{static_cast<float>(cx - edge[0]), static_cast<float>(cy - edge[1]),
            static_cast<float>(edge[0] + edge[2]), static_cast<float>(edge[1] + edge[3])},
           *best,
           static_cast<int>(best - scores)});
    }
  return boxes;
}

// `names`: of the outputs' kinds. Both orders, and numbers of bins and classes that look alike.
TEST(NanoDet, PairsEqualThePlainDecoder) {
  struct Case {
    int classes, bins;
    const char *scores, *distances;
    bool distances_first;
  };
  for (const Case& c : {Case{3, 8, "cls_pred", "dis_pred", false}, Case{3, 8, "a", "b", true},
                        Case{32, 8, "cls", "dis", true}, Case{32, 8, "a", "b", false},
                        Case{2, 11, "a", "b", false}}) {
    std::mt19937 random(10);
    Tensors scores, distances, outputs;
    std::vector<Floats> score_values, distance_values, tensors;
    std::vector<Candidate> expected;
    for (const int stride : {8, 16, 32}) {
      const int cells = kWidth / stride * kHeight / stride;
      scores.push_back(Tensor(c.scores, {1, cells, c.classes}));
      distances.push_back(Tensor(c.distances, {1, cells, 4 * c.bins}));
      score_values.push_back(RandomFloats(scores.back().ItemElements(), 0, 1, &random));
      distance_values.push_back(RandomFloats(distances.back().ItemElements(), -4, 4, &random));
      const auto boxes = SlowNanoDet(
          {stride, c.classes, score_values.back(), distance_values.back(), c.bins, 0.5}, 0.5);
      expected.insert(expected.end(), boxes.begin(), boxes.end());
    }
    const auto join = [&](const auto& a, const auto& b, auto* all) {
      all->insert(all->end(), a.begin(), a.end());
      all->insert(all->end(), b.begin(), b.end());
    };
    if (c.distances_first) {
      join(distances, scores, &outputs);
      join(distance_values, score_values, &tensors);
    } else {
      join(scores, distances, &outputs);
      join(score_values, distance_values, &tensors);
    }
    auto post = BoundPost("nanodet", KeepAll(0.5f), Picture(kWidth, kHeight), outputs);
    ExpectCandidates(expected, RunOnInput(post.get(), tensors, kWidth, kHeight), kWidth, kHeight);
  }
}

TEST(NanoDet, PlusEqualsThePlainDecoder) {
  constexpr int kClasses = 5;
  std::mt19937 random(11);
  Floats tensor;
  std::vector<Candidate> expected;
  int rows = 0;
  for (const int stride : {8, 16, 32, 64}) {
    const int cells = (kWidth + stride - 1) / stride * (kHeight / stride);
    const Floats scores = RandomFloats(static_cast<std::size_t>(cells * kClasses), 0, 1, &random);
    const Floats distances = RandomFloats(static_cast<std::size_t>(cells * 32), -4, 4, &random);
    const auto boxes = SlowNanoDet({stride, kClasses, scores, distances, 8, 0}, 0.5);
    expected.insert(expected.end(), boxes.begin(), boxes.end());
    for (int cell = 0; cell < cells; ++cell) {
      tensor.insert(tensor.end(), scores.begin() + cell * kClasses,
                    scores.begin() + (cell + 1) * kClasses);
      tensor.insert(tensor.end(), distances.begin() + cell * 32,
                    distances.begin() + (cell + 1) * 32);
    }
    rows += cells;
  }
  auto post = BoundPost("nanodet", KeepAll(0.5f), Picture(kWidth, kHeight),
                        {Tensor("output", {1, rows, kClasses + 32})});
  ExpectCandidates(expected, RunOnInput(post.get(), {tensor}, kWidth, kHeight), kWidth, kHeight);
}

TEST(NanoDet, SaysWhatDoesNotFit) {
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'nanodet' does not fit the network: it expects of each "
      "stride 8, 16, 32 outputs [1,cells,classes] and [1,cells,4*bins], or one output "
      "[1,2125,classes+32], for its input of 320x320; the network has inputs image "
      "f32[1,3,320,320] and outputs a f32[1,2125,32]; set postprocess to the network's family",
      BindError("nanodet", {}, Picture(320, 320), {Tensor("a", {1, 2125, 32})}));
  const InputSettings input = MakePost("nanodet")->DefaultInput({});
  EXPECT_FLOAT_EQ(116.28f, input.mean[1]);
  EXPECT_FLOAT_EQ(58.395f, input.std[2]);
  EXPECT_EQ(ColorOrder::kBGR, input.color_order);
}

// ---- yunet ----

Tensors YuNetOutputs(int width, int height) {
  Tensors outputs;
  for (const auto& [name, numbers] :
       {std::pair{"cls", 1}, std::pair{"obj", 1}, std::pair{"bbox", 4}, std::pair{"kps", 10}})
    for (const int stride : {8, 16, 32})
      outputs.push_back(
          Tensor(name + std::to_string(stride), {1, width / stride * height / stride, numbers}));
  return outputs;
}

TEST(YuNet, EqualsThePlainDecoderWithPoints) {
  std::mt19937 random(12);
  const Tensors outputs = YuNetOutputs(kWidth, kHeight);
  std::vector<Floats> tensors;
  for (const devices::TensorInfo& output : outputs)
    tensors.push_back(output.shape[2] == 1 ? RandomFloats(output.ItemElements(), 0, 1, &random)
                                           : RandomFloats(output.ItemElements(), -1, 2, &random));
  std::vector<Candidate> expected;
  std::vector<std::vector<Keypoint>> points;  // Of candidate i, by its tag.
  for (std::size_t level = 0; level < 3; ++level) {
    const int stride = 8 << level;
    for (int y = 0; y < kHeight / stride; ++y)
      for (int x = 0; x < kWidth / stride; ++x) {
        const auto cell = static_cast<std::size_t>(y * (kWidth / stride) + x);
        const double score = std::sqrt(static_cast<double>(tensors[level][cell]) *
                                       static_cast<double>(tensors[3 + level][cell]));
        if (score < 0.5) continue;
        const float *box = &tensors[6 + level][4 * cell], *at = &tensors[9 + level][10 * cell];
        expected.push_back(CenterBox((static_cast<double>(box[0]) + x) * stride,
                                     (static_cast<double>(box[1]) + y) * stride,
                                     std::exp(static_cast<double>(box[2])) * stride,
                                     std::exp(static_cast<double>(box[3])) * stride, score, 0));
        expected.back().tag = static_cast<int>(points.size());
        points.emplace_back();
        for (int i = 0; i < 5; ++i)
          points.back().push_back(
              {(at[2 * i] + static_cast<float>(x)) * static_cast<float>(stride),
               (at[2 * i + 1] + static_cast<float>(y)) * static_cast<float>(stride), 1});
      }
  }
  auto post = BoundPost("yunet", KeepAll(0.5f), Picture(kWidth, kHeight), outputs);
  const ItemResult result = RunOnInput(post.get(), tensors, kWidth, kHeight);
  ExpectCandidates(expected, result, kWidth, kHeight);
  // Boxes that clipping left nothing of have no points in the result.
  ASSERT_EQ(5 * result.detections.size(), result.keypoints.size());
  for (const Detection& d : result.detections) {
    ASSERT_EQ(5, d.keypoint_count);
    const auto same = std::find_if(expected.begin(), expected.end(), [&](const Candidate& c) {
      return std::abs(c.score - d.score) < 1e-6f;
    });
    ASSERT_NE(expected.end(), same);
    for (int i = 0; i < 5; ++i) {
      const Keypoint& point = result.keypoints[static_cast<std::size_t>(d.keypoint_begin + i)];
      const Keypoint& wanted = points[static_cast<std::size_t>(same->tag)][static_cast<size_t>(i)];
      EXPECT_NEAR(wanted.x, point.x, 1e-2f);
      EXPECT_NEAR(wanted.y, point.y, 1e-2f);
      EXPECT_EQ(1, point.score);
    }
  }
}

// One face; its points go through the letterbox as its box does.
TEST(YuNet, PointsStayWithTheirBox) {
  const Tensors outputs = YuNetOutputs(64, 64);
  std::vector<Floats> tensors;
  for (const devices::TensorInfo& output : outputs) tensors.emplace_back(output.ItemElements(), 0);
  const std::size_t cell = 1 * 8 + 2;  // 16, 8 of the input.
  tensors[0][cell] = tensors[3][cell] = 0.9f;
  for (std::size_t i = 0; i < 10; ++i) tensors[9][10 * cell + i] = 0.1f * static_cast<float>(i);
  auto post = BoundPost("yunet", {}, Picture(64, 64), outputs);
  const ItemResult result = RunPost(post.get(), tensors, {100, 50, 640, 320}, 64, 64, true);
  ASSERT_EQ(1u, result.detections.size());
  ExpectBox({220, 90, 80, 80}, result.detections[0].box);
  ASSERT_EQ(5u, result.keypoints.size());
  EXPECT_NEAR(100 + (2 + 0.4f) * 80, result.keypoints[2].x, 1e-2f);
  EXPECT_NEAR(50 + (1 + 0.5f) * 80, result.keypoints[2].y, 1e-2f);

  // A point that is none makes the box none.
  tensors[9][10 * cell + 9] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(RunPost(post.get(), tensors, {100, 50, 640, 320}, 64, 64, true).detections.empty());
}

TEST(YuNet, KeepsThePointsOfTheBetterBox) {
  const Tensors outputs = YuNetOutputs(64, 64);
  std::vector<Floats> tensors;
  for (const devices::TensorInfo& output : outputs) tensors.emplace_back(output.ItemElements(), 0);
  const std::size_t cells[] = {9, 10};
  for (const std::size_t cell : cells) {
    tensors[0][cell] = tensors[3][cell] = cell == 10 ? 0.9f : 0.5f;
    tensors[6][4 * cell + 2] = tensors[6][4 * cell + 3] = 1.5f;
    for (std::size_t i = 0; i < 10; ++i) tensors[9][10 * cell + i] = static_cast<float>(cell);
  }
  auto post = BoundPost("yunet", {}, Picture(64, 64), outputs);
  const ItemResult result = RunOnInput(post.get(), tensors, 64, 64);
  ASSERT_EQ(1u, result.detections.size());
  ASSERT_EQ(5u, result.keypoints.size());
  EXPECT_EQ((2 + 10) * 8, result.keypoints[0].x);
}

TEST(YuNet, SaysWhatDoesNotFit) {
  Tensors outputs = YuNetOutputs(64, 64);
  outputs.pop_back();
  const std::string error = BindError("yunet", {}, Picture(64, 64), outputs);
  EXPECT_EQ(0u, error.find("INVALID_ARGUMENT: post-processor 'yunet' does not fit the network: it "
                           "expects 12 outputs: of each stride 8, 16, 32 class [1,cells,1], "
                           "objectness [1,cells,1], boxes [1,cells,4] and points [1,cells,10], "
                           "with 4 cells at stride 32 of its input of 64x64; the network has"))
      << error;
  EXPECT_NE(std::string::npos, error.find("kps16 f32[1,16,10]")) << error;
  EXPECT_TRUE(MakePost("yunet")->DefaultInput({}).keep_aspect_ratio);
}

}  // namespace
}  // namespace infer_server::video
