// SPDX-License-Identifier: Apache-2.0
#include "tests/coco_scorer.h"

#include <gtest/gtest.h>

namespace infer_server {
namespace {

const std::vector<ScoredBox> kTruth = {{0, 0, 0, {0, 0, 10, 10}},
                                       {0, 0, 0, {50, 0, 10, 10}},
                                       {1, 0, 0, {0, 0, 10, 10}},
                                       {1, 0, 0, {50, 0, 10, 10}},
                                       {1, 3, 0, {0, 50, 10, 10}}};

std::vector<ScoredBox> Perfect() {
  std::vector<ScoredBox> found = kTruth;
  for (ScoredBox& box : found) box.score = 0.9f;
  return found;
}

TEST(ScoreDetections, GivesOneForTheTruthItself) {
  const MeanPrecision mean = ScoreDetections(kTruth, Perfect());
  EXPECT_NEAR(1, mean.map50, 1e-12);
  EXPECT_NEAR(1, mean.map50_95, 1e-12);
}

TEST(ScoreDetections, GivesNothingForNothing) {
  EXPECT_EQ(0, ScoreDetections(kTruth, {}).map50);
  EXPECT_EQ(0, ScoreDetections({}, Perfect()).map50);
}

TEST(ScoreDetections, CountsAMissedClass) {
  std::vector<ScoredBox> found = Perfect();
  found.pop_back();  // The only one of class 3.
  EXPECT_NEAR(0.5, ScoreDetections(kTruth, found).map50, 1e-12);
}

TEST(ScoreDetections, CountsAWrongDetectionByItsRank) {
  // Class 0: a wrong one first, then all four: precision 1/2, 2/3, 3/4, 4/5, and as an envelope
  // 4/5 at every recall. A wrong one last changes nothing.
  std::vector<ScoredBox> found = Perfect();
  found.push_back({0, 0, 0.95f, {200, 200, 5, 5}});
  EXPECT_NEAR((0.8 + 1) / 2, ScoreDetections(kTruth, found).map50, 1e-12);
  found.back().score = 0.1f;
  EXPECT_NEAR(1, ScoreDetections(kTruth, found).map50, 1e-12);
}

TEST(ScoreDetections, CountsTheSecondOfTwoOnOneBoxAsWrong) {
  const std::vector<ScoredBox> truth = {kTruth[0], kTruth[1]};
  const std::vector<ScoredBox> found = {
      {0, 0, 0.9f, {0, 0, 10, 10}}, {0, 0, 0.8f, {0, 0, 10, 10}}, {0, 0, 0.7f, {50, 0, 10, 10}}};
  // Recall 0 to 0.50 (51 points) at precision 1, 0.51 to 1 (50 points) at 2/3.
  EXPECT_NEAR((51 + 50 * 2.0 / 3) / 101, ScoreDetections(truth, found).map50, 1e-12);
}

TEST(ScoreDetections, AsksForMoreOverlapUpTo95) {
  const std::vector<ScoredBox> truth = {{0, 0, 0, {0, 0, 10, 10}}};
  const std::vector<ScoredBox> found = {{0, 0, 0.9f, {0, 0, 10, 7.2f}}};  // IoU 0.72.
  const MeanPrecision mean = ScoreDetections(truth, found);
  EXPECT_NEAR(1, mean.map50, 1e-12);
  EXPECT_NEAR(0.5, mean.map50_95, 1e-12);  // 0.50 to 0.70: five of ten.
}

}  // namespace
}  // namespace infer_server
