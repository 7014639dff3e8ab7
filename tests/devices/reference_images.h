// SPDX-License-Identifier: Apache-2.0
// devices/image_processor.h's definition in float64 and in the plainest code.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "devices/image_processor.h"

namespace infer_server::devices {

// Where component c (Y, U, V or R, G, B) of a sample lies: plane, byte in the sample.
struct ReferenceSpot {
  int plane, byte, bytes, half;
};

inline ReferenceSpot SpotOf(PixelFormat format, int c) {
  switch (format) {
    case PixelFormat::kNV12:
      return c == 0 ? ReferenceSpot{0, 0, 1, 0} : ReferenceSpot{1, c - 1, 2, 1};
    case PixelFormat::kNV21:
      return c == 0 ? ReferenceSpot{0, 0, 1, 0} : ReferenceSpot{1, 2 - c, 2, 1};
    case PixelFormat::kI420:
      return {c, 0, 1, c == 0 ? 0 : 1};
    case PixelFormat::kBGR:
      return {0, 2 - c, 3, 0};
    case PixelFormat::kRGBA:
      return {0, c, 4, 0};
    case PixelFormat::kBGRA:
      return {0, 2 - c, 4, 0};
    case PixelFormat::kARGB:
      return {0, 1 + c, 4, 0};
    case PixelFormat::kABGR:
      return {0, 3 - c, 4, 0};
    default:
      return {0, c, 3, 0};
  }
}

template <typename T>
T& SampleAt(const BasicImage<T>& image, int c, int column, int row) {
  const ReferenceSpot spot = SpotOf(image.format, c);
  return image.data[spot.plane][row * image.stride[spot.plane] + column * spot.bytes + spot.byte];
}

// Component c of `crop` at (x, y), counted in samples of its own plane.
inline double Interpolated(const ImageView& from, const ImageRect& crop, int c, double x,
                           double y) {
  const int half = SpotOf(from.format, c).half;
  const int columns = (crop.width + half) >> half, rows = (crop.height + half) >> half;
  x = std::clamp(x, 0.0, columns - 1.0);
  y = std::clamp(y, 0.0, rows - 1.0);
  const int x0 = static_cast<int>(x), y0 = static_cast<int>(y);
  const int x1 = std::min(x0 + 1, columns - 1), y1 = std::min(y0 + 1, rows - 1);
  const auto at = [&](int column, int row) -> double {
    return SampleAt(from, c, (crop.x >> half) + column, (crop.y >> half) + row);
  };
  const double top = at(x0, y0) + (at(x1, y0) - at(x0, y0)) * (x - x0);
  const double bottom = at(x0, y1) + (at(x1, y1) - at(x0, y1)) * (x - x0);
  return top + (bottom - top) * (y - y0);
}

// The planned task's output component c at sample (column, row) of its plane; not rounded.
inline double ReferenceValue(const ImageTask& task, int c, int column, int row) {
  const ReferenceSpot to = SpotOf(task.to.format, c);
  const int left = task.fill.x >> to.half, top = task.fill.y >> to.half;
  const int columns = (task.fill.width + to.half) >> to.half;
  const int rows = (task.fill.height + to.half) >> to.half;
  const int i = column - left, j = row - top;
  if (i < 0 || j < 0 || i >= columns || j >= rows) return task.pad[static_cast<std::size_t>(c)];
  const auto sampled = [&](int component) {
    const int half = SpotOf(task.from.format, component).half;
    const double m = static_cast<double>(task.crop.width) / (1 << half);
    const double n = static_cast<double>(task.fill.width) / (1 << to.half);
    const double mh = static_cast<double>(task.crop.height) / (1 << half);
    const double nh = static_cast<double>(task.fill.height) / (1 << to.half);
    return Interpolated(task.from, task.crop, component, (i + 0.5) * m / n - 0.5,
                        (j + 0.5) * mh / nh - 0.5);
  };
  if (IsYuv(task.from.format) == IsYuv(task.to.format)) return sampled(c);
  const bool limited = task.from.range == ColorRange::kLimited;
  const double kr = task.from.matrix == ColorMatrix::kBT601   ? 0.299
                    : task.from.matrix == ColorMatrix::kBT709 ? 0.2126
                                                              : 0.2627;
  const double kb = task.from.matrix == ColorMatrix::kBT601   ? 0.114
                    : task.from.matrix == ColorMatrix::kBT709 ? 0.0722
                                                              : 0.0593;
  const double luma = limited ? (sampled(0) - 16) * 255 / 219 : sampled(0);
  const double chroma = limited ? 255.0 / 224 : 1;
  const double u = (sampled(1) - 128) * chroma, v = (sampled(2) - 128) * chroma;
  const double red = luma + 2 * (1 - kr) * v, blue = luma + 2 * (1 - kb) * u;
  const double green =
      luma - 2 * (1 - kb) * u * kb / (1 - kr - kb) - 2 * (1 - kr) * v * kr / (1 - kr - kb);
  return std::clamp(c == 0 ? red : c == 1 ? green : blue, 0.0, 255.0);
}

// The greatest difference between the picture made and the definition.
inline double WorstDifference(const ImageTask& planned, const ImageView& made) {
  double worst = 0;
  for (int c = 0; c < 3; ++c) {
    const int half = SpotOf(made.format, c).half;
    for (int row = 0; row < (made.height + half) >> half; ++row)
      for (int column = 0; column < (made.width + half) >> half; ++column)
        worst = std::max(worst, std::abs(SampleAt(made, c, column, row) -
                                         ReferenceValue(planned, c, column, row)));
  }
  return worst;
}

}  // namespace infer_server::devices
