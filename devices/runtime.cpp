// SPDX-License-Identifier: Apache-2.0
#include "devices/runtime.h"

#include <map>
#include <utility>

#include "devices/base/mutex.h"

namespace infer_server::devices {
namespace {

constexpr int kMostDigits = 6;  // Of a device number.

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// What the process has open. Never destroyed: threads may still open devices while it ends.
// Runtimes stay for good, devices as long as somebody holds them.
class OpenDevices {
 public:
  Result<std::shared_ptr<Device>> Get(const DeviceName& name) INFER_EXCLUDES(mutex_);
  Result<Runtime*> GetRuntime(const std::string& name) INFER_EXCLUDES(mutex_);

 private:
  struct Entry {
    std::weak_ptr<Device> device;
    bool opening = false;  // By one thread; the others wait for it.
    int waiting = 0;
  };

  Mutex mutex_;
  std::condition_variable opened_;
  std::map<std::string, Entry> devices_ INFER_GUARDED_BY(mutex_);
  std::map<std::string, std::unique_ptr<Runtime>> runtimes_ INFER_GUARDED_BY(mutex_);
};

Result<Runtime*> OpenDevices::GetRuntime(const std::string& name) {
  {
    MutexLock lock(&mutex_);
    const auto it = runtimes_.find(name);
    if (it != runtimes_.end()) return it->second.get();
  }
  Result<std::unique_ptr<Runtime>> made = Runtimes().Create(name);
  if (!made.ok()) return made.status();
  MutexLock lock(&mutex_);
  // Another thread may have been faster: then its runtime stays and ours goes.
  return runtimes_.emplace(name, std::move(made).value()).first->second.get();
}

Result<std::shared_ptr<Device>> OpenDevices::Get(const DeviceName& name) {
  const std::string text = name.ToString();
  {
    MutexLock lock(&mutex_);
    Entry& entry = devices_[text];
    ++entry.waiting;
    while (entry.opening) lock.Wait(&opened_);
    --entry.waiting;
    if (std::shared_ptr<Device> device = entry.device.lock()) return device;
    entry.opening = true;
  }
  const Result<Runtime*> runtime = GetRuntime(name.runtime);
  Result<std::shared_ptr<Device>> device =
      runtime.ok() ? runtime.value()->Open(name.id) : runtime.status();
  MutexLock lock(&mutex_);
  Entry& entry = devices_[text];
  entry.opening = false;
  if (device.ok()) {
    entry.device = device.value();
  } else {
    // Names that do not exist leave nothing behind, unless somebody waits to try for himself.
    if (entry.waiting == 0) devices_.erase(text);
    device = Status(device.status()).WithContext("open device '" + text + "'");
  }
  opened_.notify_all();
  return device;
}

OpenDevices& TheOpenDevices() {
  static auto* const devices = new OpenDevices;
  return *devices;
}

}  // namespace

Status Runtime::Choose(const std::string& flavour) {
  if (flavour == "auto" || flavour == Flavour()) return Status();
  return Status(Code::kInvalidArgument,
                "flavour '" + flavour + "'; runtime " + Name() + " is '" + Flavour() + "' alone");
}

Registry<Runtime>& Runtimes() {
  static auto* const registry = new Registry<Runtime>("runtime");
  return *registry;
}

Result<DeviceName> ParseDeviceName(const std::string& text) {
  const Status wrong(Code::kInvalidArgument, "device '" + text +
                                                 "' is not a device name; expected RUNTIME or "
                                                 "RUNTIME:NUMBER, such as cpu, acl:0 or mlu:1");
  const std::size_t colon = text.find(':');
  DeviceName name;
  name.runtime = text.substr(0, colon);
  if (name.runtime.empty()) return wrong;
  for (const char c : name.runtime)
    if (!IsNameCharacter(c)) return wrong;
  if (colon == std::string::npos) return name;
  const std::string digits = text.substr(colon + 1);
  if (digits.empty() || digits.size() > kMostDigits) return wrong;
  for (const char c : digits) {
    if (c < '0' || c > '9') return wrong;
    name.id = name.id * 10 + (c - '0');
  }
  return name;
}

Result<std::shared_ptr<Device>> OpenDevice(const DeviceName& name) {
  return TheOpenDevices().Get(name);
}

Result<std::string> ChooseFlavour(const std::string& runtime, const std::string& flavour) {
  const Result<Runtime*> found = TheOpenDevices().GetRuntime(runtime);
  if (!found.ok()) return found.status();
  INFER_RETURN_IF_ERROR(found.value()->Choose(flavour));
  return found.value()->Flavour();
}

Result<int> CountDevices(const std::string& runtime) {
  const Result<Runtime*> found = TheOpenDevices().GetRuntime(runtime);
  return found.ok() ? found.value()->Count() : Result<int>(found.status());
}

}  // namespace infer_server::devices
