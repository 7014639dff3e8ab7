// SPDX-License-Identifier: Apache-2.0
// How a network wants its picture.
#pragma once

#include <array>

#include "devices/image/to_tensor.h"
#include "video/placement.h"

namespace infer_server::video {

using devices::ColorOrder;
using devices::Interpolation;

// out = (pixel · scale − mean) / std for each channel, in the order of the model's channels.
struct InputSettings {
  ColorOrder color_order = ColorOrder::kBGR;
  std::array<float, 3> scale{1, 1, 1}, mean{0, 0, 0}, std{1, 1, 1};
  bool keep_aspect_ratio = false;  // Letterbox instead of stretching.
  Align align = Align::kTopLeft;   // Where a letterboxed picture sits.
  float pad_value = 0;             // 0..255, before normalising.
  Interpolation interpolation = Interpolation::kBilinear;
};

}  // namespace infer_server::video
