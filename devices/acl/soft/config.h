// SPDX-License-Identifier: Apache-2.0
// The environment of the software AscendCL.
#pragma once

#include <cstddef>
#include <string>

namespace infer_server::devices::acl {

struct Config {
  int devices = 1;  // INFERSERVER_ACL_DEVICES, 0..64.
  size_t device_memory =
      0;  // INFERSERVER_DEVICE_MEMORY_MB for each device, in bytes; default: the machine's memory.
  bool host_mode = true;  // INFERSERVER_ACL_RUN_MODE: host or device.
  std::string soc;        // INFERSERVER_ACL_SOC, Ascend910B2.
  bool strict = false;    // INFERSERVER_ACL_STRICT=1: misuse that is harmless here is refused.
};

// Read at the first call and at every aclInit. The reference stays valid; thread-safe.
const Config& GetConfig();
void ReloadConfig();

}  // namespace infer_server::devices::acl
