// SPDX-License-Identifier: Apache-2.0
#include "devices/image/image.h"

namespace infer_server::devices {

const char* NameOf(PixelFormat format) {
  switch (format) {
    case PixelFormat::kNV12:
      return "NV12";
    case PixelFormat::kNV21:
      return "NV21";
    case PixelFormat::kI420:
      return "I420";
    case PixelFormat::kRGB:
      return "RGB";
    case PixelFormat::kBGR:
      return "BGR";
    case PixelFormat::kRGBA:
      return "RGBA";
    case PixelFormat::kBGRA:
      return "BGRA";
    case PixelFormat::kGray8:
      return "GRAY8";
    case PixelFormat::kARGB:
      return "ARGB";
    case PixelFormat::kABGR:
      return "ABGR";
  }
  return "?";
}

int PlaneCount(PixelFormat format) {
  switch (format) {
    case PixelFormat::kNV12:
    case PixelFormat::kNV21:
      return 2;
    case PixelFormat::kI420:
      return 3;
    default:
      return 1;
  }
}

bool IsYuv(PixelFormat format) { return PlaneCount(format) > 1; }

int SampleBytes(PixelFormat format, int plane) {
  if (plane < 0 || plane >= PlaneCount(format)) return 0;
  switch (format) {
    case PixelFormat::kNV12:
    case PixelFormat::kNV21:
      return plane == 0 ? 1 : 2;
    case PixelFormat::kI420:
    case PixelFormat::kGray8:
      return 1;
    case PixelFormat::kRGB:
    case PixelFormat::kBGR:
      return 3;
    case PixelFormat::kRGBA:
    case PixelFormat::kBGRA:
    case PixelFormat::kARGB:
    case PixelFormat::kABGR:
      return 4;
  }
  return 0;
}

int PlaneColumns(PixelFormat format, int plane, int width) {
  if (plane < 0 || plane >= PlaneCount(format)) return 0;
  return plane == 0 ? width : width / 2 + width % 2;
}

std::size_t RowBytes(PixelFormat format, int plane, int width) {
  return static_cast<std::size_t>(PlaneColumns(format, plane, width)) *
         static_cast<std::size_t>(SampleBytes(format, plane));
}

int PlaneRows(PixelFormat format, int plane, int height) {
  return PlaneColumns(format, plane, height);
}

}  // namespace infer_server::devices
