// SPDX-License-Identifier: Apache-2.0
#include "infer/perf_report.h"

#include <utility>

#include "devices/base/log.h"

namespace infer_server {

using devices::MutexLock;
using devices::TimePoint;

PerfReport::PerfReport(std::function<std::string()> describe, Timer* timer,
                       const devices::Clock* clock)
    : describe_(std::move(describe)), timer_(timer), clock_(clock) {}

void PerfReport::Arm() {
  MutexLock lock(&mutex_);
  if (stopped_ || due_ != TimePoint::max()) return;
  due_ = clock_->Now() + kPeriod;
  armed_.store(true, std::memory_order_relaxed);
  timer_->Arm(due_);
}

TimePoint PerfReport::OnTime(TimePoint now) {
  {
    MutexLock lock(&mutex_);
    if (stopped_ || due_ > now) return due_;
    due_ = TimePoint::max();  // Answers from here on make a line of their own.
    armed_.store(false, std::memory_order_relaxed);
    writing_ = true;
  }
  Write();
  MutexLock lock(&mutex_);
  writing_ = false;
  written_.notify_all();
  return due_;
}

void PerfReport::Stop() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    due_ = TimePoint::max();
    while (writing_) lock.Wait(&written_);
  }
  Write();
}

void PerfReport::Write() const {
  if (!devices::LogEnabled(devices::LogLevel::kInfo)) return;
  const std::string line = describe_();
  if (!line.empty()) INFER_LOG(kInfo, "perf", line);
}

}  // namespace infer_server
