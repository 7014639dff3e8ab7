// SPDX-License-Identifier: Apache-2.0
// Tensors of any element type to and from 32-bit floats, in which OpenCV DNN computes.
#pragma once

#include <cstddef>

#include "devices/tensor.h"

namespace infer_server::devices {

// False for kFloat16, which these do not know.
bool ConvertsToFloat(DataType type);

// `count` elements. Values of f64, i32 and i64 that a float cannot hold are rounded.
void ToFloat(const void* from, DataType type, std::size_t count, float* to);
// Integers are rounded to the nearest and clamped, not-a-number becomes 0; bool is value != 0.
void FromFloat(const float* from, std::size_t count, DataType type, void* to);

}  // namespace infer_server::devices
