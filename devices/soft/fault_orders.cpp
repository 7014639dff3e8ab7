// SPDX-License-Identifier: Apache-2.0
#include "devices/soft/fault_orders.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "devices/base/log.h"

namespace infer_server::devices::soft {
namespace {

// "aclrtMalloc:3=207001". False: not of that form.
bool Parse(const std::string& text, std::string* function, FaultOrder* order) {
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

void FaultOrders::Load(const char* orders) {
  if (orders == nullptr) orders = std::getenv("INFERSERVER_FAULT");
  std::map<std::string, Orders> by_function;
  const std::string all = orders == nullptr ? "" : orders;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find(';', begin), all.size());
    const std::string text = all.substr(begin, end - begin);
    begin = end + 1;
    if (text.empty()) continue;
    std::string function;
    FaultOrder order;
    if (Parse(text, &function, &order))
      by_function[function].orders.push_back(order);
    else
      LogMessage(LogLevel::kWarning, area_,
                 "INFERSERVER_FAULT: '" + text +
                     "' is not function:n=code, function:n=delay:ms or function:n=hang");
  }
  bool mine = false;
  for (const auto& [function, unused] : by_function)
    for (const std::string& prefix : prefixes_) mine |= function.rfind(prefix, 0) == 0;
  MutexLock lock(&mutex_);
  by_function_ = std::move(by_function);
  armed_.store(mine, std::memory_order_release);
}

FaultOrder FaultOrders::Count(const char* function) {
  FaultOrder found;
  MutexLock lock(&mutex_);
  const auto of = by_function_.find(function);
  if (of == by_function_.end()) return found;
  const uint64_t call = ++of->second.calls;
  for (const FaultOrder& order : of->second.orders)
    if (order.nth == 0 || order.nth == call) found = order;
  return found;
}

void FaultOrders::Delay(int ms) {
  if (ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

uint64_t FaultOrders::Releases() {
  MutexLock lock(&mutex_);
  return releases_;
}

void FaultOrders::Hang(uint64_t since) {
  MutexLock lock(&mutex_);
  while (releases_ == since) lock.Wait(&released_);
}

void FaultOrders::ReleaseHangs() {
  {
    MutexLock lock(&mutex_);
    ++releases_;
  }
  released_.notify_all();
}

}  // namespace infer_server::devices::soft
