// SPDX-License-Identifier: Apache-2.0
// Stages that go on without a worker.
#include <chrono>

#include "infer/executor.h"
#include "infer/stage_call.h"

namespace infer_server {

// The batch is somebody else's from Leave() on.
Task* Executor::Begin(Batch* batch, AsyncStage* stage) {
  batch->BeginStage();
  const Processor& processor = *batch->engine()->processor(batch->stage());
  batch->begun = std::chrono::steady_clock::now();
  batch->away.Begin();
  const std::uint32_t timeout = chain_.engine_timeout;
  CallWatch* const watch = Watch(batch);
  const Status status = CallStage(processor, [&] { return stage->Begin(batch->package(), batch); });
  if (watch != nullptr && !watch->End()) {  // Not ours any more, but this call's, until it ends.
    if (status == Status::SUCCESS)
      CallStage(processor, [&] { return stage->End(batch->package(), timeout); });
    return nullptr;
  }
  if (status == Status::SUCCESS) return batch->away.Leave() ? nullptr : End(batch, stage);
  batch->away.End();
  batch->AddTime(std::chrono::steady_clock::now() - batch->begun);
  NoteFailure(processor, status);
  return Advance(batch, status);
}

Task* Executor::End(Batch* batch, AsyncStage* stage) {
  const Processor& processor = *batch->engine()->processor(batch->stage());
  const std::uint32_t late = batch->away.late() ? chain_.engine_timeout : 0;
  CallWatch* const watch = Watch(batch);
  const Status status = CallStage(processor, [&] { return stage->End(batch->package(), late); });
  if (watch != nullptr && !watch->End()) return nullptr;
  batch->away.End();
  batch->AddTime((late > 0 ? std::chrono::steady_clock::now() : batch->returned) - batch->begun);
  if (status != Status::SUCCESS || HaveExplanation()) NoteFailure(processor, status);
  return Advance(batch, status);
}

void Executor::Resume(Batch* batch) { scheduler_->Push(batch); }

}  // namespace infer_server
