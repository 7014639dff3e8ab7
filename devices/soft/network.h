// SPDX-License-Identifier: Apache-2.0
// Networks of the software runtimes: loaded and run by the runtime `cpu`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "devices/base/status.h"
#include "devices/model.h"

namespace infer_server::devices::soft {

// Loads an ONNX network for at most `rows` items of a call (0: as many as the file says), with
// inputs of the shapes `dims`, in the network's order (empty: those of the file; dimension 0
// counts nothing). `engine` is that of devices/cpu/engine_registry.h. Fails as Device::LoadModel.
Result<std::shared_ptr<Model>> LoadNetwork(std::string_view onnx, const std::string& engine,
                                           const std::vector<std::vector<int64_t>>& dims, int rows);

}  // namespace infer_server::devices::soft
