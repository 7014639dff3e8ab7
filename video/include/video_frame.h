// SPDX-License-Identifier: Apache-2.0
// Frames and boxes as applications of the InferServer pass them. (Seed 004 "contrib"; of the CNIS
// 0.7 header contrib/video_helper.h, which includes this one.)
#pragma once

#include <cstddef>
#include <string>

#include "buffer.h"
#include "devices/base/export.h"
#include "devices/image/image.h"

namespace infer_server::video {

// How pixels lie in memory.
enum class PixelFmt {
  I420 = 0,   // Planes: Y; U; V, the latter at half width and height, rounded up.
  NV12 = 1,   // Planes: Y; U,V interleaved at half width and height.
  NV21 = 2,   // Planes: Y; V,U.
  RGB24 = 3,  // One plane, 3 bytes a pixel, in this order in memory; likewise the following.
  BGR24 = 4,
  RGBA = 5,  // 4 bytes a pixel.
  BGRA = 6,
  ARGB = 7,
  ABGR = 8,
};

// "NV12"; "UNKNOWN" for a value that is none of them.
INFER_API std::string PixelFmtStr(PixelFmt format);

// The original's name for kMaxPlaneNum, the most planes of a frame.
#ifndef MAX_PLANE_NUM
#define MAX_PLANE_NUM 3
#endif
inline constexpr std::size_t kMaxPlaneNum = 3;

// 3 for I420, 2 for NV12 and NV21, 1 for the others; 0 for a value that is none of them.
INFER_API std::size_t GetPlaneNum(PixelFmt format) noexcept;

// Top-left corner and size as parts of the frame's width and height, 0..1. All zero is the whole
// frame. What reaches outside the frame is cut off; see ClipToFrame().
// A plain value.
struct BoundingBox {
  float x = 0, y = 0, w = 0, h = 0;
};

// The part of `box` inside the frame. A box that begins right of or below the frame, has no size or
// a side longer than the frame's becomes all zero, which stands for the whole frame: the original's
// rule. So does one with no part inside otherwise (x + w or y + h <= 0) or an edge that is not a
// number; but where a picture is made of a box, those two are refused.
INFER_API BoundingBox ClipToFrame(const BoundingBox& box) noexcept;

// A plain value; the planes' memory is shared by copies. Not thread-safe.
struct INFER_API VideoFrame {
  Buffer plane[kMaxPlaneNum];  // GetPlaneNum(format) of them, of GetPlaneSize() bytes or more.
  // Of each plane. Packed formats (RGB24 to ABGR) count pixels, the others bytes. A stride less
  // than a row, 0 for instance, means rows without a gap.
  std::size_t stride[kMaxPlaneNum] = {0, 0, 0};
  std::size_t width = 0, height = 0;  // Pixels.
  std::size_t plane_num = 0;          // GetPlaneNum(format), for the reader; not needed.
  PixelFmt format = PixelFmt::NV12;
  BoundingBox roi;  // The part to be looked at; all zero: all of it.

  // How its colours are coded; formats without chroma ignore these.
  devices::ColorMatrix color_matrix = devices::ColorMatrix::kBT601;
  devices::ColorRange color_range = devices::ColorRange::kLimited;
  devices::ChromaSite chroma_site = devices::ChromaSite::kLeft;
  // Where the planes are: a device's number, or -1 for the host.
  int device_id = -1;

  // Bytes from one row of plane `index` to the next, with the rule for small strides applied.
  std::size_t GetRowStride(std::size_t index) const noexcept;
  // Bytes of plane `index`: rows · stride. Half-size planes of odd frames are rounded up. 0 beyond
  // the last plane.
  std::size_t GetPlaneSize(std::size_t index) const noexcept;
  // Bytes of all planes.
  std::size_t GetTotalSize() const noexcept;
};

}  // namespace infer_server::video
