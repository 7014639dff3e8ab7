// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/event.h"

#include <algorithm>

#include "devices/acl/soft/stream.h"

namespace infer_server::devices::acl {

uint64_t Event::BeginRecord() {
  MutexLock lock(&mutex_);
  recorded_ = true;
  return ++begun_;
}

void Event::Complete(uint64_t record) {
  std::vector<std::shared_ptr<Stream>> ready;
  {
    MutexLock lock(&mutex_);
    done_ = std::max(done_, record);
    time_ = std::chrono::steady_clock::now();
    auto keep = waiters_.begin();
    for (Waiter& waiter : waiters_) {
      if (waiter.record <= done_)
        ready.push_back(std::move(waiter.stream));
      else
        *keep++ = std::move(waiter);
    }
    waiters_.erase(keep, waiters_.end());
  }
  changed_.notify_all();
  for (const std::shared_ptr<Stream>& stream : ready) stream->Resume(ACL_SUCCESS);
}

void Event::Reset() {
  MutexLock lock(&mutex_);
  if (done_ == begun_) recorded_ = false;
}

uint64_t Event::newest() const {
  MutexLock lock(&mutex_);
  return recorded_ ? begun_ : 0;
}

bool Event::Recorded() const {
  MutexLock lock(&mutex_);
  return recorded_ && done_ == begun_;
}

bool Event::Done(uint64_t record) const {
  MutexLock lock(&mutex_);
  return done_ >= record;
}

bool Event::Wait(uint64_t record, int timeout_ms) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(std::max(timeout_ms, 0));
  MutexLock lock(&mutex_);
  while (done_ < record) {
    if (timeout_ms < 0)
      lock.Wait(&changed_);
    else if (!lock.WaitUntil(&changed_, deadline) && done_ < record)
      return false;
  }
  return true;
}

bool Event::DoneOrResume(uint64_t record, std::shared_ptr<Stream> stream) {
  MutexLock lock(&mutex_);
  if (done_ >= record) return true;
  waiters_.push_back({record, std::move(stream)});
  return false;
}

bool Event::Withdraw(const Stream* stream) {
  std::shared_ptr<Stream> held;
  MutexLock lock(&mutex_);
  const auto found = std::find_if(waiters_.begin(), waiters_.end(), [=](const Waiter& waiter) {
    return waiter.stream.get() == stream;
  });
  if (found == waiters_.end()) return false;
  held = std::move(found->stream);
  waiters_.erase(found);
  lock.Unlock();
  held.reset();
  lock.Lock();
  return true;
}

bool Event::CompletedAt(Time* time) const {
  MutexLock lock(&mutex_);
  if (!recorded_ || done_ != begun_) return false;
  *time = time_;
  return true;
}

HandleTable<Event>& Events() {
  static HandleTable<Event>& events = *new HandleTable<Event>(3);
  return events;
}

}  // namespace infer_server::devices::acl
