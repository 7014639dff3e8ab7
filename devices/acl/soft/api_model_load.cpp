// SPDX-License-Identifier: Apache-2.0
// Loading and unloading models. Memory that the program brings is checked, and stays unused: the
// engines have their own.
#include <cstring>
#include <map>
#include <string>

#include "devices/acl/soft/config.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/memory_map.h"
#include "devices/acl/soft/model.h"

// aclmdlSetConfigOpt's values by attribute: numbers and addresses as they are, a path as text.
struct aclmdlConfigHandle : infer_server::devices::acl::Live<aclmdlConfigHandle> {
  static constexpr const char* kWhat = "configuration (aclmdlCreateConfigHandle)";
  std::map<aclmdlConfigAttr, uint64_t> numbers;
  std::string path;
};

namespace infer_server::devices::acl {
namespace {

constexpr const char* kInMemory = "the model in memory";

struct UserMemory {
  void* work = nullptr;
  size_t work_bytes = 0;
  void* weight = nullptr;
  size_t weight_bytes = 0;
};

aclError CheckMemory(const char* function, const char* what, const void* memory, size_t bytes,
                     size_t needed) {
  if (memory == nullptr) return ACL_SUCCESS;  // The library's own.
  if (bytes < needed)
    return Fail(ACL_ERROR_GE_EXEC_MODEL_DATA_SIZE_INVALID, function,
                "the %s memory is %zu bytes, must be %zu or more (aclmdlQuerySize)", what, bytes,
                needed);
  return CheckDeviceSpan(function, what, memory, bytes);
}

aclError Load(const char* function, std::string_view bytes, const char* what,
              const UserMemory& memory, uint32_t* id) {
  const std::shared_ptr<Context> context = CurrentContext(function);
  if (context == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
  Result<std::shared_ptr<LoadedModel>> model = LoadedModel::Load(bytes);
  if (!model.ok()) return FailLoad(model.status(), what, function);
  const ModelInfo& info = *model.value()->info();
  ACL_RETURN_IF_ERROR(
      CheckMemory(function, "work", memory.work, memory.work_bytes, info.work_bytes));
  ACL_RETURN_IF_ERROR(
      CheckMemory(function, "weight", memory.weight, memory.weight_bytes, info.weight_bytes));
  model.value()->set_context(context.get());
  *id = AddModel(std::move(model).value());
  return ACL_SUCCESS;
}

aclError LoadFile(const char* function, const char* path, const UserMemory& memory, uint32_t* id) {
  std::string bytes;
  ACL_RETURN_IF_ERROR(ReadModelBytes(path, function, &bytes));
  return Load(function, bytes, path, memory, id);
}

// As far as memory that is known goes; else as far as a model may.
std::string_view Reachable(const void* address) {
  const Place place = FindPlace(address);
  return {static_cast<const char*>(address),
          place.where == Place::Where::kBlock ? place.left : size_t{INT32_MAX}};
}

// For a load without a length.
aclError Measure(const char* function, const void* address, size_t* size) {
  const Result<size_t> length = MeasureModel(Reachable(address));
  if (!length.ok()) return FailLoad(length.status(), kInMemory, function);
  *size = length.value();
  return ACL_SUCCESS;
}

aclError QuerySize(const char* function, std::string_view bytes, const char* what,
                   size_t* work_size, size_t* weight_size) {
  const Result<ModelFile> file = ReadModelFile(bytes);
  if (!file.ok()) return FailLoad(file.status(), what, function);
  *work_size = kWorkBytes;
  *weight_size = file.value().onnx.size();
  return ACL_SUCCESS;
}

bool IsPointer(aclmdlConfigAttr attr) {
  switch (attr) {
    case ACL_MDL_PATH_PTR:
    case ACL_MDL_MEM_ADDR_PTR:
    case ACL_MDL_WEIGHT_ADDR_PTR:
    case ACL_MDL_WORKSPACE_ADDR_PTR:
    case ACL_MDL_INPUTQ_ADDR_PTR:
    case ACL_MDL_OUTPUTQ_ADDR_PTR:
      return true;
    default:
      return false;
  }
}

uint64_t Number(const aclmdlConfigHandle* handle, aclmdlConfigAttr attr) {
  const auto found = handle->numbers.find(attr);
  return found == handle->numbers.end() ? 0 : found->second;
}

void* Address(const aclmdlConfigHandle* handle, aclmdlConfigAttr attr) {
  return reinterpret_cast<void*>(Number(handle, attr));
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError aclmdlQuerySize(const char* fileName, size_t* workSize, size_t* weightSize) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(fileName);
  ACL_REQUIRE_NOT_NULL(workSize);
  ACL_REQUIRE_NOT_NULL(weightSize);
  std::string bytes;
  ACL_RETURN_IF_ERROR(ReadModelBytes(fileName, __func__, &bytes));
  return QuerySize(__func__, bytes, fileName, workSize, weightSize);
}

aclError aclmdlQuerySizeFromMem(const void* model, size_t modelSize, size_t* workSize,
                                size_t* weightSize) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(model);
  ACL_REQUIRE_NOT_NULL(workSize);
  ACL_REQUIRE_NOT_NULL(weightSize);
  return QuerySize(__func__, {static_cast<const char*>(model), modelSize}, kInMemory, workSize,
                   weightSize);
}

aclError aclmdlLoadFromFile(const char* modelPath, uint32_t* modelId) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(modelPath);
  ACL_REQUIRE_NOT_NULL(modelId);
  return LoadFile(__func__, modelPath, {}, modelId);
}

aclError aclmdlLoadFromFileWithMem(const char* modelPath, uint32_t* modelId, void* workPtr,
                                   size_t workSize, void* weightPtr, size_t weightSize) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(modelPath);
  ACL_REQUIRE_NOT_NULL(modelId);
  return LoadFile(__func__, modelPath, {workPtr, workSize, weightPtr, weightSize}, modelId);
}

