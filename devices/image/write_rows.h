// SPDX-License-Identifier: Apache-2.0
// Component rows → colour → clamp → normalise → the tensor's type and layout. Internal to
// ToTensor().
#pragma once

#include <cstddef>
#include <vector>

#include "devices/image/color_matrix.h"
#include "devices/image/to_tensor.h"

namespace infer_server::devices {

// Writes the rows of one picture. Keeps its memory when set up again. `T` is std::uint8_t, float,
// or std::uint16_t for float16.
template <typename T>
class RowWriter {
 public:
  // Throws std::bad_alloc.
  void SetUp(const ToTensorParams& params, const ColorMap& colors, T* out);
  // Columns 0..width − 1 of `row` become padding.
  void Pad(int row) { PadColumns(row, 0, width_); }
  // Writes row `row`: padding, the fill's columns from the components' rows, padding.
  void Write(int row, const float* const* components);

 private:
  void PadColumns(int row, int begin, int end);

  T* out_ = nullptr;
  int width_ = 0, channels_ = 0, fill_begin_ = 0, fill_end_ = 0;
  bool planar_ = true;
  std::size_t plane_ = 0;  // Elements of one channel.
  ColorMap colors_;
  float gain_[3] = {}, bias_[3] = {};  // out = value · gain + bias.
  T pad_[3] = {};
  std::vector<T> row_;  // One row of each channel, on the way to interleaved.
};

}  // namespace infer_server::devices
