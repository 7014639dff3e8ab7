// SPDX-License-Identifier: Apache-2.0
// DVPP: picture memory and channels.
#include <cstring>

#include "acl/dvpp/hi_dvpp.h"
#include "devices/acl/soft/config.h"
#include "devices/acl/soft/context.h"
#include "devices/acl/soft/dvpp_desc.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/memory_map.h"

namespace infer_server::devices::acl {
namespace {

constexpr size_t kAlignment = 128;
// Picture memory may go into a model as it is, which reads that far behind.
constexpr size_t kPadding = 32;
constexpr uint32_t kAllModes =
    DVPP_CHNMODE_VPC | DVPP_CHNMODE_JPEGD | DVPP_CHNMODE_JPEGE | DVPP_CHNMODE_PNGD;

aclError Allocate(int device, void** memory, size_t size, const char* function) {
  const aclError code =
      AllocateMemory(MemoryKind::kDvpp, device, size, kPadding, kAlignment, memory);
  if (code == ACL_SUCCESS) return code;
  return Fail(code, function,
              "out of memory: %zu bytes asked for, %zu of %zu in use on device %d "
              "(INFERSERVER_DEVICE_MEMORY_MB)",
              size, DeviceMemoryUsed(device), GetConfig().device_memory, device);
}

aclError Free(void* memory, const char* function) {
  if (memory == nullptr) return Fail(ACL_ERROR_INVALID_PARAM, function, "devPtr must not be NULL");
  if (FreeMemory(MemoryKind::kDvpp, memory) == ACL_SUCCESS) return ACL_SUCCESS;
  return Fail(ACL_ERROR_RT_PARAM_INVALID, function, "%p: %s", memory, WhyNotFreed(memory).c_str());
}

const char* ModeName(uint32_t mode) {
  switch (mode) {
    case DVPP_CHNMODE_VPC:
      return "VPC (1)";
    case DVPP_CHNMODE_JPEGD:
      return "JPEGD (2)";
    case DVPP_CHNMODE_JPEGE:
      return "JPEGE (4)";
  }
  return "PNGD (8)";
}

uint64_t NextChannelId() {
  static std::atomic<uint64_t>& last = *new std::atomic<uint64_t>(0);
  return ++last;
}

aclError SetMode(ChannelDesc* channel, uint32_t mode, const char* function) {
  if (mode == 0 || (mode & ~kAllModes) != 0)
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "mode is %u, must be a sum of VPC 1, JPEGD 2, JPEGE 4 and PNGD 8", mode);
  channel->settings.Change([&](ChannelSettings* settings) { settings->mode = mode; });
  return ACL_SUCCESS;
}

size_t ParamSize(acldvppChannelDescParamType type) {
  return type == ACL_DVPP_CHANNEL_ID_UINT64 ? sizeof(uint64_t) : sizeof(uint32_t);
}

aclError CheckParam(acldvppChannelDescParamType type, size_t length, const void* param,
                    const char* function) {
  if (param == nullptr) return Fail(ACL_ERROR_INVALID_PARAM, function, "param must not be NULL");
  if (type < ACL_DVPP_CSC_MATRIX_UINT32 || type > ACL_DVPP_JPEGD_PRECISION_MODE_UINT32)
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "paramType is %d, none of acldvppChannelDescParamType", type);
  if (length != ParamSize(type))
    return Fail(ACL_ERROR_INVALID_PARAM, function, "length is %zu, paramType %d has %zu bytes",
                length, type, ParamSize(type));
  return ACL_SUCCESS;
}

}  // namespace

bool FindChannel(const acldvppChannelDesc* channel, acldvppChannelMode mode, const char* function,
                 ChannelSettings* settings, aclError* code) {
  const auto found = FindDvpp<ChannelDesc>(channel, function, "channelDesc", code);
  if (found == nullptr) return false;
  *settings = found->settings.Get();
  if (settings->id == 0) {
    *code = Fail(ACL_ERROR_INVALID_PARAM, function,
                 "the channel is not open; call acldvppCreateChannel first");
    return false;
  }
  if (settings->mode != 0 && (settings->mode & mode) == 0) {
    *code = Fail(ACL_ERROR_INVALID_PARAM, function,
                 "the channel was made for mode %u only; this call needs %s "
                 "(acldvppSetChannelDescMode)",
                 settings->mode, ModeName(mode));
    return false;
  }
  return true;
}

}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError acldvppMalloc(void** devPtr, size_t size) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(devPtr);
  if (size == 0) return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "size is 0, must be more");
  const std::shared_ptr<Context> context = CurrentContext(__func__);
  if (context == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  return Allocate(context->device(), devPtr, size, __func__);
}

aclError acldvppFree(void* devPtr) {
  ACL_ENTRY();
  return Free(devPtr, __func__);
}

hi_s32 hi_mpi_dvpp_malloc(hi_u32 dev_id, hi_void** addr, hi_u64 size) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(addr);
  if (size == 0) return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "size is 0, must be more");
  ACL_RETURN_IF_ERROR(CheckDeviceId(static_cast<int>(dev_id), __func__));
  return Allocate(static_cast<int>(dev_id), addr, size, __func__);
}

