// SPDX-License-Identifier: Apache-2.0
// Tensors of any element type to and from 32-bit floats.
#pragma once

#include <cstddef>

#include "devices/base/export.h"
#include "devices/tensor.h"

namespace infer_server::devices {

// `count` elements. Values of f64, i32 and i64 that a float cannot hold are rounded.
INFER_API void ToFloat(const void* from, DataType type, std::size_t count, float* to);
// Integers are rounded to the nearest and clamped, not-a-number becomes 0; f16 is rounded to the
// nearest even; bool is value != 0.
INFER_API void FromFloat(const float* from, std::size_t count, DataType type, void* to);

}  // namespace infer_server::devices
