// SPDX-License-Identifier: Apache-2.0
// How times are spread, in bounded memory.
#pragma once

#include <array>
#include <cstdint>

namespace infer_server {

// Counts times in buckets whose width is a sixteenth of the power of two they are in: a quantile is
// off by 1/32 at most, from 128 ns to 36 minutes (what is longer counts as that). 2 KB, nothing
// allocated. Not thread-safe.
class LatencyHistogram {
 public:
  // `count` units took `ms` each.
  void Add(float ms, std::uint32_t count);
  void Merge(const LatencyHistogram& other);
  // The time, in ms, that the part `q` (0 to 1) of all units took at most; 0 without any.
  float Quantile(double q) const;

 private:
  static constexpr std::size_t kSteps = 16;  // Buckets to a power of two.
  static constexpr std::size_t kPowers = 31;

  static std::size_t BucketOf(float ms);
  static float MiddleOf(std::size_t bucket);
  void Halve();

  std::array<std::uint32_t, kSteps * kPowers> counts_{};
  std::uint64_t total_ = 0;  // Their sum, less than 2^32.
};

}  // namespace infer_server
