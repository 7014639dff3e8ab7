// SPDX-License-Identifier: Apache-2.0
// Functions: made, described, invoked.
#include <cstring>

#include "devices/mlu/soft/objects.h"

namespace infer_server::devices::mlu {
namespace {

// ONNX has this one function.
constexpr const char* kSymbol = "subnet0";
constexpr int kInputs = 0, kOutputs = 1;

const std::vector<Tensor>& TensorsOf(const Network& network, int side) {
  return side == kInputs ? network.inputs() : network.outputs();
}

std::unique_ptr<FunctionInfo> InfoOf(const Network& network) {
  auto info = std::make_unique<FunctionInfo>();
  for (const int side : {kInputs, kOutputs}) {
    for (const Tensor& tensor : TensorsOf(network, side)) {
      info->sizes[side].push_back(
          static_cast<int64_t>(tensor.item_bytes * static_cast<size_t>(network.rows())));
      info->types[side].push_back(tensor.type);
    }
  }
  return info;
}

// Of an extracted function; it stays until the function goes. nullptr: *code is reported.
FunctionInfo* FindInfo(cnrtFunction_t handle, const char* function) {
  if (NetworkOf(handle, function) == nullptr) return nullptr;
  const std::shared_ptr<Function> found = FindFunction(handle, function);
  if (found == nullptr) return nullptr;
  MutexLock lock(&found->mutex);
  return found->info.get();
}

template <typename T>
cnrtRet_t GiveArray(T** array, int* count, cnrtFunction_t handle,
                    std::vector<T> (FunctionInfo::*values)[2], int side, const char* function) {
  if (array == nullptr || count == nullptr)
    return Fail(CNRT_RET_ERR_INVALID, function, "the array and its count must not be NULL");
  FunctionInfo* info = FindInfo(handle, function);
  if (info == nullptr) return CNRT_RET_ERR_INVALID;
  std::vector<T>& all = (info->*values)[side];
  *array = all.data();
  *count = static_cast<int>(all.size());
  return CNRT_RET_SUCCESS;
}

cnrtRet_t GiveShape(int** dims, int* count, int index, cnrtFunction_t handle, int side,
                    const char* function) {
  if (dims == nullptr || count == nullptr)
    return Fail(CNRT_RET_ERR_INVALID, function, "dims and count must not be NULL");
  const std::shared_ptr<Network> network = NetworkOf(handle, function);
  if (network == nullptr) return CNRT_RET_ERR_INVALID;
  const std::vector<Tensor>& tensors = TensorsOf(*network, side);
  if (index < 0 || static_cast<size_t>(index) >= tensors.size())
    return Fail(CNRT_RET_ERR_OUT_RANGE, function, "index is %d, the function has %zu", index,
                tensors.size());
  return HandOut(tensors[static_cast<size_t>(index)].dims, dims, count, function);
}

}  // namespace
}  // namespace infer_server::devices::mlu

using namespace infer_server::devices::mlu;
using infer_server::devices::MutexLock;
using infer_server::devices::Result;

