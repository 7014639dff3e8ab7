// SPDX-License-Identifier: Apache-2.0
// Requests coming in. The answers going out are in session_answer.cpp.
#include "infer/session.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "devices/base/clock.h"
#include "infer/direct_observer.h"
#include "infer/executor.h"
#include "infer/recycle.h"
#include "infer/sync_call.h"

namespace infer_server {

using devices::Duration;
using devices::MutexLock;
using devices::TimePoint;

namespace {

AnswerMode ModeOf(const Observer* observer) {
  if (observer == nullptr) return AnswerMode::kSync;
  return dynamic_cast<const DirectObserver*>(observer) != nullptr ? AnswerMode::kDirect
                                                                  : AnswerMode::kThread;
}

// Timeouts of 0 and below wait for ever.
TimePoint Deadline(int timeout_ms) {
  if (timeout_ms <= 0) return TimePoint::max();
  return devices::DeadlineAfter(std::chrono::milliseconds(timeout_ms));
}

// An empty package takes room too, else there would be no bound on them.
std::size_t CostOf(std::size_t items) { return std::max<std::size_t>(items, 1); }

// Enough for every engine to have a batch at each stage and three times that waiting.
std::size_t BoundOf(const SessionDesc& desc, std::size_t batch) {
  return std::max<std::size_t>(4, 4 * std::size_t{kBatchesPerEngine} * desc.engine_num * batch);
}

}  // namespace

Session::Session(Config config)
    : desc_(std::move(config.desc)),
      observer_(std::move(config.observer)),
      mode_(ModeOf(observer_.get())),
      executor_(std::move(config.executor)),
      scheduler_(config.scheduler),
      ages_(config.ages),
      bound_(BoundOf(desc_, executor_->max_batch())) {
  answer_task_.order.priority = ClampPriority(desc_.priority);
  if (mode_ == AnswerMode::kThread)
    thread_ = devices::Thread("is-resp-" + config.id, [this] { AnswerLoop(); });
}

Session::~Session() { Close(); }

std::string Session::WhyNotContiguous(const Package& input) const {
  const Chain& chain = executor_->chain();
  if (chain.strategy != BatchStrategy::STATIC)
    return "predict_io needs a session of BatchStrategy::STATIC";
  if (input.data.size() > chain.max_batch)
    return "predict_io with " + std::to_string(input.data.size()) +
           " items; the model's batch size is " + std::to_string(chain.max_batch);
  if (chain.pre.type_name != "PreprocessorHost" || chain.pre.params.HaveParam("process_function"))
    return "predict_io needs a PreprocessorHost without process_function";
  const auto* io = any_cast<ModelIO>(&input.predict_io->data);
  if (io == nullptr || io->buffers.size() != chain.input_bytes.size())
    return "predict_io must hold a ModelIO with a buffer for each of the model's " +
           std::to_string(chain.input_bytes.size()) + " inputs";
  for (std::size_t i = 0; i < chain.input_bytes.size(); ++i) {
    const std::size_t need = input.data.size() * chain.input_bytes[i];
    if (io->buffers[i].MemorySize() < need)
      return "predict_io has " + std::to_string(io->buffers[i].MemorySize()) + " bytes for input " +
             std::to_string(i) + "; " + std::to_string(input.data.size()) + " items are " +
             std::to_string(need) + " bytes";
    const Shape expected = chain.model->InputShape(static_cast<int>(i));
    if (i < io->shapes.size() && io->shapes[i].DataCount() != expected.DataCount())
      return "predict_io has items of " + std::to_string(io->shapes[i].DataCount()) +
             " elements for input " + std::to_string(i) + "; expected " +
             std::to_string(expected.DataCount());
  }
  return "";
}

std::string Session::LastError() const { return executor_->last_error(); }

bool Session::Fits(std::size_t cost) const {
  return in_flight_ == 0 || in_flight_ + cost <= bound_;
}

// Waits for room. Each thread waits by an object of its own that lasts: so it can be woken without
// the lock, for which it would wait again. `next`: whom to wake then.
bool Session::Admit(std::size_t cost, TimePoint deadline, MutexLock* lock, WaiterPtr* next) {
  if (closed_) return false;
  const bool fits = (waiters_.empty() || cost <= turn_) && Fits(cost);
  // Whoever answers cannot wait for answers: he may go beyond the bound, up to twice.
  if (fits || AnsweringHere()) {
    if (!fits && in_flight_ + cost > 2 * bound_) return false;
    in_flight_ += cost;
    turn_ -= std::min(turn_, cost);
    return true;
  }
  thread_local const auto waiter = std::make_shared<Waiter>();
  waiter->cost = cost;
  waiter->admitted = false;
  waiters_.PushBack(waiter.get());
  turn_ = 0;
  Wake(AdmitNext());
  while (!waiter->admitted && !closed_) {
    if (deadline == TimePoint::max()) {
      lock->Wait(&waiter->wake);
    } else if (!lock->WaitUntil(&waiter->wake, deadline)) {
      break;
    }
  }
  if (waiter->admitted) {
    waking_ = false;
    return true;
  }
  waiters_.Remove(waiter.get());
  *next = AdmitNext();  // A smaller one behind may fit.
  if (waiters_.empty()) released_.notify_all();
  return false;
}

// Once a quarter of the room is free, the first one is let in and has his turn: the next requests,
// as many as his share of the room, pass those who wait. So who sends many sleeps once for many of
// them, and is alone at it: producers that wake each other for every request cost more than the
// work. Who sends but one does not hold up the others: when only a quarter of the room is taken,
// the next one is let in. One is on his way at a time; his own request's end sees to the next.
Session::WaiterPtr Session::AdmitNext() {
  Waiter* const first = waiters_.front();
  if (first == nullptr || closed_ || waking_ ||
      in_flight_ > (turn_ > 0 ? bound_ / 4 : bound_ - bound_ / 4) || !Fits(first->cost))
    return nullptr;
  waiters_.Remove(first);
  in_flight_ += first->cost;
  first->admitted = waking_ = true;
  turn_ = std::max<std::size_t>(16, bound_ / (waiters_.size() + 1));
  return first->shared_from_this();
}

void Session::Wake(const WaiterPtr& waiter) {
  if (waiter != nullptr) waiter->wake.notify_one();
}

Session::Req* Session::Fetch() {
  if (free_.empty()) {
    requests_.push_back(std::make_unique<Req>(this));
    free_.PushBack(requests_.back().get());
  }
  Req* request = free_.PopFront();
  if (request->output == nullptr || !Unshared(request->output))
    request->output = std::make_shared<Package>();
  return request;
}

// Null when there was no room in time or the session is closed.
Session::Req* Session::Accept(const PackagePtr& input, any user_data, TimePoint deadline,
                              SyncCall* caller) {
  const std::size_t items = input->data.size();
  WaiterPtr next;
  MutexLock lock(&mutex_);
  const bool admitted = Admit(CostOf(items), deadline, &lock, &next);
  if (next != nullptr) {
    lock.Unlock();
    Wake(next);
    lock.Lock();
  }
  if (!admitted) return nullptr;
  Req* request = Fetch();
  request->output->data.resize(items);
  std::move(input->data.begin(), input->data.end(), request->output->data.begin());
  request->output->predict_io = std::move(input->predict_io);
  request->output->tag = input->tag;
  request->tag = input->tag;
  request->user_data = std::move(user_data);
  request->items = static_cast<std::uint32_t>(items);
  request->remaining.store(request->items, std::memory_order_relaxed);
  request->status.store(Status::SUCCESS, std::memory_order_relaxed);
  request->discarded.store(false, std::memory_order_relaxed);
  for (auto& ns : request->stage_ns) ns.store(0, std::memory_order_relaxed);
  request->max_delay =
      desc_.batch_timeout == 0 ? Duration::max() : std::chrono::milliseconds(desc_.batch_timeout);
  request->done = false;
  request->caller = caller;
  request->age = ages_->fetch_add(1, std::memory_order_relaxed);
#if INFER_RECORD_PERF
  request->accepted = std::chrono::steady_clock::now();
  stats_.Total()->Accepted(request->accepted);
  request->tag_meter = stats_.OfTag(request->tag);
  if (request->tag_meter != nullptr) request->tag_meter->rate.Accepted(request->accepted);
#endif
  queue_.PushBack(request);
  return request;
}

void Session::Submit(Req* request) {
  if (request->items == 0)
    Finished(request, false);
  else
    executor_->Push(request, flushing_);
}

bool Session::Request(const PackagePtr& input, any user_data, int timeout_ms) {
  Req* request = Accept(input, std::move(user_data), Deadline(timeout_ms), nullptr);
  if (request == nullptr) return false;
  Submit(request);
  return true;
}

bool Session::RequestSync(const PackagePtr& input, Status* status, const PackagePtr& response,
                          int timeout_ms) {
  const TimePoint deadline = Deadline(timeout_ms);
  SyncCall call;
  Req* request = Accept(input, any(), deadline, &call);
  if (request == nullptr) {
    MutexLock lock(&mutex_);
    if (!closed_) *status = Status::TIMEOUT;
    return false;
  }
  Submit(request);
  if (!Await(request, &call, deadline)) {
    executor_->Purge();
    *status = Status::TIMEOUT;
    return true;
  }
  MakePerf(request);
  *status = request->status.load(std::memory_order_relaxed);
  response->data.swap(request->output->data);
  response->tag = request->tag;
  response->perf = request->output->perf;
  response->predict_io.reset();
  Clear(request);
  MutexLock lock(&mutex_);
  const WaiterPtr next = Release(request);
  lock.Unlock();
  Wake(next);
  return true;
}

// True when the request is answered: it is then the caller's until he releases it. False when it
// was given up: it may be gone already.
bool Session::Await(Req* request, SyncCall* call, TimePoint deadline) {
  MutexLock lock(&mutex_);
  while (!call->answered && !call->discarded) {
    if (deadline == TimePoint::max()) {
      lock.Wait(&call->wake);
    } else if (!lock.WaitUntil(&call->wake, deadline)) {
      break;
    }
  }
  if (call->discarded) return false;
  if (!call->answered) {
    Drop(request);
    return false;
  }
  queue_.Remove(request);
  Measure(request);
  return true;
}

// Takes the request, whose items are still under way, out of the line.
void Session::Drop(Req* request) {
  request->discarded.store(true, std::memory_order_relaxed);
  if (request->caller != nullptr) {
    request->caller->discarded = true;
    request->caller->wake.notify_one();
    request->caller = nullptr;
  }
  queue_.Remove(request);
  dropped_.PushBack(request);
}

bool Session::AnyOf(const std::string& tag, std::uint64_t until) const {
  const auto is = [&](const Req* r) { return r->age < until && r->tag == tag; };
  if (answered_now_ != nullptr && is(answered_now_)) return true;
  for (const RequestList* list : {&queue_, &dropped_})
    for (const Req* r = list->front(); r != nullptr; r = RequestList::After(r))
      if (is(r)) return true;
  return false;
}

void Session::WaitTaskDone(const std::string& tag) {
  if (AnsweringHere()) return;
  Flush(+1);
  {
    MutexLock lock(&mutex_);
    const std::uint64_t until = ages_->load(std::memory_order_relaxed);
    ++release_waiters_;
    while (AnyOf(tag, until)) lock.Wait(&released_);
    --release_waiters_;
  }
  flushing_.fetch_sub(1);
}

void Session::Flush(int hold) {
  flushing_.fetch_add(hold);
  executor_->Flush();
}

void Session::DiscardTask(const std::string& tag) {
  RequestList done;
  MutexLock lock(&mutex_);
  for (Req* request = queue_.front(); request != nullptr;) {
    Req* const next = RequestList::After(request);
    if (request->tag == tag && !request->done) {
      Drop(request);
    } else if (request->tag == tag && !sync()) {
      request->discarded.store(true, std::memory_order_relaxed);
      queue_.Remove(request);
      done.PushBack(request);
    }
    request = next;
  }
  lock.Unlock();
  for (Req* request = done.front(); request != nullptr; request = RequestList::After(request))
    Clear(request);
  WaiterPtr next;
  lock.Lock();
  while (Req* request = done.PopFront())
    if (WaiterPtr admitted = Release(request)) {
      Wake(next);
      next = std::move(admitted);
    }
  lock.Unlock();
  Wake(next);
  executor_->Purge();
  Kick();
}

bool Session::Close() {
  if (AnsweringHere()) return false;
  {
    MutexLock lock(&mutex_);
    if (closed_) return false;
    closed_ = true;
    for (Waiter* w = waiters_.front(); w != nullptr; w = waiters_.After(w)) w->wake.notify_one();
  }
  Flush(+1);
  {
    MutexLock lock(&mutex_);
    ++release_waiters_;
    while (in_flight_ > 0 || answering_ || !waiters_.empty()) lock.Wait(&released_);
    --release_waiters_;
    stop_ = true;
    ready_.notify_all();
  }
  thread_.Join();
  if (report_ != nullptr) {
    report_timer_->Remove(report_.get());
    report_->Stop();
  }
  return true;
}

}  // namespace infer_server
