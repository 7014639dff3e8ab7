// SPDX-License-Identifier: Apache-2.0
// A region of a frame → a network's input tensor.
#pragma once

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "devices/tensor.h"
#include "video/frame.h"
#include "video/input_settings.h"
#include "video/placement.h"

namespace infer_server::video {

// An input tensor read as a picture.
struct ImageInput {
  int width = 0, height = 0, channels = 0;  // Channels: 1 or 3.
  devices::Layout layout = devices::Layout::kNCHW;
  devices::DataType type = devices::DataType::kFloat32;
};

// Reads [1,C,H,W] or [1,H,W,C]. Where the layout is not known, C is the dimension that is 1 or 3;
// when both are, the tensor is taken for NCHW. Fails with kInvalidArgument when it is no picture,
// with kUnsupported when its elements are not u8, f16 or f32; the message shows the tensor.
INFER_API devices::Result<ImageInput> ImageInputOf(const devices::TensorInfo& input);

// Writes `region` (frame pixels; not empty, may reach outside the frame, whose edge is repeated)
// into one item of `input` at `out`, as `settings` want it, and where it was put into `placement`.
// A tensor of one channel gets grey whatever the colour order. Allocates nothing in steady state.
// Fails as ImageInputOf() and devices::ToTensor() do, and with kInvalidArgument when the region is
// empty or the colour order is grey and the tensor has three channels. Thread-safe.
INFER_API devices::Status FillTensor(const FrameView& frame, const Rect& region,
                                     const InputSettings& settings,
                                     const devices::TensorInfo& input, void* out,
                                     Placement* placement);

}  // namespace infer_server::video
