// SPDX-License-Identifier: Apache-2.0
// The content of a model, in memory.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "devices/base/status.h"
#include "devices/model.h"

namespace infer_server::devices {

// Shared, immutable: every instance of a network is made from the same copy.
struct ModelBytes {
  std::string path;  // Empty for a model from memory.
  std::shared_ptr<const std::vector<char>> content;

  const char* data() const { return content == nullptr ? nullptr : content->data(); }
  std::size_t size() const { return content == nullptr ? 0 : content->size(); }
};

// Largest model taken: what protobuf can hold.
inline constexpr std::size_t kMaxModelBytes = (std::size_t{1} << 31) - 1;

// Reads the file, or copies the memory, that `source` names. Fails with kNotFound (no such file),
// kInvalidArgument (neither file nor memory named; empty; a folder; larger than kMaxModelBytes),
// kUnavailable (cannot be read), kOutOfMemory.
Result<ModelBytes> ReadModel(const ModelSource& source);

// As ReadModel() for a file, without the words on models: for a file that lies beside one.
Result<ModelBytes> ReadModelFile(const std::string& path);

// "model file 'a.onnx'" or "model in memory", to begin a message with.
std::string Describe(const ModelBytes& bytes);

}  // namespace infer_server::devices
