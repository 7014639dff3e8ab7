// SPDX-License-Identifier: Apache-2.0
// From an application's VideoFrame to what kernels read.
#pragma once

#include <cstddef>
#include <string>

#include "devices/base/status.h"
#include "video/frame.h"
#include "video/placement.h"
#include "video_frame.h"

namespace infer_server::video {

// Where the bytes of a VideoFrame's planes are for the host, and how many there are.
struct PlaneBytes {
  const void* data[kMaxPlaneNum] = {nullptr, nullptr, nullptr};
  std::size_t size[kMaxPlaneNum] = {0, 0, 0};
};

// Borrows `planes` as `frame` describes them; the frame's own buffers are not looked at. The last
// row of a plane may end with its last pixel. Fails with kInvalidArgument, naming the plane, when
// the format or a size makes no sense or a plane is missing or too small.
INFER_API devices::Result<FrameView> ViewOf(const VideoFrame& frame, const PlaneBytes& planes);

// The kernels' name of a format. REQUIRES: GetPlaneNum(format) > 0.
INFER_API PixelFormat FormatOf(PixelFmt format);

// The part of a width × height frame that `roi` names, in pixels, cut as ClipToFrame() says; the
// whole frame when it names none. Fails with kInvalidArgument when no part of it is on the frame or
// an edge is not a number.
INFER_API devices::Result<Rect> RegionOf(const BoundingBox& roi, std::size_t width,
                                         std::size_t height);

// Borrows the frame's buffers: valid while they are. `host_reads`: the host can read the memory of
// the device that holds them (Device::HostReads()). Fails as above, and with kUnsupported for a
// plane in memory that the host cannot read.
inline devices::Result<FrameView> ViewOf(const VideoFrame& frame, bool host_reads = false) {
  PlaneBytes planes;
  for (std::size_t p = 0; p < GetPlaneNum(frame.format); ++p) {
    const Buffer& buffer = frame.plane[p];
    if (!buffer.OwnMemory()) continue;
    if (buffer.OnMlu() && !host_reads)
      return devices::Status(devices::Code::kUnsupported,
                             "video frame: plane " + std::to_string(p) +
                                 " is in the memory of "
                                 "device " +
                                 std::to_string(buffer.DeviceId()) +
                                 ", which the host cannot read; copy it with Buffer::CopyTo()");
    planes.data[p] = buffer.Data();
    planes.size[p] = buffer.MemorySize();
  }
  return ViewOf(frame, planes);
}

}  // namespace infer_server::video
