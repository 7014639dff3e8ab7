// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/fault.h"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "devices/acl/soft/error.h"
#include "devices/base/log.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {
namespace {

struct Order {
  uint64_t nth = 0;  // 0 = every call.
  aclError code = 0;
  QueuedFault fault;
};

struct Orders {
  uint64_t calls = 0;
  std::vector<Order> orders;
};

struct State {
  Mutex mutex;
  std::map<std::string, Orders> by_function INFER_GUARDED_BY(mutex);
  // A hang ends when the number changes.
  uint64_t releases INFER_GUARDED_BY(mutex) = 0;
  std::condition_variable released;
};

State& Get() {
  static State& state = *new State;
  return state;
}

// "aclrtMalloc:3=207001". False: not of that form.
bool Parse(const std::string& text, std::string* function, Order* order) {
  const size_t colon = text.find(':'), equals = text.find('=');
  if (colon == std::string::npos || equals == std::string::npos || colon == 0 || equals < colon)
    return false;
  *function = text.substr(0, colon);
  char* end = nullptr;
  const std::string nth = text.substr(colon + 1, equals - colon - 1),
                    what = text.substr(equals + 1);
  order->nth = std::strtoull(nth.c_str(), &end, 10);
  if (nth.empty() || *end != '\0') return false;
  if (what == "hang") {
    order->fault.hang = true;
    return true;
  }
  const bool delay = what.rfind("delay:", 0) == 0;
  const std::string number = delay ? what.substr(6) : what;
  const long value = std::strtol(number.c_str(), &end, 10);
  if (number.empty() || *end != '\0' || value <= 0) return false;
  (delay ? order->fault.delay_ms : order->code) = static_cast<int>(value);
  return true;
}

}  // namespace

std::atomic<bool> Faults::armed_{true};  // The first call finds out.

void Faults::Load(const char* orders) {
  if (orders == nullptr) orders = std::getenv("INFERSERVER_FAULT");
  std::map<std::string, Orders> by_function;
  const std::string all = orders == nullptr ? "" : orders;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find(';', begin), all.size());
    const std::string text = all.substr(begin, end - begin);
    begin = end + 1;
    if (text.empty()) continue;
    std::string function;
    Order order;
    if (Parse(text, &function, &order))
      by_function[function].orders.push_back(order);
    else
      LogMessage(LogLevel::kWarning, "acl",
                 "INFERSERVER_FAULT: '" + text +
                     "' is not function:n=code, function:n=delay:ms or function:n=hang");
  }
  // Functions of other runtimes may be named, too.
  bool mine = false;
  for (const auto& [function, unused] : by_function)
    mine |= function.rfind("acl", 0) == 0 || function.rfind("hi_", 0) == 0;
  State& state = Get();
  MutexLock lock(&state.mutex);
  state.by_function = std::move(by_function);
  armed_.store(mine, std::memory_order_release);
}

aclError Faults::Enter(const char* function, QueuedFault* queued) {
  static const bool loaded = (Load(nullptr), true);
  static_cast<void>(loaded);
  if (!Armed()) return 0;
  Order found;
  {
    State& state = Get();
    MutexLock lock(&state.mutex);
    const auto of = state.by_function.find(function);
    if (of == state.by_function.end()) return 0;
    const uint64_t call = ++of->second.calls;
    for (const Order& order : of->second.orders)
      if (order.nth == 0 || order.nth == call) found = order;
  }
  if (found.code != 0) return Fail(found.code, function, "ordered by INFERSERVER_FAULT");
  if (queued != nullptr) {
    *queued = found.fault;
    return 0;
  }
  Delay(found.fault.delay_ms);
  return found.fault.hang ? Hang() : 0;
}

void Faults::Delay(int ms) {
  if (ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

aclError Faults::Hang() {
  State& state = Get();
  MutexLock lock(&state.mutex);
  const uint64_t before = state.releases;
  while (state.releases == before) lock.Wait(&state.released);
  return ACL_ERROR_RT_AICORE_TIMEOUT;
}

void Faults::ReleaseHangs() {
  State& state = Get();
  {
    MutexLock lock(&state.mutex);
    ++state.releases;
  }
  state.released.notify_all();
}

}  // namespace infer_server::devices::acl
