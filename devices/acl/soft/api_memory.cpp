// SPDX-License-Identifier: Apache-2.0
// Memory: allocation.
#include "devices/acl/soft/config.h"
#include "devices/acl/soft/context.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/memory_map.h"

namespace infer_server::devices::acl {
namespace {

constexpr size_t kAlignment = 64;
// Readable bytes behind a block: the vendor's rule for whoever cuts a block into pieces.
constexpr size_t kPadding = 32;

aclError Allocate(void** memory, size_t size, size_t padding, uint32_t policy,
                  const char* function) {
  if (memory == nullptr) return Fail(ACL_ERROR_INVALID_PARAM, function, "devPtr must not be NULL");
  if (size == 0) return Fail(ACL_ERROR_INVALID_PARAM, function, "size is 0, must be more");
  constexpr uint32_t kBandWidth = ACL_MEM_TYPE_LOW_BAND_WIDTH | ACL_MEM_TYPE_HIGH_BAND_WIDTH;
  if ((policy & ~kBandWidth) > ACL_MEM_MALLOC_NORMAL_ONLY_P2P)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function, "policy 0x%x is none of aclrtMemMallocPolicy",
                policy);
  const std::shared_ptr<Context> context = CurrentContext(function);
  if (context == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  const aclError code =
      AllocateMemory(MemoryKind::kDevice, context->device(), size, padding, kAlignment, memory);
  if (code == ACL_SUCCESS) return code;
  return Fail(code, function,
              "out of memory: %zu bytes asked for, %zu of %zu in use on device %d "
              "(INFERSERVER_DEVICE_MEMORY_MB)",
              size, DeviceMemoryUsed(context->device()), GetConfig().device_memory,
              context->device());
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError aclrtMalloc(void** devPtr, size_t size, aclrtMemMallocPolicy policy) {
  ACL_ENTRY();
  return Allocate(devPtr, size, kPadding, policy, __func__);
}

aclError aclrtMallocAlign32(void** devPtr, size_t size, aclrtMemMallocPolicy policy) {
  ACL_ENTRY();
  return Allocate(devPtr, size, 0, policy, __func__);
}

aclError aclrtMallocCached(void** devPtr, size_t size, aclrtMemMallocPolicy policy) {
  ACL_ENTRY();
  return Allocate(devPtr, size, kPadding, policy, __func__);
}

aclError aclrtFree(void* devPtr) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(devPtr);
  // In run mode ACL_DEVICE aclrtMallocHost gives device memory, too.
  if (FreeMemory(MemoryKind::kDevice, devPtr) == ACL_SUCCESS) return ACL_SUCCESS;
  return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID, "%p: %s", devPtr, WhyNotFreed(devPtr).c_str());
}

aclError aclrtMallocHost(void** hostPtr, size_t size) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(hostPtr);
  if (size == 0) return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "size is 0, must be more");
  const std::shared_ptr<Context> context = CurrentContext(__func__);
  if (context == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  const MemoryKind kind = GetConfig().host_mode ? MemoryKind::kHost : MemoryKind::kDevice;
  if (AllocateMemory(kind, context->device(), size, kPadding, kAlignment, hostPtr) == ACL_SUCCESS)
    return ACL_SUCCESS;
  return ACL_FAIL(ACL_ERROR_RT_MEMORY_ALLOCATION,
                  "out of memory: %zu bytes of host memory asked for", size);
}

aclError aclrtFreeHost(void* hostPtr) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(hostPtr);
  const MemoryKind kind = GetConfig().host_mode ? MemoryKind::kHost : MemoryKind::kDevice;
  if (FreeMemory(kind, hostPtr) == ACL_SUCCESS) return ACL_SUCCESS;
  return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID, "%p: %s", hostPtr, WhyNotFreed(hostPtr).c_str());
}

aclError aclrtGetMemInfo(aclrtMemAttr attr, size_t* free, size_t* total) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(free);
  ACL_REQUIRE_NOT_NULL(total);
  if (attr < ACL_DDR_MEM || attr > ACL_HBM_MEM_P2P_NORMAL)
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID, "attr is %d, none of aclrtMemAttr", attr);
  const std::shared_ptr<Context> context = CurrentContext(__func__);
  if (context == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  const Config& config = GetConfig();
  const bool asks_hbm = attr == ACL_HBM_MEM || attr == ACL_HBM_MEM_HUGE ||
                        attr == ACL_HBM_MEM_NORMAL || attr == ACL_HBM_MEM_P2P_HUGE ||
                        attr == ACL_HBM_MEM_P2P_NORMAL;
  // A 910 has HBM, others DDR; programs ask for both and take an error for fatal.
  const bool has_hbm = config.soc.find("910") != std::string::npos;
  const size_t used = DeviceMemoryUsed(context->device());
  *total = asks_hbm == has_hbm ? config.device_memory : 0;
  *free = *total > used ? *total - used : 0;
  return ACL_SUCCESS;
}
