// SPDX-License-Identifier: Apache-2.0
#include "video/post/nms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace infer_server::video {
namespace {

// The same in the plainest code: float64, every pair. `margin` receives how close the nearest
// decision was, since float32 may decide that one otherwise.
std::vector<Candidate> SlowSuppress(double threshold, std::vector<Candidate> all, double* margin) {
  std::sort(all.begin(), all.end(), BetterCandidate);
  std::vector<Candidate> kept;
  *margin = 1;
  for (const Candidate& c : all) {
    bool covered = false;
    for (const Candidate& k : kept) {
      if (k.label_id != c.label_id) continue;
      const double ax1 = k.box.x + double{k.box.w}, ay1 = k.box.y + double{k.box.h};
      const double bx1 = c.box.x + double{c.box.w}, by1 = c.box.y + double{c.box.h};
      const double w = std::min(ax1, bx1) - std::max(double{k.box.x}, double{c.box.x});
      const double h = std::min(ay1, by1) - std::max(double{k.box.y}, double{c.box.y});
      const double both = w > 0 && h > 0 ? w * h : 0;
      const double all_area = double{k.box.w} * k.box.h + double{c.box.w} * c.box.h - both;
      const double iou = all_area > 0 ? both / all_area : 0;
      *margin = std::min(*margin, std::abs(iou - threshold));
      covered = covered || iou > threshold;
    }
    if (!covered) kept.push_back(c);
  }
  return kept;
}

std::vector<Candidate> RandomBoxes(std::mt19937* random, int count) {
  std::uniform_real_distribution<float> at(0, 100), size(1, 40);
  std::uniform_int_distribution<int> label(0, 2), score(1, 20);
  std::vector<Candidate> boxes;
  for (int i = 0; i < count; ++i)
    boxes.push_back({{at(*random), at(*random), size(*random), size(*random)},
                     static_cast<float>(score(*random)) / 20,  // Many ties.
                     label(*random)});
  return boxes;
}

void ExpectSame(const std::vector<Candidate>& a, const std::vector<Candidate>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].score, b[i].score);
    EXPECT_EQ(a[i].label_id, b[i].label_id);
    EXPECT_EQ(a[i].box.x, b[i].box.x);
  }
}

TEST(Suppress, KeepsTheBestOfOverlappingBoxesOfOneClass) {
  std::vector<Candidate> boxes = {{{0, 0, 10, 10}, 0.5f, 0},
                                  {{1, 0, 10, 10}, 0.9f, 0},
                                  {{0, 0, 10, 10}, 0.6f, 1},
                                  {{50, 0, 10, 10}, 0.3f, 0}};
  Suppress(0.45f, &boxes);
  ASSERT_EQ(3u, boxes.size());
  EXPECT_FLOAT_EQ(0.9f, boxes[0].score);
  EXPECT_EQ(1, boxes[1].label_id);
  EXPECT_FLOAT_EQ(50, boxes[2].box.x);
}

TEST(Suppress, ThresholdOneKeepsEvenTheSameBoxTwice) {
  std::vector<Candidate> boxes(3, Candidate{{0, 0, 10, 10}, 0.5f, 0});
  Suppress(1, &boxes);
  EXPECT_EQ(3u, boxes.size());
  Suppress(0.99f, &boxes);
  EXPECT_EQ(1u, boxes.size());
}

TEST(Suppress, EqualsThePlainReference) {
  std::mt19937 random(7);
  int compared = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Candidate> boxes = RandomBoxes(&random, 1 + round);
    const float threshold = 0.1f + 0.8f * static_cast<float>(round % 10) / 10;
    double margin = 0;
    const std::vector<Candidate> expected =
        SlowSuppress(static_cast<double>(threshold), boxes, &margin);
    if (margin < 1e-5) continue;
    ++compared;
    Suppress(threshold, &boxes);
    ExpectSame(expected, boxes);
  }
  EXPECT_GT(compared, 100);
}

TEST(Suppress, DoesNotDependOnTheOrderOfItsInput) {
  std::mt19937 random(8);
  for (int round = 0; round < 50; ++round) {
    std::vector<Candidate> boxes = RandomBoxes(&random, 300), shuffled = boxes;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    Suppress(0.45f, &boxes);
    Suppress(0.45f, &shuffled);
    ExpectSame(boxes, shuffled);
  }
}

TEST(Suppress, LooksAtTheBestOnlyWhenThereAreTooMany) {
  // A hundred thousand boxes that do not overlap: the worst case for a greedy search.
  std::vector<Candidate> boxes;
  for (int i = 0; i < 100000; ++i)
    boxes.push_back({{static_cast<float>(i % 1000) * 4, static_cast<float>(i / 1000) * 4, 2, 2},
                     static_cast<float>(i) / 100000,
                     0});
  Suppress(0.45f, &boxes);
  ASSERT_EQ(kMaxCandidates, boxes.size());
  EXPECT_FLOAT_EQ(0.99999f, boxes.front().score);
  EXPECT_FLOAT_EQ(static_cast<float>(100000 - kMaxCandidates) / 100000, boxes.back().score);
}

TEST(Suppress, TakesNoBoxes) {
  std::vector<Candidate> boxes;
  Suppress(0.45f, &boxes);
  EXPECT_TRUE(boxes.empty());
}

}  // namespace
}  // namespace infer_server::video
