// SPDX-License-Identifier: Apache-2.0
// Versions and devices.
#include <cstdio>
#include <cstring>

#include "devices/mlu/soft/runtime.h"

namespace infer_server::devices::mlu {
namespace {

// A handle is the ordinal under a mark, so that an ordinal in its place is found out.
constexpr cnrtDev_t kHandleMark = 0x4D4C5500000000;  // "MLU"

cnrtDev_t HandleOf(int ordinal) { return kHandleMark | static_cast<cnrtDev_t>(ordinal); }

}  // namespace
}  // namespace infer_server::devices::mlu

using namespace infer_server::devices::mlu;

cnrtRet_t cnrtGetVersion(unsigned int* version) {
  MLU_ENTRY_HOST();
  MLU_REQUIRE_NOT_NULL(version);
  *version = CNRT_VERSION;
  return CNRT_RET_SUCCESS;
}

void cnrtGetLibVersion(int* major, int* minor, int* patch) {
  if (major != nullptr) *major = CNRT_MAJOR_VERSION;
  if (minor != nullptr) *minor = CNRT_MINOR_VERSION;
  if (patch != nullptr) *patch = CNRT_PATCH_VERSION;
}

cnrtRet_t cnrtGetDeviceCount(unsigned int* count) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(count);
  *count = static_cast<unsigned int>(GetConfig().devices);
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtGetDeviceHandle(cnrtDev_t* device, int ordinal) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(device);
  MLU_RETURN_IF_ERROR(CheckOrdinal(ordinal, __func__));
  *device = HandleOf(ordinal);
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtSetCurrentDevice(cnrtDev_t device) {
  MLU_ENTRY();
  const int ordinal = static_cast<int>(device & 0xFFFFFFFF);
  if (HandleOf(0) != (device & ~cnrtDev_t{0xFFFFFFFF}))
    return MLU_FAIL(CNRT_RET_ERR_NODEV,
                    "0x%llx is no device; take the handle of cnrtGetDeviceHandle, not the ordinal",
                    static_cast<unsigned long long>(device));
  MLU_RETURN_IF_ERROR(CheckOrdinal(ordinal, __func__));
  SetCurrentDevice(ordinal);
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtGetCurrentDevice(cnrtDev_t* device) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(device);
  int ordinal = 0;
  MLU_RETURN_IF_ERROR(CurrentDevice(&ordinal, __func__));
  *device = HandleOf(ordinal);
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtGetDeviceInfo(cnrtDeviceInfo_t* info, int ordinal) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(info);
  MLU_RETURN_IF_ERROR(CheckOrdinal(ordinal, __func__));
  *info = {};
  std::snprintf(info->device_name, sizeof info->device_name, "MLU270");
  info->core_version = CNRT_MLU270;
  info->core_num = 16;
  return CNRT_RET_SUCCESS;
}

// All memory here is of one channel.
cnrtRet_t cnrtSetCurrentChannel(cnrtChannelType_t channel) {
  MLU_ENTRY();
  if (channel < CNRT_CHANNEL_TYPE_DUPLICATE || channel > CNRT_CHANNEL_TYPE_3)
    return MLU_FAIL(CNRT_RET_ERR_INVALID, "channel is %d, must be -2 to 3 (cnrtChannelType_t)",
                    static_cast<int>(channel));
  int device = 0;
  return CurrentDevice(&device, __func__);
}

// A thread that waits sleeps, either way.
cnrtRet_t cnrtSetDeviceFlag(unsigned int flags) {
  MLU_ENTRY();
  if (flags > CNRT_QUEUE_SYNC_BLOCK)
    return MLU_FAIL(CNRT_RET_ERR_INVALID,
                    "flags is %u, must be CNRT_QUEUE_SYNC_SPIN (0) or CNRT_QUEUE_SYNC_BLOCK (1)",
                    flags);
  return CNRT_RET_SUCCESS;
}
