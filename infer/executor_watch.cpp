// SPDX-License-Identifier: Apache-2.0
// Calls of stages that do not return: their batches are answered, their engines replaced.
#include <algorithm>
#include <utility>

#include "devices/base/log.h"
#include "infer/executor.h"
#include "infer/explain.h"
#include "infer/lost_threads.h"
#include "infer/session.h"

namespace infer_server {

using devices::Duration;
using devices::MutexLock;
using devices::TimePoint;

namespace {

// With so many threads of the process away, no more engines are made to lose more.
constexpr std::size_t kMostLost = 16;
// Shortest time that a new engine may take.
constexpr std::chrono::seconds kMendTime(5);

// The device may call back for the batch until the engine is gone.
struct LostBatch final : Orphan {
  explicit LostBatch(std::unique_ptr<Batch> lost) : batch(std::move(lost)) {}
  ~LostBatch() override { batch->LetGoOfEngine(); }
  const std::unique_ptr<Batch> batch;
};

}  // namespace

CallWatch* Executor::Watch(Batch* batch) {
  CallWatch* const watch = timeout_ > Duration::zero() ? CallWatch::Here() : nullptr;
  if (watch == nullptr) return nullptr;
  MutexLock lock(&mutex_);
  batch->watch = watch->shared_from_this();
  batch->call = watch->Begin(!batch->engine()->borrows(batch->stage()));
  batch->deadline = clock_->Now() + timeout_;
  timer_->Arm(batch->deadline);
  return watch;
}

// Has workers end what should be back, and gives up the calls that should have returned. Returns
// when the next will be late.
TimePoint Executor::Expire(TimePoint now, TaskList* ready, std::vector<Lost>* lost) {
  TimePoint next = TimePoint::max();
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    Batch* const batch = batches_[i].get();
    if (batch->deadline == TimePoint::max()) continue;
    if (batch->deadline > now) {
      next = std::min(next, batch->deadline);
    } else if (batch->away.Expire()) {
      ready->PushBack(batch);
    } else if (batch->watch->GiveUp(batch->call)) {
      lost->push_back({batch->watch, std::move(batches_[i]), WhyLost(*batch)});
      batches_[i] = std::move(batches_.back());
      batches_.pop_back();
      --i;
      Retire(batch->engine(), ready);
      ForgetLive();
    } else if (batch->watch->During(batch->call) || batch->away.beginning()) {
      next = std::min(next, now + timeout_);  // It may only be given up at times.
    }
  }
  if (mend_watch_ != nullptr && mend_deadline_ > now) {
    next = std::min(next, mend_deadline_);
  } else if (mend_watch_ != nullptr && mend_watch_->GiveUp(mend_call_)) {
    lost->push_back({std::move(mend_watch_), nullptr,
                     "the device did not give a new engine in place of one that hangs"});
    mend_watch_.reset();
    broken_ = true;
    mending_ = false;
    ForgetLive();
  }
  return next;
}

std::string Executor::WhyLost(const Batch& batch) const {
  const char* const function = batch.watch->function();
  return batch.engine()->processor(batch.stage())->TypeName() + ": " +
         (function != nullptr ? std::string(function) + " did not return" : "it did not return") +
         " within " + std::to_string(chain_.engine_timeout) +
         " ms; its engine is out of service, and a new one takes its place";
}

void Executor::CountLost() {
  const bool too_many = LostThreads::Count() + 1 >= kMostLost;
  MutexLock lock(&mutex_);
  too_many_lost_ = too_many;
}

void Executor::ForgetLive() {
  if (--live_ == 0) idle_.notify_all();
}

// Takes the engine out of service. The batches that wait in it go elsewhere.
void Executor::Retire(const std::shared_ptr<EngineChain>& engine, TaskList* ready) {
  for (auto& one : engines_) {
    if (one != engine) continue;
    one = std::move(engines_.back());
    engines_.pop_back();
    break;
  }
  if (engine->retired()) return;
  broken_ = broken_ || too_many_lost_;
  for (Task* parked : engine->Retire()) Rehome(static_cast<Batch*>(parked), ready);  // It is held.
  Mend(ready);
}

