// SPDX-License-Identifier: Apache-2.0
// A clock that stands still unless moved.
#pragma once

#include <chrono>

#include "devices/base/clock.h"
#include "devices/base/mutex.h"

namespace infer_server::test {

class FakeClock final : public devices::Clock {
 public:
  devices::TimePoint Now() const override {
    devices::MutexLock lock(&mutex_);
    return now_;
  }
  void Move(devices::Duration by) {
    devices::MutexLock lock(&mutex_);
    now_ += by;
  }

 private:
  mutable devices::Mutex mutex_;
  devices::TimePoint now_ INFER_GUARDED_BY(mutex_) = std::chrono::steady_clock::now();
};

}  // namespace infer_server::test
