// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include <vector>

#include "video/video_frame_view.h"
#include "video_helper.h"

namespace infer_server::video {
namespace {

VideoFrame Frame(PixelFmt format, std::size_t width, std::size_t height) {
  VideoFrame frame;
  frame.format = format;
  frame.width = width;
  frame.height = height;
  frame.plane_num = GetPlaneNum(format);
  return frame;
}

TEST(VideoFrame, CountsThePlanesOfEveryFormat) {
  EXPECT_EQ(3u, GetPlaneNum(PixelFmt::I420));
  EXPECT_EQ(2u, GetPlaneNum(PixelFmt::NV12));
  EXPECT_EQ(2u, GetPlaneNum(PixelFmt::NV21));
  for (int format = 3; format <= 8; ++format)
    EXPECT_EQ(1u, GetPlaneNum(static_cast<PixelFmt>(format)));
  EXPECT_EQ(0u, GetPlaneNum(static_cast<PixelFmt>(9)));
}

TEST(VideoFrame, SizesItsPlanes) {
  VideoFrame frame = Frame(PixelFmt::NV12, 64, 48);
  EXPECT_EQ(64u * 48, frame.GetPlaneSize(0));
  EXPECT_EQ(64u * 24, frame.GetPlaneSize(1));
  EXPECT_EQ(0u, frame.GetPlaneSize(2));
  EXPECT_EQ(64u * 72, frame.GetTotalSize());
  frame.stride[0] = 80;
  frame.stride[1] = 10;  // Less than a row: none.
  EXPECT_EQ(80u * 48 + 64 * 24, frame.GetTotalSize());

  EXPECT_EQ(64u * 72, Frame(PixelFmt::I420, 64, 48).GetTotalSize());
  EXPECT_EQ(65u * 49 + 2 * 33 * 25, Frame(PixelFmt::I420, 65, 49).GetTotalSize());
  EXPECT_EQ(65u * 49 + 66 * 25, Frame(PixelFmt::NV21, 65, 49).GetTotalSize());
}

TEST(VideoFrame, CountsPackedStridesInPixels) {
  VideoFrame frame = Frame(PixelFmt::BGR24, 64, 48);
  frame.stride[0] = 70;
  EXPECT_EQ(70u * 3 * 48, frame.GetPlaneSize(0));
  frame.format = PixelFmt::ARGB;
  EXPECT_EQ(70u * 4 * 48, frame.GetPlaneSize(0));
  EXPECT_EQ(0u, frame.GetPlaneSize(1));
}

TEST(BoundingBox, IsCutAtTheEdges) {
  const BoundingBox cut = ClipToFrame({-0.25f, 0.5f, 0.5f, 0.75f});
  EXPECT_FLOAT_EQ(0, cut.x);
  EXPECT_FLOAT_EQ(0.5f, cut.y);
  EXPECT_FLOAT_EQ(0.25f, cut.w);
  EXPECT_FLOAT_EQ(0.5f, cut.h);
}

TEST(BoundingBox, ThatMakesNoSenseIsTheWholeFrame) {
  for (const BoundingBox& box :
       {BoundingBox{1, 0, 0.5f, 0.5f}, BoundingBox{0, 1, 0.5f, 0.5f}, BoundingBox{0, 0, 0, 0.5f},
        BoundingBox{0, 0, 0.5f, -1}, BoundingBox{0, 0, 1.5f, 1}, BoundingBox{-0.5f, 0, 0.25f, 1},
        BoundingBox{NAN, 0, 1, 1}, BoundingBox{0, 0, NAN, 1}}) {
    const BoundingBox clipped = ClipToFrame(box);
    EXPECT_EQ(0, clipped.x);
    EXPECT_EQ(0, clipped.y);
    EXPECT_EQ(0, clipped.w);
    EXPECT_EQ(0, clipped.h);
  }
}

TEST(RegionOf, IsTheRoiInPixels) {
  EXPECT_FLOAT_EQ(640, RegionOf({}, 640, 360).value().w);
  EXPECT_FLOAT_EQ(360, RegionOf({}, 640, 360).value().h);
  const Rect region = RegionOf({0.5f, 0.25f, 0.25f, 0.5f}, 640, 360).value();
  EXPECT_FLOAT_EQ(320, region.x);
  EXPECT_FLOAT_EQ(90, region.y);
  EXPECT_FLOAT_EQ(160, region.w);
  EXPECT_FLOAT_EQ(180, region.h);
}

TEST(RegionOf, FollowsTheRuleOfTheOriginalOutsideTheFrame) {
  struct Row {
    BoundingBox roi;
    Rect region;
  };
  const Rect whole{0, 0, 100, 100};
  for (const Row& row :
       {Row{{-0.25f, 0.5f, 0.5f, 0.75f}, {0, 50, 25, 50}},
        Row{{0.75f, -0.5f, 1, 1}, {75, 0, 25, 50}}, Row{{1, 0, 0.5f, 0.5f}, whole},
        Row{{0, 1.5f, 0.5f, 0.5f}, whole}, Row{{0.5f, 0.5f, 0, 0.5f}, whole},
        Row{{0.5f, 0.5f, 0.5f, -1}, whole}, Row{{0.5f, 0.5f, 1.5f, 0.5f}, whole}}) {
    const auto region = RegionOf(row.roi, 100, 100);
    ASSERT_TRUE(region.ok()) << region.status().message();
    EXPECT_FLOAT_EQ(row.region.x, region.value().x);
    EXPECT_FLOAT_EQ(row.region.y, region.value().y);
    EXPECT_FLOAT_EQ(row.region.w, region.value().w);
    EXPECT_FLOAT_EQ(row.region.h, region.value().h);
  }
}

TEST(RegionOf, RefusesABoxWithoutAPartOnTheFrame) {
  for (const BoundingBox& roi :
       {BoundingBox{-0.5f, 0, 0.25f, 1}, BoundingBox{0, -0.5f, 1, 0.5f}, BoundingBox{NAN, 0, 1, 1},
        BoundingBox{0, 0, NAN, 1}, BoundingBox{-INFINITY, 0, 1, 1},
        BoundingBox{0.99999994f, 0, 1e-9f, 1}}) {
    const auto region = RegionOf(roi, 640, 360);
    EXPECT_EQ(devices::Code::kInvalidArgument, region.status().code()) << roi.x << ' ' << roi.w;
  }
}

TEST(VideoHelper, NamesFormatsAndWaysOfPreprocessing) {
  EXPECT_EQ("I420", PixelFmtStr(PixelFmt::I420));
  EXPECT_EQ("BGR24", PixelFmtStr(PixelFmt::BGR24));
  EXPECT_EQ("UNKNOWN", PixelFmtStr(static_cast<PixelFmt>(9)));
  EXPECT_EQ("RESIZE_CONVERT", PreprocessTypeStr(PreprocessType::RESIZE_CONVERT));
  EXPECT_EQ("CNCV_PREPROC", PreprocessTypeStr(PreprocessType::CNCV_RESIZE_CONVERT));
  EXPECT_EQ("UNKNOWN", PreprocessTypeStr(static_cast<PreprocessType>(4)));
}

TEST(ViewOf, CountsBytesWhereTheFrameCountsPixels) {
  std::vector<std::uint8_t> bytes(20 * 4 * 9 + 16 * 4);
  VideoFrame frame = Frame(PixelFmt::ARGB, 16, 10);
  frame.stride[0] = 20;
  frame.color_range = devices::ColorRange::kFull;
  PlaneBytes planes;
  planes.data[0] = bytes.data();
  planes.size[0] = bytes.size();
  const auto view = ViewOf(frame, planes);
  ASSERT_TRUE(view.ok()) << view.status().ToString();
  EXPECT_EQ(80, view.value().stride[0]);
  EXPECT_EQ(PixelFormat::kARGB, view.value().format);
  EXPECT_EQ(ColorRange::kFull, view.value().range);
  planes.size[0] -= 1;
  EXPECT_EQ(devices::Code::kInvalidArgument, ViewOf(frame, planes).status().code());
}

TEST(ViewOf, BorrowsTheBuffers) {
  VideoFrame frame = Frame(PixelFmt::NV12, 4, 2);
  frame.plane[0] = Buffer(8);
  EXPECT_FALSE(ViewOf(frame).ok());  // Nothing is allocated yet.
  std::memset(frame.plane[0].MutableData(), 90, 8);
  Buffer chroma(100);
  std::memset(chroma.MutableData(), 128, 100);
  frame.plane[1] = chroma(96);
  const auto view = ViewOf(frame);
  ASSERT_TRUE(view.ok()) << view.status().ToString();
  EXPECT_EQ(frame.plane[0].Data(), view.value().data[0]);
  EXPECT_EQ(static_cast<const std::uint8_t*>(chroma.Data()) + 96, view.value().data[1]);
  frame.plane[1] = chroma(97);
  EXPECT_FALSE(ViewOf(frame).ok());
}

TEST(ViewOf, ReadsDeviceMemoryOnlyWhereTheHostCan) {
  std::uint8_t pixel[3] = {1, 2, 3};
  VideoFrame frame = Frame(PixelFmt::BGR24, 1, 1);
  frame.plane[0] = Buffer(pixel, 3, Buffer::MluMemoryDeallocator(), 0);
  EXPECT_EQ(devices::Code::kUnsupported, ViewOf(frame).status().code());
  EXPECT_TRUE(ViewOf(frame, true).ok());
}

TEST(ViewOf, MeasuresThePlanesOfOddFrames) {
  std::vector<std::uint8_t> bytes(65 * 49);
  PlaneBytes planes;
  for (std::size_t p = 0; p < kMaxPlaneNum; ++p) planes.data[p] = bytes.data();
  planes.size[0] = 65 * 49;
  planes.size[1] = planes.size[2] = 33 * 25;
  const auto view = ViewOf(Frame(PixelFmt::I420, 65, 49), planes);
  ASSERT_TRUE(view.ok()) << view.status().ToString();
  EXPECT_EQ(33, view.value().stride[2]);
  EXPECT_FALSE(ViewOf(Frame(PixelFmt::NV12, 65, 49), planes).ok());
  planes.size[1] *= 2;
  EXPECT_TRUE(ViewOf(Frame(PixelFmt::NV12, 65, 49), planes).ok());
}

TEST(ViewOf, RefusesWhatMakesNoSense) {
  std::uint8_t byte = 0;
  PlaneBytes planes;
  planes.data[0] = &byte;
  planes.size[0] = 1;
  EXPECT_FALSE(ViewOf(Frame(static_cast<PixelFmt>(42), 1, 1), planes).ok());
  EXPECT_FALSE(ViewOf(Frame(PixelFmt::BGR24, 0, 1), planes).ok());
  EXPECT_FALSE(ViewOf(Frame(PixelFmt::BGR24, 1, std::size_t{1} << 40), planes).ok());
  VideoFrame far = Frame(PixelFmt::BGR24, 1, 2);
  far.stride[0] = ~std::size_t{0} / 3;
  planes.size[0] = 3;
  EXPECT_FALSE(ViewOf(far, planes).ok());
  const auto missing = ViewOf(Frame(PixelFmt::NV12, 1, 1), planes);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ("video frame: plane 1 of NV12 is missing", missing.status().message());
}

}  // namespace
}  // namespace infer_server::video
