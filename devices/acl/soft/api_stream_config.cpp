// SPDX-License-Identifier: Apache-2.0
// Streams: what they can be made with, and their settings.
#include <cstring>
#include <new>

#include "devices/acl/soft/context.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/live.h"
#include "devices/acl/soft/stream.h"

namespace infer_server::devices::acl {
namespace {

template <typename T>
aclError Take(T* to, const void* value, size_t size, const char* function) {
  if (size != sizeof(T))
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "valueSize is %zu, must be %zu for this attribute", size, sizeof(T));
  std::memcpy(to, value, size);
  return ACL_SUCCESS;
}

// The structure is public: those that programs fill in themselves may be used, not destroyed.
LiveObjects& Configs() {
  static LiveObjects& configs = *new LiveObjects;
  return configs;
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclrtStreamConfigHandle* aclrtCreateStreamConfigHandle(void) {
  ACL_ENTRY_OR(nullptr);
  auto* handle = new (std::nothrow) aclrtStreamConfigHandle{};
  if (handle == nullptr)
    ACL_FAIL(ACL_ERROR_BAD_ALLOC, "out of memory");
  else
    Configs().Add(handle);
  return handle;
}

aclError aclrtDestroyStreamConfigHandle(aclrtStreamConfigHandle* handle) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(handle);
  if (!Configs().Remove(handle))
    return ACL_FAIL(ACL_ERROR_RT_INVALID_HANDLE,
                    "%p is not a handle of aclrtCreateStreamConfigHandle, or was destroyed already",
                    static_cast<void*>(handle));
  delete handle;
  return ACL_SUCCESS;
}

aclError aclrtSetStreamConfigOpt(aclrtStreamConfigHandle* handle, aclrtStreamConfigAttr attr,
                                 const void* attrValue, size_t valueSize) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(handle);
  ACL_REQUIRE_NOT_NULL(attrValue);
  switch (attr) {
    case ACL_RT_STREAM_WORK_ADDR_PTR:
      return Take(&handle->workptr, attrValue, valueSize, __func__);
    case ACL_RT_STREAM_WORK_SIZE:
      return Take(&handle->workSize, attrValue, valueSize, __func__);
    case ACL_RT_STREAM_FLAG:
      return Take(&handle->flag, attrValue, valueSize, __func__);
    case ACL_RT_STREAM_PRIORITY:
      return Take(&handle->priority, attrValue, valueSize, __func__);
  }
  return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "attr is %d, none of aclrtStreamConfigAttr", attr);
}

aclError aclrtCreateStreamV2(aclrtStream* stream, const aclrtStreamConfigHandle* handle) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(handle);
  return aclrtCreateStreamWithConfig(stream, handle->priority, static_cast<uint32_t>(handle->flag));
}

aclError aclrtSetStreamFailureMode(aclrtStream stream, uint64_t mode) {
  ACL_ENTRY();
  if (mode != ACL_CONTINUE_ON_FAILURE && mode != ACL_STOP_ON_FAILURE)
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID, "mode is %llu, must be 0 (continue) or 1 (stop)",
                    static_cast<unsigned long long>(mode));
  if (stream == nullptr)
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID,
                    "the default stream has no failure mode; stream must not be NULL");
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  found->set_stop_on_failure(mode == ACL_STOP_ON_FAILURE);
  return ACL_SUCCESS;
}

// Nothing overflows by saturation here, so there is nothing to watch for: the switch is kept, the
// status stays 0.
aclError aclrtSetStreamOverflowSwitch(aclrtStream stream, uint32_t flag) {
  ACL_ENTRY();
  if (flag > 1)
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID, "flag is %u, must be 0 (off) or 1 (on)", flag);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  found->set_overflow_switch(flag);
  return ACL_SUCCESS;
}

aclError aclrtGetStreamOverflowSwitch(aclrtStream stream, uint32_t* flag) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(flag);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  *flag = found->overflow_switch();
  return ACL_SUCCESS;
}
