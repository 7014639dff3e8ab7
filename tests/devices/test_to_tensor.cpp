// SPDX-License-Identifier: Apache-2.0
#include "devices/image/to_tensor.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "devices/image/half.h"
#include "tests/devices/random_image.h"

namespace infer_server::devices {
namespace {

// The whole frame, pixel for pixel.
ToTensorParams WholeFrame(int width, int height) {
  ToTensorParams p;
  p.crop_width = p.width = p.fill_width = width;
  p.crop_height = p.height = p.fill_height = height;
  return p;
}

std::vector<float> Floats(const ImageView& frame, const ToTensorParams& p) {
  const auto count = static_cast<std::size_t>(p.width * p.height * Channels(p.color_order));
  std::vector<float> out(count, -1e9f);
  const Status status = ToTensor(frame, p, out.data());
  EXPECT_TRUE(status.ok()) << status.ToString();
  return out;
}

ImageView Packed(PixelFormat format, int width, int height, const std::uint8_t* data) {
  ImageView view;
  view.format = format;
  view.width = width;
  view.height = height;
  view.data[0] = data;
  view.stride[0] = static_cast<std::ptrdiff_t>(RowBytes(format, 0, width));
  return view;
}

struct YuvPixel {
  ImageView view;
  std::uint8_t y[4], uv[2];
};

// 2 × 2 pixels of one colour.
void MakeYuv(int y, int u, int v, YuvPixel* p) {
  std::memset(p->y, y, 4);
  p->uv[0] = static_cast<std::uint8_t>(u);
  p->uv[1] = static_cast<std::uint8_t>(v);
  p->view.width = p->view.height = 2;
  p->view.data[0] = p->y;
  p->view.data[1] = p->uv;
  p->view.stride[0] = p->view.stride[1] = 2;
}

TEST(ToTensor, CopiesPixelsThatNeedNoChange) {
  std::vector<std::uint8_t> bytes(3 * 5 * 4);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 4);
  ToTensorParams p = WholeFrame(5, 4);
  p.layout = Layout::kNHWC;
  p.type = DataType::kUint8;
  std::vector<std::uint8_t> out(bytes.size());
  ASSERT_TRUE(ToTensor(Packed(PixelFormat::kBGR, 5, 4, bytes.data()), p, out.data()).ok());
  EXPECT_EQ(bytes, out);
  p.interpolation = Interpolation::kArea;
  ASSERT_TRUE(ToTensor(Packed(PixelFormat::kBGR, 5, 4, bytes.data()), p, out.data()).ok());
  EXPECT_EQ(bytes, out);
}

TEST(ToTensor, OrdersChannelsAsAsked) {
  const std::uint8_t pixel[4] = {10, 20, 30, 40};
  struct Row {
    PixelFormat format;
    std::vector<float> rgb;
  };
  for (const Row& row :
       {Row{PixelFormat::kRGB, {10, 20, 30}}, Row{PixelFormat::kBGR, {30, 20, 10}},
        Row{PixelFormat::kRGBA, {10, 20, 30}}, Row{PixelFormat::kBGRA, {30, 20, 10}},
        Row{PixelFormat::kARGB, {20, 30, 40}}, Row{PixelFormat::kABGR, {40, 30, 20}},
        Row{PixelFormat::kGray8, {10, 10, 10}}}) {
    SCOPED_TRACE(NameOf(row.format));
    ToTensorParams p = WholeFrame(1, 1);
    p.color_order = ColorOrder::kRGB;
    const ImageView frame = Packed(row.format, 1, 1, pixel);
    EXPECT_EQ(row.rgb, Floats(frame, p));
    p.color_order = ColorOrder::kBGR;
    EXPECT_EQ((std::vector<float>{row.rgb[2], row.rgb[1], row.rgb[0]}), Floats(frame, p));
    p.color_order = ColorOrder::kGray;
    EXPECT_NEAR(0.299 * row.rgb[0] + 0.587 * row.rgb[1] + 0.114 * row.rgb[2], Floats(frame, p)[0],
                1e-4);
  }
}

struct KnownColor {
  ColorMatrix matrix;
  ColorRange range;
  int y, u, v, r, g, b;
};

// The studio swing codes of pure colours, from the Recommendations' own equations.
const KnownColor kKnownColors[] = {
    {ColorMatrix::kBT601, ColorRange::kLimited, 16, 128, 128, 0, 0, 0},
    {ColorMatrix::kBT601, ColorRange::kLimited, 235, 128, 128, 255, 255, 255},
    {ColorMatrix::kBT601, ColorRange::kLimited, 81, 90, 240, 254, 0, 0},
    {ColorMatrix::kBT601, ColorRange::kLimited, 145, 54, 34, 0, 255, 1},
    {ColorMatrix::kBT601, ColorRange::kLimited, 41, 240, 110, 0, 0, 255},
    {ColorMatrix::kBT709, ColorRange::kLimited, 63, 102, 240, 255, 1, 0},
    {ColorMatrix::kBT709, ColorRange::kLimited, 32, 240, 118, 1, 0, 255},
    {ColorMatrix::kBT2020, ColorRange::kLimited, 74, 97, 240, 255, 0, 1},
    {ColorMatrix::kBT601, ColorRange::kFull, 76, 85, 255, 254, 0, 0},
    {ColorMatrix::kBT601, ColorRange::kFull, 128, 128, 128, 128, 128, 128},
};

TEST(ToTensor, GivesTheKnownColorsOfEveryStandard) {
  for (const KnownColor& known : kKnownColors) {
    SCOPED_TRACE("Y " + std::to_string(known.y));
    YuvPixel pixel;
    MakeYuv(known.y, known.u, known.v, &pixel);
    pixel.view.matrix = known.matrix;
    pixel.view.range = known.range;
    ToTensorParams p = WholeFrame(2, 2);
    p.color_order = ColorOrder::kRGB;
    const std::vector<float> out = Floats(pixel.view, p);
    // Codes are whole numbers, so a pure colour comes back within 2 of itself.
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(known.r, out[i], 2);
      EXPECT_NEAR(known.g, out[4 + i], 2);
      EXPECT_NEAR(known.b, out[8 + i], 2);
    }
  }
}

