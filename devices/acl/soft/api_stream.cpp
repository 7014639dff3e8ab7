// SPDX-License-Identifier: Apache-2.0
// Streams.
#include "devices/acl/soft/context.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/stream.h"

namespace infer_server::devices::acl {
namespace {

constexpr uint32_t kLowestPriority = 7;

aclError MakeStream(aclrtStream* stream, uint32_t priority, uint32_t flags, const char* function) {
  if (stream == nullptr) return Fail(ACL_ERROR_INVALID_PARAM, function, "stream must not be NULL");
  if (priority > kLowestPriority)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function, "priority is %u, must be 0 to %u", priority,
                kLowestPriority);
  const std::shared_ptr<Context> context = CurrentContext(function);
  const std::shared_ptr<Stream> made =
      context == nullptr ? nullptr : context->NewStream(priority, flags);
  if (made == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  made->set_handle(Streams().Add(made));
  *stream = made->handle();
  return ACL_SUCCESS;
}

aclError EndStream(aclrtStream stream, bool drain, const char* function) {
  if (stream == nullptr)
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "stream must not be NULL; the default stream ends with its context");
  const std::shared_ptr<Stream> found = Streams().Find(stream);
  if (found == nullptr)
    return Fail(Streams().CodeOfMissing(stream), function, "stream %p does not exist (any more)",
                stream);
  const std::shared_ptr<Context> context = CurrentContext(function);
  if (context == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  if (!found->BelongsTo(context.get()))
    return Fail(ACL_ERROR_RT_STREAM_CONTEXT, function,
                "the stream belongs to another context than this thread's; call "
                "aclrtSetCurrentContext with it first");
  const std::shared_ptr<Stream> taken = Streams().Take(stream);
  if (taken == nullptr)
    return Fail(ACL_ERROR_RT_INVALID_HANDLE, function, "stream %p was destroyed by another thread",
                stream);
  taken->Close(drain);
  context->Forget(taken.get());
  return ACL_SUCCESS;
}

// Of failures that no work of the program's reports.
const char* Explain(aclError code) {
  switch (code) {
    case ACL_ERROR_RT_STREAM_NO_CB_REG:
      return ": a blocking callback was dropped, its thread was unsubscribed before it ran";
    case ACL_ERROR_RT_EVENT_SYNC_TIMEOUT:
      return ": aclrtStreamWaitEvent waited longer than aclrtSetOpWaitTimeout allows";
    default:
      return "";
  }
}

// Errors of queued work were reported in the stream's thread; here this thread gets to know them.
aclError Wait(aclrtStream stream, int32_t timeout, const char* function) {
  if (timeout < -1)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "timeout is %d ms, must be -1 (no limit), 0 (look only) or more", timeout);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, function);
  if (found == nullptr) return code;
  std::string why;
  code = found->Synchronize(timeout, &why);
  if (code == ACL_ERROR_RT_STREAM_SYNC_TIMEOUT)
    return Fail(code, function, "the stream is not through after %d ms", timeout);
  if (code != ACL_SUCCESS)
    return Fail(code, function, "work queued on the stream failed%s%s",
                why.empty() ? Explain(code) : ": ", why.c_str());
  return ACL_SUCCESS;
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError aclrtCreateStream(aclrtStream* stream) {
  ACL_ENTRY();
  return MakeStream(stream, 0, 0, __func__);
}

aclError aclrtCreateStreamWithConfig(aclrtStream* stream, uint32_t priority, uint32_t flag) {
  ACL_ENTRY();
  return MakeStream(stream, priority, flag, __func__);
}

aclError aclrtDestroyStream(aclrtStream stream) {
  ACL_ENTRY();
  return EndStream(stream, true, __func__);
}

aclError aclrtDestroyStreamForce(aclrtStream stream) {
  ACL_ENTRY();
  return EndStream(stream, false, __func__);
}

aclError aclrtSynchronizeStream(aclrtStream stream) {
  ACL_ENTRY();
  return Wait(stream, -1, __func__);
}

aclError aclrtSynchronizeStreamWithTimeout(aclrtStream stream, int32_t timeout) {
  ACL_ENTRY();
  return Wait(stream, timeout, __func__);
}

aclError aclrtStreamQuery(aclrtStream stream, aclrtStreamStatus* status) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(status);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  *status = found->Idle() ? ACL_STREAM_STATUS_COMPLETE : ACL_STREAM_STATUS_NOT_READY;
  return ACL_SUCCESS;
}

aclError aclrtStreamAbort(aclrtStream stream) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  found->Abort();
  return ACL_SUCCESS;
}
