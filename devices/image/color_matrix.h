// SPDX-License-Identifier: Apache-2.0
// Colour conversion as one affine map from a frame's components to a tensor's channels.
#pragma once

#include "devices/image/image.h"
#include "devices/image/to_tensor.h"

namespace infer_server::devices {

// The weights of red and blue in luma (ITU-R BT.601, BT.709, BT.2020 non-constant luminance); green
// has the rest of 1.
struct LumaWeights {
  double red, blue;
};

LumaWeights LumaWeightsOf(ColorMatrix matrix);

// channel c = m[c][0] · a + m[c][1] · b + m[c][2] · d + m[c][3] of the components (a, b, d): Y, U,
// V or R, G, B or grey (b and d then count nothing), each 0..255.
struct ColorMap {
  float m[3][4] = {};
};

ColorMap MakeColorMap(PixelFormat format, ColorMatrix matrix, ColorRange range, ColorOrder order);

}  // namespace infer_server::devices
