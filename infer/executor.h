// SPDX-License-Identifier: Apache-2.0
// The engines of one kind of session, and the batcher in front of them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <string>
#include <vector>

#include "devices/base/clock.h"
#include "devices/base/mutex.h"
#include "infer/async_stage.h"
#include "infer/batch.h"
#include "infer/batch_policy.h"
#include "infer/chain.h"
#include "infer/engine.h"
#include "infer/scheduler.h"
#include "infer/timer.h"

namespace infer_server {

// Shared by the sessions whose chains are equal: their items fill batches together (DYNAMIC), each
// item with its own session's deadline. Thread-safe.
//
// A batch gets its items when a worker takes it up, not when it is decided: while it waits for a
// worker, it grows.
class Executor final : public Timed {
 public:
  // The references must outlive it.
  Executor(Chain chain, Scheduler* scheduler, Timer* timer, const devices::Clock* clock);
  ~Executor() override;

  const Chain& chain() const { return chain_; }
  std::size_t max_batch() const { return max_batch_; }
  const std::vector<std::size_t>& RowBytes(std::size_t stage) const {
    return stage == 2 ? chain_.output_bytes : chain_.input_bytes;
  }

  void AddEngine(std::unique_ptr<EngineChain> engine) INFER_EXCLUDES(mutex_);
  std::size_t engine_count() const INFER_EXCLUDES(mutex_);

  // Queues the items of `request` (at least one). They do not wait for others while `flushing` is
  // positive. It is read under the lock: whoever raises it and then calls Flush() has seen to all
  // items, queued before or after.
  void Push(Request* request, const std::atomic<int>& flushing) INFER_EXCLUDES(mutex_);
  // What is queued now does not wait for others any more.
  void Flush() INFER_EXCLUDES(mutex_);
  // Takes the items of discarded requests out of the queue, and finishes them.
  void Purge() INFER_EXCLUDES(mutex_);

  devices::TimePoint OnTime(devices::TimePoint now) override INFER_EXCLUDES(mutex_);
  // Runs the stage `batch` is at, or begins or ends it; what Batch::Run() does.
  Task* RunStage(Batch* batch) INFER_EXCLUDES(mutex_);
  // A device is done with `batch`: a worker ends the stage. Does not block.
  void Resume(Batch* batch);

  // Waits until no batch is under way and destroys the engines. REQUIRES: no more Push().
  void Close() INFER_EXCLUDES(mutex_);

  // Batches of which a stage failed.
  std::uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }
  // Why a stage failed last; empty when none did.
  std::string last_error() const INFER_EXCLUDES(mutex_);

 private:
  // A call that was given up: what is left to do without the lock.
  struct Lost {
    std::shared_ptr<CallWatch> watch;
    std::unique_ptr<Batch> batch;  // Null: an engine was being made.
    std::string why;
  };
  class MendTask final : public Task {
   public:
    explicit MendTask(Executor* executor) : executor_(executor) {}
    Task* Run() override;

   private:
    Executor* const executor_;
  };

