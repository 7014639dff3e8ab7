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
}

TEST(EveryPostProcessor, IsTriedHere) {
  std::vector<std::string> names;
  for (const Family& family : kFamilies) names.push_back(family.name);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::sort(names.begin(), names.end());
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
