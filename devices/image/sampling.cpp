// SPDX-License-Identifier: Apache-2.0
#include "devices/image/sampling.h"

namespace infer_server::devices {
namespace {

TapRange AppendAreaTaps(const SampleAxis& axis, int i, std::vector<float>* weights) {
  // Sample k covers [k, k + 1) here; the first and the last one go on for ever.
  const double begin = axis.origin + (i - 0.5) * axis.step + 0.5;
  const double end = begin + axis.step;
  const double last_sample = axis.samples - 1;
  const int first = static_cast<int>(std::clamp(std::floor(begin), 0.0, last_sample));
  const int last = static_cast<int>(std::clamp(std::ceil(end) - 1, 0.0, last_sample));
  for (int k = first; k <= last; ++k) {
    const double from = k == 0 ? begin : std::max(begin, static_cast<double>(k));
    const double to = k == axis.samples - 1 ? end : std::min(end, static_cast<double>(k + 1));
    weights->push_back(static_cast<float>(std::max(to - from, 0.0) / axis.step));
  }
  return {first, last - first + 1};
}

}  // namespace

TapRange AppendTaps(const SampleAxis& axis, int i, std::vector<float>* weights) {
  if (axis.area) return AppendAreaTaps(axis, i, weights);
  const LinearTap tap = LinearAt(axis, i);
  weights->push_back(1 - tap.weight);
  if (tap.weight == 0) return {tap.index, 1};
  weights->push_back(tap.weight);
  return {tap.index, 2};
}

}  // namespace infer_server::devices
