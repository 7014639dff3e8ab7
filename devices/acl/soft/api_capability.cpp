// SPDX-License-Identifier: Apache-2.0
// What the device can do: it is a CPU.
#include <unistd.h>

#include "acl/acl.h"
#include "devices/acl/soft/context.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/thread_budget.h"

using namespace infer_server::devices::acl;

aclError aclGetCannAttributeList(const aclCannAttr** cannAttrList, size_t* num) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(cannAttrList);
  ACL_REQUIRE_NOT_NULL(num);
  // Arithmetic with Inf and NaN is all of these that there is.
  static constexpr aclCannAttr kAttributes[] = {ACL_CANN_ATTR_INF_NAN};
  *cannAttrList = kAttributes;
  *num = 1;
  return ACL_SUCCESS;
}

aclError aclGetCannAttribute(aclCannAttr cannAttr, int32_t* value) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(value);
  if (cannAttr < ACL_CANN_ATTR_INF_NAN || cannAttr > ACL_CANN_ATTR_JIT_COMPILE)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "cannAttr is %d, none of aclCannAttr", cannAttr);
  *value = cannAttr == ACL_CANN_ATTR_INF_NAN ? 1 : 0;
  return ACL_SUCCESS;
}

aclError aclGetDeviceCapability(uint32_t deviceId, aclDeviceInfo deviceInfo, int64_t* value) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(value);
  ACL_RETURN_IF_ERROR(CheckDeviceId(static_cast<int>(deviceId), __func__));
  switch (deviceInfo) {
    case ACL_DEVICE_INFO_AI_CORE_NUM:
    case ACL_DEVICE_INFO_VECTOR_CORE_NUM:
      *value = infer_server::devices::CpuBudget();
      return ACL_SUCCESS;
    case ACL_DEVICE_INFO_L2_SIZE:
      *value = sysconf(_SC_LEVEL2_CACHE_SIZE);
      return ACL_SUCCESS;
    case ACL_DEVICE_INFO_UNDEFINED:
      break;
  }
  return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "deviceInfo is %d, none of aclDeviceInfo", deviceInfo);
}
