// SPDX-License-Identifier: Apache-2.0
// Where the core reads the time, so that tests can stand still.
#pragma once

#include <chrono>

#include "devices/base/export.h"

namespace infer_server::devices {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// Thread-safe.
class INFER_API Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint Now() const = 0;

  // The real, monotonic clock. Never destroyed.
  static const Clock& Steady();
};

// The moment `timeout` from now on the steady clock; TimePoint::max() ("never") when it is negative
// or further away than a century.
INFER_API TimePoint DeadlineAfter(std::chrono::milliseconds timeout);

}  // namespace infer_server::devices
