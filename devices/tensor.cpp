// SPDX-License-Identifier: Apache-2.0
#include "devices/tensor.h"

#include <limits>

namespace infer_server::devices {

std::size_t SizeOf(DataType type) {
  switch (type) {
    case DataType::kUint8:
    case DataType::kInt8:
    case DataType::kBool:
      return 1;
    case DataType::kInt16:
    case DataType::kFloat16:
      return 2;
    case DataType::kInt32:
    case DataType::kFloat32:
      return 4;
    case DataType::kInt64:
    case DataType::kFloat64:
      return 8;
  }
  return 0;
}

const char* NameOf(DataType type) {
  switch (type) {
    case DataType::kUint8:
      return "u8";
    case DataType::kInt8:
      return "i8";
    case DataType::kInt16:
      return "i16";
    case DataType::kInt32:
      return "i32";
    case DataType::kInt64:
      return "i64";
    case DataType::kFloat16:
      return "f16";
    case DataType::kFloat32:
      return "f32";
    case DataType::kFloat64:
      return "f64";
    case DataType::kBool:
      return "bool";
  }
  return "?";
}

const char* NameOf(Layout layout) {
  switch (layout) {
    case Layout::kAny:
      return "any";
    case Layout::kNCHW:
      return "NCHW";
    case Layout::kNHWC:
      return "NHWC";
  }
  return "?";
}

std::size_t TensorInfo::ItemElements() const {
  std::size_t count = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) count *= static_cast<std::size_t>(shape[i]);
  return count;
}

std::string TensorInfo::ToString() const {
  std::string text = name + " " + NameOf(type) + "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i == 0 ? "" : ",") + std::to_string(shape[i]);
  return text + "]";
}

std::string ToString(const std::vector<TensorInfo>& tensors) {
  std::string text;
  for (const TensorInfo& tensor : tensors) text += (text.empty() ? "" : ", ") + tensor.ToString();
  return text.empty() ? "(none)" : text;
}

Result<std::size_t> ElementCount(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const std::int64_t dim : shape) {
    if (dim < 0)
      return Status(Code::kInvalidArgument,
                    "dimension " + std::to_string(dim) + " of a tensor shape is negative");
    const auto d = static_cast<std::size_t>(dim);
    // The bound leaves room for the element size.
    if (d != 0 && count > std::numeric_limits<std::size_t>::max() / 16 / d)
      return Status(Code::kInvalidArgument, "tensor shape is too large");
    count *= d;
  }
  return count;
}

}  // namespace infer_server::devices
