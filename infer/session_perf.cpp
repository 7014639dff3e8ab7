// SPDX-License-Identifier: Apache-2.0
// What a session tells of its speed. Without record-perf: nothing.
#include <chrono>
#include <cstdio>
#include <utility>

#include "infer/executor.h"
#include "infer/session.h"

namespace infer_server {

using devices::MutexLock;

std::map<std::string, LatencyStatistic> Session::Latency() const {
  LatencyMeters meters;  // Worked out without the lock.
  {
    MutexLock lock(&mutex_);
    meters = stats_.latencies();
  }
  return ReadByName(meters, executor_->chain().stage_names);
}

LatencyStatistic Session::Latency(const std::string& tag) const {
  LatencyMeter meter;
  {
    MutexLock lock(&mutex_);
    const TagMeter* found = stats_.FindTag(tag);
    if (found != nullptr) meter = found->latency;
  }
  return meter.Read();
}

ThroughoutStatistic Session::Throughout(const std::string* tag) const {
  MutexLock lock(&mutex_);
  const RateMeter* meter = &stats_.total();
  if (tag != nullptr) {
    const TagMeter* found = stats_.FindTag(*tag);
    if (found == nullptr) return ThroughoutStatistic();
    meter = &found->rate;
  }
  return meter->Read(std::chrono::steady_clock::now());
}

#if INFER_RECORD_PERF

namespace {

float Milliseconds(std::int64_t nanoseconds) { return static_cast<float>(nanoseconds) * 1e-6f; }

template <typename... Values>
void Print(std::string* to, const char* format, Values... values) {
  char text[160];
  std::snprintf(text, sizeof text, format, values...);
  *to += text;
}

}  // namespace

void Session::StartReport(Timer* timer, const devices::Clock* clock) {
  auto report = std::make_shared<PerfReport>([this] { return Figures(); }, timer, clock);
  timer->Add(report);
  report_timer_ = timer;
  report_ = std::move(report);
}

// Empty when nothing was answered.
std::string Session::Figures() const {
  const ThroughoutStatistic rates = Throughout(nullptr);
  if (rates.request_cnt == 0) return "";
  std::string line = "session '" + desc_.name + "'";
  Print(&line, ": %u requests, %.1f/s, of %u items, %.1f/s; in the last 2 s %.1f/s of %.1f/s",
        rates.request_cnt, static_cast<double>(rates.rps), rates.unit_cnt,
        static_cast<double>(rates.ups), static_cast<double>(rates.rps_rt),
        static_cast<double>(rates.ups_rt));
  line += "; ms p50/p95/p99/max:";
  for (const auto& [name, ms] : Latency()) {
    line += " " + name;
    Print(&line, " %.2f/%.2f/%.2f/%.2f", static_cast<double>(ms.p50), static_cast<double>(ms.p95),
          static_cast<double>(ms.p99), static_cast<double>(ms.max));
  }
  return line;
}

void Session::MeasureDropped(const Req* request) {
  const auto now = std::chrono::steady_clock::now();
  stats_.Total()->Dropped(now);
  if (request->tag_meter != nullptr) request->tag_meter->rate.Dropped(now);
}

void Session::Measure(Req* request) {
  const auto now = std::chrono::steady_clock::now();
  request->latency_ns = std::chrono::nanoseconds(now - request->accepted).count();
  stats_.Total()->Answered(now, request->items);
  LatencyMeters& meters = *stats_.Latencies();
  for (std::size_t i = 0; i < kStages; ++i)
    meters[i].Add(Milliseconds(request->stage_ns[i].load(std::memory_order_relaxed)),
                  request->items);
  meters[kStages].Add(Milliseconds(request->latency_ns), 1);
  if (request->tag_meter != nullptr) {
    request->tag_meter->rate.Answered(now, request->items);
    request->tag_meter->latency.Add(Milliseconds(request->latency_ns), 1);
  }
  if (report_ != nullptr) report_->Answered();
}

void Session::MakePerf(Req* request) {
  auto& perf = request->output->perf;
  const auto& names = executor_->chain().stage_names;
  for (std::size_t i = 0; i < kStages; ++i)
    perf[names[i]] = Milliseconds(request->stage_ns[i].load(std::memory_order_relaxed));
  if (names[0] == names[2])  // Put together.
    perf[names[0]] += Milliseconds(request->stage_ns[0].load(std::memory_order_relaxed));
  perf["RequestLatency"] = Milliseconds(request->latency_ns);
}

#else

void Session::StartReport(Timer*, const devices::Clock*) {}
std::string Session::Figures() const { return ""; }
void Session::MeasureDropped(const Req*) {}
void Session::Measure(Req*) {}
void Session::MakePerf(Req*) {}

#endif

}  // namespace infer_server
