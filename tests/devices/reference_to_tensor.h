// SPDX-License-Identifier: Apache-2.0
// The definition of devices/image/to_tensor.h in float64 and in the plainest code: one output
// element at a time, straight from the planes. What the kernel is compared with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "devices/image/to_tensor.h"

namespace infer_server::devices::reference {

// One component of a picture: where its samples are, and how they lie among the pixels.
struct Component {
  const std::uint8_t* data;
  std::ptrdiff_t stride;
  int step;  // Bytes from one sample to the next.
  int columns, rows;
  bool half;  // Half-size chroma.
};

inline double SampleAt(const Component& c, long column, long row) {
  const long x = std::clamp<long>(column, 0, c.columns - 1);
  const long y = std::clamp<long>(row, 0, c.rows - 1);
  return c.data[y * c.stride + x * c.step];
}

// Calls use(k, weight) for the samples that make up the output centred at `x`.
template <typename Use>
void ForSamples(double x, double step, bool area, Use use) {
  if (!area || step <= 1) {
    const double left = std::floor(x);
    use(static_cast<long>(left), 1 - (x - left));
    use(static_cast<long>(left) + 1, x - left);
    return;
  }
  // Sample k covers [k − 0.5, k + 0.5).
  const double begin = x - step / 2, end = x + step / 2;
  for (long k = static_cast<long>(std::floor(begin)); k <= static_cast<long>(std::ceil(end)); ++k) {
    const double covered = std::min(end, k + 0.5) - std::max(begin, k - 0.5);
    if (covered > 0) use(k, covered / step);
  }
}

inline double Interpolated(const Component& c, const ToTensorParams& p, ChromaSite site, int i,
                           int j) {
  double step_x = p.crop_width / p.fill_width, step_y = p.crop_height / p.fill_height;
  double x = p.crop_x + (i + 0.5) * step_x - 0.5, y = p.crop_y + (j + 0.5) * step_y - 0.5;
  if (c.half) {
    x = (x - (site == ChromaSite::kCenter ? 0.5 : 0)) / 2;
    y = (y - (site == ChromaSite::kTopLeft ? 0 : 0.5)) / 2;
    step_x /= 2;
    step_y /= 2;
  }
  const bool area = p.interpolation == Interpolation::kArea;
  double sum = 0;
  ForSamples(y, step_y, area, [&](long row, double weight_y) {
    ForSamples(x, step_x, area, [&](long column, double weight_x) {
      sum += SampleAt(c, column, row) * weight_x * weight_y;
    });
  });
  return sum;
}

inline Component ComponentOf(const ImageView& f, int plane, int byte, int step) {
  const bool half = plane > 0;
  return {f.data[plane] + byte,
          f.stride[plane],
          step,
          half ? (f.width + 1) / 2 : f.width,
          half ? (f.height + 1) / 2 : f.height,
          half};
}

struct Rgb {
  double r, g, b;
};

inline Rgb FromYuv(double y, double u, double v, ColorMatrix matrix, ColorRange range) {
  const bool limited = range == ColorRange::kLimited;
  const double luma = limited ? (y - 16) / 219 : y / 255;
  const double cb = (u - 128) / (limited ? 224 : 255), cr = (v - 128) / (limited ? 224 : 255);
  double kr = 0.299, kb = 0.114;
  if (matrix == ColorMatrix::kBT709) kr = 0.2126, kb = 0.0722;
  if (matrix == ColorMatrix::kBT2020) kr = 0.2627, kb = 0.0593;
  const double r = luma + 2 * (1 - kr) * cr, b = luma + 2 * (1 - kb) * cb;
  const double g = (luma - kr * r - kb * b) / (1 - kr - kb);
  return {255 * r, 255 * g, 255 * b};
}

// Byte offsets of R, G, B in one pixel, and its bytes.
struct Packing {
  int r, g, b, bytes;
};

inline Packing PackingOf(PixelFormat format) {
  switch (format) {
    case PixelFormat::kRGB:
      return {0, 1, 2, 3};
    case PixelFormat::kBGR:
      return {2, 1, 0, 3};
    case PixelFormat::kRGBA:
      return {0, 1, 2, 4};
    case PixelFormat::kBGRA:
      return {2, 1, 0, 4};
    case PixelFormat::kARGB:
      return {1, 2, 3, 4};
    case PixelFormat::kABGR:
      return {3, 2, 1, 4};
    default:
      return {0, 0, 0, 1};
  }
}

inline Rgb ColorAt(const ImageView& f, const ToTensorParams& p, int i, int j) {
  const auto value = [&](int plane, int byte, int step) {
    return Interpolated(ComponentOf(f, plane, byte, step), p, f.site, i, j);
  };
  switch (f.format) {
    case PixelFormat::kNV12:
      return FromYuv(value(0, 0, 1), value(1, 0, 2), value(1, 1, 2), f.matrix, f.range);
    case PixelFormat::kNV21:
      return FromYuv(value(0, 0, 1), value(1, 1, 2), value(1, 0, 2), f.matrix, f.range);
    case PixelFormat::kI420:
      return FromYuv(value(0, 0, 1), value(1, 0, 1), value(2, 0, 1), f.matrix, f.range);
    default: {
      const Packing k = PackingOf(f.format);
      return {value(0, k.r, k.bytes), value(0, k.g, k.bytes), value(0, k.b, k.bytes)};
    }
  }
}

inline double GrayAt(const ImageView& f, const ToTensorParams& p, int i, int j) {
  if (IsYuv(f.format)) {
    const double y = Interpolated(ComponentOf(f, 0, 0, 1), p, f.site, i, j);
    return f.range == ColorRange::kLimited ? (y - 16) * 255 / 219 : y;
  }
  const Rgb rgb = ColorAt(f, p, i, j);
  if (f.format == PixelFormat::kGray8) return rgb.r;
  return 0.299 * rgb.r + 0.587 * rgb.g + 0.114 * rgb.b;
}

// The element of channel `channel` at column `x`, row `y` of the picture made, before it becomes
// the tensor's type.
inline double ElementAt(const ImageView& f, const ToTensorParams& p, int channel, int x, int y) {
  const int i = x - p.fill_x, j = y - p.fill_y;
  double value = p.pad_value;
  if (i >= 0 && j >= 0 && i < p.fill_width && j < p.fill_height) {
    if (p.color_order == ColorOrder::kGray) {
      value = GrayAt(f, p, i, j);
    } else {
      const Rgb rgb = ColorAt(f, p, i, j);
      const double channels[3] = {rgb.r, rgb.g, rgb.b};
      value = channels[p.color_order == ColorOrder::kRGB ? channel : 2 - channel];
    }
  }
  value = std::clamp(value, 0.0, 255.0);
  const auto c = static_cast<std::size_t>(channel);
  return (value * p.scale[c] - p.mean[c]) / p.std[c];
}

// Where that element is in the tensor.
inline std::size_t IndexOf(const ToTensorParams& p, int channel, int x, int y) {
  const int channels = Channels(p.color_order);
  const long index = p.layout == Layout::kNCHW
                         ? (static_cast<long>(channel) * p.height + y) * p.width + x
                         : (static_cast<long>(y) * p.width + x) * channels + channel;
  return static_cast<std::size_t>(index);
}

}  // namespace infer_server::devices::reference
