// SPDX-License-Identifier: Apache-2.0
#include "video_frame.h"

#include <algorithm>

#include "video_helper.h"

namespace infer_server::video {
namespace {

std::size_t Half(std::size_t size) { return size / 2 + size % 2; }

// Bytes of one pixel of a packed format; 0 of the others.
std::size_t PackedBytes(PixelFmt format) {
  switch (format) {
    case PixelFmt::RGB24:
    case PixelFmt::BGR24:
      return 3;
    case PixelFmt::RGBA:
    case PixelFmt::BGRA:
    case PixelFmt::ARGB:
    case PixelFmt::ABGR:
      return 4;
    default:
      return 0;
  }
}

}  // namespace

std::size_t GetPlaneNum(PixelFmt format) noexcept {
  switch (format) {
    case PixelFmt::I420:
      return 3;
    case PixelFmt::NV12:
    case PixelFmt::NV21:
      return 2;
    default:
      return PackedBytes(format) > 0 ? 1 : 0;
  }
}

std::string PixelFmtStr(PixelFmt format) {
  switch (format) {
    case PixelFmt::I420:
      return "I420";
    case PixelFmt::NV12:
      return "NV12";
    case PixelFmt::NV21:
      return "NV21";
    case PixelFmt::RGB24:
      return "RGB24";
    case PixelFmt::BGR24:
      return "BGR24";
    case PixelFmt::RGBA:
      return "RGBA";
    case PixelFmt::BGRA:
      return "BGRA";
    case PixelFmt::ARGB:
      return "ARGB";
    case PixelFmt::ABGR:
      return "ABGR";
  }
  return "UNKNOWN";
}

std::string PreprocessTypeStr(PreprocessType type) {
  switch (type) {
    case PreprocessType::RESIZE_CONVERT:
      return "RESIZE_CONVERT";
    case PreprocessType::SCALER:
      return "SCALER";
    case PreprocessType::CNCV_PREPROC:
      return "CNCV_PREPROC";
    case PreprocessType::UNKNOWN:
      break;
  }
  return "UNKNOWN";
}

BoundingBox ClipToFrame(const BoundingBox& box) noexcept {
  // Written so that a NaN anywhere fails the comparison.
  if (!(box.x < 1 && box.y < 1 && box.w > 0 && box.h > 0 && box.w <= 1 && box.h <= 1)) return {};
  const float x0 = std::max(box.x, 0.0f), y0 = std::max(box.y, 0.0f);
  const float x1 = std::min(box.x + box.w, 1.0f), y1 = std::min(box.y + box.h, 1.0f);
  if (!(x1 > x0 && y1 > y0)) return {};
  return {x0, y0, x1 - x0, y1 - y0};
}

std::size_t VideoFrame::GetRowStride(std::size_t index) const noexcept {
  if (index >= GetPlaneNum(format)) return 0;
  if (const std::size_t bytes = PackedBytes(format)) return std::max(stride[0], width) * bytes;
  std::size_t row = width;
  if (index > 0) row = format == PixelFmt::I420 ? Half(width) : 2 * Half(width);
  return std::max(stride[index], row);
}

std::size_t VideoFrame::GetPlaneSize(std::size_t index) const noexcept {
  return GetRowStride(index) * (index == 0 ? height : Half(height));
}

std::size_t VideoFrame::GetTotalSize() const noexcept {
  std::size_t total = 0;
  for (std::size_t i = 0; i < kMaxPlaneNum; ++i) total += GetPlaneSize(i);
  return total;
}

}  // namespace infer_server::video
