// SPDX-License-Identifier: Apache-2.0
// Calls that may never return, and who gives them up.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>

#include "devices/base/export.h"
#include "devices/base/mutex.h"

namespace infer_server {

// What a call works on; it belongs to the call once that is given up.
struct Orphan {
  virtual ~Orphan() = default;
};

// Of one worker. The worker tells when it begins and ends a stage; a watchdog, on another thread,
// may give the call up that the worker is in. That happens once: the worker, should it return, has
// nothing to do any more with what it was doing, and ends.
class INFER_API CallWatch : public std::enable_shared_from_this<CallWatch> {
 public:
  // Worker: a stage begins. Returns its number. `inside`: all of it may be given up; else only the
  // scopes of WatchedCall in it.
  std::uint64_t Begin(bool inside);
  // Worker: it has ended. False: it was given up.
  bool End();
  // Worker, at its end when it was given up: destroys the orphan.
  void Return() INFER_EXCLUDES(mutex_);

  // Watchdog: true when stage `number` is inside a call now; it is given up thereby, and Keep()
  // must follow.
  bool GiveUp(std::uint64_t number);
  void Keep(std::unique_ptr<Orphan> orphan) INFER_EXCLUDES(mutex_);
  // Whether stage `number` is under way.
  bool During(std::uint64_t number) const;
  // The function of the device's library that the worker is in; null when it is in none.
  const char* function() const { return function_.load(std::memory_order_relaxed); }

  bool given_up() const { return (state_.load() & kPhases) == kGivenUp; }

  // The one of this thread; null when it is no worker.
  static CallWatch* Here();
  // Makes `watch` that one; its function() is told from now on.
  static void Bind(CallWatch* watch);

  int priority = 0;               // Scheduler, under its lock: of what the worker runs.
  std::atomic<bool> over{false};  // The worker has returned, and ends.

 private:
  friend class WatchedCall;
  enum Phase : std::uint64_t { kIdle, kOutside, kInside, kGivenUp, kPhases = 3 };
  bool Change(Phase from, Phase to);

  std::atomic<std::uint64_t> state_{kIdle};  // Number × 4 + phase.
  std::atomic<const char*> function_{nullptr};
  devices::Mutex mutex_;
  std::condition_variable kept_;
  std::unique_ptr<Orphan> orphan_ INFER_GUARDED_BY(mutex_);
};

// A stage whose items are not its own but their sender's, who has them back as soon as they are
// answered. It may only be given up in the scopes of WatchedCall, and leaves its items alone then.
class INFER_API BorrowsItems {
 public:
  virtual ~BorrowsItems() = default;
};

// A scope in which such a stage may be given up: a call into the device.
class INFER_API WatchedCall {
 public:
  WatchedCall();
  ~WatchedCall() { static_cast<void>(Leave()); }
  WatchedCall(const WatchedCall&) = delete;
  WatchedCall& operator=(const WatchedCall&) = delete;
  // False: it was given up, and the stage returns at once.
  bool Leave();

 private:
  CallWatch* const watch_;
  bool mine_ = false;
};

}  // namespace infer_server
