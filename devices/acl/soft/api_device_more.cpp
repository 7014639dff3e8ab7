// SPDX-License-Identifier: Apache-2.0
// Devices: waiting for all of one, settings, peers, state.
#include <algorithm>
#include <chrono>

#include "devices/acl/soft/config.h"
#include "devices/acl/soft/context.h"
#include "devices/acl/soft/copy.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"

namespace infer_server::devices::acl {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Waits for the streams of all contexts of the current device. The first error of all, which each
// stream gives up.
aclError WaitForDevice(int32_t timeout, const char* function) {
  if (timeout < -1 || timeout == 0)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "timeout is %d ms, must be -1 (no limit) or more than 0", timeout);
  const std::shared_ptr<Context> current = CurrentContext(function);
  if (current == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  const auto deadline = steady_clock::now() + milliseconds(std::max(timeout, 0));
  aclError first = ACL_SUCCESS;
  std::string why;
  for (const std::shared_ptr<Context>& context : Contexts().All()) {
    if (context->device() != current->device()) continue;
    for (const std::shared_ptr<Stream>& stream : context->streams()) {
      const auto left =
          std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
      std::string text;
      const aclError code = stream->Synchronize(
          timeout < 0 ? -1 : static_cast<int>(std::max<int64_t>(left, 0)), &text);
      if (code == ACL_ERROR_RT_STREAM_SYNC_TIMEOUT)
        return Fail(code, function, "the device is not through after %d ms", timeout);
      if (first != ACL_SUCCESS) continue;
      first = code;
      why = text;
    }
  }
  if (first == ACL_SUCCESS) return first;
  return Fail(first, function, "work queued on a stream of the device failed%s%s",
              why.empty() ? "" : ": ", why.c_str());
}

aclError SetPeer(int32_t peer, bool enabled, const char* function) {
  const std::shared_ptr<Context> current = CurrentContext(function);
  if (current == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  ACL_RETURN_IF_ERROR(CheckDeviceId(peer, function));
  if (peer == current->device())
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "device %d is the current one, not a peer of it", peer);
  SetPeerAccess(current->device(), peer, enabled);
  SetPeerAccess(peer, current->device(), enabled);
  return ACL_SUCCESS;
}

// Nothing here computes on an option; they are kept for whoever asks.
bool IsOption(aclSysParamOpt opt) {
  return opt == ACL_OPT_DETERMINISTIC || opt == ACL_OPT_ENABLE_DEBUG_KERNEL;
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError aclrtSynchronizeDevice(void) {
  ACL_ENTRY();
  return WaitForDevice(-1, __func__);
}

aclError aclrtSynchronizeDeviceWithTimeout(int32_t timeout) {
  ACL_ENTRY();
  return WaitForDevice(timeout, __func__);
}

aclError aclrtDeviceTaskAbort(int32_t deviceId, uint32_t timeout) {
  ACL_ENTRY();
  ACL_RETURN_IF_ERROR(CheckDeviceId(deviceId, __func__));
  const auto deadline = steady_clock::now() + milliseconds(timeout);
  for (const std::shared_ptr<Context>& context : Contexts().All()) {
    if (context->device() != deviceId) continue;
    for (const std::shared_ptr<Stream>& stream : context->streams()) {
      stream->Abort();
      const auto left =
          std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
      // What runs already runs to its end; 0 is no limit.
      if (!stream->Wait(timeout == 0 ? -1 : static_cast<int>(std::max<int64_t>(left, 0))))
        return ACL_FAIL(ACL_ERROR_RT_WAIT_TIMEOUT, "a task of device %d still runs after %u ms",
                        deviceId, timeout);
    }
  }
  return ACL_SUCCESS;
}

aclError aclrtCtxGetSysParamOpt(aclSysParamOpt opt, int64_t* value) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(value);
  if (!IsOption(opt))
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID, "opt is %d, none of aclSysParamOpt", opt);
  const std::shared_ptr<Context> context = CurrentContext(__func__);
  if (context == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  if (context->sys_param(opt, value)) return ACL_SUCCESS;
  return ACL_FAIL(ACL_ERROR_RT_SYSPARAMOPT_NOT_SET, "option %d was not set in this context", opt);
}

aclError aclrtCtxSetSysParamOpt(aclSysParamOpt opt, int64_t value) {
  ACL_ENTRY();
  if (!IsOption(opt))
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID, "opt is %d, none of aclSysParamOpt", opt);
  if (value != 0 && value != 1)
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID, "value is %lld, must be 0 (off) or 1 (on)",
                    static_cast<long long>(value));
  const std::shared_ptr<Context> context = CurrentContext(__func__);
  if (context == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  context->set_sys_param(opt, value);
  return ACL_SUCCESS;
}

aclError aclrtSetTsDevice(aclrtTsId tsId) {
  ACL_ENTRY();
  if (tsId != ACL_TS_ID_AICORE && tsId != ACL_TS_ID_AIVECTOR)
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID, "tsId is %d, must be 0 (AI Core) or 1 (AI Vector)",
                    tsId);
  return ACL_SUCCESS;
}

aclError aclrtQueryDeviceStatus(int32_t deviceId, aclrtDeviceStatus* deviceStatus) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(deviceStatus);
  ACL_RETURN_IF_ERROR(CheckDeviceId(deviceId, __func__));
  *deviceStatus = ACL_RT_DEVICE_STATUS_NORMAL;
  return ACL_SUCCESS;
}

aclError aclrtDeviceCanAccessPeer(int32_t* canAccessPeer, int32_t deviceId, int32_t peerDeviceId) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(canAccessPeer);
  ACL_RETURN_IF_ERROR(CheckDeviceId(deviceId, __func__));
  ACL_RETURN_IF_ERROR(CheckDeviceId(peerDeviceId, __func__));
  *canAccessPeer = deviceId == peerDeviceId ? 0 : 1;
  return ACL_SUCCESS;
}

aclError aclrtDeviceEnablePeerAccess(int32_t peerDeviceId, uint32_t flags) {
  ACL_ENTRY();
  if (flags != 0) return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID, "flags is %u, must be 0", flags);
  return SetPeer(peerDeviceId, true, __func__);
}

aclError aclrtDeviceDisablePeerAccess(int32_t peerDeviceId) {
  ACL_ENTRY();
  return SetPeer(peerDeviceId, false, __func__);
}

aclError aclrtSetDeviceSatMode(aclrtFloatOverflowMode mode) {
  ACL_ENTRY();
  if (mode != ACL_RT_OVERFLOW_MODE_SATURATION && mode != ACL_RT_OVERFLOW_MODE_INFNAN)
    return ACL_FAIL(ACL_ERROR_RT_PARAM_INVALID,
                    "mode is %d, must be 0 (saturation) or 1 (Inf and NaN)", mode);
  // A CPU computes by IEEE 754; saturation would be a promise that is not kept.
  if (mode == ACL_RT_OVERFLOW_MODE_SATURATION)
    return ACL_FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                    "the CPU computes with Inf and NaN; there is no saturation");
  return ACL_SUCCESS;
}

aclError aclrtGetDeviceSatMode(aclrtFloatOverflowMode* mode) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(mode);
  *mode = ACL_RT_OVERFLOW_MODE_INFNAN;
  return ACL_SUCCESS;
}
