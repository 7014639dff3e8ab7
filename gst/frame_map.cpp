// SPDX-License-Identifier: Apache-2.0
#include "gst/frame_map.h"

#include <string>
#include <utility>

namespace infer_gst {
namespace {

using infer_server::devices::Code;
using infer_server::devices::Result;
using infer_server::devices::Status;
using infer_server::video::ChromaSite;
using infer_server::video::ColorMatrix;
using infer_server::video::ColorRange;
using infer_server::video::FrameView;
using infer_server::video::MutableFrame;
using infer_server::video::PixelFormat;

bool ToPixelFormat(GstVideoFormat from, PixelFormat* to) {
  switch (from) {
    case GST_VIDEO_FORMAT_NV12:
      *to = PixelFormat::kNV12;
      return true;
    case GST_VIDEO_FORMAT_NV21:
      *to = PixelFormat::kNV21;
      return true;
    case GST_VIDEO_FORMAT_I420:
      *to = PixelFormat::kI420;
      return true;
    case GST_VIDEO_FORMAT_RGB:
      *to = PixelFormat::kRGB;
      return true;
    case GST_VIDEO_FORMAT_BGR:
      *to = PixelFormat::kBGR;
      return true;
    case GST_VIDEO_FORMAT_RGBA:
      *to = PixelFormat::kRGBA;
      return true;
    case GST_VIDEO_FORMAT_BGRA:
      *to = PixelFormat::kBGRA;
      return true;
    case GST_VIDEO_FORMAT_GRAY8:
      *to = PixelFormat::kGray8;
      return true;
    default:
      return false;
  }
}

ColorMatrix MatrixOf(const GstVideoInfo& info) {
  switch (GST_VIDEO_INFO_COLORIMETRY(&info).matrix) {
    case GST_VIDEO_COLOR_MATRIX_BT709:
      return ColorMatrix::kBT709;
    case GST_VIDEO_COLOR_MATRIX_BT2020:
      return ColorMatrix::kBT2020;
    case GST_VIDEO_COLOR_MATRIX_BT601:
      return ColorMatrix::kBT601;
    default:
      return GST_VIDEO_INFO_HEIGHT(&info) > 576 ? ColorMatrix::kBT709 : ColorMatrix::kBT601;
  }
}

ChromaSite SiteOf(GstVideoChromaSite site) {
  if ((site & GST_VIDEO_CHROMA_SITE_H_COSITED) == 0)
    return site == GST_VIDEO_CHROMA_SITE_UNKNOWN ? ChromaSite::kLeft : ChromaSite::kCenter;
  return (site & GST_VIDEO_CHROMA_SITE_V_COSITED) != 0 ? ChromaSite::kTopLeft : ChromaSite::kLeft;
}

}  // namespace

Result<FrameView> DescribeFrame(const GstVideoInfo& info) {
  FrameView view;
  if (!ToPixelFormat(GST_VIDEO_INFO_FORMAT(&info), &view.format))
    return Status(Code::kUnsupported, std::string("video format ") + GST_VIDEO_INFO_NAME(&info) +
                                          " is not one of " INFER_VIDEO_FORMATS
                                          "; put videoconvert in front");
  view.width = GST_VIDEO_INFO_WIDTH(&info);
  view.height = GST_VIDEO_INFO_HEIGHT(&info);
  view.matrix = MatrixOf(info);
  const bool full = GST_VIDEO_INFO_COLORIMETRY(&info).range == GST_VIDEO_COLOR_RANGE_0_255;
  view.range =
      full || !infer_server::devices::IsYuv(view.format) ? ColorRange::kFull : ColorRange::kLimited;
  view.site = SiteOf(GST_VIDEO_INFO_CHROMA_SITE(&info));
  return view;
}

MappedFrame::MappedFrame(MappedFrame&& other) noexcept { *this = std::move(other); }

MappedFrame& MappedFrame::operator=(MappedFrame&& other) noexcept {
  if (this == &other) return *this;
  Unmap();
  frame_ = other.frame_;
  description_ = other.description_;
  mapped_ = std::exchange(other.mapped_, false);
  return *this;
}

Status MappedFrame::Map(GstBuffer* buffer, const GstVideoInfo& info, GstMapFlags flags) {
  Unmap();
  Result<FrameView> description = DescribeFrame(info);
  if (!description.ok()) return description.status();
  const auto map_flags = static_cast<GstMapFlags>(flags | GST_VIDEO_FRAME_MAP_FLAG_NO_REF);
  if (!gst_video_frame_map(&frame_, &info, buffer, map_flags))
    return Status(Code::kInvalidArgument,
                  "buffer of " + std::to_string(gst_buffer_get_size(buffer)) +
                      " bytes cannot be mapped as a " + std::to_string(info.width) + "x" +
                      std::to_string(info.height) + " " + GST_VIDEO_INFO_NAME(&info) +
                      " frame of " + std::to_string(info.size) + " bytes");
  description_ = description.value();
  mapped_ = true;
  return {};
}

void MappedFrame::Unmap() {
  if (std::exchange(mapped_, false)) gst_video_frame_unmap(&frame_);
}

FrameView MappedFrame::View() const { return MutableView(); }

MutableFrame MappedFrame::MutableView() const {
  MutableFrame view;
  view.format = description_.format;
  view.width = description_.width;
  view.height = description_.height;
  view.matrix = description_.matrix;
  view.range = description_.range;
  view.site = description_.site;
  for (guint p = 0; p < GST_VIDEO_FRAME_N_PLANES(&frame_); ++p) {
    view.data[p] = static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, p));
    view.stride[p] = GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, p);
  }
  return view;
}

}  // namespace infer_gst
