// SPDX-License-Identifier: Apache-2.0
// Crop → resize / letterbox → colour → normalise → tensor, in one pass over what is needed.
//
// Definition (design §6; the float64 reference in tests/devices/reference_to_tensor.h is the same
// in the plainest code). For each output pixel of the filled part:
//   * its centre maps to frame coordinates: x = crop.x + (i + 0.5) · crop.w / fill.w − 0.5,
//   likewise y;
//   * kBilinear interpolates each component (Y, U and V, or R, G, B, or grey) between the four
//   nearest
//     samples of its plane, edges repeated; U and V at the position that the frame's chroma site
//     gives; kArea averages the samples under the pixel's footprint when shrinking and is kBilinear
//     when not;
//   * one matrix turns Y, U, V into R, G, B by the frame's colour matrix and range, not rounded
//   before;
//   * 8-bit output is rounded once, half up, and clamped; float output takes the clamped 0..255
//   value;
//   * normalised: out = (value · scale[c] − mean[c]) / std[c], c counting in the order of the
//   output.
// Samples outside the frame repeat its edge. Pixels outside the filled part get pad_value before
// normalising. Grey output of a YUV frame is its Y stretched to full range; of RGB, the BT.601
// luma.
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

// Writes width × height × channels elements (3, or 1 for kGray) at `out`, aligned for its type.
// Allocates nothing that grows with use: scratch memory is kept per thread.
// Fails with kInvalidArgument when a size is not positive, the fill is not inside the picture, the
// crop is not finite, a std is 0 or a plane is missing; with kUnsupported for another output type.
// Thread-safe.
INFER_API Status ToTensor(const ImageView& frame, const ToTensorParams& params, void* out);

// Channels of one output pixel: 3, or 1 for kGray.
inline int Channels(ColorOrder order) { return order == ColorOrder::kGray ? 1 : 3; }

}  // namespace infer_server::devices
