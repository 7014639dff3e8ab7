// SPDX-License-Identifier: Apache-2.0
// Queues, and the points in them that others wait for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <set>

#include "devices/base/mutex.h"
#include "devices/mlu/soft/runtime.h"
#include "devices/soft/handle_table.h"
#include "devices/soft/work_queue.h"

namespace infer_server::devices::mlu {

// Most queues at a time, as on an MLU270.
inline constexpr size_t kMostQueues = 4094;

struct Queue {
  explicit Queue(int device_of) : device(device_of), work("cnrt-queue", CNRT_RET_ERR_TIMEOUT) {}
  const int device;
  soft::WorkQueue work;
};

// Thread-safe. Each placement has a number; waiting is for a number.
class Notifier {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // It is being placed: the placement's number.
  uint64_t Begin();
  // A queue has got to it, or dropped it.
  void Complete(uint64_t placement);
  // The newest placement; 0: none.
  uint64_t newest() const;
  // Every placement comes to its end, so that this does.
  void Wait(uint64_t placement);
  // Whether the newest placement is done, and when it was. False without one.
  bool DoneAt(Time* time) const;

 private:
  mutable Mutex mutex_;
  std::condition_variable changed_;
  uint64_t begun_ INFER_GUARDED_BY(mutex_) = 0;
  std::set<uint64_t> pending_
      INFER_GUARDED_BY(mutex_);         // In several queues, they end in any order.
  Time time_ INFER_GUARDED_BY(mutex_);  // Of the newest.
};

// A new queue of the device: its handle. Reports in the name of `function`.
cnrtRet_t NewQueue(int device, cnrtQueue_t* queue, const char* function);
// nullptr: CNRT_RET_ERR_QUEUE is reported in the name of `function`.
std::shared_ptr<Queue> FindQueue(cnrtQueue_t queue, const char* function);
// Drops what is queued, waits for what runs.
void EndAllQueues();

}  // namespace infer_server::devices::mlu
