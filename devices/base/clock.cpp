// SPDX-License-Identifier: Apache-2.0
#include "devices/base/clock.h"

namespace infer_server::devices {
namespace {

class SteadyClock final : public Clock {
 public:
  TimePoint Now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace

const Clock& Clock::Steady() {
  static const SteadyClock* const clock = new SteadyClock;
  return *clock;
}

TimePoint DeadlineAfter(std::chrono::milliseconds timeout) {
  constexpr std::chrono::hours kCentury{24 * 365 * 100};
  if (timeout.count() < 0 || timeout > kCentury) return TimePoint::max();
  return Clock::Steady().Now() + timeout;
}

}  // namespace infer_server::devices
