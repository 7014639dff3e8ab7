// SPDX-License-Identifier: Apache-2.0
#include "video/draw/canvas.h"

#include <gtest/gtest.h>

#include <climits>
#include <functional>

#include "devices/image/color_matrix.h"
#include "tests/video/guarded_frame.h"

namespace infer_server::video {
namespace {

using Coverage = std::function<int(int x, int y)>;  // 0..255 of a pixel of the frame.

// The definition in canvas.h, a pixel at a time.
void DrawPlainly(const MutableFrame& frame, const Ink& ink, const Coverage& coverage) {
  for (int p = 0; p < ink.planes; ++p) {
    const PlaneInk& plane = ink.plane[p];
    const int step = 1 << plane.shift;
    for (int top = 0; top < frame.height; top += step) {
      for (int left = 0; left < frame.width; left += step) {
        int sum = 0, pixels = 0;
        for (int y = top; y < std::min(top + step, frame.height); ++y)
          for (int x = left; x < std::min(left + step, frame.width); ++x, ++pixels)
            sum += coverage(x, y);
        const int mean = (sum + pixels / 2) / pixels, w = mean + (mean >> 7);
        std::uint8_t* at = frame.data[p] + top / step * frame.stride[p] + left / step * plane.bytes;
        for (int b = 0; b < plane.bytes; ++b)
          at[b] = static_cast<std::uint8_t>((at[b] * (256 - w) + plane.value[b] * w + 128) >> 8);
      }
    }
  }
}

bool Inside(const PixelRect& r, int x, int y) {
  return x >= r.x0 && x < r.x1 && y >= r.y0 && y < r.y1;
}

// Two frames with the same random pixels: one for the canvas, one for the reference.
struct Pair {
  Pair(PixelFormat format, int width, int height, unsigned seed)
      : drawn(format, width, height, seed % 2 == 0), expected(format, width, height) {
    drawn.Randomize(seed);
    expected.Randomize(seed);
  }
  GuardedFrame drawn, expected;
};

class OnEveryFormat : public testing::TestWithParam<PixelFormat> {};

TEST_P(OnEveryFormat, FillsAndOutlinesAsDefined) {
  std::mt19937 random(7);
  const auto any = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  for (unsigned i = 0; i < 1500; ++i) {
    Pair pair(GetParam(), any(1, 41), any(1, 33), i);
    Canvas canvas(pair.drawn.frame);
    const Ink ink = canvas.InkOf({static_cast<std::uint8_t>(i), 200, 30});
    const int x = any(-20, 45), y = any(-20, 40);
    const PixelRect rect{x, y, x + any(0, 60), y + any(0, 50)};
    const int opacity = i % 4 == 0 ? 255 : any(0, 255);
    const int t = i % 3 == 0 ? 0 : any(1, 6);  // 0: filled.
    const PixelRect inner{rect.x0 + t, rect.y0 + t, rect.x1 - t, rect.y1 - t};
    if (t == 0)
      canvas.Fill(rect, ink, opacity);
    else
      canvas.Outline(rect, t, ink, opacity);
    DrawPlainly(pair.expected.frame, ink, [&](int px, int py) {
      return Inside(rect, px, py) && (t == 0 || !Inside(inner, px, py)) ? opacity : 0;
    });
    ASSERT_EQ(pair.expected.Bytes(), pair.drawn.Bytes())
        << pair.drawn.frame.width << "x" << pair.drawn.frame.height << " rect " << rect.x0 << ","
        << rect.y0 << "," << rect.x1 << "," << rect.y1 << " t " << t << " opacity " << opacity;
    ASSERT_TRUE(pair.drawn.PaddingIsUntouched());
  }
}

TEST_P(OnEveryFormat, BlendsMasksAsDefined) {
  std::mt19937 random(8);
  const auto any = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  for (unsigned i = 0; i < 1000; ++i) {
    Pair pair(GetParam(), any(1, 33), any(1, 33), i);
    Canvas canvas(pair.drawn.frame);
    const Ink ink = canvas.InkOf({250, static_cast<std::uint8_t>(i), 90});
    const int width = any(1, 20), height = any(1, 20), x = any(-25, 40), y = any(-25, 40);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(width * height));
    for (auto& b : bytes) b = static_cast<std::uint8_t>(any(0, 2) == 0 ? 0 : any(0, 255));
    canvas.Blend({bytes.data(), width, height}, x, y, ink);
    DrawPlainly(pair.expected.frame, ink, [&](int px, int py) {
      return Inside({x, y, x + width, y + height}, px, py)
                 ? bytes[static_cast<std::size_t>((py - y) * width + px - x)]
                 : 0;
    });
    ASSERT_EQ(pair.expected.Bytes(), pair.drawn.Bytes());
    ASSERT_TRUE(pair.drawn.PaddingIsUntouched());
  }
}

TEST_P(OnEveryFormat, FarAndWrongShapesDoNothing) {
  GuardedFrame guarded(GetParam(), 17, 9, true, 3, 77);
  const auto before = guarded.Bytes();
  Canvas canvas(guarded.frame);
  const Ink ink = canvas.InkOf({255, 0, 0});
  const std::uint8_t dot = 255;
  const int far = PixelRect::kFar;
  canvas.Fill({5, 5, 5, 9}, ink, 255);
  canvas.Fill({9, 5, 2, 9}, ink, 255);
  canvas.Fill({-far, -far, 0, far}, ink, 255);
  canvas.Fill({0, 0, 17, 9}, ink, 0);
  canvas.Outline({-far, -far, far, far}, 3, ink, 255);
  canvas.Outline({0, 0, 17, 9}, 0, ink, 255);
  canvas.Outline({0, 0, 17, 9}, -4, ink, 255);
  canvas.Blend({&dot, 1, 1}, INT_MAX, INT_MIN + 1, ink);
  canvas.Blend({&dot, 1, 1}, 17, 0, ink);
  canvas.Blend({nullptr, 4, 4}, 0, 0, ink);
  EXPECT_EQ(before, guarded.Bytes());
  EXPECT_EQ(0, canvas.painted());
  canvas.Outline({0, 0, 17, 9}, INT_MAX, ink, 1000);  // Thicker than the box: filled.
  EXPECT_EQ(17 * 9, canvas.painted());
}

TEST_P(OnEveryFormat, RowsMayRunUpwards) {
  Pair pair(GetParam(), 21, 13, 3);
  MutableFrame flipped = pair.drawn.frame;
  for (int p = 0; p < devices::PlaneCount(GetParam()); ++p) {
    flipped.data[p] += (pair.drawn.Rows(p) - 1) * flipped.stride[p];
    flipped.stride[p] = -flipped.stride[p];
  }
  Canvas canvas(flipped);
  canvas.Fill({3, 0, 12, 6}, canvas.InkOf({1, 2, 3}), 255);
  // Seen the right way round, the rows count from below.
  const int row0 = pair.drawn.Rows(0) - 1;
  const std::uint8_t* row = pair.drawn.frame.data[0] + row0 * pair.drawn.frame.stride[0];
  const int bytes = devices::SampleBytes(GetParam(), 0);
  EXPECT_EQ(canvas.InkOf({1, 2, 3}).plane[0].value[0], row[3 * bytes]);
}

INSTANTIATE_TEST_SUITE_P(Canvas, OnEveryFormat, testing::ValuesIn(kDrawnFormats),
                         [](const auto& p) { return std::string(devices::NameOf(p.param)); });

TEST(Canvas, OfAFrameWithoutPlanesIsEmpty) {
  MutableFrame frame;
  frame.width = frame.height = 8;
  Canvas canvas(frame);
  EXPECT_EQ(0, canvas.width());
  canvas.Fill({0, 0, 8, 8}, canvas.InkOf({}), 255);
  EXPECT_EQ(0, canvas.painted());
}

// Ink drawn on YUV reads back as the colour that was asked for, by the frame's matrix and range.
TEST(Ink, IsTheColourInEveryMatrixAndRange) {
  for (ColorMatrix matrix : {ColorMatrix::kBT601, ColorMatrix::kBT709, ColorMatrix::kBT2020}) {
    for (ColorRange range : {ColorRange::kLimited, ColorRange::kFull}) {
      const auto map =
          devices::MakeColorMap(PixelFormat::kI420, matrix, range, devices::ColorOrder::kRGB);
      for (int code = 0; code < 512; ++code) {
        const Color color{static_cast<std::uint8_t>((code & 7) * 36),
                          static_cast<std::uint8_t>((code >> 3 & 7) * 36),
                          static_cast<std::uint8_t>((code >> 6) * 36)};
        const Ink ink = MakeInk(color, PixelFormat::kI420, matrix, range);
        const int want[3] = {color.r, color.g, color.b};
        for (int c = 0; c < 3; ++c) {
          float value = map.m[c][3];
          for (int p = 0; p < 3; ++p) value += map.m[c][p] * ink.plane[p].value[0];
          EXPECT_NEAR(want[c], value, 2.1) << code;
        }
      }
    }
  }
}

TEST(Ink, GreyIsLuma) {
  const auto luma = [](Color c) {
    return MakeInk(c, PixelFormat::kGray8, ColorMatrix::kBT709, ColorRange::kLimited)
        .plane[0]
        .value[0];
  };
  EXPECT_EQ(255, luma({255, 255, 255}));
  EXPECT_EQ(76, luma({255, 0, 0}));
  EXPECT_EQ(150, luma({0, 255, 0}));
}

TEST(ParseColor, TakesHexadecimal) {
  EXPECT_EQ((Color{255, 128, 0}), ParseColor("#ff8000").value());
  EXPECT_EQ((Color{255, 128, 0}), ParseColor("FF8000").value());
  EXPECT_EQ((Color{255, 136, 0}), ParseColor("#f80").value());
  for (const char* bad : {"", "#", "red", "#ff80", "#ff80000", "#gg0000"}) {
    const auto color = ParseColor(bad);
    ASSERT_FALSE(color.ok()) << bad;
    EXPECT_NE(std::string::npos, color.status().message().find("#ff8000"));
  }
}

}  // namespace
}  // namespace infer_server::video