TEST(ToTensor, StretchesLimitedLumaToGrey) {
  YuvPixel pixel;
  MakeYuv(235, 90, 240, &pixel);
  ToTensorParams p = WholeFrame(2, 2);
  p.color_order = ColorOrder::kGray;
  EXPECT_NEAR(255, Floats(pixel.view, p)[0], 1e-4);
  pixel.view.range = ColorRange::kFull;
  EXPECT_EQ(235, Floats(pixel.view, p)[0]);
}

TEST(ToTensor, PutsChromaAtItsSite) {
  // U rises from 100 to 140 between the two chroma samples of a row of four pixels.
  const std::uint8_t y[8] = {128, 128, 128, 128, 128, 128, 128, 128}, uv[4] = {100, 128, 140, 128};
  ImageView frame;
  frame.width = 4;
  frame.height = 2;
  frame.data[0] = y;
  frame.data[1] = uv;
  frame.stride[0] = frame.stride[1] = 4;
  frame.range = ColorRange::kFull;
  const ToTensorParams p = WholeFrame(4, 2);  // Blue comes first.
  const auto blue = [](double u) { return 128 + 1.772 * (u - 128); };
  std::vector<float> out = Floats(frame, p);
  EXPECT_NEAR(blue(100), out[0], 1e-3);
  EXPECT_NEAR(blue(120), out[1], 1e-3);
  EXPECT_NEAR(blue(140), out[2], 1e-3);
  frame.site = ChromaSite::kCenter;
  out = Floats(frame, p);
  EXPECT_NEAR(blue(100), out[0], 1e-3);
  EXPECT_NEAR(blue(110), out[1], 1e-3);
  EXPECT_NEAR(blue(130), out[2], 1e-3);
}

