// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/video/post_support.h"

namespace infer_server::video {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

PostSettings Defaults() { return MakePost("classification")->DefaultPost(); }

ItemResult Classify(const std::vector<float>& values, const PostSettings& settings) {
  const auto classes = static_cast<std::int64_t>(values.size());
  auto post =
      BoundPost("classification", settings, Picture(224, 224), {Tensor("prob", {1, classes})});
  return RunPost(post.get(), {values}, {0, 0, 100, 100}, 224, 224);
}

TEST(Classification, TakesProbabilitiesAsTheyAre) {
  const ItemResult result = Classify({0.1f, 0.7f, 0.2f}, Defaults());
  ASSERT_EQ(1u, result.classifications.size());
  EXPECT_EQ(1, result.classifications[0].label_id);
  EXPECT_FLOAT_EQ(0.7f, result.classifications[0].score);
  EXPECT_TRUE(result.detections.empty());
}

TEST(Classification, MakesProbabilitiesOfAnythingElse) {
  const ItemResult result = Classify({-1, 4, 2}, Defaults());
  ASSERT_EQ(1u, result.classifications.size());
  EXPECT_EQ(1, result.classifications[0].label_id);
  const double sum = std::exp(-5.0) + 1 + std::exp(-2.0);
  EXPECT_NEAR(1 / sum, result.classifications[0].score, 1e-6);
}

TEST(Classification, SurvivesLogitsOfAnySize) {
  const ItemResult result = Classify({1e30f, -1e30f, 0}, Defaults());
  ASSERT_EQ(1u, result.classifications.size());
  EXPECT_FLOAT_EQ(1, result.classifications[0].score);
  EXPECT_EQ(0, result.classifications[0].label_id);
}

TEST(Classification, GivesTheBestClassHoweverUnsure) {
  const ItemResult result = Classify(std::vector<float>(7, 1.0f / 7), Defaults());
  ASSERT_EQ(1u, result.classifications.size());
  EXPECT_EQ(0, result.classifications[0].label_id);
}

TEST(Classification, HidesWhatIsBelowAThresholdThatIsSet) {
  PostSettings settings = Defaults();
  settings.threshold = 0.5f;
  settings.class_thresholds = {0.8f};
  EXPECT_EQ(1u, Classify({0.4f, 0.6f}, settings).classifications.size());
  EXPECT_EQ(0u, Classify({0.7f, 0.3f}, settings).classifications.size());
  EXPECT_EQ(1u, Classify({0.9f, 0.1f}, settings).classifications.size());
}

TEST(Classification, GivesAsManyAsMaxObjectsAsksFor) {
  PostSettings settings = Defaults();
  settings.max_objects = 2;
  const ItemResult result = Classify({0.1f, 0.3f, 0.6f}, settings);
  ASSERT_EQ(2u, result.classifications.size());
  EXPECT_EQ(2, result.classifications[0].label_id);
  EXPECT_EQ(1, result.classifications[1].label_id);
  settings.max_objects = 100;
  EXPECT_EQ(3u, Classify({0.1f, 0.3f, 0.6f}, settings).classifications.size());
}

TEST(Classification, TakesOneNumber) {
  EXPECT_FLOAT_EQ(0.3f, Classify({0.3f}, Defaults()).classifications.at(0).score);
  EXPECT_NEAR(1 / (1 + std::exp(-2.0)), Classify({2}, Defaults()).classifications.at(0).score,
              1e-6);
}

TEST(Classification, SaysNothingWhenANumberIsNone) {
  for (const float bad : {kNan, kInf, -kInf})
    EXPECT_TRUE(Classify({0.5f, bad, 0.5f}, Defaults()).classifications.empty());
}

TEST(Classification, TakesDimensionsOfOneAroundTheClasses) {
  BoundPost("classification", {}, Picture(224, 224), {Tensor("a", {1, 1000, 1, 1})});
  BoundPost("classification", {}, Picture(224, 224), {Tensor("a", {1, 1, 1, 1000})});
}

TEST(Classification, SaysWhatDoesNotFit) {
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'classification' does not fit the network: it expects one "
      "output [1,classes]; the network has inputs image f32[1,3,224,224] and outputs a "
      "f32[1,4,7,7]; set postprocess to the network's family",
      BindError("classification", {}, Picture(224, 224), {Tensor("a", {1, 4, 7, 7})}));
  PostSettings few;
  few.labels = Labels({"woman"});
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'classification': labels of a list are 1, but the network "
      "has 2 classes (output a f32[1,2]); give one label for each class",
      BindError("classification", few, Picture(64, 64, 1), {Tensor("a", {1, 2})}));
  EXPECT_NE("OK", BindError("classification", {}, Picture(9, 9), {Tensor("a", {1, 0})}));
}

TEST(Raw, TakesAnyNetworkAndMakesNothing) {
  auto post = BoundPost("raw", {}, {}, {Tensor("a", {1, 3}), Tensor("b", {1, 9, 9})});
  const ItemResult result =
      RunPost(post.get(), {{1, 1, 1}, std::vector<float>(81, 1)}, {0, 0, 10, 10}, 10, 10);
  EXPECT_TRUE(result.detections.empty());
  EXPECT_TRUE(result.classifications.empty());
}

}  // namespace
}  // namespace infer_server::video
