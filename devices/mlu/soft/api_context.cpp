// SPDX-License-Identifier: Apache-2.0
// Runtime contexts, and descriptions of what they are invoked with.
#include <utility>

#include "devices/mlu/soft/objects.h"
#include "devices/mlu/soft/queue.h"

namespace infer_server::devices::mlu {
namespace {

// What an initialised context runs with. CNRT_RET_ERR_INIT, reported: it is not initialised.
cnrtRet_t Initialised(RuntimeContext* context, std::shared_ptr<Instance>* instance, int* device,
                      const char* function) {
  MutexLock lock(&context->mutex);
  if (context->instance == nullptr)
    return Fail(CNRT_RET_ERR_INIT, function,
                "the runtime context is not initialised; call cnrtInitRuntimeContext first");
  *instance = context->instance;
  *device = context->device;
  return CNRT_RET_SUCCESS;
}

cnrtRet_t InvokeContext(cnrtRuntimeContext_t context, cnrtParamDesc_t* descs, void** params,
                        cnrtQueue_t queue, const QueuedFault& fault, const char* function) {
  const std::shared_ptr<RuntimeContext> found = FindContext(context, function);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  std::shared_ptr<Instance> instance;
  int device = 0;
  MLU_RETURN_IF_ERROR(Initialised(found.get(), &instance, &device, function));
  return Invoke(instance, device, descs, params, queue, fault, function);
}

// For what is set before a context is initialised.
cnrtRet_t CheckNew(const std::shared_ptr<Instance>& instance, const char* function) {
  if (instance == nullptr) return CNRT_RET_SUCCESS;
  return Fail(CNRT_RET_ERR_INVALID, function,
              "the runtime context is initialised already; set it up before that");
}

}  // namespace
}  // namespace infer_server::devices::mlu

using namespace infer_server::devices::mlu;
using infer_server::devices::MutexLock;
using infer_server::devices::Result;

cnrtRet_t cnrtCreateRuntimeContext(cnrtRuntimeContext_t* context, cnrtFunction_t function, void*) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(context);
  const std::shared_ptr<Network> network = NetworkOf(function, __func__);
  if (network == nullptr) return CNRT_RET_ERR_INVALID;
  *context =
      static_cast<cnrtRuntimeContext_t>(Contexts().Add(std::make_shared<RuntimeContext>(network)));
  return CNRT_RET_SUCCESS;
}

