// SPDX-License-Identifier: Apache-2.0
// Model descriptions and property values of any bytes: no crash, and what is taken reads back.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "video/model_config.h"

using infer_server::devices::TensorInfo;
using infer_server::video::ConfigKey;
using infer_server::video::ModelConfig;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  TensorInfo input, output;
  input.name = "in";
  input.shape = {1, 3, 32, 32};
  output.name = "out";
  output.shape = {1, 21, 7};

  const auto parsed = ModelConfig::Parse(text, "fuzz.json");
  if (parsed.ok()) {
    // What a description holds must be settable as properties too.
    ModelConfig copy;
    for (const ConfigKey& key : ModelConfig::Keys())
      if (parsed.value().Has(key.name) && !copy.Set(key.name, parsed.value().Get(key.name)).ok())
        std::abort();
    (void)infer_server::video::Settle(parsed.value(), "fuzz.onnx", {input}, {output});
  } else if (parsed.status().message().compare(0, 10, "fuzz.json:") != 0) {
    std::abort();  // Every error names its line.
  }

  ModelConfig config;
  for (const ConfigKey& key : ModelConfig::Keys()) (void)config.Set(key.name, text);
  (void)config.Set("postprocess", "yolox");
  (void)infer_server::video::Settle(config, text, {input}, {output});
  return 0;
}
