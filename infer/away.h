// SPDX-License-Identifier: Apache-2.0
// Whether a batch is with a device, and who takes it back.
#pragma once

#include <atomic>

namespace infer_server {

// Between the worker that begins a stage, the device that is done with it, and the timer that finds
// it late: each batch that leaves is taken back once. Thread-safe.
class Away {
 public:
  // A worker begins the stage.
  void Begin() { state_.store(kBeginning); }
  // It has: true when the batch is away now, false when it is back already and the worker goes on.
  bool Leave() { return Change(kBeginning, kAway); }
  // The device is done. True when a worker must be called.
  bool Return() { return !Change(kBeginning, kBack) && Change(kAway, kBack); }
  // It is not, and time is over. True when a worker must be called.
  bool Expire() { return Change(kAway, kLate); }
  // The worker that took it back is done with the stage.
  void End() { state_.store(kHere); }

  // A worker is about to let it go.
  bool beginning() const { return state_.load() == kBeginning; }
  bool here() const { return state_.load() == kHere; }
  bool late() const { return state_.load() == kLate; }

 private:
  enum State { kHere, kBeginning, kAway, kBack, kLate };
  bool Change(State from, State to) { return state_.compare_exchange_strong(from, to); }

  std::atomic<State> state_{kHere};
};

}  // namespace infer_server
