// SPDX-License-Identifier: Apache-2.0
// Which samples of a plane an output pixel is made of, along one axis. Internal to ToTensor().
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "devices/image/to_tensor.h"

namespace infer_server::devices {

// Output i has its centre at origin + i · step; sample k of the plane at k.
struct SampleAxis {
  double origin = 0;
  double step = 1;    // > 0.
  int samples = 1;    // In the plane, ≥ 1.
  bool area = false;  // Average under the footprint, else interpolate.
};

// The axis of a full-size plane: `fill` outputs over [crop, crop + crop_size).
inline SampleAxis MakeAxis(double crop, double crop_size, int fill, int samples,
                           Interpolation interpolation) {
  SampleAxis axis;
  axis.step = crop_size / fill;
  axis.origin = crop + 0.5 * axis.step - 0.5;
  axis.samples = samples;
  axis.area = interpolation == Interpolation::kArea && axis.step > 1;
  return axis;
}

// The same outputs in a plane of half the size whose first sample is at `site` of the full one.
inline SampleAxis HalfAxis(const SampleAxis& full, double site, int samples,
                           Interpolation interpolation) {
  SampleAxis axis;
  axis.step = full.step / 2;
  axis.origin = (full.origin - site) / 2;
  axis.samples = samples;
  axis.area = interpolation == Interpolation::kArea && axis.step > 1;
  return axis;
}

// The value is s[index] + (s[index + 1] − s[index]) · weight. Of one sample, index and weight are
// 0; of more, index + 1 is a sample too.
struct LinearTap {
  int index = 0;
  float weight = 0;
};

inline LinearTap LinearAt(const SampleAxis& axis, int i) {
  if (axis.samples < 2) return {};
  const double x =
      std::clamp(axis.origin + i * axis.step, 0.0, static_cast<double>(axis.samples - 1));
  const int index = std::min(static_cast<int>(x), axis.samples - 2);
  return {index, static_cast<float>(x - index)};
}

// The value is the sum of s[first + k] · weights[k], k < count; the weights sum to 1.
struct TapRange {
  int first = 0, count = 0;
};

// Appends the weights of output i, of either kind of axis, to `weights`.
TapRange AppendTaps(const SampleAxis& axis, int i, std::vector<float>* weights);

}  // namespace infer_server::devices