// Gives a batch of a retired engine to another, or keeps it for the next. Returns the one it
// leaves, which may go, but not under the lock.
std::shared_ptr<EngineChain> Executor::Rehome(Batch* batch, TaskList* ready) {
  const std::shared_ptr<EngineChain>* best = nullptr;
  for (const auto& engine : engines_)
    if (best == nullptr || engine->batches() < (*best)->batches()) best = &engine;
  if (best == nullptr) {
    homeless_.PushBack(batch);
    Mend(ready);
    if (broken_) timer_->Arm(clock_->Now());  // It is answered there.
    return nullptr;
  }
  std::shared_ptr<EngineChain> before = batch->MoveTo(*best);
  (*best)->AddBatch();
  if ((*best)->Enter(batch->stage(), batch)) ready->PushBack(batch);
  return before;
}

// Has a worker make an engine.
void Executor::Mend(TaskList* ready) {
  if (mending_ || broken_) return;
  mending_ = true;
  ++live_;  // Close() waits.
  mend_task_.order.priority = chain_.priority;
  mend_task_.order.age = 0;
  ready->PushBack(&mend_task_);
}

Task* Executor::MendTask::Run() { return executor_->MakeEngine(); }

Task* Executor::MakeEngine() {
  CallWatch* const watch = CallWatch::Here();
  EngineChain::Processors prototype;
  {
    MutexLock lock(&mutex_);
    prototype = prototype_;
    mend_watch_ = watch->shared_from_this();
    mend_call_ = watch->Begin(true);
    mend_deadline_ = clock_->Now() + std::max<Duration>(kMendTime, 10 * timeout_);
    timer_->Arm(mend_deadline_);
  }
  auto made = ForkProcessors(prototype);
  if (!watch->End()) return nullptr;  // Whether it was made or not; this object may be gone.
  std::shared_ptr<EngineChain> engine;
  if (made.ok()) engine = std::make_shared<EngineChain>(std::move(made).value());
  TaskList ready;
  RequestQueue dropped;
  TaskList lost;
  std::vector<std::shared_ptr<EngineChain>> gone;
  Scheduler* const scheduler = scheduler_;
  MutexLock lock(&mutex_);
  mend_watch_.reset();
  mending_ = false;
  if (engine != nullptr) {
    engines_.push_back(engine);
    while (Task* batch = homeless_.PopFront())
      gone.push_back(Rehome(static_cast<Batch*>(batch), &ready));
    Dispatch(&ready);
  } else {
    last_error_ = "no new engine in place of one that hangs: " + made.status().message();
    if (engines_.empty()) DropAll(&dropped, &lost);
  }
  lock.Unlock();
  scheduler->Push(&ready);
  Answer(&dropped, &lost, Status::ERROR_BACKEND);
  lock.Lock();
  ForgetLive();
  return nullptr;
}

// Takes out all that no engine will ever run.
void Executor::DropAll(RequestQueue* requests, TaskList* batches) {
  while (Request* request = queue_.PopFront()) requests->PushBack(request);
  while (Task* batch = homeless_.PopFront()) batches->PushBack(batch);
  queued_ = chunks_ = flush_ = 0;
  FindUrgent();
}

// Fails what was taken out. Without the lock.
void Executor::Answer(RequestQueue* requests, TaskList* batches, Status status) {
  const auto finish = [](Request* request) { request->session->Finished(request, false); };
  while (Task* task = batches->PopFront()) {
    auto* const batch = static_cast<Batch*>(task);
    batch->Abandon(status, finish);
    batch->Clear();
    MutexLock lock(&mutex_);
    Recycle(batch);
  }
  while (Request* request = requests->PopFront()) {
    const std::uint32_t left = request->items - request->taken;
    for (std::uint32_t i = request->taken; i < request->items; ++i)
      request->output->data[i].reset();
    request->Fail(status);
    if (request->FinishItems(left)) finish(request);
  }
}

// Sees to the calls given up: answers, then leaves all that they use to them.
void Executor::Bury(std::vector<Lost>* lost) {
  for (Lost& call : *lost) {
    Explain(Status::TIMEOUT, call.why);
    TakeExplanation();
    failures_.fetch_add(1, std::memory_order_relaxed);
    {
      MutexLock lock(&mutex_);
      last_error_ = call.why;
    }
    std::unique_ptr<Orphan> orphan = std::make_unique<Orphan>();
    if (call.batch != nullptr) {
      call.batch->Abandon(Status::TIMEOUT,
                          [](Request* request) { request->session->Finished(request, false); });
      orphan = std::make_unique<LostBatch>(std::move(call.batch));
    }
    call.watch->Keep(std::move(orphan));
    scheduler_->Replace(call.watch.get());
  }
}

}  // namespace infer_server
