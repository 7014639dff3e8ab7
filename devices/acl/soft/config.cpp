// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/config.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <forward_list>

#include "devices/base/log.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {
namespace {

long long Number(const char* name, long long low, long long high, long long otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return otherwise;
  char* end = nullptr;
  const long long value = std::strtoll(text, &end, 10);
  if (*end == '\0' && value >= low && value <= high) return value;
  LogMessage(LogLevel::kWarning, "acl",
             std::string(name) + "='" + text + "' is not a number from " + std::to_string(low) +
                 " to " + std::to_string(high) + "; " + std::to_string(otherwise) + " is used");
  return otherwise;
}

Config Read() {
  Config config;
  config.devices = static_cast<int>(Number("INFERSERVER_ACL_DEVICES", 0, 64, 1));
  const long long machine =
      static_cast<long long>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE) >> 20;
  config.device_memory =
      static_cast<size_t>(Number("INFERSERVER_DEVICE_MEMORY_MB", 1, 1 << 20, machine)) << 20;
  config.strict = Number("INFERSERVER_ACL_STRICT", 0, 1, 0) != 0;
  const char* mode = std::getenv("INFERSERVER_ACL_RUN_MODE");
  config.host_mode = mode == nullptr || std::string(mode) != "device";
  const char* soc = std::getenv("INFERSERVER_ACL_SOC");
  config.soc = soc == nullptr || *soc == '\0' ? "Ascend910B2" : soc;
  return config;
}

Mutex g_mutex;
std::atomic<const Config*> g_current{nullptr};

// Keeps what it replaces: references to it are out.
const Config* Replace(bool even_if_there) {
  MutexLock lock(&g_mutex);
  if (const Config* there = g_current.load(); there != nullptr && !even_if_there) return there;
  static std::forward_list<Config>& all = *new std::forward_list<Config>;
  all.push_front(Read());
  g_current.store(&all.front(), std::memory_order_release);
  return &all.front();
}

}  // namespace

const Config& GetConfig() {
  const Config* config = g_current.load(std::memory_order_acquire);
  return config != nullptr ? *config : *Replace(false);
}

void ReloadConfig() { Replace(true); }

}  // namespace infer_server::devices::acl
