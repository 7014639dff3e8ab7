// SPDX-License-Identifier: Apache-2.0
// aclInit and its end, versions, names, messages.
#include <cstdint>

#include "acl/acl.h"
#include "devices/acl/soft/config.h"
#include "devices/acl/soft/context.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/init_file.h"
#include "devices/acl/soft/model.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {
namespace {

struct InitState {
  Mutex mutex;
  uint64_t count INFER_GUARDED_BY(mutex) = 0;
  bool ever INFER_GUARDED_BY(mutex) = false;
};

InitState& Get() {
  static InitState& state = *new InitState;
  return state;
}

// What runs ends, so that nothing of ours works on behind the program's back; memory stays, since
// programs free it late.
void End() {
  Faults::ReleaseHangs();
  ResetAllDevices();
  UnloadAllModels();
}

aclError Repeated(const char* function) {
  return Fail(ACL_ERROR_REPEAT_INITIALIZE, function,
              "aclInit was called already; the program may go on");
}

// Takes `references` (0: all) back. `left` may be nullptr.
aclError Finalize(uint64_t references, uint64_t* left, const char* function) {
  InitState& state = Get();
  bool was_initialised = false, ever = false, last = false;
  {
    MutexLock lock(&state.mutex);
    was_initialised = state.count > 0;
    ever = state.ever;
    if (was_initialised) state.count = references == 0 ? 0 : state.count - references;
    last = state.count == 0;
    if (left != nullptr) *left = state.count;
  }
  if (!was_initialised && ever)
    return Fail(ACL_ERROR_REPEAT_FINALIZE, function, "aclFinalize was called already");
  if (!was_initialised) return Fail(ACL_ERROR_UNINITIALIZE, function, "aclInit was not called");
  if (last) End();
  return ACL_SUCCESS;
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;
using infer_server::devices::MutexLock;

aclError aclInit(const char* configPath) {
  InitState& state = Get();
  bool repeated = false;
  {
    MutexLock lock(&state.mutex);
    repeated = state.count > 0;
    if (repeated) ++state.count;
  }
  if (repeated) return Repeated(__func__);
  Faults::Load(nullptr);
  ACL_ENTRY();
  InitFile file;
  if (configPath != nullptr && *configPath != '\0')
    ACL_RETURN_IF_ERROR(ReadInitFile(configPath, &file, __func__));
  ReloadConfig();
  ShareMessages(file.messages_by_process);
  {
    MutexLock lock(&state.mutex);
    state.ever = true;
    repeated = state.count++ > 0;
  }
  // Of two threads at once one is the second.
  return repeated ? Repeated(__func__) : ACL_SUCCESS;
}

aclError aclFinalize() {
  ACL_ENTRY();
  return Finalize(0, nullptr, __func__);
}

aclError aclFinalizeReference(uint64_t* refCount) {
  ACL_ENTRY();
  return Finalize(1, refCount, __func__);
}

aclError aclrtGetVersion(int32_t* majorVersion, int32_t* minorVersion, int32_t* patchVersion) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(majorVersion);
  ACL_REQUIRE_NOT_NULL(minorVersion);
  ACL_REQUIRE_NOT_NULL(patchVersion);
  *majorVersion = ACL_MAJOR_VERSION;
  *minorVersion = ACL_MINOR_VERSION;
  *patchVersion = ACL_PATCH_VERSION;
  return ACL_SUCCESS;
}

const char* aclGetRecentErrMsg() { return TakeRecentMessages(); }

const char* aclrtGetSocName() { return GetConfig().soc.c_str(); }
