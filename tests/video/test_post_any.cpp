// SPDX-License-Identifier: Apache-2.0
// What must hold for every registered post-processor, whatever the numbers in its tensors.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "tests/video/post_support.h"

namespace infer_server::video {
namespace {

struct Family {
  const char* name;
  Tensors inputs, outputs;
};

const Family kFamilies[] = {
    {"yolox", Picture(96, 64), {Tensor("a", {1, 126, 8})}},
    {"fastestdet", Picture(96, 64), {Tensor("a", {1, 8, 8, 8})}},
    {"ssd", Picture(96, 64), {Tensor("a", {1, 1, 60, 7})}},
    {"ssd",
     Picture(96, 64),
     {Tensor("a", {1, 60, 4}), Tensor("b", {1, 60}), Tensor("c", {1, 60}), Tensor("d", {1})}},
    {"ultraface", Picture(96, 64), {Tensor("a", {1, 60, 2}), Tensor("b", {1, 60, 4})}},
    {"ultraface-raw", Picture(96, 64), {Tensor("a", {1, 354, 2}), Tensor("b", {1, 354, 4})}},
    {"classification", Picture(96, 64), {Tensor("a", {1, 60})}},
    {"yolov3", Picture(96, 64), {Tensor("a", {1, 300, 9}), Tensor("b", {1, 75, 9})}},
    {"yolov3", Picture(96, 64), {Tensor("a", {1, 27, 2, 3}), Tensor("b", {1, 27, 4, 6})}},
    {"yolov5", Picture(96, 64), {Tensor("a", {1, 378, 9})}},
    {"yolov5",
     Picture(96, 64),
     {Tensor("a", {1, 3, 8, 12, 9}), Tensor("b", {1, 3, 4, 6, 9}), Tensor("c", {1, 3, 2, 3, 9})}},
    {"yolov8", Picture(96, 64), {Tensor("a", {1, 8, 126})}},
    {"yolov8", Picture(96, 64), {Tensor("a", {1, 126, 8})}},
    {"nanodet", Picture(96, 64), {Tensor("a", {1, 128, 36})}},
    {"nanodet",
     Picture(96, 64),
     {Tensor("a", {1, 96, 4}), Tensor("b", {1, 24, 4}), Tensor("c", {1, 6, 4}),
      Tensor("d", {1, 96, 32}), Tensor("e", {1, 24, 32}), Tensor("f", {1, 6, 32})}},
    {"yunet",
     Picture(96, 64),
     {Tensor("a", {1, 96, 1}), Tensor("b", {1, 24, 1}), Tensor("c", {1, 6, 1}),
      Tensor("d", {1, 96, 1}), Tensor("e", {1, 24, 1}), Tensor("f", {1, 6, 1}),
      Tensor("g", {1, 96, 4}), Tensor("h", {1, 24, 4}), Tensor("i", {1, 6, 4}),
      Tensor("j", {1, 96, 10}), Tensor("k", {1, 24, 10}), Tensor("l", {1, 6, 10})}},
    {"embedding", Picture(96, 64), {Tensor("a", {1, 60})}},
    {"segmentation", Picture(96, 64), {Tensor("a", {1, 4, 16, 24})}},
    {"segmentation", Picture(96, 64), {Tensor("a", {1, 16, 24, 4})}},
    {"segmentation", Picture(96, 64), {Tensor("a", {1, 16, 24})}},
    {"raw", Picture(96, 64), {Tensor("a", {1, 60})}},
};

// Numbers that networks should not put out, and some that they do.
float HostileNumber(std::mt19937* random) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const float odd[] = {0,      -0.0f, 1,      -1,   1e30f,   -1e30f, kInf,  -kInf,
                       1e-45f, 3e38f, -3e38f, 0.5f, 1.0005f, 1000,   -1000, std::nanf("")};
  std::uniform_int_distribution<std::size_t> pick(0, 2 * std::size(odd));
  const std::size_t i = pick(*random);
  if (i < std::size(odd)) return odd[i];
  return std::uniform_real_distribution<float>(-2, 2)(*random);
}

void ExpectSane(const ItemResult& result, const Rect& region, const char* family) {
  float last = 1;
  for (const Detection& d : result.detections) {
    EXPECT_TRUE(d.score > 0 && d.score <= last) << family << " " << d.score;
    last = d.score;
    EXPECT_GE(d.label_id, 0);
    EXPECT_LT(d.label_id, 65536);
    EXPECT_TRUE(d.box.w >= 1 && d.box.h >= 1) << family;
    EXPECT_TRUE(d.box.x >= region.x && d.box.y >= region.y) << family;
    EXPECT_TRUE(d.box.x + d.box.w <= region.x + region.w + 1e-3f) << family;
    EXPECT_TRUE(d.box.y + d.box.h <= region.y + region.h + 1e-3f) << family;
  }
  for (const Classification& c : result.classifications)
    EXPECT_TRUE(c.score >= 0 && c.score <= 1) << family << " " << c.score;
  for (const Detection& d : result.detections)
    EXPECT_TRUE(d.keypoint_count == 0 ||
                (d.keypoint_begin >= 0 &&
                 d.keypoint_begin + d.keypoint_count <= static_cast<int>(result.keypoints.size())))
        << family;
  for (const Keypoint& point : result.keypoints)
    EXPECT_TRUE(std::isfinite(point.x) && std::isfinite(point.y) && point.score >= 0 &&
                point.score <= 1)
        << family;
  double squares = 0;
  for (const float number : result.embedding) squares += std::pow(static_cast<double>(number), 2);
  if (!result.embedding.empty()) {
    EXPECT_NEAR(1, squares, 1e-5) << family;
  }
  EXPECT_EQ(result.mask.size(), static_cast<std::size_t>(result.mask_width * result.mask_height))
      << family;
}

TEST(EveryPostProcessor, IsTriedHere) {
  std::vector<std::string> names;
  for (const Family& family : kFamilies) names.push_back(family.name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  EXPECT_EQ(PostProcessors().Names(), names);
}

TEST(EveryPostProcessor, PutsNoNonsenseIntoResults) {
  std::mt19937 random(11);
  for (const Family& family : kFamilies) {
    PostSettings settings;
    settings.threshold = 0;
    settings.nms_threshold = 0.9f;
    auto post = BoundPost(family.name, settings, family.inputs, family.outputs);
    for (int round = 0; round < 300; ++round) {
      std::vector<std::vector<float>> tensors;
      for (const devices::TensorInfo& output : family.outputs) {
        tensors.emplace_back(output.ItemElements());
        for (float& value : tensors.back())
          value = round % 3 == 0 ? HostileNumber(&random)
                                 : std::uniform_real_distribution<float>(0, 1)(random);
        // A few bad numbers among good ones.
        if (round % 3 == 1)
          tensors.back()[random() % tensors.back().size()] = HostileNumber(&random);
      }
      const Rect region{10.5f, 20, 300, 177.25f};
      ExpectSane(RunPost(post.get(), tensors, region, 96, 64, round % 2 == 0), region, family.name);
    }
  }
}

TEST(EveryPostProcessor, GivesTheSameTwice) {
  std::mt19937 random(12);
  for (const Family& family : kFamilies) {
    auto one = BoundPost(family.name, {}, family.inputs, family.outputs);
    auto other = BoundPost(family.name, {}, family.inputs, family.outputs);
    std::vector<std::vector<float>> tensors, different;
    for (const devices::TensorInfo& output : family.outputs) {
      tensors.emplace_back(output.ItemElements());
      for (float& value : tensors.back())
        value = std::uniform_real_distribution<float>(0, 1)(random);
      different.emplace_back(output.ItemElements(), 0.9f);
    }
    const Rect region{0, 0, 300, 200};
    RunPost(other.get(), different, region, 96, 64);  // Must leave nothing behind.
    const ItemResult a = RunPost(one.get(), tensors, region, 96, 64);
    const ItemResult b = RunPost(other.get(), tensors, region, 96, 64);
    ASSERT_EQ(a.detections.size(), b.detections.size());
    for (std::size_t i = 0; i < a.detections.size(); ++i) {
      EXPECT_EQ(a.detections[i].score, b.detections[i].score);
      EXPECT_EQ(a.detections[i].box.x, b.detections[i].box.x);
    }
    EXPECT_EQ(a.embedding, b.embedding) << family.name;
    EXPECT_EQ(a.mask, b.mask) << family.name;
  }
}

// Rows of a list of boxes may come in any order.
TEST(EveryPostProcessor, DoesNotDependOnTheOrderOfRows) {
  std::mt19937 random(13);
  std::uniform_real_distribution<float> value(0, 1);
  auto ssd = BoundPost("ssd", {}, Picture(96, 64), {Tensor("a", {1, 1, 200, 7})});
  for (int round = 0; round < 50; ++round) {
    std::vector<std::array<float, 7>> rows(200);
    for (auto& row : rows) {
      const float x = value(random), y = value(random);
      row = {0,
             static_cast<float>(random() % 3),
             static_cast<float>(random() % 10) / 9,
             x,
             y,
             x + value(random),
             y + value(random)};
    }
    const auto run = [&] {
      std::vector<float> flat;
      for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
      return RunPost(ssd.get(), {flat}, {0, 0, 960, 640}, 96, 64);
    };
    const ItemResult a = run();
    std::shuffle(rows.begin(), rows.end(), random);
    const ItemResult b = run();
    ASSERT_EQ(a.detections.size(), b.detections.size());
    ASSERT_FALSE(a.detections.empty());
    for (std::size_t i = 0; i < a.detections.size(); ++i) {
      EXPECT_EQ(a.detections[i].score, b.detections[i].score);
      EXPECT_EQ(a.detections[i].label_id, b.detections[i].label_id);
      ExpectBox(a.detections[i].box, b.detections[i].box, 0);
    }
  }
}

}  // namespace
}  // namespace infer_server::video
