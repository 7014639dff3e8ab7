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

RateMeter* SessionStats::OfTag(const std::string& tag) {
  const auto it = tags_.find(tag);
  if (it != tags_.end()) return &it->second;
  return tags_.size() < kMeasuredTags ? &tags_[tag] : nullptr;
}

const RateMeter* SessionStats::FindTag(const std::string& tag) const {
  const auto it = tags_.find(tag);
  return it == tags_.end() ? nullptr : &it->second;
}

void SessionStats::AddLatency(std::size_t stage, float ms, std::uint32_t items) {
  if (items == 0) return;
  LatencyStatistic& latency = latency_[stage];
  const float each = ms / static_cast<float>(items);
  latency.unit_cnt += items;
  latency.total += ms;
  latency.max = std::max(latency.max, each);
  latency.min = std::min(latency.min, each);
}

std::map<std::string, LatencyStatistic> SessionStats::Latency(
    const std::array<std::string, kStages>& names) const {
  std::map<std::string, LatencyStatistic> by_name;
  for (std::size_t i = 0; i <= kStages; ++i) {
    const LatencyStatistic& from = latency_[i];
    if (from.unit_cnt == 0) continue;
    LatencyStatistic& to = by_name[i < kStages ? names[i] : "RequestLatency"];
    to.unit_cnt += from.unit_cnt;
    to.total += from.total;
    to.max = std::max(to.max, from.max);
    to.min = std::min(to.min, from.min);
  }
  return by_name;
}

}  // namespace infer_server
