// SPDX-License-Identifier: Apache-2.0
#include "devices/mlu/soft/config.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "devices/base/log.h"

namespace infer_server::devices::mlu {
namespace {

long long Number(const char* name, long long low, long long high, long long otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return otherwise;
  char* end = nullptr;
  const long long value = std::strtoll(text, &end, 10);
  if (*end == '\0' && value >= low && value <= high) return value;
  LogMessage(LogLevel::kWarning, "mlu",
             std::string(name) + "='" + text + "' is not a number from " + std::to_string(low) +
                 " to " + std::to_string(high) + "; " + std::to_string(otherwise) + " is used");
  return otherwise;
}

}  // namespace

Config ReadConfig() {
  Config config;
  config.devices = static_cast<int>(Number("INFERSERVER_MLU_DEVICES", 0, 64, 1));
  const long long machine =
      static_cast<long long>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE) >> 20;
  config.device_memory =
      static_cast<size_t>(Number("INFERSERVER_DEVICE_MEMORY_MB", 1, 1 << 20, machine)) << 20;
  return config;
}

}  // namespace infer_server::devices::mlu
