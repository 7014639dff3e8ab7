// SPDX-License-Identifier: Apache-2.0
// Memory: allocation, copies, fills.
#include <cstring>

#include "devices/mlu/soft/memory.h"
#include "devices/mlu/soft/queue.h"
#include "devices/mlu/soft/runtime.h"

namespace infer_server::devices::mlu {
namespace {

constexpr size_t kAlignment = 64;

cnrtRet_t Allocate(void** memory, size_t bytes, const char* function) {
  if (memory == nullptr) return Fail(CNRT_RET_ERR_INVALID, function, "memory must not be NULL");
  if (bytes == 0) return Fail(CNRT_RET_ERR_INVALID, function, "bytes is 0, must be more");
  int device = 0;
  MLU_RETURN_IF_ERROR(CurrentDevice(&device, function));
  const Config config = GetConfig();
  void* const made = Memory().Allocate(
      {MemoryKind::kDevice, device, bytes, 0, kAlignment, config.device_memory, config.devices},
      nullptr);
  if (made == nullptr)
    return Fail(
        CNRT_RET_ERR_NOMEM, function,
        "%zu bytes asked for, %zu of %zu in use on device %d (INFERSERVER_DEVICE_MEMORY_MB)", bytes,
        Memory().Used(device), config.device_memory, device);
  *memory = made;
  return CNRT_RET_SUCCESS;
}

cnrtRet_t QueueCopy(const Copy& copy, cnrtQueue_t queue, const QueuedFault& fault,
                    const char* function) {
  const std::shared_ptr<Queue> to = FindQueue(queue, function);
  if (to == nullptr) return CNRT_RET_ERR_QUEUE;
  MLU_RETURN_IF_ERROR(CheckCopy(copy, function));
  const bool queued = to->work.Push(fault, [copy, function]() -> int {
    // Either end may have been freed since.
    if (CheckCopy(copy, function) != CNRT_RET_SUCCESS) return CNRT_RET_ERR_MEMCPY;
    DoCopy(copy);
    return 0;
  });
  if (!queued)
    return Fail(CNRT_RET_ERR_QUEUE, function,
                "the queue is being destroyed, or the system has no thread for it");
  // Memory that is not pinned may go as soon as the call returns.
  if (Memory().Find(copy.dst).where == Place::Where::kPlain ||
      Memory().Find(copy.src).where == Place::Where::kPlain)
    to->work.Wait();
  return CNRT_RET_SUCCESS;
}

cnrtRet_t CheckPeer(const void* memory, int device, const char* what, size_t bytes,
                    const char* function) {
  MLU_RETURN_IF_ERROR(CheckOrdinal(device, function));
  return CheckDeviceSpan(function, what, memory, bytes, device);
}

}  // namespace
}  // namespace infer_server::devices::mlu

using namespace infer_server::devices::mlu;

cnrtRet_t cnrtMalloc(void** memory, size_t bytes) {
  MLU_ENTRY();
  return Allocate(memory, bytes, __func__);
}

cnrtRet_t cnrtMallocFrameBuffer(void** memory, size_t bytes) {
  MLU_ENTRY();
  return Allocate(memory, bytes, __func__);
}

cnrtRet_t cnrtFree(void* memory) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(memory);
  if (Memory().Free(MemoryKind::kDevice, memory)) return CNRT_RET_SUCCESS;
  return MLU_FAIL(CNRT_RET_ERR_INVALID_POINTER,
                  "%p is not the start of memory of cnrtMalloc, or was freed already", memory);
}

cnrtRet_t cnrtMallocHost(void** memory, size_t bytes, cnrtMemType_t type) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(memory);
  if (bytes == 0) return MLU_FAIL(CNRT_RET_ERR_INVALID, "bytes is 0, must be more");
  if (type < CNRT_MEMTYPE_DEFAULT || type > CNRT_MEMTYPE_LOCKED)
    return MLU_FAIL(CNRT_RET_ERR_INVALID, "type is %d, must be 0 to 2 (cnrtMemType_t)",
                    static_cast<int>(type));
  void* const made =
      Memory().Allocate({MemoryKind::kHost, -1, bytes, 0, kAlignment, 0, 0}, nullptr);
  if (made == nullptr)
    return MLU_FAIL(CNRT_RET_ERR_NOMEM, "%zu bytes of host memory asked for", bytes);
  *memory = made;
  return CNRT_RET_SUCCESS;
}

