// SPDX-License-Identifier: Apache-2.0
#include "infer/call_watch.h"

#include <utility>

#include "devices/base/call_name.h"

namespace infer_server {

using devices::MutexLock;

namespace {

thread_local CallWatch* here = nullptr;

}  // namespace

CallWatch* CallWatch::Here() { return here; }

void CallWatch::Bind(CallWatch* watch) {
  here = watch;
  devices::CallName::TellTo(watch == nullptr ? nullptr : &watch->function_);
}

bool CallWatch::Change(Phase from, Phase to) {
  std::uint64_t now = state_.load();
  while ((now & kPhases) == from)
    if (state_.compare_exchange_weak(now, (now & ~std::uint64_t{kPhases}) | to)) return true;
  return false;
}

std::uint64_t CallWatch::Begin(bool inside) {
  const std::uint64_t number = (state_.load() >> 2) + 1;
  state_.store(number << 2 | (inside ? kInside : kOutside));
  return number;
}

bool CallWatch::End() { return Change(kInside, kIdle) || Change(kOutside, kIdle); }

void CallWatch::Return() {
  std::unique_ptr<Orphan> orphan;  // Destroyed without the lock.
  MutexLock lock(&mutex_);
  while (orphan_ == nullptr) lock.Wait(&kept_);
  orphan = std::move(orphan_);
  lock.Unlock();
}

bool CallWatch::GiveUp(std::uint64_t number) {
  std::uint64_t inside = number << 2 | kInside;
  return state_.compare_exchange_strong(inside, number << 2 | kGivenUp);
}

void CallWatch::Keep(std::unique_ptr<Orphan> orphan) {
  MutexLock lock(&mutex_);
  orphan_ = std::move(orphan);
  kept_.notify_all();
}

bool CallWatch::During(std::uint64_t number) const {
  const std::uint64_t now = state_.load();
  return now >> 2 == number && (now & kPhases) != kIdle && (now & kPhases) != kGivenUp;
}

WatchedCall::WatchedCall() : watch_(CallWatch::Here()) {
  mine_ = watch_ != nullptr && watch_->Change(CallWatch::kOutside, CallWatch::kInside);
}

bool WatchedCall::Leave() {
  if (watch_ == nullptr) return true;
  if (mine_) {
    mine_ = false;
    static_cast<void>(watch_->Change(CallWatch::kInside, CallWatch::kOutside));
  }
  return !watch_->given_up();
}

}  // namespace infer_server
