// SPDX-License-Identifier: Apache-2.0
// What an infer element counts and measures.
#pragma once

#include <gst/gst.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "devices/base/clock.h"
#include "devices/base/mutex.h"

namespace infer_gst {

// Thread-safe; allocates nothing.
class InferStats {
 public:
  struct Counts {
    std::uint64_t frames_in = 0, frames_out = 0;
    std::uint64_t inferred = 0;  // Frames that the model ran on.
    std::uint64_t failed = 0;    // Frames that it failed on.
    std::uint64_t skipped = 0;   // Frames it was not run on: held, or nothing to run on.
    std::uint64_t items = 0;     // Frames and regions given to the model.
  };
  struct Latency {
    std::chrono::microseconds p50{0}, p95{0};  // Of the last frames, submission to answer.
  };

  void Reset() INFER_EXCLUDES(mutex_);
  // Adds to the counts.
  void Count(const Counts& more) INFER_EXCLUDES(mutex_);
  void AddLatency(infer_server::devices::Duration latency) INFER_EXCLUDES(mutex_);

  Counts counts() const INFER_EXCLUDES(mutex_);
  Latency latency() const INFER_EXCLUDES(mutex_);
  // The p95 last reported, for LATENCY queries.
  std::chrono::microseconds reported() const INFER_EXCLUDES(mutex_);
  // True, and the report is renewed, when p95 has moved by a quarter and by kMinMove. Looks at
  // every kLook'th frame only.
  bool RenewReport() INFER_EXCLUDES(mutex_);

 private:
  static constexpr std::size_t kKept = 128, kLook = 8;
  // What no sink notices.
  static constexpr std::chrono::microseconds kMinMove{5000};
  Latency Measure() const INFER_REQUIRES(mutex_);

  mutable infer_server::devices::Mutex mutex_;
  Counts counts_ INFER_GUARDED_BY(mutex_);
  std::array<std::int64_t, kKept> latency_us_ INFER_GUARDED_BY(mutex_){};
  std::size_t measured_ INFER_GUARDED_BY(mutex_) = 0;
  std::chrono::microseconds reported_ INFER_GUARDED_BY(mutex_){0};
};

}  // namespace infer_gst
