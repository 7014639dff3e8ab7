// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/exception_info.h"

#include <unistd.h>

#include <atomic>

#include "devices/acl/soft/fault.h"

namespace infer_server::devices::acl {
namespace {

std::atomic<aclrtExceptionInfoCallback> g_callback{nullptr};
std::atomic<uint32_t> g_tasks{0};
constexpr uint32_t kNone = 0xFFFFFFFF;

}  // namespace

void TellException(uint32_t stream, int device, aclError code) {
  const aclrtExceptionInfoCallback callback = g_callback.load();
  if (callback == nullptr) return;
  aclrtExceptionInfo info{++g_tasks, stream, static_cast<uint32_t>(gettid()),
                          static_cast<uint32_t>(device), static_cast<uint32_t>(code)};
  callback(&info);
}

}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError aclrtSetExceptionInfoCallback(aclrtExceptionInfoCallback callback) {
  ACL_ENTRY();
  g_callback = callback;  // NULL: none any more.
  return ACL_SUCCESS;
}

uint32_t aclrtGetTaskIdFromExceptionInfo(const aclrtExceptionInfo* info) {
  return info == nullptr ? kNone : info->task_id;
}

uint32_t aclrtGetStreamIdFromExceptionInfo(const aclrtExceptionInfo* info) {
  return info == nullptr ? kNone : info->stream_id;
}

uint32_t aclrtGetThreadIdFromExceptionInfo(const aclrtExceptionInfo* info) {
  return info == nullptr ? kNone : info->thread_id;
}

uint32_t aclrtGetDeviceIdFromExceptionInfo(const aclrtExceptionInfo* info) {
  return info == nullptr ? kNone : info->device_id;
}

uint32_t aclrtGetErrorCodeFromExceptionInfo(const aclrtExceptionInfo* info) {
  return info == nullptr ? kNone : info->error_code;
}
