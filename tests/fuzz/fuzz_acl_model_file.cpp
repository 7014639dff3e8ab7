// SPDX-License-Identifier: Apache-2.0
// Model files of the software AscendCL: whatever the bytes are, they are read or refused, and what
// was read says the same when it is written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "devices/acl/soft/model_file.h"

using namespace infer_server::devices::acl;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto length = MeasureModel(bytes);
  if (length.ok() && length.value() > size) std::abort();
  const auto file = ReadModelFile(bytes);
  if (!file.ok() || bytes.substr(0, kContainerMagic.size()) != kContainerMagic) return 0;
  const ModelProfiles& profiles = file.value().profiles;
  for (const auto& profile : profiles.profiles) Settle(profiles, profile);
  const std::string again = WriteContainer(profiles, file.value().onnx);
  const auto read = ReadModelFile(again);
  if (!read.ok() || read.value().onnx != file.value().onnx) std::abort();
  if (WriteContainer(read.value().profiles, read.value().onnx) != again) std::abort();
  return 0;
}
