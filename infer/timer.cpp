// SPDX-License-Identifier: Apache-2.0
#include "infer/timer.h"

#include <algorithm>

namespace infer_server {

using devices::Clock;
using devices::MutexLock;
using devices::TimePoint;

Timer::Timer(const Clock& clock)
    : clock_(clock),
      earliest_hint_(TimePoint::max().time_since_epoch().count()),
      thread_("is-timer", [this] { Work(); }) {}

Timer::~Timer() {
  {
    MutexLock lock(&mutex_);
    stop_ = true;
    changed_.notify_all();
  }
  thread_.Join();
}

void Timer::Add(const std::shared_ptr<Timed>& timed) {
  MutexLock lock(&mutex_);
  all_.push_back(timed);
}

void Timer::Remove(const Timed* timed) {
  std::shared_ptr<Timed> removed;  // Let go of without the lock.
  MutexLock lock(&mutex_);
  for (auto& entry : all_) {
    if (entry.get() != timed) continue;
    removed = std::move(entry);
    entry = std::move(all_.back());
    all_.pop_back();
    break;
  }
  lock.Unlock();
}

void Timer::SetEarliest(TimePoint time) {
  earliest_ = time;
  earliest_hint_.store(time.time_since_epoch().count(), std::memory_order_relaxed);
}

void Timer::Arm(TimePoint deadline) {
  if (deadline.time_since_epoch().count() >= earliest_hint_.load(std::memory_order_relaxed)) return;
  MutexLock lock(&mutex_);
  if (deadline >= earliest_) return;
  SetEarliest(deadline);
  changed_.notify_one();
}

void Timer::Wake() {
  MutexLock lock(&mutex_);
  changed_.notify_one();
}

void Timer::Work() {
  std::vector<std::shared_ptr<Timed>> round;
  MutexLock lock(&mutex_);
  while (!stop_) {
    const TimePoint now = clock_.Now();
    if (earliest_ == TimePoint::max()) {
      lock.Wait(&changed_);
      continue;
    }
    if (earliest_ > now) {  // By the real clock, whatever the clock asked: it may be a test's.
      lock.WaitUntil(&changed_, std::chrono::steady_clock::now() + (earliest_ - now));
      continue;
    }
    SetEarliest(TimePoint::max());  // From here on every Arm() is seen.
    round = all_;
    lock.Unlock();
    TimePoint next = TimePoint::max();
    for (const auto& timed : round) next = std::min(next, timed->OnTime(now));
    round.clear();
    Arm(next);
    lock.Lock();
  }
}

}  // namespace infer_server
