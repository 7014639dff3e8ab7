// SPDX-License-Identifier: Apache-2.0
// What a session measures of itself. Behind GetLatency() and GetThroughout().
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "devices/base/clock.h"
#include "infer/latency_histogram.h"
#include "infer/request.h"
#include "infer_server.h"

namespace infer_server {

// Tags whose rates one session keeps apart; requests of further tags count in the total only.
inline constexpr std::size_t kMeasuredTags = 1024;

// Counts requests and items over the time that at least one was outstanding. Not thread-safe.
class RateMeter {
 public:
  void Accepted(devices::TimePoint now);
  void Answered(devices::TimePoint now, std::uint32_t items);
  // Outstanding no more, without an answer.
  void Dropped(devices::TimePoint now);
  ThroughoutStatistic Read(devices::TimePoint now) const;

 private:
  // One quarter of a second of the recent past.
  struct Slice {
    std::int64_t number = -1;
    std::uint32_t requests = 0, items = 0;
  };
  void Leave(devices::TimePoint now);

  std::uint32_t requests_ = 0, items_ = 0;
  std::uint32_t outstanding_ = 0;
  devices::TimePoint since_{};  // Valid while outstanding_ > 0.
  devices::Duration active_{};
  std::array<Slice, 9> slices_;  // The 2 s window and the slice under way.
};

// Times of units: their figures and how they are spread. Not thread-safe.
class LatencyMeter {
 public:
  // `units` took `ms` in all.
  void Add(float ms, std::uint32_t units);
  void Merge(const LatencyMeter& other);
  LatencyStatistic Read() const;

 private:
  LatencyStatistic sums_;  // Without quantiles.
  LatencyHistogram spread_;
};

// Of the stages, then of whole requests.
using LatencyMeters = std::array<LatencyMeter, kStages + 1>;

// By name; stages of one name are put together.
std::map<std::string, LatencyStatistic> ReadByName(const LatencyMeters& meters,
                                                   const std::array<std::string, kStages>& names);

// What is measured of one tag.
struct TagMeter {
  RateMeter rate;
  LatencyMeter latency;
};

// Not thread-safe: the session's lock guards it.
class SessionStats {
 public:
  RateMeter* Total() { return &total_; }
  const RateMeter& total() const { return total_; }
  LatencyMeters* Latencies() { return &latencies_; }
  const LatencyMeters& latencies() const { return latencies_; }
  // Null when kMeasuredTags are there already. Stays valid.
  TagMeter* OfTag(const std::string& tag);
  const TagMeter* FindTag(const std::string& tag) const;

 private:
  RateMeter total_;
  std::map<std::string, TagMeter> tags_;
  LatencyMeters latencies_;
};

}  // namespace infer_server
