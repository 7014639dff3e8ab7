// SPDX-License-Identifier: Apache-2.0
// What a network file says of its inputs and outputs. OpenCV DNN does not tell: it knows neither
// the order of the outputs nor the element types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "devices/base/status.h"
#include "devices/tensor.h"

namespace infer_server::devices {

inline constexpr std::int64_t kOpenDim = -1;  // A dimension that the file leaves open.

struct NetTensor {
  std::string name;
  DataType type = DataType::kFloat32;
  std::vector<std::int64_t> shape;  // kOpenDim or ≥ 1. Empty for a scalar or when it has none.
};

struct NetGraph {
  std::vector<NetTensor> inputs;  // Without those that have a value in the file (weights).
  // In the file's order. Empty when the kind of file does not list them: then all that nothing
  // else uses are outputs.
  std::vector<NetTensor> outputs;
  bool half_precision = false;  // Holds 16-bit floating-point weights.
  bool quantized = false;       // Holds operators on 8-bit integers (QDQ, QLinear…).
};

// True when the bytes begin as an ONNX file does.
bool LooksLikeOnnx(std::string_view bytes);

// These read the top of a file and copy no weights. They survive any bytes and fail with
// kInvalidArgument, the message going on from "model file 'a.onnx' …": "is truncated: …", "is not
// an ONNX network: …"; with kUnsupported for an input or output of a type not in DataType.
Result<NetGraph> ReadOnnxGraph(std::string_view bytes);
Result<NetGraph> ReadCaffeText(std::string_view text);    // .prototxt
Result<NetGraph> ReadDarknetText(std::string_view text);  // .cfg

}  // namespace infer_server::devices
