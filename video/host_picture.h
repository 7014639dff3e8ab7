// SPDX-License-Identifier: Apache-2.0
// A region of a frame → the tensor that a process_function of PreprocessorHost writes.
#pragma once

#include <vector>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "processor.h"
#include "video/frame.h"
#include "video/placement.h"
#include "video_frame.h"

namespace infer_server::video {

// See OpencvPreproc::GetFunction() for what they mean.
struct HostPictureSettings {
  PixelFmt format = PixelFmt::RGBA;  // RGB24, BGR24, RGBA or BGRA.
  bool alpha_optional = false;       // A model of 3 channels gets the format without its alpha.
  std::vector<float> mean, std;      // Empty, one value or one for each channel.
  bool normalize = false;
  bool unit_floats = false;  // Floats without mean and std are value / 255.
  bool keep_aspect_ratio = false;
  int pad_value = 0;  // 0..255.
  bool transpose = false;
};

// Fails with kInvalidArgument, naming the argument, when they make no sense.
INFER_API devices::Status CheckHostPicture(const HostPictureSettings& settings);

// Where `region` (of width × height) lies in an input of width × height: see keep_aspect_ratio.
INFER_API Placement PlaceEvenly(const Rect& region, int width, int height, bool keep_aspect_ratio);

// Writes `region` (frame pixels, not empty) into the only buffer of `io`, by its shape and layout;
// without a layout the element type is told by the buffer's size. Allocates nothing in steady
// state. Fails with kInvalidArgument when model, io and settings do not go together, and as
// devices::ToTensor() does. Thread-safe.
// REQUIRES: CheckHostPicture(settings).ok().
INFER_API devices::Status WriteHostPicture(const FrameView& frame, const Rect& region,
                                           const HostPictureSettings& settings,
                                           const ModelInfo& model, ModelIO* io);

}  // namespace infer_server::video
