// SPDX-License-Identifier: Apache-2.0
#include "video/placement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace infer_server::video {
namespace {

TEST(Place, KeepsTheAspectRatioInTheCorner) {
  const Placement p = Place({0, 0, 768, 576}, 416, 416, true, Align::kTopLeft);
  EXPECT_EQ(416, p.fill_width);
  EXPECT_EQ(312, p.fill_height);
  EXPECT_EQ(0, p.fill_y);
}

TEST(Place, CentresWhenAsked) {
  const Placement p = Place({0, 0, 768, 576}, 416, 416, true, Align::kCenter);
  EXPECT_EQ(52, p.fill_y);
}

TEST(Place, FillsTheWholeOfTheTighterSide) {
  // Frame sizes whose ratio is no exact binary number.
  for (int side = 1; side < 3000; ++side) {
    const float w = static_cast<float>(side);
    EXPECT_EQ(416, Place({0, 0, w, w * 0.75f}, 416, 416, true, Align::kTopLeft).fill_width);
    EXPECT_EQ(416, Place({0, 0, w * 0.5f, w}, 416, 416, true, Align::kTopLeft).fill_height);
  }
  EXPECT_EQ(234, Place({0, 0, 1920, 1080}, 416, 416, true, Align::kTopLeft).fill_height);
  EXPECT_EQ(360, Place({0, 0, 1280, 720}, 640, 640, true, Align::kTopLeft).fill_height);
}

TEST(Place, RoundTripsAnyBox) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> u(1, 2000);
  for (int i = 0; i < 2000; ++i) {
    const Placement p = Place({u(random), u(random), u(random), u(random)}, 320, 240, i % 2 == 0,
                              i % 3 == 0 ? Align::kCenter : Align::kTopLeft);
    const Rect box{u(random), u(random), u(random), u(random)};
    const Rect back = p.ToFrame(p.ToInput(box));
    // Float32 keeps about 7 digits of a product of up to 2000 · 320.
    const float tolerance = 1e-3f * (1 + 1 / std::min(p.scale_x, p.scale_y));
    EXPECT_NEAR(box.x, back.x, tolerance);
    EXPECT_NEAR(box.h, back.h, tolerance);
  }
}

TEST(Clip, SurvivesNonsense) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(Clip({nan, 0, 10, 10}, 100, 100).Empty());
  EXPECT_TRUE(Clip({200, 0, 10, 10}, 100, 100).Empty());
  EXPECT_TRUE(Clip({0, 0, -1, 10}, 100, 100).Empty());
  EXPECT_FLOAT_EQ(100, Clip({-5, -5, inf, 300}, 100, 100).w);
}

TEST(Iou, OfHalfOverlap) {
  EXPECT_FLOAT_EQ(1.0f / 3, Iou({0, 0, 2, 1}, {1, 0, 2, 1}));
  EXPECT_FLOAT_EQ(0, Iou({0, 0, 0, 1}, {0, 0, 2, 1}));
}

}  // namespace
}  // namespace infer_server::video
