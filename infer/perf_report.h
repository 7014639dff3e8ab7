// SPDX-License-Identifier: Apache-2.0
// SessionDesc::show_perf: a session's figures in the log.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <string>

#include "devices/base/clock.h"
#include "devices/base/mutex.h"
#include "infer/timer.h"

namespace infer_server {

// A line at the level `info` two seconds after the first answer since the line before, and one in
// the end: a session that answers nothing writes nothing and wakes nobody. Thread-safe.
class PerfReport final : public Timed {
 public:
  static constexpr std::chrono::milliseconds kPeriod{2000};

  // `describe` makes the line; it is called with no lock of this object held, not after Stop().
  // The references must outlive the object's last Answered().
  PerfReport(std::function<std::string()> describe, Timer* timer, const devices::Clock* clock);

  // There is something to tell. Cheap: but for once in a period it only reads a flag.
  void Answered() INFER_EXCLUDES(mutex_) {
    if (!armed_.load(std::memory_order_relaxed)) Arm();
  }
  devices::TimePoint OnTime(devices::TimePoint now) override INFER_EXCLUDES(mutex_);
  // The last line. Waits for one under way. REQUIRES: no more Answered().
  void Stop() INFER_EXCLUDES(mutex_);

 private:
  void Arm() INFER_EXCLUDES(mutex_);
  void Write() const;

  const std::function<std::string()> describe_;
  Timer* const timer_;
  const devices::Clock* const clock_;
  std::atomic<bool> armed_{false};
  devices::Mutex mutex_;
  std::condition_variable written_;
  devices::TimePoint due_ INFER_GUARDED_BY(mutex_) = devices::TimePoint::max();
  bool writing_ INFER_GUARDED_BY(mutex_) = false;
  bool stopped_ INFER_GUARDED_BY(mutex_) = false;
};

}  // namespace infer_server
