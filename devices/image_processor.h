// SPDX-License-Identifier: Apache-2.0
// Parts of frames into pictures of other sizes and formats, on the device that has them.
//
// Definition. A crop is a picture of its own, whose edges repeat. Sample i of a plane, of the n
// that the filled part has, lies at (i + 0.5) · m / n − 0.5 of the m samples of the crop's plane,
// chroma being centred; each component is interpolated there between its four nearest samples. From
// YUV to RGB one matrix follows, that of the frame. Values are rounded once, half up. Cards compute
// in fewer bits: a level or two more or less.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "devices/image/image.h"
#include "devices/memory.h"

namespace infer_server::devices {

// One part of one frame into one picture. All planes are kDevice memory of the processor's device;
// those of `from` and `to` do not overlap.
struct ImageTask {
  ImageView from;
  ImageRect crop;   // Of `from`, inside it.
  MutableImage to;  // All of it is written.
  ImageRect fill;   // Of `to`, inside it: where the crop goes.
  // The rest of `to`: Y, U and V, or R, G and B (whatever their order in memory).
  std::array<std::uint8_t, 3> pad{};
};

// What the device can do. Sizes in pixels.
struct ImageLimits {
  int min_width = 1, min_height = 1;  // Of crops, filled parts and pictures.
  int max_from_width = 0, max_from_height = 0;
  int max_to_width = 0, max_to_height = 0;
  // Crops, and parts that do not fill their picture, begin and end at multiples of this; of 2 in
  // NV12, NV21 and I420 on all devices.
  int step = 1;
  int fill_left_step = 1;  // Parts that do not fill their picture begin at multiples.
  int max_enlarged = 0, max_reduced = 0;  // Times, of each side.
  bool flat_pad = false;                  // The pad must have R = G = B, or U = V.
};

// A picture with its memory.
struct DevicePicture {
  Memory memory;
  MutableImage image;
};

// One thread at a time; work of one processor may be queued on several streams. May be destroyed
// while its work runs.
class INFER_API ImageProcessor {
 public:
  virtual ~ImageProcessor() = default;

  // Constant.
  virtual const ImageLimits& Limits() const = 0;
  // NV12, NV21 → NV12, NV21, RGB, BGR; formats of R, G and B in 3 or 4 bytes → RGB, BGR; on some
  // devices I420 as NV12.
  virtual bool Converts(PixelFormat from, PixelFormat to) const = 0;
  // The task as the device does it: the crop made larger and the filled part smaller until they
  // are at its steps, whereby the part may move by less than a step (the last column or row of a
  // frame of odd size is never reached where the step is 2). Work back from the result where
  // things are. Fails with kInvalidArgument when a part is empty or not inside its picture, a
  // plane is missing, or a stride shorter than its row; with kUnsupported beyond what the device
  // can do (the message says which limit).
  virtual Result<ImageTask> Plan(const ImageTask& task) const = 0;
  // A picture that tasks read and write where it lies; others may be copied on the device first or
  // last. Fails as Device::Allocate() does, and with kInvalidArgument for sizes below 1.
  virtual Result<DevicePicture> NewPicture(PixelFormat format, int width, int height) = 0;
};

}  // namespace infer_server::devices