aclError aclmdlLoadFromMem(const void* model, size_t modelSize, uint32_t* modelId) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(model);
  ACL_REQUIRE_NOT_NULL(modelId);
  return Load(__func__, {static_cast<const char*>(model), modelSize}, kInMemory, {}, modelId);
}

aclError aclmdlLoadFromMemWithMem(const void* model, size_t modelSize, uint32_t* modelId,
                                  void* workPtr, size_t workSize, void* weightPtr,
                                  size_t weightSize) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(model);
  ACL_REQUIRE_NOT_NULL(modelId);
  return Load(__func__, {static_cast<const char*>(model), modelSize}, kInMemory,
              {workPtr, workSize, weightPtr, weightSize}, modelId);
}

aclError aclmdlUnload(uint32_t modelId) {
  ACL_ENTRY();
  if (GetConfig().strict) {
    const std::shared_ptr<LoadedModel> model = FindModel(modelId, __func__);
    if (model == nullptr) return ACL_ERROR_GE_EXEC_MODEL_ID_INVALID;
    const std::shared_ptr<Context> context = CurrentContext(__func__);
    if (context == nullptr) return ACL_ERROR_RT_CONTEXT_NULL;
    if (context.get() != model->context())
      return ACL_FAIL(ACL_ERROR_RT_MODEL_CONTEXT,
                      "model %u was loaded in another context than this thread's "
                      "(INFERSERVER_ACL_STRICT=1)",
                      modelId);
  }
  return TakeModel(modelId, __func__) == nullptr ? ACL_ERROR_GE_EXEC_MODEL_ID_INVALID : ACL_SUCCESS;
}

aclmdlConfigHandle* aclmdlCreateConfigHandle() {
  ACL_ENTRY_OR(nullptr);
  return CreateLive<aclmdlConfigHandle>(__func__);
}

aclError aclmdlDestroyConfigHandle(aclmdlConfigHandle* handle) {
  ACL_ENTRY();
  return DestroyLive(handle, __func__, "handle");
}

