// SPDX-License-Identifier: Apache-2.0
// Faults on order:
// INFERSERVER_FAULT=aclrtMalloc:3=207001;cnrtMemcpyAsync:2=delay:50;aclmdlExecuteAsync:7=hang
//
// The nth call of a function (from 1, counted over the process; 0 = every call) returns a code, is
// delayed by milliseconds, or hangs until ReleaseHangs().
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "devices/base/mutex.h"

namespace infer_server::devices::soft {

// What is to happen to queued work before it runs.
struct QueuedFault {
  int delay_ms = 0;
  bool hang = false;
  bool any() const { return hang || delay_ms > 0; }
};

struct FaultOrder {
  uint64_t nth = 0;  // 0 = every call.
  int code = 0;      // 0: none is ordered.
  QueuedFault fault;
};

// Thread-safe.
class FaultOrders {
 public:
  // `area` is that of the log; `prefixes` are those of the functions counted here: others belong to
  // other libraries.
  FaultOrders(const char* area, std::vector<std::string> prefixes)
      : area_(area), prefixes_(std::move(prefixes)) {}

  // Replaces the orders; counting starts again. nullptr: INFERSERVER_FAULT. A part that cannot be
  // read is logged and ignored.
  void Load(const char* orders);
  // Whether there are any. What a call without faults costs.
  bool armed() const { return armed_.load(std::memory_order_acquire); }
  // Counts a call: what is ordered for it.
  FaultOrder Count(const char* function);

  static void Delay(int ms);
  // How often ReleaseHangs() was called.
  uint64_t Releases();
  // Waits for a ReleaseHangs() after the call of Releases() that gave `since`.
  void Hang(uint64_t since);
  // Ends all hangs now under way.
  void ReleaseHangs();

 private:
  struct Orders {
    uint64_t calls = 0;
    std::vector<FaultOrder> orders;
  };

  const char* const area_;
  const std::vector<std::string> prefixes_;
  std::atomic<bool> armed_{false};
  Mutex mutex_;
  std::map<std::string, Orders> by_function_ INFER_GUARDED_BY(mutex_);
  // A hang ends when the number changes.
  uint64_t releases_ INFER_GUARDED_BY(mutex_) = 0;
  std::condition_variable released_;
};

}  // namespace infer_server::devices::soft
