// SPDX-License-Identifier: Apache-2.0
// aclmdlDesc and its accessors.
#include <algorithm>
#include <cstring>

#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/model.h"

namespace infer_server::devices::acl {
namespace {

using Dims = std::vector<int64_t>;

// Reports what is no description, and an empty one.
const ModelInfo* Info(const aclmdlDesc* desc, const char* function) {
  if (CheckLive(desc, function, "modelDesc") != ACL_SUCCESS) return nullptr;
  if (desc->info == nullptr)
    Fail(ACL_ERROR_INVALID_PARAM, function,
         "the description is empty; call aclmdlGetDesc with it first");
  return desc->info.get();
}

// Reports an index beyond the tensors, too.
const IoTensor* Find(const aclmdlDesc* desc, bool input, size_t index, const char* function) {
  if (Info(desc, function) == nullptr) return nullptr;
  const std::vector<IoTensor>& tensors = input ? desc->info->inputs : desc->info->outputs;
  if (index < tensors.size()) return &tensors[index];
  Fail(ACL_ERROR_INVALID_PARAM, function, "index is %zu, and the model has %zu %s", index,
       tensors.size(), input ? "inputs" : "outputs");
  return nullptr;
}

// Names that aclmdlIODims cannot hold get another, which aclmdlGetTensorRealName leads back from.
std::string ShortName(const aclmdlDesc* desc, bool input, size_t index, const std::string& name) {
  if (name.size() < ACL_MAX_TENSOR_NAME_LEN) return name;
  return "acl_modelId_" + std::to_string(desc->id) + (input ? "_input_" : "_output_") +
         std::to_string(index) + "_" + std::to_string(std::hash<std::string>()(name) % 1000000);
}

aclError Write(const aclmdlDesc* desc, bool input, size_t index, const std::string& name,
               const Dims& from, aclmdlIODims* dims) {
  std::memset(dims, 0, sizeof(*dims));
  const std::string text = ShortName(desc, input, index, name);
  std::memcpy(dims->name, text.c_str(), text.size() + 1);
  dims->dimCount = std::min<size_t>(from.size(), ACL_MAX_DIM_CNT);
  std::copy_n(from.begin(), dims->dimCount, dims->dims);
  return ACL_SUCCESS;
}

aclError IndexOf(const aclmdlDesc* desc, bool input, const char* name, size_t* index,
                 const char* function) {
  if (name == nullptr || index == nullptr)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "name and index must not be NULL");
  ACL_RETURN_IF_ERROR(CheckLive(desc, function, "modelDesc"));
  if (Find(desc, input, 0, function) == nullptr) return ACL_ERROR_INVALID_PARAM;
  const std::vector<IoTensor>& tensors = input ? desc->info->inputs : desc->info->outputs;
  std::string all;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].name == name || ShortName(desc, input, i, tensors[i].name) == name) {
      *index = i;
      return ACL_SUCCESS;
    }
    all += (i == 0 ? "" : ", ") + tensors[i].name;
  }
  return Fail(ACL_ERROR_INVALID_PARAM, function, "there is no '%s'; there are: %s", name,
              all.c_str());
}

// The name as long as the description lives; long ones as aclmdlIODims has them.
const char* NameOf(const aclmdlDesc* desc, bool input, size_t index, const char* function) {
  const IoTensor* tensor = Find(desc, input, index, function);
  if (tensor == nullptr) return "";
  if (tensor->name.size() < ACL_MAX_TENSOR_NAME_LEN) return tensor->name.c_str();
  thread_local std::string short_name;
  short_name = ShortName(desc, input, index, tensor->name);
  return short_name.c_str();
}