cnrtRet_t cnrtCreateFunction(cnrtFunction_t* function) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(function);
  *function = static_cast<cnrtFunction_t>(Functions().Add(std::make_shared<Function>()));
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtExtractFunction(cnrtFunction_t* function, cnrtModel_t model, const char* symbol) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(function);
  MLU_REQUIRE_NOT_NULL(symbol);
  const std::shared_ptr<Network> network = FindModel(model, __func__);
  const std::shared_ptr<Function> found =
      network == nullptr ? nullptr : FindFunction(*function, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  if (std::strcmp(symbol, kSymbol) != 0)
    return MLU_FAIL(CNRT_RET_ERR_NO_EXIST, "the model has no function '%s'; it has: %s", symbol,
                    kSymbol);
  MutexLock lock(&found->mutex);
  if (found->network != nullptr)
    return MLU_FAIL(CNRT_RET_ERR_EXIST, "the function is extracted already; create another");
  found->network = network;
  found->info = InfoOf(*network);
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtCopyFunction(cnrtFunction_t* dst, cnrtFunction_t src) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(dst);
  const std::shared_ptr<Network> network = NetworkOf(src, __func__);
  if (network == nullptr) return CNRT_RET_ERR_INVALID;
  auto copy = std::make_shared<Function>();
  {
    MutexLock lock(&copy->mutex);
    copy->network = network;
    copy->info = InfoOf(*network);
  }
  *dst = static_cast<cnrtFunction_t>(Functions().Add(std::move(copy)));
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtDestroyFunction(cnrtFunction_t function) {
  MLU_ENTRY();
  if (Functions().Take(function) != nullptr) return CNRT_RET_SUCCESS;
  return MLU_FAIL(CNRT_RET_ERR_INVALID, "function %p does not exist (any more)",
                  static_cast<void*>(function));
}

cnrtRet_t cnrtGetInputDataSize(int64_t** sizes, int* count, cnrtFunction_t function) {
  MLU_ENTRY();
  return GiveArray(sizes, count, function, &FunctionInfo::sizes, kInputs, __func__);
}

cnrtRet_t cnrtGetOutputDataSize(int64_t** sizes, int* count, cnrtFunction_t function) {
  MLU_ENTRY();
  return GiveArray(sizes, count, function, &FunctionInfo::sizes, kOutputs, __func__);
}

cnrtRet_t cnrtGetInputDataType(cnrtDataType_t** types, int* count, cnrtFunction_t function) {
  MLU_ENTRY();
  return GiveArray(types, count, function, &FunctionInfo::types, kInputs, __func__);
}

cnrtRet_t cnrtGetOutputDataType(cnrtDataType_t** types, int* count, cnrtFunction_t function) {
  MLU_ENTRY();
  return GiveArray(types, count, function, &FunctionInfo::types, kOutputs, __func__);
}

cnrtRet_t cnrtGetInputDataShape(int** dims, int* count, int index, cnrtFunction_t function) {
  MLU_ENTRY();
  return GiveShape(dims, count, index, function, kInputs, __func__);
}

cnrtRet_t cnrtGetOutputDataShape(int** dims, int* count, int index, cnrtFunction_t function) {
  MLU_ENTRY();
  return GiveShape(dims, count, index, function, kOutputs, __func__);
}

cnrtRet_t cnrtInitFunctionMemory(cnrtFunction_t function, cnrtFunctionType_t) {
  MLU_ENTRY();
  const std::shared_ptr<Network> network = NetworkOf(function, __func__);
  const std::shared_ptr<Function> found =
      network == nullptr ? nullptr : FindFunction(function, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  int device = 0;
  MLU_RETURN_IF_ERROR(CurrentDevice(&device, __func__));
  Result<std::shared_ptr<Instance>> instance = Instance::Create(network);
  if (!instance.ok())
    return FailStatus(instance.status(), CNRT_RET_ERR_FUNC_CALL, "cannot load the function",
                      __func__);
  MutexLock lock(&found->mutex);
  if (found->instance != nullptr)
    return MLU_FAIL(CNRT_RET_ERR_EXIST, "the function is loaded already");
  found->instance = std::move(instance).value();
  found->device = device;
  return CNRT_RET_SUCCESS;
}

// How many cores take part is not for the program to say here.
cnrtRet_t cnrtInvokeFunction(cnrtFunction_t function, cnrtDim3_t, void** params, cnrtFunctionType_t,
                             cnrtQueue_t queue, void*) {
  QueuedFault fault;
  MLU_ENTRY_QUEUED(&fault);
  const std::shared_ptr<Function> found = FindFunction(function, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  std::shared_ptr<Instance> instance;
  int device = 0;
  {
    MutexLock lock(&found->mutex);
    instance = found->instance;
    device = found->device;
  }
  if (instance == nullptr)
    return MLU_FAIL(CNRT_RET_ERR_INIT,
                    "the function is not loaded; call cnrtInitFunctionMemory first");
  return Invoke(instance, device, nullptr, params, queue, fault, __func__);
}
