// SPDX-License-Identifier: Apache-2.0
// Callbacks on the user's own thread.
#include "devices/acl/soft/context.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/reporter.h"
#include "devices/acl/soft/stream.h"

using namespace infer_server::devices::acl;

aclError aclrtSubscribeReport(uint64_t threadId, aclrtStream stream) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  return found == nullptr ? code : Subscribe(threadId, found, __func__);
}

aclError aclrtUnSubscribeReport(uint64_t threadId, aclrtStream stream) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  return found == nullptr ? code : Unsubscribe(threadId, found, __func__);
}

aclError aclrtLaunchCallback(aclrtCallback fn, void* userData, aclrtCallbackBlockType blockType,
                             aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_NOT_NULL(fn);
  if (blockType != ACL_CALLBACK_NO_BLOCK && blockType != ACL_CALLBACK_BLOCK)
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID,
                    "blockType is %d, must be 0 (no block) or 1 (block)", blockType);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  std::shared_ptr<Reporter> reporter = found->reporter();
  if (reporter == nullptr)
    return ACL_FAIL(ACL_ERROR_RT_STREAM_NO_CB_REG,
                    "the stream has no thread for its callbacks; call aclrtSubscribeReport first");
  if (fault.any()) found->PushWork(__func__, fault, [] { return ACL_SUCCESS; });
  found->PushCallback(std::move(reporter), fn, userData, blockType == ACL_CALLBACK_BLOCK);
  return ACL_SUCCESS;
}

aclError aclrtProcessReport(int32_t timeout) {
  ACL_ENTRY();
  if (timeout < -1 || timeout == 0)
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID,
                    "timeout is %d ms, must be -1 (no limit) or more than 0", timeout);
  return ProcessReports(timeout, __func__);
}

// On the stream's thread; later tasks wait for its end.
aclError aclrtLaunchHostFunc(aclrtStream stream, aclrtHostFunc fn, void* args) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_NOT_NULL(fn);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  found->PushWork(__func__, fault, [=] {
    fn(args);
    return ACL_SUCCESS;
  });
  return ACL_SUCCESS;
}