TEST(ToTensor, PadsAndNormalisesInTheOrderOfTheOutput) {
  const std::uint8_t pixel[3] = {10, 20, 30};
  ToTensorParams p = WholeFrame(1, 1);
  p.width = 3;
  p.height = 2;
  p.fill_x = 1;
  p.pad_value = 114;
  p.color_order = ColorOrder::kBGR;
  p.scale = {1, 2, 1};
  p.mean = {10, 10, 10};
  p.std = {1, 1, 4};
  const std::vector<float> out = Floats(Packed(PixelFormat::kRGB, 1, 1, pixel), p);
  EXPECT_EQ((std::vector<float>{104, 20, 104, 104, 104, 104}),
            std::vector<float>(out.begin(), out.begin() + 6));
  EXPECT_EQ((std::vector<float>{218, 30, 218, 218, 218, 218}),
            std::vector<float>(out.begin() + 6, out.begin() + 12));
  EXPECT_EQ((std::vector<float>{26, 0, 26, 26, 26, 26}),
            std::vector<float>(out.begin() + 12, out.end()));
}

TEST(ToTensor, RepeatsTheEdgeOutsideTheFrame) {
  const std::uint8_t row[3] = {10, 20, 30};
  ToTensorParams p = WholeFrame(5, 1);
  p.crop_x = -1;
  p.color_order = ColorOrder::kGray;
  EXPECT_EQ((std::vector<float>{10, 10, 20, 30, 30}),
            Floats(Packed(PixelFormat::kGray8, 3, 1, row), p));
  p.crop_x = 500;
  EXPECT_EQ((std::vector<float>{30, 30, 30, 30, 30}),
            Floats(Packed(PixelFormat::kGray8, 3, 1, row), p));
}

TEST(ToTensor, RoundsBytesOnceHalfUp) {
  const std::uint8_t row[2] = {0, 1};
  ToTensorParams p = WholeFrame(1, 1);
  p.crop_width = 2;  // Its centre is between the two samples: 0.5.
  p.color_order = ColorOrder::kGray;
  p.type = DataType::kUint8;
  std::uint8_t out = 77;
  ASSERT_TRUE(ToTensor(Packed(PixelFormat::kGray8, 2, 1, row), p, &out).ok());
  EXPECT_EQ(1, out);
  p.mean = {5, 0, 0};
  ASSERT_TRUE(ToTensor(Packed(PixelFormat::kGray8, 2, 1, row), p, &out).ok());
  EXPECT_EQ(0, out);  // 0.5 − 5, clamped.
  p.mean = {-300, 0, 0};
  ASSERT_TRUE(ToTensor(Packed(PixelFormat::kGray8, 2, 1, row), p, &out).ok());
  EXPECT_EQ(255, out);
}

TEST(ToTensor, AveragesWholeBlocksByArea) {
  std::vector<std::uint8_t> bytes(6 * 4);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  ToTensorParams p = WholeFrame(2, 2);
  p.crop_width = 6;
  p.crop_height = 4;
  p.color_order = ColorOrder::kGray;
  p.interpolation = Interpolation::kArea;
  const std::vector<float> out = Floats(Packed(PixelFormat::kGray8, 6, 4, bytes.data()), p);
  const double expected[4] = {4, 7, 16, 19};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(expected[i], out[i], 1e-5);
}