// After cnrtDestroy(), too: host memory outlives the devices.
cnrtRet_t cnrtFreeHost(void* memory) {
  MLU_ENTRY_HOST();
  MLU_REQUIRE_NOT_NULL(memory);
  if (Memory().Free(MemoryKind::kHost, memory)) return CNRT_RET_SUCCESS;
  return MLU_FAIL(CNRT_RET_ERR_INVALID_POINTER,
                  "%p is not the start of memory of cnrtMallocHost, or was freed already", memory);
}

cnrtRet_t cnrtMemGetInfo(size_t* free, size_t* total) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(free);
  MLU_REQUIRE_NOT_NULL(total);
  int device = 0;
  MLU_RETURN_IF_ERROR(CurrentDevice(&device, __func__));
  const size_t used = Memory().Used(device);
  *total = GetConfig().device_memory;
  *free = *total > used ? *total - used : 0;
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtMemcpy(void* dst, void* src, size_t bytes, cnrtMemTransDir_t dir) {
  MLU_ENTRY();
  const Copy copy{dst, src, bytes, dir};
  MLU_RETURN_IF_ERROR(CheckCopy(copy, __func__));
  DoCopy(copy);
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtMemcpyAsync(void* dst, void* src, size_t bytes, cnrtQueue_t queue,
                          cnrtMemTransDir_t dir) {
  QueuedFault fault;
  MLU_ENTRY_QUEUED(&fault);
  return QueueCopy({dst, src, bytes, dir}, queue, fault, __func__);
}

cnrtRet_t cnrtMemcpyPeer(void* dst, int dst_device, void* src, int src_device, size_t bytes) {
  MLU_ENTRY();
  MLU_RETURN_IF_ERROR(CheckPeer(dst, dst_device, "dst", bytes, __func__));
  MLU_RETURN_IF_ERROR(CheckPeer(src, src_device, "src", bytes, __func__));
  DoCopy({dst, src, bytes, CNRT_MEM_TRANS_DIR_PEER2PEER});
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtMemcpyPeerAsync(void* dst, int dst_device, void* src, int src_device, size_t bytes,
                              cnrtQueue_t queue) {
  QueuedFault fault;
  MLU_ENTRY_QUEUED(&fault);
  MLU_RETURN_IF_ERROR(CheckPeer(dst, dst_device, "dst", bytes, __func__));
  MLU_RETURN_IF_ERROR(CheckPeer(src, src_device, "src", bytes, __func__));
  return QueueCopy({dst, src, bytes, CNRT_MEM_TRANS_DIR_PEER2PEER}, queue, fault, __func__);
}

cnrtRet_t cnrtGetPeerAccessibility(unsigned int* can_access, int device, int peer) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(can_access);
  MLU_RETURN_IF_ERROR(CheckOrdinal(device, __func__));
  MLU_RETURN_IF_ERROR(CheckOrdinal(peer, __func__));
  *can_access = 1;
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtMemset(void* memory, int value, size_t bytes) {
  MLU_ENTRY();
  MLU_RETURN_IF_ERROR(CheckSpan(__func__, "memory", memory, bytes, Side::kDevice, nullptr));
  std::memset(memory, value, bytes);
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtMemsetAsync(void* memory, int value, size_t bytes, cnrtQueue_t queue) {
  QueuedFault fault;
  MLU_ENTRY_QUEUED(&fault);
  const std::shared_ptr<Queue> to = FindQueue(queue, __func__);
  if (to == nullptr) return CNRT_RET_ERR_QUEUE;
  MLU_RETURN_IF_ERROR(CheckSpan(__func__, "memory", memory, bytes, Side::kDevice, nullptr));
  const bool queued = to->work.Push(fault, [=]() -> int {
    if (CheckSpan("cnrtMemsetAsync", "memory", memory, bytes, Side::kDevice, nullptr) !=
        CNRT_RET_SUCCESS)
      return CNRT_RET_ERR_MEMCPY;
    std::memset(memory, value, bytes);
    return 0;
  });
  return queued ? CNRT_RET_SUCCESS
                : MLU_FAIL(CNRT_RET_ERR_QUEUE,
                           "the queue is being destroyed, or the system has no thread for it");
}
