// SPDX-License-Identifier: Apache-2.0
#include "devices/mlu/soft/queue.h"

#include <utility>
#include <vector>

namespace infer_server::devices::mlu {
namespace {

soft::HandleTable<Queue>& Queues() {
  static soft::HandleTable<Queue>& queues = *new soft::HandleTable<Queue>(1);
  return queues;
}

soft::HandleTable<Notifier>& Notifiers() {
  static soft::HandleTable<Notifier>& notifiers = *new soft::HandleTable<Notifier>(2);
  return notifiers;
}

std::shared_ptr<Notifier> FindNotifier(cnrtNotifier_t notifier, const char* function) {
  std::shared_ptr<Notifier> found = Notifiers().Find(notifier);
  if (found == nullptr)
    Fail(CNRT_RET_ERR_NOTIFIER, function, "notifier %p does not exist (any more)",
         static_cast<void*>(notifier));
  return found;
}

cnrtRet_t NoQueue(cnrtQueue_t queue, const char* function) {
  return Fail(CNRT_RET_ERR_QUEUE, function, "queue %p does not exist (any more)",
              static_cast<void*>(queue));
}

// What a synchronise gives, with the function that is to be blamed for what the queue did.
cnrtRet_t ReportWork(int code, const char* function) {
  if (code == 0) return CNRT_RET_SUCCESS;
  return Fail(static_cast<cnrtRet_t>(code), function, "work in the queue failed");
}

}  // namespace

uint64_t Notifier::Begin() {
  MutexLock lock(&mutex_);
  pending_.insert(++begun_);
  return begun_;
}

void Notifier::Complete(uint64_t placement) {
  {
    MutexLock lock(&mutex_);
    pending_.erase(placement);
    if (placement == begun_) time_ = std::chrono::steady_clock::now();
  }
  changed_.notify_all();
}

uint64_t Notifier::newest() const {
  MutexLock lock(&mutex_);
  return begun_;
}

void Notifier::Wait(uint64_t placement) {
  MutexLock lock(&mutex_);
  while (pending_.count(placement) != 0) lock.Wait(&changed_);
}

bool Notifier::DoneAt(Time* time) const {
  MutexLock lock(&mutex_);
  if (begun_ == 0 || pending_.count(begun_) != 0) return false;
  *time = time_;
  return true;
}

cnrtRet_t NewQueue(int device, cnrtQueue_t* queue, const char* function) {
  if (Queues().size() >= kMostQueues)
    return Fail(CNRT_RET_ERR_NORES, function, "there are %zu queues already; destroy some",
                kMostQueues);
  *queue = static_cast<cnrtQueue_t>(Queues().Add(std::make_shared<Queue>(device)));
  return CNRT_RET_SUCCESS;
}

std::shared_ptr<Queue> FindQueue(cnrtQueue_t queue, const char* function) {
  std::shared_ptr<Queue> found = Queues().Find(queue);
  if (found == nullptr) NoQueue(queue, function);
  return found;
}

void EndAllQueues() {
  const std::vector<std::shared_ptr<Queue>> all = Queues().TakeAll();
  // All first: one may wait for a notifier in another.
  for (const std::shared_ptr<Queue>& queue : all) queue->work.Abort();
  for (const std::shared_ptr<Queue>& queue : all) queue->work.Close(false);
  Notifiers().TakeAll();
}

}  // namespace infer_server::devices::mlu

using namespace infer_server::devices::mlu;

cnrtRet_t cnrtCreateQueue(cnrtQueue_t* queue) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(queue);
  int device = 0;
  MLU_RETURN_IF_ERROR(CurrentDevice(&device, __func__));
  return NewQueue(device, queue, __func__);
}

