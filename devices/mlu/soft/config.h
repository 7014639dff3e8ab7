// SPDX-License-Identifier: Apache-2.0
// The environment of the software CNRT.
#pragma once

#include <cstddef>

namespace infer_server::devices::mlu {

struct Config {
  int devices = 1;  // INFERSERVER_MLU_DEVICES, 0..64.
  size_t device_memory =
      0;  // INFERSERVER_DEVICE_MEMORY_MB of each, in bytes; default: the machine's.
};

// What is not a number in range is logged, and the default is used.
Config ReadConfig();

}  // namespace infer_server::devices::mlu
