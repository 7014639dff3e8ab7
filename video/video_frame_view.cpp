// SPDX-License-Identifier: Apache-2.0
#include "video/video_frame_view.h"

#include <cmath>
#include <string>

#include "devices/image/to_tensor.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;

Status Invalid(const std::string& message) {
  return Status(Code::kInvalidArgument, "video frame: " + message);
}

bool GoodSide(std::size_t side) { return side >= 1 && side <= devices::kMaxImageSide; }

std::string PlaneName(const FrameView& view, std::size_t plane) {
  return "plane " + std::to_string(plane) + " of " + devices::NameOf(view.format);
}

}  // namespace

PixelFormat FormatOf(PixelFmt format) {
  switch (format) {
    case PixelFmt::I420:
      return PixelFormat::kI420;
    case PixelFmt::NV12:
      return PixelFormat::kNV12;
    case PixelFmt::NV21:
      return PixelFormat::kNV21;
    case PixelFmt::RGB24:
      return PixelFormat::kRGB;
    case PixelFmt::BGR24:
      return PixelFormat::kBGR;
    case PixelFmt::RGBA:
      return PixelFormat::kRGBA;
    case PixelFmt::BGRA:
      return PixelFormat::kBGRA;
    case PixelFmt::ARGB:
      return PixelFormat::kARGB;
    case PixelFmt::ABGR:
      break;
  }
  return PixelFormat::kABGR;
}

Result<FrameView> ViewOf(const VideoFrame& frame, const PlaneBytes& planes) {
  const std::size_t count = GetPlaneNum(frame.format);
  if (count == 0)
    return Invalid("format " + std::to_string(static_cast<int>(frame.format)) +
                   " is none of PixelFmt");
  if (!GoodSide(frame.width) || !GoodSide(frame.height))
    return Invalid("it has " + std::to_string(frame.width) + " x " + std::to_string(frame.height) +
                   " pixels; both sides must be in 1.." + std::to_string(devices::kMaxImageSide));
  FrameView view;
  view.format = FormatOf(frame.format);
  view.width = static_cast<int>(frame.width);
  view.height = static_cast<int>(frame.height);
  view.matrix = frame.color_matrix;
  view.range = frame.color_range;
  view.site = frame.chroma_site;
  for (std::size_t p = 0; p < count; ++p) {
    const int plane = static_cast<int>(p);
    if (planes.data[p] == nullptr) return Invalid(PlaneName(view, p) + " is missing");
    const std::size_t row = devices::RowBytes(view.format, plane, view.width);
    const auto rows = static_cast<std::size_t>(PlaneRows(view.format, plane, view.height));
    const std::size_t stride = frame.GetRowStride(p);
    // Divided, so that no stride overflows.
    if (planes.size[p] < row || (rows > 1 && (planes.size[p] - row) / (rows - 1) < stride))
      return Invalid(PlaneName(view, p) + " has " + std::to_string(planes.size[p]) + " bytes; " +
                     std::to_string(rows) + " rows of " + std::to_string(row) +
                     " bytes, a row every " + std::to_string(stride) + ", need more");
    view.data[p] = static_cast<const std::uint8_t*>(planes.data[p]);
    view.stride[p] = static_cast<std::ptrdiff_t>(stride);
  }
  return view;
}

Result<Rect> RegionOf(const BoundingBox& roi, std::size_t width, std::size_t height) {
  const auto w = static_cast<float>(width), h = static_cast<float>(height);
  const BoundingBox box = ClipToFrame(roi);
  if (box.w > 0 && box.h > 0) return Rect{box.x * w, box.y * h, box.w * w, box.h * h};
  const bool sized = roi.w > 0 && roi.h > 0 && roi.w <= 1 && roi.h <= 1 && roi.x < 1 && roi.y < 1;
  if (sized || std::isnan(roi.x + roi.y) || std::isnan(roi.w + roi.h))
    return Invalid("roi x " + std::to_string(roi.x) + ", y " + std::to_string(roi.y) + ", w " +
                   std::to_string(roi.w) + ", h " + std::to_string(roi.h) +
                   " has no part in it; expected parts of its width and height, 0..1");
  return Rect{0, 0, w, h};
}

}  // namespace infer_server::video
