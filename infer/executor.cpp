// SPDX-License-Identifier: Apache-2.0
#include "infer/executor.h"

#include <algorithm>
#include <utility>

#include "devices/base/log.h"
#include "infer/explain.h"
#include "infer/session.h"
#include "infer/stage_call.h"

namespace infer_server {

using devices::Duration;
using devices::MutexLock;
using devices::TimePoint;

namespace {

TimePoint DeadlineOf(const Request& request) {
  return request.max_delay == Duration::max() ? TimePoint::max()
                                              : request.arrival + request.max_delay;
}

// Processes the batch's items, and sees to it that all are left.
Status Process(Processor* processor, const Batch& batch) {
  const Status status = processor->Process(batch.package());
  const std::size_t left = batch.package()->data.size();
  if (status != Status::SUCCESS || left == batch.expected()) return status;
  return Explain(Status::ERROR_BACKEND, processor->TypeName() + "::Process() left " +
                                            std::to_string(left) + " items of " +
                                            std::to_string(batch.expected()) +
                                            "; it must leave them all, null where one has failed");
}

}  // namespace

Executor::Executor(Chain chain, Scheduler* scheduler, Timer* timer, const devices::Clock* clock)
    : chain_(std::move(chain)),
      max_batch_(chain_.max_batch),
      timeout_(std::chrono::milliseconds(chain_.engine_timeout)),
      scheduler_(scheduler),
      timer_(timer),
      clock_(clock) {}

Executor::~Executor() = default;

void Executor::AddEngine(std::unique_ptr<EngineChain> engine) {
  TaskList ready;
  {
    MutexLock lock(&mutex_);
    if (prototype_[0] == nullptr) prototype_ = engine->processors();
    engines_.push_back(std::move(engine));
    Dispatch(&ready);
  }
  scheduler_->Push(&ready);
}

std::size_t Executor::engine_count() const {
  MutexLock lock(&mutex_);
  return engines_.size();
}

std::size_t Executor::Chunks(const Request& request) const {
  return (request.items - request.taken + max_batch_ - 1) / max_batch_;
}

void Executor::Push(Request* request, const std::atomic<int>& flushing) {
  TaskList ready;
  MutexLock lock(&mutex_);
  if (request->discarded.load(std::memory_order_relaxed)) {  // By then, Purge() has been here.
    lock.Unlock();
    if (request->FinishItems(request->items)) request->session->Finished(request, false);
    return;
  }
  request->arrival = clock_->Now();
  request->taken = 0;
  queue_.PushBack(request);
  queued_ += request->items;
  chunks_ += Chunks(*request);
  if (flushing.load() > 0) flush_ = queued_;
  if (request->max_delay != Duration::max() &&
      (urgent_ == nullptr || DeadlineOf(*request) < DeadlineOf(*urgent_)))
    urgent_ = request;
  shortest_delay_ = std::min(shortest_delay_, request->max_delay);
  if (engines_.empty()) {  // All hang.
    Mend(&ready);
    if (broken_) timer_->Arm(clock_->Now());
  }
  Dispatch(&ready);
  lock.Unlock();
  scheduler_->Push(&ready);
}

void Executor::Flush() {
  TaskList ready;
  {
    MutexLock lock(&mutex_);
    flush_ = queued_;
    Dispatch(&ready);
  }
  scheduler_->Push(&ready);
}

void Executor::Purge() {
  RequestQueue dropped;
  MutexLock lock(&mutex_);
  for (Request* request = queue_.front(); request != nullptr;) {
    Request* const next = RequestQueue::After(request);
    if (request->discarded.load(std::memory_order_relaxed)) {
      const std::size_t left = request->items - request->taken;
      queue_.Remove(request);
      queued_ -= left;
      chunks_ -= Chunks(*request);
      flush_ = std::min(flush_, queued_);
      dropped.PushBack(request);
    }
    request = next;
  }
  if (!dropped.empty()) FindUrgent();
  lock.Unlock();
  while (Request* request = dropped.PopFront())
    if (request->FinishItems(request->items - request->taken))
      request->session->Finished(request, false);
}

TimePoint Executor::OnTime(TimePoint now) {
  TaskList ready, homeless;
  RequestQueue dropped;
  std::vector<Lost> lost;
  TimePoint next = TimePoint::max();
  if (timeout_ > Duration::zero()) CountLost();
  {
    MutexLock lock(&mutex_);
    if (timeout_ > Duration::zero()) next = Expire(now, &ready, &lost);
    if (broken_ && engines_.empty()) DropAll(&dropped, &homeless);
    Dispatch(&ready);
    if (urgent_ != nullptr && DeadlineOf(*urgent_) > now)
      next = std::min(next, DeadlineOf(*urgent_));
  }
  scheduler_->Push(&ready);
  Bury(&lost);
  Answer(&dropped, &homeless, Status::TIMEOUT);
  return next;
}

BatchDecision Executor::Decide() {
  if (chain_.strategy == BatchStrategy::STATIC) return {chunks_ > pending_, Duration::max()};
  const std::size_t claimed = pending_ * max_batch_;
  const std::size_t free = queued_ > claimed ? queued_ - claimed : 0;
  BatchLimits limits;
  limits.max_items = max_batch_;
  // Part of a batch is decided on only when no other waits for its items: Fill() asks again.
  if (pending_ > 0 || urgent_ == nullptr || free == 0)
    return DecideBatch(limits, free, Duration::zero(), pending_ == 0 && flush_ > 0);
  limits.max_delay = urgent_->max_delay;
  return DecideBatch(limits, free, clock_->Now() - urgent_->arrival, flush_ > 0);
}

// Gives batches to engines for as long as there are both.
void Executor::Dispatch(TaskList* ready) {
  while (std::shared_ptr<EngineChain> engine = FreeEngine()) {
    const BatchDecision decision = Decide();
    if (!decision.send) {
      if (decision.wait != Duration::max()) timer_->Arm(DeadlineOf(*urgent_));
      return;
    }
    Batch* batch = NewBatch(engine);
    batch->order.priority = chain_.priority;
    batch->order.age = AgeBehindPending();
    engine->AddBatch();
    engine->Enter(0, batch);
    ++pending_;
    ready->PushBack(batch);
  }
}

// The age of the first item that the batches decided before will leave.
std::uint64_t Executor::AgeBehindPending() const {
  const bool whole = chain_.strategy == BatchStrategy::STATIC;
  std::size_t left = whole ? pending_ : pending_ * max_batch_;
  const Request* request = queue_.front();
  for (const Request* r = request; r != nullptr; r = RequestQueue::After(r)) {
    request = r;
    const std::size_t has = whole ? Chunks(*r) : r->items - r->taken;
    if (has > left) break;
    left -= has;
  }
  return request->age;
}

// The engine with the fewest batches, so that side by side comes before one behind the other.
std::shared_ptr<EngineChain> Executor::FreeEngine() const {
  const std::shared_ptr<EngineChain>* best = nullptr;
  for (const auto& engine : engines_)
    if (engine->Accepts() && (best == nullptr || engine->batches() < (*best)->batches()))
      best = &engine;
  return best == nullptr ? nullptr : *best;
}

Batch* Executor::NewBatch(std::shared_ptr<EngineChain> engine) {
  if (spare_.empty()) {
    batches_.push_back(std::make_unique<Batch>(this, max_batch_));
    spare_.reserve(batches_.size());
    spare_.push_back(batches_.back().get());
  }
  Batch* batch = spare_.back();
  spare_.pop_back();
  ++live_;
  batch->Reset(std::move(engine));
  return batch;
}

void Executor::Recycle(Batch* batch) {
  batch->deadline = TimePoint::max();
  spare_.push_back(batch);
  ForgetLive();
}

void Executor::TakeItems(Batch* batch) {
  while (Request* request = queue_.front()) {
    const auto count = static_cast<std::uint32_t>(
        std::min<std::size_t>(max_batch_ - batch->size(), request->items - request->taken));
    batch->Take(request, request->taken, count);
    Taken(request, count);
    if (batch->size() == max_batch_ || chain_.strategy == BatchStrategy::STATIC) return;
  }
}

void Executor::Taken(Request* request, std::size_t count) {
  chunks_ -= Chunks(*request);
  request->taken += static_cast<std::uint32_t>(count);
  chunks_ += Chunks(*request);
  queued_ -= count;
  flush_ -= std::min(flush_, count);
  if (request->taken < request->items) return;
  queue_.Remove(request);
  if (request == urgent_) FindUrgent();
}

// The queue is in order of arrival: what arrived so late that even the shortest delay ends after
// the deadline found, need not be looked at. With one delay for all that is everything but the
// first.
void Executor::FindUrgent() {
  urgent_ = nullptr;
  if (queue_.empty()) shortest_delay_ = Duration::max();
  if (shortest_delay_ == Duration::max()) return;
  for (const Request* r = queue_.front(); r != nullptr; r = RequestQueue::After(r)) {
    if (urgent_ != nullptr && r->arrival + shortest_delay_ >= DeadlineOf(*urgent_)) return;
    if (r->max_delay != Duration::max() &&
        (urgent_ == nullptr || DeadlineOf(*r) < DeadlineOf(*urgent_)))
      urgent_ = r;
  }
}

// False when others have taken the items: the batch is then gone.
bool Executor::Fill(Batch* batch) {
  Scheduler* const scheduler = scheduler_;  // Without a batch under way, this object may go.
  TaskList ready;
  bool filled = false;
  std::shared_ptr<EngineChain> gone;  // Let go of without the lock.
  {
    MutexLock lock(&mutex_);
    --pending_;
    TakeItems(batch);
    filled = batch->size() > 0;
    if (!filled) {
      // One that is run again item by item may have come back to this stage meanwhile.
      if (Task* parked = batch->engine()->Leave(0)) ready.PushBack(parked);
      batch->engine()->RemoveBatch();
      gone = batch->MoveTo(nullptr);
      Recycle(batch);
    }
    Dispatch(&ready);
  }
  scheduler->Push(&ready);
  return filled;
}

Task* Executor::RunStage(Batch* batch) {
  if (batch->size() == 0 && !Fill(batch)) return nullptr;
  if (AsyncStage* stage = batch->engine()->async(batch->stage()))
    return batch->away.here() ? Begin(batch, stage) : End(batch, stage);
  batch->BeginStage();
  Processor* processor = batch->engine()->processor(batch->stage());
#if INFER_RECORD_PERF
  const TimePoint start = std::chrono::steady_clock::now();
#endif
  CallWatch* const watch = Watch(batch);
  const Status status = CallStage(*processor, [&] { return Process(processor, *batch); });
  if (watch != nullptr && !watch->End()) return nullptr;  // Not ours any more, nor is this object.
#if INFER_RECORD_PERF
  batch->AddTime(std::chrono::steady_clock::now() - start);
#endif
  if (status != Status::SUCCESS || HaveExplanation()) NoteFailure(*processor, status);
  return Advance(batch, status);
}

void Executor::NoteFailure(const Processor& processor, Status status) {
  std::string why = TakeExplanation();
  if (why.empty()) {
    why = processor.TypeName() + "::Process() returned " + StatusStr(status);
    INFER_LOG(kError, "session", why);
  }
  if (status != Status::SUCCESS) failures_.fetch_add(1, std::memory_order_relaxed);
  MutexLock lock(&mutex_);
  last_error_.swap(why);
}

std::string Executor::last_error() const {
  MutexLock lock(&mutex_);
  return last_error_;
}

Task* Executor::Advance(Batch* batch, Status status) {
  Scheduler* const scheduler = scheduler_;  // Once the batch is parked, others may finish it, and
                                            // this object may go.
  const std::size_t stage = batch->stage();
  const std::shared_ptr<EngineChain> engine = batch->engine();
  const bool finished = batch->EndStage(status);
  TaskList ready;
  Task* next = nullptr;
  {
    MutexLock lock(&mutex_);
    Task* parked = engine->Leave(stage);
    if (finished)
      engine->RemoveBatch();
    else if (engine->retired())
      Rehome(batch, &ready);
    else if (engine->Enter(batch->stage(), batch))
      next = batch;
    // The device comes first: it has nothing to do.
    if (next != nullptr && parked != nullptr && engine->async(stage) != nullptr)
      std::swap(parked, next);
    if (parked != nullptr) ready.PushBack(parked);
    Dispatch(&ready);
  }
  scheduler->Push(&ready);
  if (finished) Finish(batch);
  return next;
}

// The engine's slot is free by now: a slow consumer costs no engine.
void Executor::Finish(Batch* batch) {
  batch->Deliver([](Request* request) { request->session->Finished(request, true); });
  batch->LetGoOfEngine();
  MutexLock lock(&mutex_);
  Recycle(batch);
}

void Executor::Close() {
  std::vector<std::shared_ptr<EngineChain>> engines;  // Destroyed without the lock.
  EngineChain::Processors prototype;
  MutexLock lock(&mutex_);
  while (live_ > 0) lock.Wait(&idle_);
  engines.swap(engines_);
  prototype.swap(prototype_);
  lock.Unlock();
}

}  // namespace infer_server