aclError aclmdlSetConfigOpt(aclmdlConfigHandle* handle, aclmdlConfigAttr attr,
                            const void* attrValue, size_t valueSize) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(handle);
  ACL_REQUIRE_NOT_NULL(attrValue);
  if (attr < ACL_MDL_PRIORITY_INT32 || attr > ACL_MDL_WORKSPACE_MEM_OPTIMIZE)
    return ACL_FAIL(attr > ACL_MDL_WORKSPACE_MEM_OPTIMIZE && attr <= ACL_MDL_DYNAMIC_TASK_SIZET
                        ? ACL_ERROR_FEATURE_UNSUPPORTED
                        : ACL_ERROR_INVALID_PARAM,
                    "attribute %d is none of those that are taken here, 0 to %d", attr,
                    ACL_MDL_WORKSPACE_MEM_OPTIMIZE);
  const size_t expected = attr == ACL_MDL_PRIORITY_INT32 ? sizeof(int32_t) : sizeof(uint64_t);
  if (valueSize != expected)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM,
                    "the value of attribute %d has %zu bytes, must have %zu%s", attr, valueSize,
                    expected, IsPointer(attr) ? ": give the address of the pointer" : "");
  uint64_t number = 0;
  std::memcpy(&number, attrValue, valueSize);
  handle->numbers[attr] = number;
  if (attr == ACL_MDL_PATH_PTR) {
    if (number == 0) return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "the path must not be NULL");
    handle->path = reinterpret_cast<const char*>(number);
  }
  return ACL_SUCCESS;
}

aclError aclmdlLoadWithConfig(const aclmdlConfigHandle* handle, uint32_t* modelId) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(handle);
  ACL_REQUIRE_NOT_NULL(modelId);
  const uint64_t type = Number(handle, ACL_MDL_LOAD_TYPE_SIZET);
  UserMemory memory;
  if (type == ACL_MDL_LOAD_FROM_FILE_WITH_MEM || type == ACL_MDL_LOAD_FROM_MEM_WITH_MEM)
    memory = {Address(handle, ACL_MDL_WORKSPACE_ADDR_PTR), Number(handle, ACL_MDL_WORKSPACE_SIZET),
              Address(handle, ACL_MDL_WEIGHT_ADDR_PTR), Number(handle, ACL_MDL_WEIGHT_SIZET)};
  if (type == ACL_MDL_LOAD_FROM_FILE || type == ACL_MDL_LOAD_FROM_FILE_WITH_MEM) {
    if (handle->path.empty())
      return ACL_FAIL(ACL_ERROR_INVALID_PARAM,
                      "load type %d needs ACL_MDL_PATH_PTR, which is not set",
                      static_cast<int>(type));
    return LoadFile(__func__, handle->path.c_str(), memory, modelId);
  }
  if (type != ACL_MDL_LOAD_FROM_MEM && type != ACL_MDL_LOAD_FROM_MEM_WITH_MEM)
    return ACL_FAIL(type == ACL_MDL_LOAD_FROM_FILE_WITH_Q || type == ACL_MDL_LOAD_FROM_MEM_WITH_Q
                        ? ACL_ERROR_FEATURE_UNSUPPORTED
                        : ACL_ERROR_INVALID_PARAM,
                    "load type %d, must be 1 to 4 (queues are not built)", static_cast<int>(type));
  const void* address = Address(handle, ACL_MDL_MEM_ADDR_PTR);
  if (address == nullptr)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM,
                    "load type %d needs ACL_MDL_MEM_ADDR_PTR, which is not set",
                    static_cast<int>(type));
  size_t size = Number(handle, ACL_MDL_MEM_SIZET);
  if (size == 0) ACL_RETURN_IF_ERROR(Measure(__func__, address, &size));
  return Load(__func__, {static_cast<const char*>(address), size}, kInMemory, memory, modelId);
}