struct BadCase {
  const char* word;  // In the message.
  void (*spoil)(ImageView* frame, ToTensorParams* p);
  Code code;
};

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
const BadCase kBadCases[] = {
    {"frame has 0 x 2", [](ImageView* f, ToTensorParams*) { f->width = 0; },
     Code::kInvalidArgument},
    {"plane 1 of the NV12", [](ImageView* f, ToTensorParams*) { f->data[1] = nullptr; },
     Code::kInvalidArgument},
    {"stride of 1", [](ImageView* f, ToTensorParams*) { f->stride[0] = 1; },
     Code::kInvalidArgument},
    {"picture to make has 2 x -1", [](ImageView*, ToTensorParams* p) { p->height = -1; },
     Code::kInvalidArgument},
    {"filled part", [](ImageView*, ToTensorParams* p) { p->fill_x = 1; }, Code::kInvalidArgument},
    {"filled part", [](ImageView*, ToTensorParams* p) { p->fill_width = 0; },
     Code::kInvalidArgument},
    {"filled part",
     [](ImageView*, ToTensorParams* p) {
       p->fill_x = std::numeric_limits<int>::max();
       p->fill_width = std::numeric_limits<int>::max();
     },
     Code::kInvalidArgument},
    {"crop", [](ImageView*, ToTensorParams* p) { p->crop_x = static_cast<double>(kNan); },
     Code::kInvalidArgument},
    {"crop", [](ImageView*, ToTensorParams* p) { p->crop_width = 0; }, Code::kInvalidArgument},
    {"crop", [](ImageView*, ToTensorParams* p) { p->crop_height = 1e30; }, Code::kInvalidArgument},
    {"pad_value 256", [](ImageView*, ToTensorParams* p) { p->pad_value = 256; },
     Code::kInvalidArgument},
    {"std[1] is 0", [](ImageView*, ToTensorParams* p) { p->std[1] = 0; }, Code::kInvalidArgument},
    {"not a finite", [](ImageView*, ToTensorParams* p) { p->mean[2] = kNan; },
     Code::kInvalidArgument},
    {"layout any", [](ImageView*, ToTensorParams* p) { p->layout = Layout::kAny; },
     Code::kUnsupported},
    {"type i32", [](ImageView*, ToTensorParams* p) { p->type = DataType::kInt32; },
     Code::kUnsupported},
};

TEST(ToTensor, RefusesWhatItCannotDoAndSaysWhy) {
  for (const BadCase& bad : kBadCases) {
    YuvPixel pixel;
    MakeYuv(1, 2, 3, &pixel);
    ToTensorParams p = WholeFrame(2, 2);
    bad.spoil(&pixel.view, &p);
    float out[12];
    const Status status = ToTensor(pixel.view, p, out);
    EXPECT_EQ(bad.code, status.code()) << bad.word;
    EXPECT_NE(std::string::npos, status.message().find(bad.word)) << status.message();
  }
  YuvPixel pixel;
  MakeYuv(1, 2, 3, &pixel);
  EXPECT_EQ(Code::kInvalidArgument, ToTensor(pixel.view, WholeFrame(2, 2), nullptr).code());
}

TEST(Half, RoundTripsEveryValue) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if ((bits & 0x7c00) == 0x7c00 && (bits & 0x3ff) != 0) continue;  // Not a number.
    ASSERT_EQ(half, HalfFromFloat(FloatFromHalf(half))) << bits;
  }
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(0x3c00, HalfFromFloat(1.0f));
  EXPECT_EQ(0x3c00, HalfFromFloat(1.0f + 0x1p-11f));
  EXPECT_EQ(0x3c02, HalfFromFloat(1.0f + 3 * 0x1p-11f));
  EXPECT_EQ(0x3c01, HalfFromFloat(1.0f + 0x1.1p-11f));
  EXPECT_EQ(0x0001, HalfFromFloat(0x1p-24f));
  EXPECT_EQ(0x0000, HalfFromFloat(0x1p-25f));
  EXPECT_EQ(0x7bff, HalfFromFloat(65519.0f));
  EXPECT_EQ(0x7c00, HalfFromFloat(65520.0f));
  EXPECT_EQ(0xfc00, HalfFromFloat(-1e9f));
  EXPECT_EQ(0x7e00, HalfFromFloat(kNan) & 0x7fff);
}

TEST(Image, KnowsItsPlanes) {
  EXPECT_EQ(2, PlaneCount(PixelFormat::kNV12));
  EXPECT_EQ(6u, RowBytes(PixelFormat::kNV12, 1, 5));
  EXPECT_EQ(3u, RowBytes(PixelFormat::kI420, 2, 5));
  EXPECT_EQ(0u, RowBytes(PixelFormat::kNV12, 2, 5));
  EXPECT_EQ(3, PlaneRows(PixelFormat::kI420, 1, 5));
  EXPECT_EQ(20u, RowBytes(PixelFormat::kABGR, 0, 5));
  EXPECT_STREQ("GRAY8", NameOf(PixelFormat::kGray8));
}

}  // namespace
}  // namespace infer_server::devices