cnrtRet_t cnrtDestroyQueue(cnrtQueue_t queue) {
  MLU_ENTRY();
  const std::shared_ptr<Queue> taken = Queues().Find(queue);
  if (taken == nullptr) return NoQueue(queue, __func__);
  // It stays in the table while it drains, so that cnrtDestroy() can end a hang in it.
  taken->work.Close(true);
  return Queues().Take(queue) == nullptr ? NoQueue(queue, __func__) : CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtSyncQueue(cnrtQueue_t queue) {
  MLU_ENTRY();
  const std::shared_ptr<Queue> found = FindQueue(queue, __func__);
  if (found == nullptr) return CNRT_RET_ERR_QUEUE;
  return ReportWork(found->work.Synchronize(), __func__);
}

cnrtRet_t cnrtQueryQueue(cnrtQueue_t queue) {
  MLU_ENTRY();
  const std::shared_ptr<Queue> found = FindQueue(queue, __func__);
  if (found == nullptr) return CNRT_RET_ERR_QUEUE;
  return found->work.Idle() ? CNRT_RET_SUCCESS : CNRT_RET_ERR_NOT_READY;
}

cnrtRet_t cnrtSyncDevice() {
  MLU_ENTRY();
  int device = 0;
  MLU_RETURN_IF_ERROR(CurrentDevice(&device, __func__));
  int first = 0;
  for (const std::shared_ptr<Queue>& queue : Queues().All()) {
    if (queue->device != device) continue;
    const int code = queue->work.Synchronize();
    if (first == 0) first = code;
  }
  return ReportWork(first, __func__);
}

cnrtRet_t cnrtCreateNotifier(cnrtNotifier_t* notifier) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(notifier);
  int device = 0;
  MLU_RETURN_IF_ERROR(CurrentDevice(&device, __func__));
  *notifier = static_cast<cnrtNotifier_t>(Notifiers().Add(std::make_shared<Notifier>()));
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtDestroyNotifier(cnrtNotifier_t* notifier) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(notifier);
  if (Notifiers().Take(*notifier) == nullptr)
    return MLU_FAIL(CNRT_RET_ERR_NOTIFIER, "notifier %p does not exist (any more)",
                    static_cast<void*>(*notifier));
  *notifier = nullptr;
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtPlaceNotifier(cnrtNotifier_t notifier, cnrtQueue_t queue) {
  QueuedFault fault;
  MLU_ENTRY_QUEUED(&fault);
  const std::shared_ptr<Notifier> found = FindNotifier(notifier, __func__);
  if (found == nullptr) return CNRT_RET_ERR_NOTIFIER;
  const std::shared_ptr<Queue> to = FindQueue(queue, __func__);
  if (to == nullptr) return CNRT_RET_ERR_QUEUE;
  const uint64_t placement = found->Begin();
  const auto complete = [found, placement] { found->Complete(placement); };
  const bool queued = to->work.Push(
      fault,
      [complete] {
        complete();
        return 0;
      },
      complete);
  return queued ? CNRT_RET_SUCCESS : NoQueue(queue, __func__);
}

cnrtRet_t cnrtQueryNotifier(cnrtNotifier_t notifier) {
  MLU_ENTRY();
  const std::shared_ptr<Notifier> found = FindNotifier(notifier, __func__);
  if (found == nullptr) return CNRT_RET_ERR_NOTIFIER;
  Notifier::Time time;
  return found->DoneAt(&time) ? CNRT_RET_SUCCESS : CNRT_RET_ERR_NOT_READY;
}

cnrtRet_t cnrtWaitNotifier(cnrtNotifier_t notifier) {
  MLU_ENTRY();
  const std::shared_ptr<Notifier> found = FindNotifier(notifier, __func__);
  if (found == nullptr) return CNRT_RET_ERR_NOTIFIER;
  found->Wait(found->newest());
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtQueueWaitNotifier(cnrtNotifier_t notifier, cnrtQueue_t queue, unsigned int flags) {
  QueuedFault fault;
  MLU_ENTRY_QUEUED(&fault);
  if (flags != 0) return MLU_FAIL(CNRT_RET_ERR_INVALID, "flags is %u, must be 0", flags);
  const std::shared_ptr<Notifier> found = FindNotifier(notifier, __func__);
  if (found == nullptr) return CNRT_RET_ERR_NOTIFIER;
  const std::shared_ptr<Queue> to = FindQueue(queue, __func__);
  if (to == nullptr) return CNRT_RET_ERR_QUEUE;
  // Placements made later are not waited for, so that queues cannot wait for each other in a ring.
  const uint64_t placement = found->newest();
  const bool queued = to->work.Push(fault, [found, placement] {
    found->Wait(placement);
    return 0;
  });
  return queued ? CNRT_RET_SUCCESS : NoQueue(queue, __func__);
}

cnrtRet_t cnrtNotifierDuration(cnrtNotifier_t start, cnrtNotifier_t end, float* us) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(us);
  const std::shared_ptr<Notifier> from = FindNotifier(start, __func__);
  const std::shared_ptr<Notifier> to = from == nullptr ? nullptr : FindNotifier(end, __func__);
  if (to == nullptr) return CNRT_RET_ERR_NOTIFIER;
  Notifier::Time began, ended;
  if (!from->DoneAt(&began) || !to->DoneAt(&ended))
    return MLU_FAIL(
        CNRT_RET_ERR_NOT_READY,
        "both notifiers must have been placed in a queue, and the queues have got to them");
  *us = std::chrono::duration<float, std::micro>(ended - began).count();
  return CNRT_RET_SUCCESS;
}
