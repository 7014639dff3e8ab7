// SPDX-License-Identifier: Apache-2.0
#include "infer/latency_histogram.h"

#include <algorithm>
#include <limits>

namespace infer_server {

namespace {

constexpr float kTicksPerMs = 1e6f / 128;
constexpr std::uint64_t kMostUnits = std::numeric_limits<std::uint32_t>::max();

int Log2(std::uint64_t value) { return 63 - __builtin_clzll(value); }

}  // namespace

std::size_t LatencyHistogram::BucketOf(float ms) {
  if (!(ms > 0)) return 0;
  // Bound before the conversion: a float beyond the range of the integer has no defined value.
  const auto ticks = static_cast<std::uint64_t>(std::min(ms, 1e10f) * kTicksPerMs);
  if (ticks < kSteps) return static_cast<std::size_t>(ticks);
  const int shift = Log2(ticks) - 4;
  const std::size_t step = static_cast<std::size_t>(ticks >> shift) - kSteps;
  return std::min((static_cast<std::size_t>(shift) + 1) * kSteps + step, kSteps * kPowers - 1);
}

float LatencyHistogram::MiddleOf(std::size_t bucket) {
  if (bucket < kSteps) return (static_cast<float>(bucket) + 0.5f) / kTicksPerMs;
  const std::size_t shift = bucket / kSteps - 1;
  const auto width = static_cast<float>(std::uint64_t{1} << shift);
  return (static_cast<float>(kSteps + bucket % kSteps) + 0.5f) * width / kTicksPerMs;
}

void LatencyHistogram::Add(float ms, std::uint32_t count) {
  while (total_ + count > kMostUnits) Halve();
  counts_[BucketOf(ms)] += count;
  total_ += count;
}

// The recent weighs more from then on; the shape stays.
void LatencyHistogram::Halve() {
  total_ = 0;
  for (std::uint32_t& count : counts_) total_ += count /= 2;
}

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  LatencyHistogram from = other;
  while (total_ + from.total_ > kMostUnits) {
    Halve();
    from.Halve();
  }
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += from.counts_[i];
  total_ += from.total_;
}

float LatencyHistogram::Quantile(double q) const {
  if (total_ == 0) return 0;
  const double wanted = std::clamp(q, 0.0, 1.0) * static_cast<double>(total_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (counts_[i] > 0 && static_cast<double>(seen) >= wanted) return MiddleOf(i);
  }
  return MiddleOf(counts_.size() - 1);
}

}  // namespace infer_server
