// SPDX-License-Identifier: Apache-2.0
#include "gst/output_queue.h"

#include <algorithm>

namespace infer_gst {
namespace {

using infer_server::devices::MutexLock;
using infer_server::devices::TimePoint;

bool Restarts(const GstEvent* event) {
  return GST_EVENT_TYPE(event) == GST_EVENT_STREAM_START ||
         GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT;
}

// EOS is how streams end; less than that is an error, and so is nobody being there.
bool IsError(GstFlowReturn flow) { return flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS; }

}  // namespace

OutputQueue::OutputQueue(std::size_t frames) { Grow(std::max<std::size_t>(frames, 1)); }

void OutputQueue::Grow(std::size_t frames) {
  MutexLock lock(&mutex_);
  if (frames <= store_.size()) return;
  // The oldest entry first again, so that the ring can be longer.
  std::rotate(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(head_), ring_.end());
  head_ = 0;
  ring_.resize(frames + kMaxOthers);
  free_.reserve(frames);
  while (store_.size() < frames) {
    store_.push_back(std::make_unique<InFlight>());
    free_.push_back(store_.back().get());
  }
}

void OutputQueue::SetItemBound(std::size_t items) {
  MutexLock lock(&mutex_);
  item_bound_ = std::max<std::size_t>(items, 1);
}

GstFlowReturn OutputQueue::Take(InFlight** frame) {
  MutexLock lock(&mutex_);
  while (true) {
    if (stopped_) return GST_FLOW_FLUSHING;
    if (flow_ != GST_FLOW_OK) return flow_;
    if (!free_.empty()) {
      *frame = free_.back();
      free_.pop_back();
      break;
    }
    if (InFlight* old = FindReclaimable()) {
      *frame = old;
      break;
    }
    lock.Wait(&upstream_);
  }
  (*frame)->dropped = false;
  (*frame)->state = InFlight::State::kAnswered;
  return GST_FLOW_OK;
}

GstFlowReturn OutputQueue::Reserve(InFlight* frame) {
  if (frame->count == 0) return GST_FLOW_OK;
  MutexLock lock(&mutex_);
  while (!stopped_ && items_ != 0 && items_ + frame->count > item_bound_) lock.Wait(&upstream_);
  if (stopped_) return GST_FLOW_FLUSHING;
  items_ += frame->count;
  frame->state = InFlight::State::kWaiting;
  return GST_FLOW_OK;
}

void OutputQueue::PutEntry(const Entry& entry) {
  ring_[(head_ + size_) % ring_.size()] = entry;
  ++size_;
  task_.notify_one();
}

GstFlowReturn OutputQueue::Push(InFlight* frame) {
  MutexLock lock(&mutex_);
  if (stopped_) return GST_FLOW_FLUSHING;
  Entry entry;
  entry.kind = Entry::Kind::kFrame;
  entry.frame = frame;
  PutEntry(entry);
  return GST_FLOW_OK;
}

GstFlowReturn OutputQueue::PushEvent(GstEvent* event) {
  MutexLock lock(&mutex_);
  while (!stopped_ && others_ == kMaxOthers) lock.Wait(&upstream_);
  if (stopped_) return GST_FLOW_FLUSHING;
  const bool restarts = Restarts(event);
  if (restarts) flow_ = GST_FLOW_OK;
  const bool lost = GST_EVENT_TYPE(event) == GST_EVENT_EOS ? IsError(flow_) : flow_ != GST_FLOW_OK;
  if (lost && (!GST_EVENT_IS_STICKY(event) || GST_EVENT_TYPE(event) == GST_EVENT_EOS)) return flow_;
  Entry entry;
  entry.event = event;
  PutEntry(entry);
  ++others_;
  if (restarts) ++restarts_;
  return GST_FLOW_OK;
}

bool OutputQueue::PushQuery(GstQuery* query) {
  MutexLock lock(&mutex_);
  while (!stopped_ && others_ == kMaxOthers) lock.Wait(&upstream_);
  if (stopped_ || flow_ != GST_FLOW_OK) return false;
  Entry entry;
  entry.kind = Entry::Kind::kQuery;
  entry.query = query;
  PutEntry(entry);
  ++others_;
  query_ = Query::kQueued;
  // A running query is still in the task's hands, so even Stop() does not end the wait for that.
  while (query_ == Query::kRunning || (query_ == Query::kQueued && !stopped_))
    lock.Wait(&upstream_);
  const bool answered = query_ == Query::kAnswered;
  if (!answered) {  // Still in the ring: nobody may follow the pointer.
    for (std::size_t i = 0; i < size_; ++i) {
      Entry& queued = ring_[(head_ + i) % ring_.size()];
      if (queued.kind == Entry::Kind::kQuery) queued.query = nullptr;
    }
  }
  query_ = Query::kNone;
  return answered && query_result_;
}

void OutputQueue::Answer(InFlight* frame, infer_server::Status status, TimePoint now) {
  MutexLock lock(&mutex_);
  frame->status = status;
  frame->answered = now;
  frame->state = InFlight::State::kAnswered;
  items_ -= frame->count;
  upstream_.notify_one();
  task_.notify_one();
}

bool OutputQueue::Next(bool dropping, Entry* entry) {
  MutexLock lock(&mutex_);
  while (true) {
    if (stopped_) return false;
    if (dropping && relinked_) {
      relinked_ = false;
      *entry = Entry();
      entry->kind = Entry::Kind::kRelinked;
      return true;
    }
    if (InFlight* old = FindReclaimable()) {
      old->dropped = false;
      *entry = Entry();
      entry->kind = Entry::Kind::kReclaim;
      entry->frame = old;
      return true;
    }
    if (size_ != 0) {
      const Entry& head = ring_[head_];
      if (head.kind != Entry::Kind::kFrame || dropping ||
          head.frame->state == InFlight::State::kAnswered)
        break;
    }
    lock.Wait(&task_);
  }
  *entry = ring_[head_];
  head_ = (head_ + 1) % ring_.size();
  --size_;
  if (entry->kind == Entry::Kind::kFrame) return true;
  --others_;
  if (entry->kind == Entry::Kind::kEvent && Restarts(entry->event)) --restarts_;
  if (entry->kind == Entry::Kind::kQuery) query_ = Query::kRunning;
  upstream_.notify_one();
  return true;
}

bool OutputQueue::Drop(InFlight* frame) {
  MutexLock lock(&mutex_);
  frame->dropped = frame->state == InFlight::State::kWaiting;
  return !frame->dropped;
}

void OutputQueue::GiveBack(InFlight* frame) {
  MutexLock lock(&mutex_);
  frame->state = InFlight::State::kFree;
  frame->dropped = false;
  free_.push_back(frame);
  upstream_.notify_one();
}

void OutputQueue::AnswerQuery(bool result) {
  MutexLock lock(&mutex_);
  query_ = Query::kAnswered;
  query_result_ = result;
  upstream_.notify_one();
}

void OutputQueue::SetFlow(GstFlowReturn flow) {
  MutexLock lock(&mutex_);
  // A queued SEGMENT means that upstream has already begun again: this is of the stream before.
  // So has a peer that came while the last push found none.
  const bool outdated = restarts_ != 0 || (flow == GST_FLOW_NOT_LINKED && relinked_);
  if (!outdated) flow_ = flow;
  upstream_.notify_one();
}

void OutputQueue::Relinked() {
  MutexLock lock(&mutex_);
  relinked_ = true;
  if (flow_ == GST_FLOW_NOT_LINKED) flow_ = GST_FLOW_OK;
  task_.notify_one();
}

void OutputQueue::Start() {
  MutexLock lock(&mutex_);
  stopped_ = false;
  relinked_ = false;
  flow_ = GST_FLOW_OK;
}

void OutputQueue::Stop() {
  MutexLock lock(&mutex_);
  stopped_ = true;
  upstream_.notify_all();
  task_.notify_all();
}

void OutputQueue::Clear(std::vector<GstEvent*>* events) {
  MutexLock lock(&mutex_);
  for (; size_ != 0; --size_, head_ = (head_ + 1) % ring_.size()) {
    const Entry& entry = ring_[head_];
    if (entry.kind == Entry::Kind::kFrame) entry.frame->dropped = true;
    if (entry.kind == Entry::Kind::kEvent) events->push_back(entry.event);
  }
  others_ = 0;
  restarts_ = 0;
}

InFlight* OutputQueue::FindReclaimable() const {
  for (const auto& frame : store_)
    if (frame->dropped && frame->state == InFlight::State::kAnswered) return frame.get();
  return nullptr;
}

InFlight* OutputQueue::Reclaimable() {
  MutexLock lock(&mutex_);
  InFlight* frame = FindReclaimable();
  if (frame != nullptr) frame->dropped = false;
  return frame;
}

std::size_t OutputQueue::frames() const {
  MutexLock lock(&mutex_);
  return store_.size() - free_.size();
}

std::size_t OutputQueue::capacity() const {
  MutexLock lock(&mutex_);
  return store_.size();
}

}  // namespace infer_gst
