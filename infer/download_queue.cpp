// SPDX-License-Identifier: Apache-2.0
#include "infer/download_queue.h"

#include <chrono>

namespace infer_server {

using devices::MutexLock;

namespace {
// How long somebody who cancels while another thread downloads waits at most.
constexpr std::chrono::milliseconds kTick(100);
}  // namespace

DownloadQueue& DownloadQueue::Shared() {
  static auto* const queue = new DownloadQueue;
  return *queue;
}

DownloadQueue::Turn::Turn(DownloadQueue* queue, const std::string& path, const std::string& terms)
    : queue_(queue), path_(path) {
  auto ticket = std::make_shared<Ticket>();
  ticket->terms = terms;
  MutexLock lock(&queue_->mutex_);
  const auto added = queue_->under_way_.emplace(path_, std::move(ticket));
  ticket_ = added.first->second;
  first_ = added.second;
}

DownloadQueue::Turn::~Turn() {
  if (first_ && !ticket_->done) Done(devices::Status(devices::Code::kCancelled, "given up"));
}

void DownloadQueue::Turn::Done(const devices::Status& status) {
  MutexLock lock(&queue_->mutex_);
  ticket_->status = status;
  ticket_->done = true;
  queue_->under_way_.erase(path_);
  queue_->changed_.notify_all();
}

bool DownloadQueue::Turn::Wait(const std::function<bool(std::uint64_t, std::uint64_t)>& tick) {
  for (;;) {
    if (!tick(ticket_->received, ticket_->total)) return false;
    MutexLock lock(&queue_->mutex_);
    if (!ticket_->done) lock.WaitUntil(&queue_->changed_, std::chrono::steady_clock::now() + kTick);
    if (ticket_->done) return true;
  }
}

}  // namespace infer_server
