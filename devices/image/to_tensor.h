// SPDX-License-Identifier: Apache-2.0
// Crop → resize / letterbox → colour → normalise → tensor, in one pass over what is needed.
//
// Definition (tests/devices/reference_to_tensor.h is the same in float64 and in the plainest code).
// Sample k of a plane has its centre at k. For output pixel i of the filled part, counted from 0:
//   * its centre maps to x = crop.x + (i + 0.5) · crop.w / fill.w − 0.5, likewise y;
//   * in a plane of half-size chroma it maps to (x − s) / 2, where s = 0 for the sites kLeft and
//     kTopLeft, 0.5 for kCenter; in y s = 0.5, and 0 for kTopLeft;
//   * kBilinear interpolates each component (Y, U and V, or R, G and B, or grey) between the four
//     nearest samples of its plane;
//   * kArea, on each axis of each plane where two outputs are more than one sample apart, averages
//     the samples (each 1 wide) under the pixel's footprint (that distance wide, round its centre),
//     each weighted by the part of it covered; on the other axes it interpolates;
//   * samples outside a plane repeat its edge;
//   * one matrix turns Y, U, V into R, G, B by the frame's matrix and range, not rounded before;
//     grey becomes R = G = B. Grey output is, of Y, U, V, the Y stretched to 0..255 by the range;
//     of R, G, B, 0.299 R + 0.587 G + 0.114 B;
//   * the value is clamped to 0..255 and normalised: (value · scale[c] − mean[c]) / std[c], c
//     counting in the order of the output;
//   * only then it becomes the output's type: kUint8 rounds half up and clamps to 0..255, kFloat16
//     rounds to the nearest, ties to even.
// Pixels outside the filled part get pad_value in place of the value.
#pragma once

#include <array>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "devices/image/image.h"
#include "devices/tensor.h"

namespace infer_server::devices {

enum class ColorOrder { kRGB, kBGR, kGray };
enum class Interpolation { kBilinear, kArea };

struct ToTensorParams {
  // The part of the frame read, in frame pixels; may reach outside the frame.
  double crop_x = 0, crop_y = 0, crop_width = 0, crop_height = 0;
  // The picture made, and the part of it that the crop fills.
  int width = 0, height = 0;
  int fill_x = 0, fill_y = 0, fill_width = 0, fill_height = 0;
  ColorOrder color_order = ColorOrder::kBGR;
  Layout layout = Layout::kNCHW;       // kNCHW or kNHWC.
  DataType type = DataType::kFloat32;  // kUint8, kFloat16 or kFloat32.
  Interpolation interpolation = Interpolation::kBilinear;
  float pad_value = 0;  // 0..255.
  std::array<float, 3> scale{1, 1, 1}, mean{0, 0, 0}, std{1, 1, 1};
};

// The longest side of a frame or of a picture made, and the farthest edge of a crop, in pixels.
inline constexpr int kMaxImageSide = 1 << 24;

// Writes width × height × channels elements (3, or 1 for kGray) at `out`, aligned for its type.
// Reads nothing outside the planes. Scratch memory is kept per thread and grows with the largest
// picture made; a call no larger than an earlier one of the thread allocates nothing.
// Fails with kInvalidArgument when a size is not in 1..kMaxImageSide, the fill is not inside the
// picture, the crop is empty, not finite or reaches past ±kMaxImageSide, pad_value is not in
// 0..255, a scale, mean or std is not finite, a std is 0, a plane is missing or its stride is less
// than its row; with kUnsupported for another layout or output type; with kOutOfMemory for the
// scratch. Thread-safe.
INFER_API Status ToTensor(const ImageView& frame, const ToTensorParams& params, void* out);

// Channels of one output pixel: 3, or 1 for kGray.
inline int Channels(ColorOrder order) { return order == ColorOrder::kGray ? 1 : 3; }

}  // namespace infer_server::devices