aclError SetDesc(aclmdlDesc* desc, std::string_view bytes, const char* what, const char* function) {
  Result<std::shared_ptr<LoadedModel>> model = LoadedModel::Load(bytes);
  if (!model.ok()) return FailLoad(model.status(), what, function);
  desc->id = 0;
  desc->info = model.value()->info();
  return ACL_SUCCESS;
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclmdlDesc* aclmdlCreateDesc() {
  ACL_ENTRY_OR(nullptr);
  return CreateLive<aclmdlDesc>(__func__);
}

aclError aclmdlDestroyDesc(aclmdlDesc* modelDesc) {
  ACL_ENTRY();
  return DestroyLive(modelDesc, __func__, "modelDesc");
}

aclError aclmdlGetDesc(aclmdlDesc* modelDesc, uint32_t modelId) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(modelDesc);
  const std::shared_ptr<LoadedModel> model = FindModel(modelId, __func__);
  if (model == nullptr) return ACL_ERROR_GE_EXEC_MODEL_ID_INVALID;
  modelDesc->id = modelId;
  modelDesc->info = model->info();
  return ACL_SUCCESS;
}

aclError aclmdlGetDescFromFile(aclmdlDesc* modelDesc, const char* modelPath) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(modelDesc);
  ACL_REQUIRE_NOT_NULL(modelPath);
  std::string bytes;
  ACL_RETURN_IF_ERROR(ReadModelBytes(modelPath, __func__, &bytes));
  return SetDesc(modelDesc, bytes, modelPath, __func__);
}

aclError aclmdlGetDescFromMem(aclmdlDesc* modelDesc, const void* model, size_t modelSize) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(modelDesc);
  ACL_REQUIRE_NOT_NULL(model);
  return SetDesc(modelDesc, {static_cast<const char*>(model), modelSize}, "the model in memory",
                 __func__);
}

size_t aclmdlGetNumInputs(aclmdlDesc* modelDesc) {
  const ModelInfo* info = Info(modelDesc, __func__);
  return info == nullptr ? 0 : info->inputs.size();
}

size_t aclmdlGetNumOutputs(aclmdlDesc* modelDesc) {
  const ModelInfo* info = Info(modelDesc, __func__);
  return info == nullptr ? 0 : info->outputs.size();
}

size_t aclmdlGetInputSizeByIndex(aclmdlDesc* modelDesc, size_t index) {
  const IoTensor* tensor = Find(modelDesc, true, index, __func__);
  return tensor == nullptr ? 0 : tensor->bytes;
}

size_t aclmdlGetOutputSizeByIndex(aclmdlDesc* modelDesc, size_t index) {
  const IoTensor* tensor = Find(modelDesc, false, index, __func__);
  return tensor == nullptr ? 0 : tensor->bytes;
}

aclError aclmdlGetInputDims(const aclmdlDesc* modelDesc, size_t index, aclmdlIODims* dims) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(modelDesc);
  ACL_REQUIRE_NOT_NULL(dims);
  const IoTensor* tensor = Find(modelDesc, true, index, __func__);
  if (tensor == nullptr) return ACL_ERROR_INVALID_PARAM;
  return Write(modelDesc, true, index, tensor->name, tensor->dims, dims);
}

aclError aclmdlGetInputDimsV2(const aclmdlDesc* modelDesc, size_t index, aclmdlIODims* dims) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(modelDesc);
  ACL_REQUIRE_NOT_NULL(dims);
  const IoTensor* tensor = Find(modelDesc, true, index, __func__);
  if (tensor == nullptr) return ACL_ERROR_INVALID_PARAM;
  return Write(modelDesc, true, index, tensor->name, tensor->dims_v2, dims);
}

// Of an input that profiles change: from the smallest to the largest of each dimension. Of others
// there is no range.
aclError aclmdlGetInputDimsRange(const aclmdlDesc* modelDesc, size_t index,
                                 aclmdlIODimsRange* dimsRange) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(modelDesc);
  ACL_REQUIRE_NOT_NULL(dimsRange);
  const IoTensor* tensor = Find(modelDesc, true, index, __func__);
  if (tensor == nullptr) return ACL_ERROR_INVALID_PARAM;
  std::memset(dimsRange, 0, sizeof(*dimsRange));
  const ModelInfo& info = *modelDesc->info;
  if (std::count(tensor->dims.begin(), tensor->dims.end(), -1) == 0) return ACL_SUCCESS;
  const size_t count = info.profiles[0].inputs[index].size();
  dimsRange->rangeCount = count;
  for (size_t d = 0; d < count; ++d) {
    int64_t *least = &dimsRange->range[d][0], *most = &dimsRange->range[d][1];
    *least = *most = info.profiles[0].inputs[index][d];
    for (const Profile& profile : info.profiles) {
      *least = std::min(*least, profile.inputs[index][d]);
      *most = std::max(*most, profile.inputs[index][d]);
    }
  }
  return ACL_SUCCESS;
}