// All memory here is of one channel.
cnrtRet_t cnrtSetRuntimeContextChannel(cnrtRuntimeContext_t context, cnrtChannelType_t channel) {
  MLU_ENTRY();
  const std::shared_ptr<RuntimeContext> found = FindContext(context, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  if (channel < CNRT_CHANNEL_TYPE_DUPLICATE || channel > CNRT_CHANNEL_TYPE_3)
    return MLU_FAIL(CNRT_RET_ERR_INVALID, "channel is %d, must be -2 to 3 (cnrtChannelType_t)",
                    static_cast<int>(channel));
  MutexLock lock(&found->mutex);
  return CheckNew(found->instance, __func__);
}

cnrtRet_t cnrtSetRuntimeContextDeviceId(cnrtRuntimeContext_t context, int ordinal) {
  MLU_ENTRY();
  const std::shared_ptr<RuntimeContext> found = FindContext(context, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  MLU_RETURN_IF_ERROR(CheckOrdinal(ordinal, __func__));
  MutexLock lock(&found->mutex);
  MLU_RETURN_IF_ERROR(CheckNew(found->instance, __func__));
  found->device = ordinal;
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtInitRuntimeContext(cnrtRuntimeContext_t context, void*) {
  MLU_ENTRY();
  const std::shared_ptr<RuntimeContext> found = FindContext(context, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  int device = -1;
  {
    MutexLock lock(&found->mutex);
    MLU_RETURN_IF_ERROR(CheckNew(found->instance, __func__));
    device = found->device;
  }
  if (device < 0) MLU_RETURN_IF_ERROR(CurrentDevice(&device, __func__));
  Result<std::shared_ptr<Instance>> instance = Instance::Create(found->network);
  if (!instance.ok())
    return FailStatus(instance.status(), CNRT_RET_ERR_FUNC_CALL,
                      "cannot make an instance of the network", __func__);
  MutexLock lock(&found->mutex);
  MLU_RETURN_IF_ERROR(CheckNew(found->instance, __func__));  // Of two threads one is the second.
  found->device = device;
  found->instance = std::move(instance).value();
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtForkRuntimeContext(cnrtRuntimeContext_t* fork, cnrtRuntimeContext_t source, void*) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(fork);
  const std::shared_ptr<RuntimeContext> found = FindContext(source, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  std::shared_ptr<Instance> instance;
  int device = 0;
  MLU_RETURN_IF_ERROR(Initialised(found.get(), &instance, &device, __func__));
  Result<std::shared_ptr<Instance>> made = Instance::Create(found->network);
  if (!made.ok())
    return FailStatus(made.status(), CNRT_RET_ERR_FUNC_CALL,
                      "cannot make an instance of the network", __func__);
  auto context = std::make_shared<RuntimeContext>(found->network);
  {
    MutexLock lock(&context->mutex);
    context->device = device;
    context->instance = std::move(made).value();
  }
  *fork = static_cast<cnrtRuntimeContext_t>(Contexts().Add(std::move(context)));
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtRuntimeContextCreateQueue(cnrtRuntimeContext_t context, cnrtQueue_t* queue) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(queue);
  const std::shared_ptr<RuntimeContext> found = FindContext(context, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  std::shared_ptr<Instance> instance;
  int device = 0;
  MLU_RETURN_IF_ERROR(Initialised(found.get(), &instance, &device, __func__));
  return NewQueue(device, queue, __func__);
}

cnrtRet_t cnrtSetCurrentContextDevice(cnrtRuntimeContext_t context) {
  MLU_ENTRY();
  const std::shared_ptr<RuntimeContext> found = FindContext(context, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  int device = -1;
  {
    MutexLock lock(&found->mutex);
    device = found->device;
  }
  if (device < 0)
    return MLU_FAIL(CNRT_RET_ERR_INIT,
                    "the runtime context has no device; call cnrtSetRuntimeContextDeviceId first");
  SetCurrentDevice(device);
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtDestroyRuntimeContext(cnrtRuntimeContext_t context) {
  MLU_ENTRY();
  if (Contexts().Take(context) != nullptr) return CNRT_RET_SUCCESS;
  return MLU_FAIL(CNRT_RET_ERR_INVALID, "runtime context %p does not exist (any more)",
                  static_cast<void*>(context));
}

cnrtRet_t cnrtInvokeRuntimeContext(cnrtRuntimeContext_t context, void** params, cnrtQueue_t queue,
                                   void*) {
  QueuedFault fault;
  MLU_ENTRY_QUEUED(&fault);
  return InvokeContext(context, nullptr, params, queue, fault, __func__);
}

cnrtRet_t cnrtInvokeRuntimeContext_V2(cnrtRuntimeContext_t context, cnrtParamDesc_t* descs,
                                      void** params, cnrtQueue_t queue, void*) {
  QueuedFault fault;
  MLU_ENTRY_QUEUED(&fault);
  return InvokeContext(context, descs, params, queue, fault, __func__);
}

cnrtRet_t cnrtCreateParamDesc(cnrtParamDesc_t* desc) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(desc);
  *desc = static_cast<cnrtParamDesc_t>(ParamDescs().Add(std::make_shared<ParamDesc>()));
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtDestroyParamDesc(cnrtParamDesc_t desc) {
  MLU_ENTRY();
  if (ParamDescs().Take(desc) != nullptr) return CNRT_RET_SUCCESS;
  return MLU_FAIL(CNRT_RET_ERR_INVALID, "description %p does not exist (any more)",
                  static_cast<void*>(desc));
}

cnrtRet_t cnrtSetShapeToParamDesc(cnrtParamDesc_t desc, int* dims, int count) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(dims);
  if (count < 1 || count > 8)
    return MLU_FAIL(CNRT_RET_ERR_INVALID, "count is %d, must be 1 to 8", count);
  const std::shared_ptr<ParamDesc> found = FindParamDesc(desc, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  MutexLock lock(&found->mutex);
  found->dims.assign(dims, dims + count);
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtGetShapeFromParamDesc(cnrtParamDesc_t desc, int** dims, int* count) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(dims);
  MLU_REQUIRE_NOT_NULL(count);
  const std::shared_ptr<ParamDesc> found = FindParamDesc(desc, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  MutexLock lock(&found->mutex);
  return HandOut(found->dims, dims, count, __func__);
}

cnrtRet_t cnrtInferFunctionOutputShape(cnrtFunction_t function, int input_count,
                                       cnrtParamDesc_t inputs[], int output_count,
                                       cnrtParamDesc_t outputs[]) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(inputs);
  MLU_REQUIRE_NOT_NULL(outputs);
  const std::shared_ptr<Network> network = NetworkOf(function, __func__);
  if (network == nullptr) return CNRT_RET_ERR_INVALID;
  int rows = 0;
  MLU_RETURN_IF_ERROR(RowsOf(*network, input_count, inputs, &rows, __func__));
  if (static_cast<size_t>(output_count) != network->outputs().size())
    return MLU_FAIL(CNRT_RET_ERR_INVALID, "%d outputs are described, the function has %zu",
                    output_count, network->outputs().size());
  for (size_t i = 0; i < network->outputs().size(); ++i) {
    const std::shared_ptr<ParamDesc> desc = FindParamDesc(outputs[i], __func__);
    if (desc == nullptr) return CNRT_RET_ERR_INVALID;
    MutexLock lock(&desc->mutex);
    desc->dims = network->outputs()[i].dims;
    if (!desc->dims.empty()) desc->dims[0] = rows;
  }
  return CNRT_RET_SUCCESS;
}
