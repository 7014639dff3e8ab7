// SPDX-License-Identifier: Apache-2.0
#include "devices/image/color_matrix.h"

#include <algorithm>

namespace infer_server::devices {

LumaWeights LumaWeightsOf(ColorMatrix matrix) {
  switch (matrix) {
    case ColorMatrix::kBT709:
      return {0.2126, 0.0722};
    case ColorMatrix::kBT2020:
      return {0.2627, 0.0593};
    case ColorMatrix::kBT601:
      break;
  }
  return {0.299, 0.114};
}

namespace {

void Set(float (&row)[4], double a, double b, double d, double constant) {
  row[0] = static_cast<float>(a);
  row[1] = static_cast<float>(b);
  row[2] = static_cast<float>(d);
  row[3] = static_cast<float>(constant);
}

ColorMap YuvToRgb(ColorMatrix matrix, ColorRange range) {
  const bool limited = range == ColorRange::kLimited;
  const double luma = limited ? 255.0 / 219 : 1, black = limited ? 16 : 0;
  const double chroma = limited ? 255.0 / 224 : 1;
  const LumaWeights k = LumaWeightsOf(matrix);
  const double green = 1 - k.red - k.blue;
  const double red_v = 2 * (1 - k.red) * chroma, blue_u = 2 * (1 - k.blue) * chroma;
  const double green_u = -blue_u * k.blue / green, green_v = -red_v * k.red / green;
  const auto constant = [&](double u, double v) { return -luma * black - (u + v) * 128; };
  ColorMap map;
  Set(map.m[0], luma, 0, red_v, constant(0, red_v));
  Set(map.m[1], luma, green_u, green_v, constant(green_u, green_v));
  Set(map.m[2], luma, blue_u, 0, constant(blue_u, 0));
  return map;
}

}  // namespace

ColorMap MakeColorMap(PixelFormat format, ColorMatrix matrix, ColorRange range, ColorOrder order) {
  ColorMap map;
  if (format == PixelFormat::kGray8) {
    for (auto& row : map.m) Set(row, 1, 0, 0, 0);
    return map;
  }
  if (order == ColorOrder::kGray) {
    const bool stretch = IsYuv(format) && range == ColorRange::kLimited;
    if (!IsYuv(format))
      Set(map.m[0], 0.299, 0.587, 0.114, 0);
    else if (stretch)
      Set(map.m[0], 255.0 / 219, 0, 0, -16 * 255.0 / 219);
    else
      Set(map.m[0], 1, 0, 0, 0);
    return map;
  }
  if (IsYuv(format)) {
    map = YuvToRgb(matrix, range);
  } else {
    for (int c = 0; c < 3; ++c) map.m[c][c] = 1;
  }
  if (order == ColorOrder::kBGR) std::swap_ranges(map.m[0], map.m[0] + 4, map.m[2]);
  return map;
}

}  // namespace infer_server::devices
