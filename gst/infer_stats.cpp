// SPDX-License-Identifier: Apache-2.0
#include "gst/infer_stats.h"

#include <algorithm>

namespace infer_gst {

using infer_server::devices::Duration;
using infer_server::devices::MutexLock;
using std::chrono::microseconds;

void InferStats::Reset() {
  MutexLock lock(&mutex_);
  counts_ = {};
  measured_ = 0;
  reported_ = microseconds(0);
}

void InferStats::Count(const Counts& more) {
  MutexLock lock(&mutex_);
  counts_.frames_in += more.frames_in;
  counts_.frames_out += more.frames_out;
  counts_.inferred += more.inferred;
  counts_.failed += more.failed;
  counts_.skipped += more.skipped;
  counts_.items += more.items;
}

void InferStats::AddLatency(Duration latency) {
  MutexLock lock(&mutex_);
  latency_us_[measured_++ % kKept] = std::chrono::duration_cast<microseconds>(latency).count();
}

InferStats::Counts InferStats::counts() const {
  MutexLock lock(&mutex_);
  return counts_;
}

InferStats::Latency InferStats::latency() const {
  MutexLock lock(&mutex_);
  return Measure();
}

InferStats::Latency InferStats::Measure() const {
  const std::size_t n = std::min(measured_, kKept);
  if (n == 0) return {};
  std::array<std::int64_t, kKept> sorted = latency_us_;
  std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(n));
  return {microseconds(sorted[n / 2]), microseconds(sorted[n * 95 / 100])};
}

microseconds InferStats::reported() const {
  MutexLock lock(&mutex_);
  return reported_;
}

bool InferStats::RenewReport() {
  MutexLock lock(&mutex_);
  if (measured_ == 0 || measured_ % kLook != 0) return false;
  const microseconds now = Measure().p95;
  const microseconds moved = now > reported_ ? now - reported_ : reported_ - now;
  if (moved <= std::max(reported_ / 4, kMinMove)) return false;
  reported_ = now;
  return true;
}

}  // namespace infer_gst
