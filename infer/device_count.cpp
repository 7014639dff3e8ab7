// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <string>

#include "devices/base/log.h"
#include "devices/runtime.h"
#include "infer/default_runtime.h"
#include "infer_server.h"

namespace infer_server {

std::uint32_t TotalDeviceCount() noexcept {
  try {
    const auto count = devices::CountDevices(DefaultRuntime());
    if (count.ok()) return static_cast<std::uint32_t>(count.value());
    INFER_LOG(kError, "server", "TotalDeviceCount: " + count.status().message());
  } catch (const std::exception& e) {
    INFER_LOG(kError, "server", std::string("TotalDeviceCount: ") + e.what());
  }
  return 0;
}

bool CheckDevice(int device_id) noexcept {
  return device_id >= 0 && static_cast<std::uint32_t>(device_id) < TotalDeviceCount();
}

bool SetCurrentDevice(int device_id) noexcept { return CheckDevice(device_id); }

}  // namespace infer_server
