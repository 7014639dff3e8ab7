// SPDX-License-Identifier: Apache-2.0
// Devices and contexts.
#include "devices/acl/soft/config.h"
#include "devices/acl/soft/context.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/memory_map.h"

using namespace infer_server::devices::acl;

aclError aclrtSetDevice(int32_t deviceId) {
  ACL_ENTRY();
  return SetDevice(deviceId, __func__);
}

aclError aclrtResetDevice(int32_t deviceId) {
  ACL_ENTRY();
  return ResetDevice(deviceId, false, __func__);
}

aclError aclrtResetDeviceForce(int32_t deviceId) {
  ACL_ENTRY();
  return ResetDevice(deviceId, true, __func__);
}

aclError aclrtGetDevice(int32_t* deviceId) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(deviceId);
  const std::shared_ptr<Context> context = CurrentContext(__func__);
  if (context == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  *deviceId = context->device();
  return ACL_SUCCESS;
}

aclError aclrtGetDeviceCount(uint32_t* count) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(count);
  *count = static_cast<uint32_t>(GetConfig().devices);
  return ACL_SUCCESS;
}

aclError aclrtGetRunMode(aclrtRunMode* runMode) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(runMode);
  *runMode = GetConfig().host_mode ? ACL_HOST : ACL_DEVICE;
  return ACL_SUCCESS;
}

aclError aclrtCreateContext(aclrtContext* context, int32_t deviceId) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(context);
  ACL_RETURN_IF_ERROR(CheckDeviceId(deviceId, __func__));
  const auto made = std::make_shared<Context>(deviceId);
  made->set_handle(Contexts().Add(made));
  SetCurrentContext(made);
  *context = made->handle();
  return ACL_SUCCESS;
}

aclError aclrtDestroyContext(aclrtContext context) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(context);
  if (const std::shared_ptr<Context> found = Contexts().Find(context);
      found != nullptr && IsDefault(found.get()))
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID,
                    "a device's default context ends with aclrtResetDevice");
  const std::shared_ptr<Context> taken = Contexts().Take(context);
  if (taken == nullptr)
    return ACL_FAIL(Contexts().CodeOfMissing(context), "context %p does not exist (any more)",
                    context);
  taken->Close(true);
  return ACL_SUCCESS;
}

aclError aclrtSetCurrentContext(aclrtContext context) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(context);
  const std::shared_ptr<Context> found = Contexts().Find(context);
  if (found == nullptr)
    return ACL_FAIL(Contexts().CodeOfMissing(context), "context %p does not exist (any more)",
                    context);
  SetCurrentContext(found);
  return ACL_SUCCESS;
}

aclError aclrtGetCurrentContext(aclrtContext* context) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(context);
  const std::shared_ptr<Context> current = CurrentContext(__func__);
  if (current == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  *context = current->handle();
  return ACL_SUCCESS;
}
