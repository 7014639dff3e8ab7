// SPDX-License-Identifier: Apache-2.0
#include "devices/image/write_rows.h"

#include <algorithm>
#include <cstdint>

#include "devices/image/half.h"

namespace infer_server::devices {
namespace {

template <typename T>
T Convert(float value);

template <>
float Convert<float>(float value) {
  return value;
}

template <>
std::uint16_t Convert<std::uint16_t>(float value) {
  return HalfFromFloat(value);
}

template <>
std::uint8_t Convert<std::uint8_t>(float value) {
  return static_cast<std::uint8_t>(
      static_cast<int>(std::min(std::max(value, 0.0f), 255.0f) + 0.5f));
}

template <typename T>
void WriteChannel(const float* const* components, const float (&m)[4], float gain, float bias,
                  int count, T* __restrict out) {
  const float* __restrict a = components[0];
  const float* __restrict b = components[1];
  const float* __restrict d = components[2];
  const float ma = m[0], mb = m[1], md = m[2], constant = m[3];
  for (int i = 0; i < count; ++i) {
    const float value = a[i] * ma + b[i] * mb + d[i] * md + constant;
    out[i] = Convert<T>(std::min(std::max(value, 0.0f), 255.0f) * gain + bias);
  }
}

template <typename T>
void Interleave(const T* __restrict planes, std::size_t count, T* __restrict out) {
  const T* const first = planes;
  const T* const second = planes + count;
  const T* const third = second + count;
  for (std::size_t i = 0; i < count; ++i) {
    out[3 * i] = first[i];
    out[3 * i + 1] = second[i];
    out[3 * i + 2] = third[i];
  }
}

}  // namespace

template <typename T>
void RowWriter<T>::SetUp(const ToTensorParams& params, const ColorMap& colors, T* out) {
  out_ = out;
  width_ = params.width;
  channels_ = Channels(params.color_order);
  fill_begin_ = params.fill_x;
  fill_end_ = params.fill_x + params.fill_width;
  planar_ = params.layout == Layout::kNCHW || channels_ == 1;
  plane_ = static_cast<std::size_t>(params.width) * static_cast<std::size_t>(params.height);
  colors_ = colors;
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels_); ++c) {
    const double std = params.std[c];
    gain_[c] = static_cast<float>(params.scale[c] / std);
    bias_[c] = static_cast<float>(-params.mean[c] / std);
    pad_[c] = Convert<T>(params.pad_value * gain_[c] + bias_[c]);
  }
  const std::size_t needed = planar_ ? 0 : 3 * static_cast<std::size_t>(params.fill_width);
  if (row_.size() < needed) row_.resize(needed);
}

template <typename T>
void RowWriter<T>::PadColumns(int row, int begin, int end) {
  const std::size_t start = static_cast<std::size_t>(row) * static_cast<std::size_t>(width_);
  const auto from = start + static_cast<std::size_t>(begin);
  const auto to = start + static_cast<std::size_t>(end);
  if (planar_) {
    for (std::size_t c = 0; c < static_cast<std::size_t>(channels_); ++c)
      std::fill(out_ + c * plane_ + from, out_ + c * plane_ + to, pad_[c]);
    return;
  }
  for (std::size_t i = from; i < to; ++i) std::copy(pad_, pad_ + 3, out_ + 3 * i);
}

template <typename T>
void RowWriter<T>::Write(int row, const float* const* components) {
  PadColumns(row, 0, fill_begin_);
  PadColumns(row, fill_end_, width_);
  const int count = fill_end_ - fill_begin_;
  const std::size_t start = static_cast<std::size_t>(row) * static_cast<std::size_t>(width_) +
                            static_cast<std::size_t>(fill_begin_);
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels_); ++c) {
    T* const out =
        planar_ ? out_ + c * plane_ + start : row_.data() + c * static_cast<std::size_t>(count);
    WriteChannel(components, colors_.m[c], gain_[c], bias_[c], count, out);
  }
  if (!planar_) Interleave(row_.data(), static_cast<std::size_t>(count), out_ + 3 * start);
}

template class RowWriter<std::uint8_t>;
template class RowWriter<std::uint16_t>;
template class RowWriter<float>;

}  // namespace infer_server::devices
