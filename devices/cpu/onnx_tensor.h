// SPDX-License-Identifier: Apache-2.0
// Checks the constants of an ONNX file before somebody trusts their sizes: OpenCV DNN reads as many
// elements as the shape says, whether they are there or not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "devices/base/status.h"

namespace infer_server::devices {

// What matters of a TensorProto.
struct OnnxTensorHeader {
  std::string_view name;
  std::uint64_t data_type = 0;  // TensorProto.DataType
};

// Reads a TensorProto and compares its data with its shape. Survives any bytes. Fails with
// kInvalidArgument ("tensor 'w' has …"), with kUnsupported when the data are in another file.
Result<OnnxTensorHeader> CheckOnnxTensor(std::string_view message);

}  // namespace infer_server::devices
