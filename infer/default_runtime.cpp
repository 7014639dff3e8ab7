// SPDX-License-Identifier: Apache-2.0
#include "infer/default_runtime.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "devices/base/log.h"
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

std::string AllOf(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

}  // namespace

std::string DefaultRuntime() {
  {
    MutexLock lock(&TheChoice().mutex);
    if (!TheChoice().name.empty()) return TheChoice().name;
  }
  const char* name = std::getenv("INFERSERVER_RUNTIME");
  if (name == nullptr || *name == '\0') return "cpu";
  const std::vector<std::string> names = devices::Runtimes().Names();
  if (std::find(names.begin(), names.end(), name) == names.end())
    INFER_LOG(kError, "server",
              "INFERSERVER_RUNTIME is '" + std::string(name) +
                  "'; expected the name of a runtime, without a number: " + AllOf(names));
  return name;
}

devices::Status SetDefaultRuntime(const std::string& name) {
  const std::vector<std::string> names = devices::Runtimes().Names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    return devices::Status(devices::Code::kNotFound,
                           "no runtime '" + name + "'; there are: " + AllOf(names));
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
