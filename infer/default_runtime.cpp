// SPDX-License-Identifier: Apache-2.0
#include "infer/default_runtime.h"

#include <algorithm>
#include <cstdlib>

#include "devices/base/mutex.h"

namespace infer_server {

using devices::MutexLock;

namespace {

struct Choice {
  devices::Mutex mutex;
  std::string name INFER_GUARDED_BY(mutex);  // Empty = not chosen.
};

Choice& TheChoice() {
  static auto* const choice = new Choice;
  return *choice;
}

}  // namespace

std::string DefaultRuntime() {
  {
    MutexLock lock(&TheChoice().mutex);
    if (!TheChoice().name.empty()) return TheChoice().name;
  }
  const char* name = std::getenv("INFERSERVER_RUNTIME");
  return name != nullptr && *name != '\0' ? name : "cpu";
}

devices::Status SetDefaultRuntime(const std::string& name) {
  const std::vector<std::string> names = devices::Runtimes().Names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    std::string all;
    for (const auto& n : names) all += (all.empty() ? "" : ", ") + n;
    return devices::Status(devices::Code::kNotFound,
                           "no runtime '" + name + "'; there are: " + all);
  }
  MutexLock lock(&TheChoice().mutex);
  TheChoice().name = name;
  return devices::Status();
}

devices::Result<devices::DeviceName> ResolveDevice(const std::string& device) {
  if (device.empty()) return devices::DeviceName{DefaultRuntime(), 0};
  return devices::ParseDeviceName(device);
}

}  // namespace infer_server
