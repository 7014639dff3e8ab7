// SPDX-License-Identifier: Apache-2.0
// Execution. A model id does one at a time; others wait for their turn. In strict mode
// (INFERSERVER_ACL_STRICT=1) what the vendor forbids is refused instead.
#include <cstring>
#include <map>

#include "devices/acl/soft/config.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/model.h"

struct aclmdlExecConfigHandle : infer_server::devices::acl::Live<aclmdlExecConfigHandle> {
  static constexpr const char* kWhat = "configuration (aclmdlCreateExecConfigHandle)";
  int32_t sync_timeout_ms = -1;
};

namespace infer_server::devices::acl {
namespace {

// The model and its work. With strict rules, it counts as under way until it is destroyed.
struct Execution {
  std::shared_ptr<LoadedModel> model;
  Job job;
  bool entered = false;
  Execution() = default;
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;
  ~Execution() {
    if (entered) model->Leave();
  }
};

aclError CheckStrict(const char* function, uint32_t id, const void* stream, const Context* context,
                     Execution* execution) {
  if (context != execution->model->context())
    return Fail(ACL_ERROR_RT_MODEL_CONTEXT, function,
                "model %u was loaded in another context than this one (INFERSERVER_ACL_STRICT=1)",
                id);
  execution->entered = execution->model->Enter(stream);
  if (execution->entered) return ACL_SUCCESS;
  return Fail(ACL_ERROR_GE_EXEC_MODEL_ID_INVALID, function,
              "model %u is being executed on another stream; a model id may be used on one stream "
              "at a time: load it again for the second (INFERSERVER_ACL_STRICT=1)",
              id);
}

aclError Prepare(const char* function, uint32_t id, const aclmdlDataset* input,
                 aclmdlDataset* output, const void* stream, const Context* context,
                 Execution* execution) {
  ACL_RETURN_IF_ERROR(CheckLive(input, function, "input"));
  ACL_RETURN_IF_ERROR(CheckLive(output, function, "output"));
  execution->model = FindModel(id, function);
  if (execution->model == nullptr) return ACL_ERROR_GE_EXEC_MODEL_ID_INVALID;
  if (GetConfig().strict)
    ACL_RETURN_IF_ERROR(CheckStrict(function, id, stream, context, execution));
  return execution->model->Prepare(function, input, output, &execution->job);
}

aclError Queue(const char* function, const QueuedFault& fault, uint32_t id,
               const aclmdlDataset* input, aclmdlDataset* output,
               const std::shared_ptr<Stream>& stream) {
  const auto execution = std::make_shared<Execution>();
  const std::shared_ptr<Context> context = stream->context();
  ACL_RETURN_IF_ERROR(
      Prepare(function, id, input, output, stream.get(), context.get(), execution.get()));
  stream->PushWork(function, fault,
                   [=] { return execution->model->Run(function, execution->job); });
  return ACL_SUCCESS;
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError aclmdlExecute(uint32_t modelId, const aclmdlDataset* input, aclmdlDataset* output) {
  ACL_ENTRY();
  const std::shared_ptr<Context> context = CurrentContext(__func__);
  if (context == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  Execution execution;
  ACL_RETURN_IF_ERROR(
      Prepare(__func__, modelId, input, output, nullptr, context.get(), &execution));
  return execution.model->Run(__func__, execution.job);
}

aclError aclmdlExecuteAsync(uint32_t modelId, const aclmdlDataset* input, aclmdlDataset* output,
                            aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  return Queue(__func__, fault, modelId, input, output, found);
}

aclError aclmdlExecuteAsyncV2(uint32_t modelId, const aclmdlDataset* input, aclmdlDataset* output,
                              aclrtStream stream, const aclmdlExecConfigHandle* handle) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  if (handle != nullptr) ACL_REQUIRE_LIVE(handle);
  if (handle != nullptr) ACL_REQUIRE_LIVE(handle);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  return Queue(__func__, fault, modelId, input, output, found);
}

aclError aclmdlExecuteV2(uint32_t modelId, const aclmdlDataset* input, aclmdlDataset* output,
                         aclrtStream stream, const aclmdlExecConfigHandle* handle) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  if (handle != nullptr) ACL_REQUIRE_LIVE(handle);
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  ACL_RETURN_IF_ERROR(Queue(__func__, fault, modelId, input, output, found));
  const int32_t timeout = handle == nullptr ? -1 : handle->sync_timeout_ms;
  code = found->Synchronize(timeout);
  if (code == ACL_ERROR_RT_STREAM_SYNC_TIMEOUT)
    return ACL_FAIL(code, "the execution is not through after %d ms", timeout);
  return code == ACL_SUCCESS ? code : ACL_FAIL(code, "the execution failed on its stream");
}

aclmdlExecConfigHandle* aclmdlCreateExecConfigHandle() {
  ACL_ENTRY_OR(nullptr);
  return CreateLive<aclmdlExecConfigHandle>(__func__);
}

aclError aclmdlDestroyExecConfigHandle(const aclmdlExecConfigHandle* handle) {
  ACL_ENTRY();
  return DestroyLive(handle, __func__, "handle");
}

// Only the time that aclmdlExecuteV2 waits has a meaning here.
aclError aclmdlSetExecConfigOpt(aclmdlExecConfigHandle* handle, aclmdlExecConfigAttr attr,
                                const void* attrValue, size_t valueSize) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(handle);
  ACL_REQUIRE_NOT_NULL(attrValue);
  if (attr < ACL_MDL_STREAM_SYNC_TIMEOUT || attr > ACL_MDL_MEC_TIMETHR_SIZET)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "there is no attribute %d, only 0 to %d", attr,
                    ACL_MDL_MEC_TIMETHR_SIZET);
  const bool timeout = attr <= ACL_MDL_EVENT_SYNC_TIMEOUT;
  const size_t expected = timeout ? sizeof(int32_t) : sizeof(size_t);
  if (valueSize != expected)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM,
                    "the value of attribute %d has %zu bytes, must have %zu", attr, valueSize,
                    expected);
  if (!timeout) return ACL_SUCCESS;
  int32_t ms = 0;
  std::memcpy(&ms, attrValue, sizeof(ms));
  if (ms < -1 || ms == 0)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM,
                    "the timeout is %d ms, must be -1 (no limit) or more than 0", ms);
  if (attr == ACL_MDL_STREAM_SYNC_TIMEOUT) handle->sync_timeout_ms = ms;
  return ACL_SUCCESS;
}