  bool Fill(Batch* batch) INFER_EXCLUDES(mutex_);
  Task* Begin(Batch* batch, AsyncStage* stage) INFER_EXCLUDES(mutex_);
  Task* End(Batch* batch, AsyncStage* stage) INFER_EXCLUDES(mutex_);
  // The watch of the calling worker, told of the stage that begins; null without engine_timeout.
  CallWatch* Watch(Batch* batch) INFER_EXCLUDES(mutex_);
  devices::TimePoint Expire(devices::TimePoint now, TaskList* ready, std::vector<Lost>* lost)
      INFER_REQUIRES(mutex_);
  std::string WhyLost(const Batch& batch) const;
  void CountLost() INFER_EXCLUDES(mutex_);
  void ForgetLive() INFER_REQUIRES(mutex_);
  void Retire(const std::shared_ptr<EngineChain>& engine, TaskList* ready) INFER_REQUIRES(mutex_);
  std::shared_ptr<EngineChain> Rehome(Batch* batch, TaskList* ready) INFER_REQUIRES(mutex_);
  void Mend(TaskList* ready) INFER_REQUIRES(mutex_);
  Task* MakeEngine() INFER_EXCLUDES(mutex_);
  void DropAll(RequestQueue* requests, TaskList* batches) INFER_REQUIRES(mutex_);
  void Answer(RequestQueue* requests, TaskList* batches, Status status) INFER_EXCLUDES(mutex_);
  void Bury(std::vector<Lost>* lost) INFER_EXCLUDES(mutex_);
  void NoteFailure(const Processor& processor, Status status) INFER_EXCLUDES(mutex_);
  Task* Advance(Batch* batch, Status status) INFER_EXCLUDES(mutex_);
  void Finish(Batch* batch) INFER_EXCLUDES(mutex_);
  void Dispatch(TaskList* ready) INFER_REQUIRES(mutex_);
  BatchDecision Decide() INFER_REQUIRES(mutex_);
  std::uint64_t AgeBehindPending() const INFER_REQUIRES(mutex_);
  void TakeItems(Batch* batch) INFER_REQUIRES(mutex_);
  void Taken(Request* request, std::size_t count) INFER_REQUIRES(mutex_);
  void FindUrgent() INFER_REQUIRES(mutex_);
  std::shared_ptr<EngineChain> FreeEngine() const INFER_REQUIRES(mutex_);
  Batch* NewBatch(std::shared_ptr<EngineChain> engine) INFER_REQUIRES(mutex_);
  void Recycle(Batch* batch) INFER_REQUIRES(mutex_);
  std::size_t Chunks(const Request& request) const;

  const Chain chain_;
  const std::size_t max_batch_;
  const devices::Duration timeout_;  // Of a stage that is away; 0 = none.
  Scheduler* const scheduler_;
  Timer* const timer_;
  const devices::Clock* const clock_;
  std::atomic<std::uint64_t> failures_{0};

  mutable devices::Mutex mutex_;
  std::condition_variable idle_;
  std::vector<std::shared_ptr<EngineChain>> engines_ INFER_GUARDED_BY(mutex_);  // In service.
  RequestQueue queue_ INFER_GUARDED_BY(mutex_);
  std::size_t queued_ INFER_GUARDED_BY(mutex_) = 0;   // Items in queue_ not taken.
  std::size_t chunks_ INFER_GUARDED_BY(mutex_) = 0;   // Batches they make by themselves (STATIC).
  std::size_t flush_ INFER_GUARDED_BY(mutex_) = 0;    // Of queued_, from the front: do not wait.
  std::size_t pending_ INFER_GUARDED_BY(mutex_) = 0;  // Batches decided that have no items yet.
  // The request in queue_ that is late first; null when none has a deadline.
  const Request* urgent_ INFER_GUARDED_BY(mutex_) = nullptr;
  // No request in queue_ has a shorter one.
  devices::Duration shortest_delay_ INFER_GUARDED_BY(mutex_) = devices::Duration::max();
  std::size_t live_ INFER_GUARDED_BY(mutex_) = 0;  // Batches not in spare_.
  std::vector<std::unique_ptr<Batch>> batches_ INFER_GUARDED_BY(mutex_);
  std::vector<Batch*> spare_ INFER_GUARDED_BY(mutex_);
  std::string last_error_ INFER_GUARDED_BY(mutex_);

  // When calls do not return.
  EngineChain::Processors prototype_ INFER_GUARDED_BY(mutex_);  // What new engines are forked from.
  TaskList homeless_ INFER_GUARDED_BY(mutex_);                  // Batches that wait for an engine.
  bool too_many_lost_ INFER_GUARDED_BY(mutex_) = false;         // Threads, at the last OnTime().
  bool broken_ INFER_GUARDED_BY(mutex_) = false;                // No more engines are made.
  bool mending_ INFER_GUARDED_BY(mutex_) = false;               // One is being made, and by whom:
  std::shared_ptr<CallWatch> mend_watch_ INFER_GUARDED_BY(mutex_);
  std::uint64_t mend_call_ INFER_GUARDED_BY(mutex_) = 0;
  devices::TimePoint mend_deadline_ INFER_GUARDED_BY(mutex_);
  MendTask mend_task_{this};
};

}  // namespace infer_server
