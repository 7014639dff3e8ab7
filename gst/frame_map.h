// SPDX-License-Identifier: Apache-2.0
// GStreamer's video formats and frames as the core's.
#pragma once

#include <gst/video/video.h>

#include "devices/base/status.h"
#include "video/frame.h"

namespace infer_gst {

// The formats the elements take, as a caps field value: "{ NV12, NV21, ... }".
#define INFER_VIDEO_FORMATS "{ NV12, NV21, I420, RGB, BGR, RGBA, BGRA, GRAY8 }"

// Format, colour matrix, range and chroma site of `info`. A matrix that caps leave open is BT.601
// up to 576 rows and BT.709 above; an open range is limited for YUV. Fails with kUnsupported.
infer_server::devices::Result<infer_server::video::FrameView> DescribeFrame(
    const GstVideoInfo& info);

// A buffer mapped for a scope, as planes. Move-only. Reading maps take no reference to the buffer's
// memory (GST_VIDEO_FRAME_MAP_FLAG_NO_REF): keep the buffer.
class MappedFrame {
 public:
  MappedFrame() = default;
  MappedFrame(MappedFrame&& other) noexcept;
  MappedFrame& operator=(MappedFrame&& other) noexcept;
  ~MappedFrame() { Unmap(); }

  // `flags` GST_MAP_READ or GST_MAP_READWRITE. Fails with kInvalidArgument when the buffer's memory
  // does not hold a frame of `info`.
  infer_server::devices::Status Map(GstBuffer* buffer, const GstVideoInfo& info, GstMapFlags flags);
  void Unmap();
  bool mapped() const { return mapped_; }

  // REQUIRES: mapped().
  infer_server::video::FrameView View() const;
  // REQUIRES: mapped for writing.
  infer_server::video::MutableFrame MutableView() const;

 private:
  GstVideoFrame frame_{};
  infer_server::video::FrameView description_;
  bool mapped_ = false;
};

}  // namespace infer_gst
