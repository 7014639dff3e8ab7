// SPDX-License-Identifier: Apache-2.0
// What the tests of detection families compare with: boxes decoded step by step in float64.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/video/post_support.h"
#include "video/post/nms.h"

namespace infer_server::video {

using Floats = std::vector<float>;

inline double Logistic(float x) { return 1 / (1 + std::exp(-static_cast<double>(x))); }

inline Floats RandomFloats(std::size_t count, float least, float most, std::mt19937* random) {
  std::uniform_real_distribution<float> value(least, most);
  Floats floats(count);
  for (float& each : floats) each = value(*random);
  return floats;
}

inline Candidate CenterBox(double cx, double cy, double w, double h, double score, int label) {
  return {{static_cast<float>(cx - w / 2), static_cast<float>(cy - h / 2), static_cast<float>(w),
           static_cast<float>(h)},
          static_cast<float>(score),
          label};
}

// The results of a processor that keeps everything (nms_threshold 1), on a frame of the input's
// size.
inline void ExpectCandidates(std::vector<Candidate> expected, const ItemResult& result, int width,
                             int height) {
  for (Candidate& c : expected)
    c.box = Clip(c.box, static_cast<float>(width), static_cast<float>(height));
  expected.erase(std::remove_if(expected.begin(), expected.end(),
                                [](const Candidate& c) { return c.box.w < 1 || c.box.h < 1; }),
                 expected.end());
  std::sort(expected.begin(), expected.end(), BetterCandidate);
  ASSERT_FALSE(expected.empty());
  ASSERT_EQ(expected.size(), result.detections.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(expected[i].label_id, result.detections[i].label_id);
    EXPECT_NEAR(expected[i].score, result.detections[i].score, 1e-5f);
    ExpectBox(expected[i].box, result.detections[i].box, 1e-2f);
  }
}

inline PostSettings KeepAll(float threshold) {
  PostSettings settings;
  settings.threshold = threshold;
  settings.nms_threshold = 1;
  return settings;
}

inline ItemResult RunOnInput(PostProcessor* post, const std::vector<Floats>& tensors, int width,
                             int height) {
  return RunPost(post, tensors, {0, 0, static_cast<float>(width), static_cast<float>(height)},
                 width, height);
}

}  // namespace infer_server::video
