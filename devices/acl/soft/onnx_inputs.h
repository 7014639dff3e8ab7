// SPDX-License-Identifier: Apache-2.0
// The inputs of an ONNX network, in its order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "devices/acl/soft/model_file.h"

namespace infer_server::devices::acl {

// Empty when `onnx` cannot be read.
std::vector<std::string> OnnxInputNames(std::string_view onnx);

// Puts shapes, each with a name, in the network's order. Fails with kInvalidArgument unless there
// is one for every input and no other.
Status OrderInputs(std::string_view onnx, std::vector<InputShape>* inputs);

}  // namespace infer_server::devices::acl
