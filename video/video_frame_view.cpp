// SPDX-License-Identifier: Apache-2.0
#include "video/video_frame_view.h"

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

// REQUIRES: a format of GetPlaneNum() > 0.
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

bool GoodSide(std::size_t side) { return side >= 1 && side <= devices::kMaxImageSide; }

std::string PlaneName(const FrameView& view, std::size_t plane) {
  return "plane " + std::to_string(plane) + " of " + devices::NameOf(view.format);
}

}  // namespace

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

Rect RegionOf(const VideoFrame& frame) {
  const auto width = static_cast<float>(frame.width), height = static_cast<float>(frame.height);
  const BoundingBox box = ClipToFrame(frame.roi);
  if (!(box.w > 0 && box.h > 0)) return {0, 0, width, height};
  return {box.x * width, box.y * height, box.w * width, box.h * height};
}

}  // namespace infer_server::video
