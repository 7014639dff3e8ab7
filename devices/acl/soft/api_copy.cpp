// SPDX-License-Identifier: Apache-2.0
// Memory: copies and fills.
#include <cstring>

#include "devices/acl/soft/context.h"
#include "devices/acl/soft/copy.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/memory_map.h"

namespace infer_server::devices::acl {
namespace {

aclError CheckAddresses(const void* to, size_t most, const void* from, size_t count,
                        const char* function) {
  if (to == nullptr) return Fail(ACL_ERROR_INVALID_PARAM, function, "dst must not be NULL");
  if (from == nullptr) return Fail(ACL_ERROR_INVALID_PARAM, function, "src must not be NULL");
  if (count > most)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function, "count is %zu, destMax only %zu", count,
                most);
  return ACL_SUCCESS;
}

aclError CheckPitches(const Copy& copy, const char* function) {
  if (copy.width == 0 || copy.rows == 0)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "width is %zu and height %zu, must be more than 0", copy.width, copy.rows);
  if (copy.width > copy.to_pitch || copy.width > copy.from_pitch)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "width is %zu, more than dpitch %zu or spitch %zu", copy.width, copy.to_pitch,
                copy.from_pitch);
  return ACL_SUCCESS;
}

aclError CopyNow(const Copy& copy, const char* function) {
  if (CurrentContext(function) == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  ACL_RETURN_IF_ERROR(CheckCopy(copy, function));
  DoCopy(copy);
  return ACL_SUCCESS;
}

aclError QueueCopy(const Copy& copy, aclrtStream stream, const QueuedFault& fault,
                   const char* function) {
  if (copy.kind == ACL_MEMCPY_HOST_TO_HOST)
    return Fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, function,
                "copies from host to host cannot be queued; use aclrtMemcpy");
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, function);
  if (found == nullptr) return code;
  const uint64_t frees = MemoryFrees();
  ACL_RETURN_IF_ERROR(CheckCopy(copy, function));
  found->PushWork(function, fault, [copy, function, frees]() -> aclError {
    // Either end may have been freed since. Looking anew each time would cost 2 us behind a copy
    // that has emptied the caches.
    if (frees != MemoryFrees() && CheckCopy(copy, function) != ACL_SUCCESS)
      return ACL_ERROR_RT_SYS_DMA;
    DoCopy(copy);
    return ACL_SUCCESS;
  });
  // Memory that is not pinned may go as soon as the call returns.
  if (TouchesPlainMemory(copy)) found->Wait(-1);
  return ACL_SUCCESS;
}

aclError CheckFill(const void* memory, size_t most, size_t count, const char* function) {
  if (count > most)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function, "count is %zu, maxCount only %zu", count,
                most);
  return CheckDeviceSpan(function, "devPtr", memory, count);
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError aclrtMemcpy(void* dst, size_t destMax, const void* src, size_t count,
                     aclrtMemcpyKind kind) {
  ACL_ENTRY();
  ACL_RETURN_IF_ERROR(CheckAddresses(dst, destMax, src, count, __func__));
  return CopyNow({dst, count, src, count, count, 1, kind}, __func__);
}

aclError aclrtMemcpyAsync(void* dst, size_t destMax, const void* src, size_t count,
                          aclrtMemcpyKind kind, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_RETURN_IF_ERROR(CheckAddresses(dst, destMax, src, count, __func__));
  return QueueCopy({dst, count, src, count, count, 1, kind}, stream, fault, __func__);
}

aclError aclrtMemcpy2d(void* dst, size_t dpitch, const void* src, size_t spitch, size_t width,
                       size_t height, aclrtMemcpyKind kind) {
  ACL_ENTRY();
  ACL_RETURN_IF_ERROR(CheckAddresses(dst, 0, src, 0, __func__));
  const Copy copy{dst, dpitch, src, spitch, width, height, kind};
  ACL_RETURN_IF_ERROR(CheckPitches(copy, __func__));
  return CopyNow(copy, __func__);
}

aclError aclrtMemcpy2dAsync(void* dst, size_t dpitch, const void* src, size_t spitch, size_t width,
                            size_t height, aclrtMemcpyKind kind, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_RETURN_IF_ERROR(CheckAddresses(dst, 0, src, 0, __func__));
  const Copy copy{dst, dpitch, src, spitch, width, height, kind};
  ACL_RETURN_IF_ERROR(CheckPitches(copy, __func__));
  return QueueCopy(copy, stream, fault, __func__);
}

aclError aclrtMemset(void* devPtr, size_t maxCount, int32_t value, size_t count) {
  ACL_ENTRY();
  if (CurrentContext(__func__) == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  ACL_RETURN_IF_ERROR(CheckFill(devPtr, maxCount, count, __func__));
  std::memset(devPtr, value, count);
  return ACL_SUCCESS;
}

aclError aclrtMemsetAsync(void* devPtr, size_t maxCount, int32_t value, size_t count,
                          aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  const uint64_t frees = MemoryFrees();
  ACL_RETURN_IF_ERROR(CheckFill(devPtr, maxCount, count, __func__));
  found->PushWork(__func__, fault, [=]() -> aclError {
    if (frees != MemoryFrees() &&
        CheckFill(devPtr, maxCount, count, "aclrtMemsetAsync") != ACL_SUCCESS)
      return ACL_ERROR_RT_SYS_DMA;
    std::memset(devPtr, value, count);
    return ACL_SUCCESS;
  });
  return ACL_SUCCESS;
}

// The CPU's caches are the device's.
aclError aclrtMemFlush(void* devPtr, size_t size) {
  ACL_ENTRY();
  return CheckDeviceSpan(__func__, "devPtr", devPtr, size);
}

aclError aclrtMemInvalidate(void* devPtr, size_t size) {
  ACL_ENTRY();
  return CheckDeviceSpan(__func__, "devPtr", devPtr, size);
}
