// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

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

}  // namespace
}  // namespace infer_server::video
