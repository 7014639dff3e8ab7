// SPDX-License-Identifier: Apache-2.0
// Events.
#include <atomic>
#include <climits>

#include "devices/acl/soft/context.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/event.h"
#include "devices/acl/soft/fault.h"

namespace infer_server::devices::acl {
namespace {

constexpr uint32_t kAllFlags =
    ACL_EVENT_SYNC | ACL_EVENT_CAPTURE_STREAM_PROGRESS | ACL_EVENT_TIME_LINE;
// Of aclrtStreamWaitEvent, process-wide; -1: no limit.
std::atomic<int> g_wait_ms{-1};

aclError MakeEvent(aclrtEvent* event, uint32_t flags, const char* function) {
  if (event == nullptr) return Fail(ACL_ERROR_INVALID_PARAM, function, "event must not be NULL");
  if (flags == 0 || (flags & ~kAllFlags) != 0)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "flag is 0x%x, must be made of ACL_EVENT_... flags (0x%x)", flags, kAllFlags);
  if (CurrentContext(function) == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  *event = Events().Add(std::make_shared<Event>(flags));
  return ACL_SUCCESS;
}

std::shared_ptr<Event> FindEvent(aclrtEvent event, aclError* code, const char* function) {
  std::shared_ptr<Event> found;
  if (event == nullptr)
    *code = Fail(ACL_ERROR_INVALID_PARAM, function, "event must not be NULL");
  else if (found = Events().Find(event); found == nullptr)
    *code =
        Fail(Events().CodeOfMissing(event), function, "event %p does not exist (any more)", event);
  return found;
}

aclError Wait(aclrtEvent event, int timeout_ms, const char* function) {
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Event> found = FindEvent(event, &code, function);
  if (found == nullptr) return code;
  if (timeout_ms < -1)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "timeout is %d ms, must be -1 (no limit), 0 (look only) or more", timeout_ms);
  if (found->Wait(found->newest(), timeout_ms)) return ACL_SUCCESS;
  return Fail(ACL_ERROR_RT_EVENT_SYNC_TIMEOUT, function, "the event is not done after %d ms",
              timeout_ms);
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError aclrtCreateEvent(aclrtEvent* event) {
  ACL_ENTRY();
  return MakeEvent(event, kAllFlags, __func__);
}

aclError aclrtCreateEventWithFlag(aclrtEvent* event, uint32_t flag) {
  ACL_ENTRY();
  return MakeEvent(event, flag, __func__);
}

aclError aclrtCreateEventExWithFlag(aclrtEvent* event, uint32_t flag) {
  ACL_ENTRY();
  return MakeEvent(event, flag, __func__);
}

aclError aclrtDestroyEvent(aclrtEvent event) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(event);
  if (Events().Take(event) != nullptr) return ACL_SUCCESS;
  return ACL_FAIL(Events().CodeOfMissing(event), "event %p does not exist (any more)", event);
}

aclError aclrtRecordEvent(aclrtEvent event, aclrtStream stream) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  std::shared_ptr<Event> found = FindEvent(event, &code, __func__);
  const std::shared_ptr<Stream> queue =
      found == nullptr ? nullptr : FindStream(stream, &code, __func__);
  if (queue == nullptr) return code;
  queue->PushRecord(std::move(found));
  return ACL_SUCCESS;
}

aclError aclrtResetEvent(aclrtEvent event, aclrtStream stream) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Event> found = FindEvent(event, &code, __func__);
  const std::shared_ptr<Stream> queue =
      found == nullptr ? nullptr : FindStream(stream, &code, __func__);
  if (queue == nullptr) return code;
  queue->PushInstant([found] {
    found->Reset();
    return ACL_SUCCESS;
  });
  return ACL_SUCCESS;
}

aclError aclrtQueryEvent(aclrtEvent event, aclrtEventStatus* status) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(status);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Event> found = FindEvent(event, &code, __func__);
  if (found == nullptr) return code;
  *status = found->Done(found->newest()) ? ACL_EVENT_STATUS_COMPLETE : ACL_EVENT_STATUS_NOT_READY;
  return ACL_SUCCESS;
}

aclError aclrtQueryEventStatus(aclrtEvent event, aclrtEventRecordedStatus* status) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(status);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Event> found = FindEvent(event, &code, __func__);
  if (found == nullptr) return code;
  *status =
      found->Recorded() ? ACL_EVENT_RECORDED_STATUS_COMPLETE : ACL_EVENT_RECORDED_STATUS_NOT_READY;
  return ACL_SUCCESS;
}

aclError aclrtQueryEventWaitStatus(aclrtEvent event, aclrtEventWaitStatus* status) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(status);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Event> found = FindEvent(event, &code, __func__);
  if (found == nullptr) return code;
  *status = found->Done(found->newest()) ? ACL_EVENT_WAIT_STATUS_COMPLETE
                                         : ACL_EVENT_WAIT_STATUS_NOT_READY;
  return ACL_SUCCESS;
}

aclError aclrtSynchronizeEvent(aclrtEvent event) {
  ACL_ENTRY();
  return Wait(event, -1, __func__);
}

aclError aclrtSynchronizeEventWithTimeout(aclrtEvent event, int32_t timeout) {
  ACL_ENTRY();
  return Wait(event, timeout, __func__);
}

aclError aclrtEventElapsedTime(float* ms, aclrtEvent startEvent, aclrtEvent endEvent) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(ms);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Event> start = FindEvent(startEvent, &code, __func__);
  const std::shared_ptr<Event> end =
      start == nullptr ? nullptr : FindEvent(endEvent, &code, __func__);
  if (end == nullptr) return code;
  Event::Time from, to;
  if ((start->flags() & end->flags() & ACL_EVENT_TIME_LINE) == 0 || !start->CompletedAt(&from) ||
      !end->CompletedAt(&to))
    return ACL_FAIL(ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID,
                    "both events must be made with ACL_EVENT_TIME_LINE (aclrtCreateEvent does), "
                    "recorded, and done");
  if (to < from)
    return ACL_FAIL(ACL_ERROR_RT_EVENT_TIMESTAMP_REVERSAL, "endEvent was done before startEvent");
  *ms = std::chrono::duration<float, std::milli>(to - from).count();
  return ACL_SUCCESS;
}

aclError aclrtStreamWaitEvent(aclrtStream stream, aclrtEvent event) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  std::shared_ptr<Event> found = FindEvent(event, &code, __func__);
  const std::shared_ptr<Stream> queue =
      found == nullptr ? nullptr : FindStream(stream, &code, __func__);
  if (queue == nullptr) return code;
  // Records queued later are not waited for.
  const uint64_t record = found->newest();
  queue->PushWait(std::move(found), record, g_wait_ms);
  return ACL_SUCCESS;
}

aclError aclrtSetOpWaitTimeout(uint32_t timeout) {
  ACL_ENTRY();
  // In seconds; 0: no limit.
  g_wait_ms = timeout == 0 || timeout > INT_MAX / 1000 ? -1 : static_cast<int>(timeout) * 1000;
  return ACL_SUCCESS;
}
