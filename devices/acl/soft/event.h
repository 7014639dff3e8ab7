// SPDX-License-Identifier: Apache-2.0
// A point in a stream that others can wait for. Each record has a number; waiting is for a number.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <vector>

#include "acl/acl_rt.h"
#include "devices/acl/soft/handle_table.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {

class Stream;

// Thread-safe.
class Event {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Event(uint32_t flags) : flags_(flags) {}

  uint32_t flags() const { return flags_; }
  // A record is being queued: its number.
  uint64_t BeginRecord();
  // The stream has got to it. Streams that wait are resumed.
  void Complete(uint64_t record);
  // The stream has got to a reset: as if never recorded, unless recorded again since.
  void Reset();

  // The number of the newest record queued; 0: none.
  uint64_t newest() const;
  // Whether the newest record is done. False without one.
  bool Recorded() const;
  bool Done(uint64_t record) const;
  // Host wait; -1: no limit. False: not in time.
  bool Wait(uint64_t record, int timeout_ms);
  // True: `record` is done. False: `stream` is resumed when it is.
  bool DoneOrResume(uint64_t record, std::shared_ptr<Stream> stream);
  // Takes a waiting stream out. False: it does not wait.
  bool Withdraw(const Stream* stream);
  // When the newest record was done. False: it is not.
  bool CompletedAt(Time* time) const;

 private:
  struct Waiter {
    uint64_t record;
    std::shared_ptr<Stream> stream;
  };

  const uint32_t flags_;
  mutable Mutex mutex_;
  std::condition_variable changed_;
  uint64_t begun_ INFER_GUARDED_BY(mutex_) = 0;
  uint64_t done_ INFER_GUARDED_BY(mutex_) = 0;
  bool recorded_ INFER_GUARDED_BY(mutex_) = false;
  Time time_ INFER_GUARDED_BY(mutex_);
  std::vector<Waiter> waiters_ INFER_GUARDED_BY(mutex_);
};

HandleTable<Event>& Events();

}  // namespace infer_server::devices::acl
