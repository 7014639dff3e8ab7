// SPDX-License-Identifier: Apache-2.0
// The readers of network files: any bytes are a graph or an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "devices/cpu/model_format.h"
#include "devices/cpu/net_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace infer_server::devices;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  SniffModelFormat(bytes);
  (void)ReadOnnxGraph(bytes).ok();
  (void)ReadCaffeText(bytes).ok();
  (void)ReadDarknetText(bytes).ok();
  return 0;
}
