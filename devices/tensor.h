// SPDX-License-Identifier: Apache-2.0
// What a tensor is: element type, shape, name; and a borrowed view of one in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "devices/base/export.h"
#include "devices/base/status.h"

namespace infer_server::devices {

enum class DataType { kUint8, kInt8, kInt16, kInt32, kInt64, kFloat16, kFloat32, kFloat64, kBool };

// Order of the dimensions of an image tensor; kAny where the model does not say.
enum class Layout { kAny, kNCHW, kNHWC };

// Bytes of one element.
INFER_API std::size_t SizeOf(DataType type);
INFER_API const char* NameOf(DataType type);  // "f32", "u8", ...
INFER_API const char* NameOf(Layout layout);  // "NCHW", ...

struct INFER_API TensorInfo {
  std::string name;
  // Dimension 0 is the batch and is 1 here whatever the batch size (a Model says that itself).
  // No dimension is negative: what a file leaves open is settled when it is loaded.
  std::vector<std::int64_t> shape;
  DataType type = DataType::kFloat32;
  Layout layout = Layout::kAny;

  // Elements of one item (product of all dimensions but the first).
  std::size_t ItemElements() const;
  std::size_t ItemBytes() const { return ItemElements() * SizeOf(type); }
  // "images f32[1,3,416,416]"
  std::string ToString() const;
};

// "images f32[1,3,416,416], scores f32[1,4420,2]", for error messages.
INFER_API std::string ToString(const std::vector<TensorInfo>& tensors);

// Elements of `shape`, or kInvalidArgument when a dimension is negative or the product overflows.
INFER_API Result<std::size_t> ElementCount(const std::vector<std::int64_t>& shape);

}  // namespace infer_server::devices