aclError aclmdlGetOutputDims(const aclmdlDesc* modelDesc, size_t index, aclmdlIODims* dims) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(modelDesc);
  ACL_REQUIRE_NOT_NULL(dims);
  const IoTensor* tensor = Find(modelDesc, false, index, __func__);
  if (tensor == nullptr) return ACL_ERROR_INVALID_PARAM;
  return Write(modelDesc, false, index, tensor->name, tensor->dims, dims);
}

aclError aclmdlGetCurOutputDims(const aclmdlDesc* modelDesc, size_t index, aclmdlIODims* dims) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(modelDesc);
  ACL_REQUIRE_NOT_NULL(dims);
  const IoTensor* tensor = Find(modelDesc, false, index, __func__);
  if (tensor == nullptr) return ACL_ERROR_INVALID_PARAM;
  const ModelInfo& info = *modelDesc->info;
  const int current = info.current;
  const size_t profile = current < 0 ? info.largest : static_cast<size_t>(current);
  return Write(modelDesc, false, index, tensor->name, info.profiles[profile].outputs[index], dims);
}

const char* aclmdlGetInputNameByIndex(const aclmdlDesc* modelDesc, size_t index) {
  return NameOf(modelDesc, true, index, __func__);
}

const char* aclmdlGetOutputNameByIndex(const aclmdlDesc* modelDesc, size_t index) {
  return NameOf(modelDesc, false, index, __func__);
}

aclFormat aclmdlGetInputFormat(const aclmdlDesc* modelDesc, size_t index) {
  const IoTensor* tensor = Find(modelDesc, true, index, __func__);
  return tensor == nullptr ? ACL_FORMAT_UNDEFINED : tensor->format;
}

aclFormat aclmdlGetOutputFormat(const aclmdlDesc* modelDesc, size_t index) {
  const IoTensor* tensor = Find(modelDesc, false, index, __func__);
  return tensor == nullptr ? ACL_FORMAT_UNDEFINED : tensor->format;
}

aclDataType aclmdlGetInputDataType(const aclmdlDesc* modelDesc, size_t index) {
  const IoTensor* tensor = Find(modelDesc, true, index, __func__);
  return tensor == nullptr ? ACL_DT_UNDEFINED : tensor->type;
}

aclDataType aclmdlGetOutputDataType(const aclmdlDesc* modelDesc, size_t index) {
  const IoTensor* tensor = Find(modelDesc, false, index, __func__);
  return tensor == nullptr ? ACL_DT_UNDEFINED : tensor->type;
}

aclError aclmdlGetInputIndexByName(const aclmdlDesc* modelDesc, const char* name, size_t* index) {
  ACL_ENTRY();
  return IndexOf(modelDesc, true, name, index, __func__);
}

aclError aclmdlGetOutputIndexByName(const aclmdlDesc* modelDesc, const char* name, size_t* index) {
  ACL_ENTRY();
  return IndexOf(modelDesc, false, name, index, __func__);
}

const char* aclmdlGetTensorRealName(const aclmdlDesc* modelDesc, const char* name) {
  ACL_ENTRY_OR(nullptr);
  size_t index = 0;
  if (name == nullptr || Find(modelDesc, true, 0, __func__) == nullptr) return nullptr;
  for (const bool input : {true, false}) {
    const std::vector<IoTensor>& tensors =
        input ? modelDesc->info->inputs : modelDesc->info->outputs;
    for (index = 0; index < tensors.size(); ++index)
      if (tensors[index].name == name ||
          ShortName(modelDesc, input, index, tensors[index].name) == name)
        return tensors[index].name.c_str();
  }
  ACL_FAIL(ACL_ERROR_INVALID_PARAM, "there is no tensor '%s'", name);
  return nullptr;
}
