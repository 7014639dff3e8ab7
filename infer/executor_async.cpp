// SPDX-License-Identifier: Apache-2.0
// Stages that go on without a worker.
#include <algorithm>
#include <chrono>

#include "infer/executor.h"
#include "infer/stage_call.h"

namespace infer_server {

using devices::Duration;
using devices::MutexLock;
using devices::TimePoint;

// The batch is somebody else's from Leave() on.
Task* Executor::Begin(Batch* batch, AsyncStage* stage) {
  batch->BeginStage();
  const Processor& processor = *batch->engine()->processor(batch->stage());
  batch->begun = std::chrono::steady_clock::now();
  batch->away.Begin();
  if (timeout_ > Duration::zero()) SetDeadline(batch);
  const Status status = CallStage(processor, [&] { return stage->Begin(batch->package(), batch); });
  if (status == Status::SUCCESS) return batch->away.Leave() ? nullptr : End(batch, stage);
  batch->away.End();
  batch->AddTime(std::chrono::steady_clock::now() - batch->begun);
  NoteFailure(processor, status);
  return Advance(batch, status);
}

Task* Executor::End(Batch* batch, AsyncStage* stage) {
  const Processor& processor = *batch->engine()->processor(batch->stage());
  const std::uint32_t late = batch->away.late() ? chain_.engine_timeout : 0;
  const Status status = CallStage(processor, [&] { return stage->End(batch->package(), late); });
  batch->away.End();
  batch->AddTime((late > 0 ? std::chrono::steady_clock::now() : batch->returned) - batch->begun);
  if (status != Status::SUCCESS || HaveExplanation()) NoteFailure(processor, status);
  return Advance(batch, status);
}

void Executor::Resume(Batch* batch) { scheduler_->Push(batch); }

void Executor::SetDeadline(Batch* batch) {
  MutexLock lock(&mutex_);
  batch->deadline = clock_->Now() + timeout_;
  timer_->Arm(batch->deadline);
}

// Has workers end what should be back. Returns when the next will be late.
TimePoint Executor::Expire(TimePoint now, TaskList* ready) {
  TimePoint next = TimePoint::max();
  for (const auto& batch : batches_) {
    if (batch->away.here() || batch->deadline == TimePoint::max()) continue;
    if (batch->deadline > now)
      next = std::min(next, batch->deadline);
    else if (batch->away.Expire())
      ready->PushBack(batch.get());
    else
      next = std::min(next, now + timeout_);  // Just beginning, or back.
  }
  return next;
}

}  // namespace infer_server
