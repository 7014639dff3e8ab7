// SPDX-License-Identifier: Apache-2.0
// The names of an ONNX network's inputs, in its order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace infer_server::devices::acl {

// Empty when `onnx` cannot be read.
std::vector<std::string> OnnxInputNames(std::string_view onnx);

}  // namespace infer_server::devices::acl
