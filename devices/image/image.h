// SPDX-License-Identifier: Apache-2.0
// A picture in memory: format, planes, strides, colour. What kernels read and draw on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "devices/base/export.h"

namespace infer_server::devices {

enum class PixelFormat {
  kNV12,  // Planes: Y; U,V interleaved at half width and height (rounded up).
  kNV21,  // Planes: Y; V,U.
  kI420,  // Planes: Y; U; V.
  kRGB,   // One plane, 3 bytes a pixel, in this order in memory; likewise the following.
  kBGR,
  kRGBA,
  kBGRA,
  kGray8,
  kARGB,  // One plane, 4 bytes a pixel, in this order in memory.
  kABGR,
};

inline constexpr int kPixelFormatCount = 10;
inline constexpr int kMaxPlanes = 3;

// How Y'CbCr maps to R'G'B'. Formats without chroma ignore it.
enum class ColorMatrix { kBT601, kBT709, kBT2020 };
// kLimited: Y 16..235, chroma 16..240. kFull: 0..255.
enum class ColorRange { kLimited, kFull };
// Where a chroma sample sits among its luma samples, horizontally (vertically between the two rows
// unless kTopLeft).
enum class ChromaSite {
  kLeft,     // Same column as the left luma sample, between two rows (MPEG-2, H.264).
  kCenter,   // In the middle of the 2 × 2 luma samples (MPEG-1, JPEG).
  kTopLeft,  // On the top left luma sample (BT.2020).
};

// A part of a picture, in pixels.
struct ImageRect {
  int x = 0, y = 0, width = 0, height = 0;
};

// Borrowed, writable or not: `T` is const std::uint8_t or std::uint8_t.
// Row y of plane p starts at data[p] + y · stride[p]; strides are bytes and may be negative.
template <typename T>
struct BasicImage {
  PixelFormat format = PixelFormat::kNV12;
  int width = 0, height = 0;  // Pixels; any value ≥ 1, odd ones too.
  T* data[kMaxPlanes] = {nullptr, nullptr, nullptr};
  std::ptrdiff_t stride[kMaxPlanes] = {0, 0, 0};
  ColorMatrix matrix = ColorMatrix::kBT601;
  ColorRange range = ColorRange::kLimited;
  ChromaSite site = ChromaSite::kLeft;

  operator BasicImage<const T>() const {
    BasicImage<const T> view;
    view.format = format;
    view.width = width;
    view.height = height;
    for (int p = 0; p < kMaxPlanes; ++p) {
      view.data[p] = data[p];
      view.stride[p] = stride[p];
    }
    view.matrix = matrix;
    view.range = range;
    view.site = site;
    return view;
  }
};

using ImageView = BasicImage<const std::uint8_t>;
using MutableImage = BasicImage<std::uint8_t>;

INFER_API const char* NameOf(PixelFormat format);  // "NV12"
INFER_API int PlaneCount(PixelFormat format);
INFER_API bool IsYuv(PixelFormat format);  // NV12, NV21, I420.
// Bytes from one sample of plane `plane` to the next: 1 for Y, 2 for interleaved U and V, 3 for
// RGB; 0 past the last plane.
INFER_API int SampleBytes(PixelFormat format, int plane);
// Samples of one row of plane `plane` of a picture of this width; 0 past the last plane.
INFER_API int PlaneColumns(PixelFormat format, int plane, int width);
// Bytes of one row and rows of plane `plane` of a width × height picture; 0 past the last plane.
INFER_API std::size_t RowBytes(PixelFormat format, int plane, int width);
INFER_API int PlaneRows(PixelFormat format, int plane, int height);

}  // namespace infer_server::devices
