// SPDX-License-Identifier: Apache-2.0
#include "infer/session_stats.h"

#include <algorithm>

namespace infer_server {

using devices::TimePoint;

namespace {

constexpr int kSlicesPerWindow = 8;
constexpr auto kSlice = std::chrono::milliseconds(250);

std::int64_t SliceNumber(TimePoint now) { return now.time_since_epoch() / kSlice; }

}  // namespace

void RateMeter::Accepted(TimePoint now) {
  if (outstanding_++ == 0) since_ = now;
}

void RateMeter::Leave(TimePoint now) {
  if (--outstanding_ == 0) active_ += now - since_;
}

void RateMeter::Dropped(TimePoint now) { Leave(now); }

void RateMeter::Answered(TimePoint now, std::uint32_t items) {
  ++requests_;
  items_ += items;
  const std::int64_t number = SliceNumber(now);
  Slice& slice = slices_[static_cast<std::size_t>(number) % slices_.size()];
  if (slice.number != number) slice = Slice{number, 0, 0};
  ++slice.requests;
  slice.items += items;
  Leave(now);
}

ThroughoutStatistic RateMeter::Read(TimePoint now) const {
  ThroughoutStatistic read;
  read.request_cnt = requests_;
  read.unit_cnt = items_;
  const auto active = active_ + (outstanding_ > 0 ? now - since_ : devices::Duration::zero());
  const float seconds = std::chrono::duration<float>(active).count();
  if (seconds > 0) {
    read.rps = static_cast<float>(requests_) / seconds;
    read.ups = static_cast<float>(items_) / seconds;
  }
  const std::int64_t number = SliceNumber(now);
  for (const Slice& slice : slices_) {
    if (slice.number <= number - kSlicesPerWindow || slice.number > number) continue;
    read.rps_rt += static_cast<float>(slice.requests);
    read.ups_rt += static_cast<float>(slice.items);
  }
  const float window = std::chrono::duration<float>(kSlice * kSlicesPerWindow).count();
  read.rps_rt /= window;
  read.ups_rt /= window;
  return read;
}

void LatencyMeter::Add(float ms, std::uint32_t units) {
  if (units == 0) return;
  const float each = ms / static_cast<float>(units);
  sums_.unit_cnt += units;
  sums_.total += ms;
  sums_.max = std::max(sums_.max, each);
  sums_.min = std::min(sums_.min, each);
  spread_.Add(each, units);
}

void LatencyMeter::Merge(const LatencyMeter& other) {
  sums_.unit_cnt += other.sums_.unit_cnt;
  sums_.total += other.sums_.total;
  sums_.max = std::max(sums_.max, other.sums_.max);
  sums_.min = std::min(sums_.min, other.sums_.min);
  spread_.Merge(other.spread_);
}

LatencyStatistic LatencyMeter::Read() const {
  LatencyStatistic read = sums_;
  if (read.unit_cnt == 0) return read;
  const auto quantile = [&](double q) {
    return std::clamp(spread_.Quantile(q), read.min, read.max);
  };
  read.p50 = quantile(0.5);
  read.p95 = quantile(0.95);
  read.p99 = quantile(0.99);
  return read;
}

std::map<std::string, LatencyStatistic> ReadByName(const LatencyMeters& meters,
                                                   const std::array<std::string, kStages>& names) {
  std::map<std::string, LatencyMeter> merged;
  for (std::size_t i = 0; i <= kStages; ++i)
    merged[i < kStages ? names[i] : "RequestLatency"].Merge(meters[i]);
  std::map<std::string, LatencyStatistic> by_name;
  for (const auto& [name, meter] : merged) {
    const LatencyStatistic read = meter.Read();
    if (read.unit_cnt > 0) by_name[name] = read;
  }
  return by_name;
}

TagMeter* SessionStats::OfTag(const std::string& tag) {
  const auto it = tags_.find(tag);
  if (it != tags_.end()) return &it->second;
  return tags_.size() < kMeasuredTags ? &tags_[tag] : nullptr;
}

const TagMeter* SessionStats::FindTag(const std::string& tag) const {
  const auto it = tags_.find(tag);
  return it == tags_.end() ? nullptr : &it->second;
}

}  // namespace infer_server