hi_s32 hi_mpi_dvpp_free(hi_void* addr) {
  ACL_ENTRY();
  return Free(addr, __func__);
}

acldvppChannelDesc* acldvppCreateChannelDesc() {
  ACL_ENTRY_OR(nullptr);
  return CreateDvpp<ChannelDesc, acldvppChannelDesc>(__func__);
}

aclError acldvppDestroyChannelDesc(acldvppChannelDesc* channelDesc) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const auto channel = FindDvpp<ChannelDesc>(channelDesc, __func__, "channelDesc", &code);
  if (channel == nullptr) return code;
  if (channel->settings.Get().id != 0)
    return ACL_FAIL(ACL_ERROR_RELATIVE_RESOURCE_NOT_CLEARED,
                    "its channel is open; call acldvppDestroyChannel first");
  return DestroyDvpp<ChannelDesc>(channelDesc, __func__, "channelDesc");
}

aclError acldvppCreateChannel(acldvppChannelDesc* channelDesc) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const auto channel = FindDvpp<ChannelDesc>(channelDesc, __func__, "channelDesc", &code);
  if (channel == nullptr) return code;
  if (CurrentContext(__func__) == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  bool repeated = false;
  channel->settings.Change([&](ChannelSettings* settings) {
    repeated = settings->id != 0;
    if (!repeated) settings->id = NextChannelId();
  });
  if (repeated) return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "the description has an open channel");
  return ACL_SUCCESS;
}

aclError acldvppDestroyChannel(acldvppChannelDesc* channelDesc) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const auto channel = FindDvpp<ChannelDesc>(channelDesc, __func__, "channelDesc", &code);
  if (channel == nullptr) return code;
  bool open = false;
  channel->settings.Change([&](ChannelSettings* settings) {
    open = settings->id != 0;
    settings->id = 0;
  });
  if (!open) return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "the channel is not open");
  return ACL_SUCCESS;
}

uint64_t acldvppGetChannelDescChannelId(const acldvppChannelDesc* channelDesc) {
  aclError code = ACL_SUCCESS;
  const auto channel = FindDvpp<ChannelDesc>(channelDesc, __func__, "channelDesc", &code);
  return channel == nullptr ? 0 : channel->settings.Get().id;
}

aclError acldvppSetChannelDescMode(acldvppChannelDesc* channelDesc, uint32_t mode) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const auto channel = FindDvpp<ChannelDesc>(channelDesc, __func__, "channelDesc", &code);
  return channel == nullptr ? code : SetMode(channel.get(), mode, __func__);
}

aclError acldvppSetChannelDescParam(acldvppChannelDesc* channelDesc,
                                    acldvppChannelDescParamType paramType, size_t length,
                                    const void* param) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const auto channel = FindDvpp<ChannelDesc>(channelDesc, __func__, "channelDesc", &code);
  if (channel == nullptr) return code;
  ACL_RETURN_IF_ERROR(CheckParam(paramType, length, param, __func__));
  if (paramType == ACL_DVPP_CHANNEL_ID_UINT64)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "the channel's id is given by acldvppCreateChannel");
  uint32_t value = 0;
  std::memcpy(&value, param, sizeof value);
  if (paramType == ACL_DVPP_MODE_UINT32) return SetMode(channel.get(), value, __func__);
  if (paramType == ACL_DVPP_CSC_MATRIX_UINT32 && value > ACL_DVPP_CSC_MATRIX_BT2020_NARROW)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "colour matrix %u is none of acldvppCscMatrix", value);
  if (paramType == ACL_DVPP_JPEGD_PRECISION_MODE_UINT32 &&
      value > JPEGD_PRECISION_ALIGN_DOWN_COMPAT)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM,
                    "precision mode %u is none of "
                    "acldvppJpegdPrecisionMode",
                    value);
  channel->settings.Change([&](ChannelSettings* settings) {
    switch (paramType) {
      case ACL_DVPP_CSC_MATRIX_UINT32:
        settings->csc_matrix = value;
        break;
      case ACL_DVPP_CHANNEL_HEIGHT_UINT32:
        settings->height = value;
        break;
      case ACL_DVPP_CHANNEL_WIDTH_UINT32:
        settings->width = value;
        break;
      default:
        settings->jpegd_precision = value;
    }
  });
  return ACL_SUCCESS;
}

aclError acldvppGetChannelDescParam(const acldvppChannelDesc* channelDesc,
                                    acldvppChannelDescParamType paramType, size_t length,
                                    size_t* paramRetSize, void* param) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const auto channel = FindDvpp<ChannelDesc>(channelDesc, __func__, "channelDesc", &code);
  if (channel == nullptr) return code;
  ACL_RETURN_IF_ERROR(CheckParam(paramType, length, param, __func__));
  ACL_REQUIRE_NOT_NULL(paramRetSize);
  const ChannelSettings settings = channel->settings.Get();
  const uint32_t values[] = {settings.csc_matrix, settings.mode,  0,
                             settings.height,     settings.width, settings.jpegd_precision};
  if (paramType == ACL_DVPP_CHANNEL_ID_UINT64)
    std::memcpy(param, &settings.id, sizeof settings.id);
  else
    std::memcpy(param, &values[paramType], sizeof(uint32_t));
  *paramRetSize = length;
  return ACL_SUCCESS;
}
