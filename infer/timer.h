// SPDX-License-Identifier: Apache-2.0
// One thread that wakes whoever has a deadline. Sleeps for ever when nobody has one.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <vector>

#include "devices/base/clock.h"
#include "devices/base/mutex.h"
#include "devices/base/thread.h"

namespace infer_server {

// Who waits for a deadline.
class Timed {
 public:
  virtual ~Timed() = default;
  // Does what is due at `now`. Returns the next deadline after `now`, TimePoint::max() for none.
  virtual devices::TimePoint OnTime(devices::TimePoint now) = 0;
};

// Thread-safe. `clock` must outlive it.
class Timer {
 public:
  explicit Timer(const devices::Clock& clock);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // From now on OnTime() of `timed` may be called, on the timer's thread, with no lock held, at any
  // time: deadlines are a promise to come no later than that, not to come only then.
  void Add(const std::shared_ptr<Timed>& timed) INFER_EXCLUDES(mutex_);
  void Remove(const Timed* timed) INFER_EXCLUDES(mutex_);

  // OnTime() of everybody is called at `deadline` at the latest. Cheap when an earlier wake-up is
  // due anyway. Must be called under the lock that guards the caller's deadline: then a deadline is
  // either seen by the round under way or wakes the timer again.
  void Arm(devices::TimePoint deadline) INFER_EXCLUDES(mutex_);

  // Looks at the clock again: for tests that move it.
  void Wake() INFER_EXCLUDES(mutex_);

 private:
  void Work() INFER_EXCLUDES(mutex_);
  void SetEarliest(devices::TimePoint time) INFER_REQUIRES(mutex_);

  const devices::Clock& clock_;
  std::atomic<devices::Duration::rep> earliest_hint_;  // Mirror of earliest_.
  devices::Mutex mutex_;
  std::condition_variable changed_;
  devices::TimePoint earliest_ INFER_GUARDED_BY(mutex_) = devices::TimePoint::max();
  std::vector<std::shared_ptr<Timed>> all_ INFER_GUARDED_BY(mutex_);
  bool stop_ INFER_GUARDED_BY(mutex_) = false;
  devices::Thread thread_;  // Last: it uses all the above.
};

}  // namespace infer_server
