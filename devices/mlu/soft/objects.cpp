// SPDX-License-Identifier: Apache-2.0
#include "devices/mlu/soft/objects.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "devices/mlu/soft/memory.h"
#include "devices/mlu/soft/queue.h"

namespace infer_server::devices::mlu {
namespace {

template <typename T>
std::shared_ptr<T> FindIn(const soft::HandleTable<T>& table, const void* handle, const char* what,
                          const char* function) {
  std::shared_ptr<T> found = table.Find(handle);
  if (found == nullptr)
    Fail(CNRT_RET_ERR_INVALID, function, "%s %p does not exist (any more)", what, handle);
  return found;
}

// Inputs, then outputs.
const Tensor& TensorAt(const Network& network, size_t index) {
  const size_t inputs = network.inputs().size();
  return index < inputs ? network.inputs()[index] : network.outputs()[index - inputs];
}

size_t TensorCount(const Network& network) {
  return network.inputs().size() + network.outputs().size();
}

cnrtRet_t CheckParams(const Network& network, const std::vector<void*>& params, size_t rows,
                      int device, const char* function) {
  for (size_t i = 0; i < params.size(); ++i) {
    const Tensor& tensor = TensorAt(network, i);
    MLU_RETURN_IF_ERROR(CheckDeviceSpan(function, tensor.name.c_str(), params[i],
                                        rows * tensor.item_bytes, device));
    if (reinterpret_cast<uintptr_t>(params[i]) % tensor.element != 0)
      return Fail(CNRT_RET_ERR_INVALID_POINTER, function,
                  "%s %p must be a multiple of its element's %zu bytes", tensor.name.c_str(),
                  params[i], tensor.element);
  }
  return CNRT_RET_SUCCESS;
}

std::string Text(const std::vector<int>& dims) {
  std::string text;
  for (const int dim : dims) text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text;
}

}  // namespace

soft::HandleTable<Network>& Models() {
  static soft::HandleTable<Network>& models = *new soft::HandleTable<Network>(3);
  return models;
}
soft::HandleTable<Function>& Functions() {
  static soft::HandleTable<Function>& functions = *new soft::HandleTable<Function>(4);
  return functions;
}
soft::HandleTable<RuntimeContext>& Contexts() {
  static soft::HandleTable<RuntimeContext>& contexts = *new soft::HandleTable<RuntimeContext>(5);
  return contexts;
}
soft::HandleTable<ParamDesc>& ParamDescs() {
  static soft::HandleTable<ParamDesc>& descs = *new soft::HandleTable<ParamDesc>(6);
  return descs;
}

std::shared_ptr<Network> FindModel(cnrtModel_t model, const char* function) {
  return FindIn(Models(), model, "model", function);
}
std::shared_ptr<Function> FindFunction(cnrtFunction_t handle, const char* function) {
  return FindIn(Functions(), handle, "function", function);
}
std::shared_ptr<RuntimeContext> FindContext(cnrtRuntimeContext_t context, const char* function) {
  return FindIn(Contexts(), context, "runtime context", function);
}
std::shared_ptr<ParamDesc> FindParamDesc(cnrtParamDesc_t desc, const char* function) {
  return FindIn(ParamDescs(), desc, "description", function);
}

std::shared_ptr<Network> NetworkOf(cnrtFunction_t handle, const char* function) {
  const std::shared_ptr<Function> found = FindFunction(handle, function);
  if (found == nullptr) return nullptr;
  MutexLock lock(&found->mutex);
  if (found->network == nullptr)
    Fail(CNRT_RET_ERR_INVALID, function, "the function is empty; call cnrtExtractFunction first");
  return found->network;
}

void ForgetAllObjects() {
  Contexts().TakeAll();
  ParamDescs().TakeAll();
  Functions().TakeAll();
  Models().TakeAll();
}

cnrtRet_t FailStatus(const Status& status, cnrtRet_t otherwise, const char* what,
                     const char* function) {
  return Fail(status.code() == Code::kOutOfMemory ? CNRT_RET_ERR_NOMEM : otherwise, function,
              "%s: %s", what, status.message().c_str());
}

cnrtRet_t RowsOf(const Network& network, int count, cnrtParamDesc_t* inputs, int* rows,
                 const char* function) {
  if (static_cast<size_t>(count) != network.inputs().size())
    return Fail(CNRT_RET_ERR_INVALID, function, "%d inputs are described, the function has %zu",
                count, network.inputs().size());
  for (size_t i = 0; i < network.inputs().size(); ++i) {
    const std::shared_ptr<ParamDesc> desc = FindParamDesc(inputs[i], function);
    if (desc == nullptr) return CNRT_RET_ERR_INVALID;
    std::vector<int> dims;
    {
      MutexLock lock(&desc->mutex);
      dims = desc->dims;
    }
    const std::vector<int>& wanted = network.inputs()[i].dims;
    const bool fits = dims.size() == wanted.size() && !dims.empty() && dims[0] >= 1 &&
                      dims[0] <= network.rows() && (i == 0 || dims[0] == *rows) &&
                      std::equal(dims.begin() + 1, dims.end(), wanted.begin() + 1);
    if (!fits)
      return Fail(
          CNRT_RET_ERR_RESHAPE, function,
          "input %zu ('%s') is described as %s, must be %s with a batch of 1 to %d, the same "
          "for all inputs",
          i, network.inputs()[i].name.c_str(), Text(dims).c_str(), Text(wanted).c_str(),
          network.rows());
    *rows = dims[0];
  }
  return CNRT_RET_SUCCESS;
}

cnrtRet_t Invoke(const std::shared_ptr<Instance>& instance, int device, cnrtParamDesc_t* descs,
                 void** params, cnrtQueue_t queue, const QueuedFault& fault, const char* function) {
  if (params == nullptr) return Fail(CNRT_RET_ERR_INVALID, function, "params must not be NULL");
  const std::shared_ptr<Queue> to = FindQueue(queue, function);
  if (to == nullptr) return CNRT_RET_ERR_QUEUE;
  if (to->device != device)
    return Fail(CNRT_RET_ERR_QUEUE, function,
                "the queue is of device %d, what is invoked of device %d; make the queue by "
                "cnrtRuntimeContextCreateQueue",
                to->device, device);
  const Network& network = instance->network();
  int rows = network.rows();
  if (descs != nullptr)
    MLU_RETURN_IF_ERROR(
        RowsOf(network, static_cast<int>(network.inputs().size()), descs, &rows, function));
  std::vector<void*> addresses(params, params + TensorCount(network));
  MLU_RETURN_IF_ERROR(CheckParams(network, addresses, static_cast<size_t>(rows), device, function));
  const bool queued = to->work.Push(fault, [=]() -> int {
    // Something may have been freed since.
    if (CheckParams(instance->network(), addresses, static_cast<size_t>(rows), device, function) !=
        CNRT_RET_SUCCESS)
      return CNRT_RET_ERR_FUNC_CALL;
    const Status status = instance->Run(addresses, rows);
    if (status.ok()) return 0;
    return FailStatus(status, CNRT_RET_ERR_FUNC_CALL, "the network failed", function);
  });
  return queued ? CNRT_RET_SUCCESS
                : Fail(CNRT_RET_ERR_QUEUE, function,
                       "the queue is being destroyed, or the system has no thread for it");
}

cnrtRet_t HandOut(const std::vector<int>& dims, int** out, int* count, const char* function) {
  int* made = static_cast<int*>(std::malloc(std::max<size_t>(dims.size(), 1) * sizeof(int)));
  if (made == nullptr) return Fail(CNRT_RET_ERR_NOMEM, function, "no memory for the dimensions");
  std::copy(dims.begin(), dims.end(), made);
  *out = made;
  *count = static_cast<int>(dims.size());
  return CNRT_RET_SUCCESS;
}

}  // namespace infer_server::devices::mlu
