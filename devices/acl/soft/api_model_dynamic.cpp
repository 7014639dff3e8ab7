// SPDX-License-Identifier: Apache-2.0
// Models with profiles: batches, picture sizes or dimensions to choose from.
#include <algorithm>
#include <cstring>

#include "devices/acl/soft/data_buffer.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/memory_map.h"
#include "devices/acl/soft/model.h"

namespace infer_server::devices::acl {
namespace {

const char* NameOf(Dynamic dynamic) {
  switch (dynamic) {
    case Dynamic::kBatch:
      return "batches (aclmdlSetDynamicBatchSize)";
    case Dynamic::kImageSize:
      return "picture sizes (aclmdlSetDynamicHWSize)";
    case Dynamic::kDims:
      return "dimensions (aclmdlSetInputDynamicDims)";
    case Dynamic::kNone:
      break;
  }
  return "nothing";
}

std::string ProfilesText(const ModelInfo& info) {
  std::string text;
  for (const Profile& profile : info.profiles) {
    text += text.empty() ? "" : "; ";
    for (size_t i = 0; i < profile.values.size(); ++i)
      text += (i == 0 ? "" : ",") + std::to_string(profile.values[i]);
  }
  return text;
}

// All inputs' dimensions, one behind the other.
std::vector<int64_t> Concatenated(const Profile& profile) {
  std::vector<int64_t> all;
  for (const std::vector<int64_t>& dims : profile.inputs)
    all.insert(all.end(), dims.begin(), dims.end());
  return all;
}

aclError SetProfile(const char* function, const ModelInfo& info, aclmdlDataset* dataset,
                    size_t index, size_t profile) {
  if (index != info.profile_input || index >= dataset->buffers.size())
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "index is %zu, must be %zu, that of '%s', and the dataset (%zu buffers) must have "
                "it",
                index, info.profile_input, ACL_DYNAMIC_TENSOR_NAME, dataset->buffers.size());
  const aclDataBuffer* buffer = dataset->buffers[index];
  ACL_RETURN_IF_ERROR(CheckLive(buffer, function, ACL_DYNAMIC_TENSOR_NAME));
  const size_t bytes = info.inputs[index].bytes;
  if (buffer->data == nullptr)
    return Fail(ACL_ERROR_GE_DYNAMIC_INPUT_ADDR_INVALID, function, "the buffer of '%s' is NULL",
                ACL_DYNAMIC_TENSOR_NAME);
  if (buffer->size < bytes)
    return Fail(ACL_ERROR_GE_DYNAMIC_INPUT_LENGTH_INVALID, function,
                "the buffer of '%s' has %zu bytes, must have %zu", ACL_DYNAMIC_TENSOR_NAME,
                buffer->size, bytes);
  ACL_RETURN_IF_ERROR(CheckDeviceSpan(function, ACL_DYNAMIC_TENSOR_NAME, buffer->data, bytes));
  dataset->profile = info.profiles[profile].values;
  std::memcpy(buffer->data, dataset->profile.data(), bytes);
  info.current = static_cast<int>(profile);
  return ACL_SUCCESS;
}

// Finds the profile by its values and sets it; a model of another kind is refused.
aclError Set(const char* function, uint32_t id, aclmdlDataset* dataset, size_t index,
             Dynamic dynamic, const std::vector<int64_t>& values) {
  ACL_RETURN_IF_ERROR(CheckLive(dataset, function, "dataset"));
  const std::shared_ptr<LoadedModel> model = FindModel(id, function);
  if (model == nullptr) return ACL_ERROR_GE_EXEC_MODEL_ID_INVALID;
  const ModelInfo& info = *model->info();
  if (info.file.dynamic != dynamic)
    return Fail(ACL_ERROR_MODEL_NOT_DYNAMIC, function, "model %u lets one choose %s, not %s", id,
                NameOf(info.file.dynamic), NameOf(dynamic));
  for (size_t p = 0; p < info.profiles.size(); ++p)
    if ((dynamic == Dynamic::kDims ? Concatenated(info.profiles[p]) : info.profiles[p].values) ==
        values)
      return SetProfile(function, info, dataset, index, p);
  std::string given;
  for (const int64_t value : values) given += (given.empty() ? "" : ",") + std::to_string(value);
  return Fail(ACL_ERROR_GE_DYNAMIC_BATCH_SIZE_INVALID, function,
              "%s is none of the profiles of model %u: %s", given.c_str(), id,
              ProfilesText(info).c_str());
}

// The description's model; nullptr is reported.
const ModelInfo* InfoOf(const aclmdlDesc* desc, const char* function) {
  if (desc->info == nullptr)
    Fail(ACL_ERROR_INVALID_PARAM, function,
         "the description is empty; call aclmdlGetDesc with it first");
  return desc->info.get();
}

// The index of an input, or -1 for all.
aclError CheckIndex(const char* function, const ModelInfo& info, size_t index) {
  if (index == SIZE_MAX || index < info.inputs.size()) return ACL_SUCCESS;
  return Fail(ACL_ERROR_INVALID_PARAM, function, "index is %zu, and the model has %zu inputs",
              index, info.inputs.size());
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError aclmdlSetDynamicBatchSize(uint32_t modelId, aclmdlDataset* dataset, size_t index,
                                   uint64_t batchSize) {
  ACL_ENTRY();
  return Set(__func__, modelId, dataset, index, Dynamic::kBatch, {static_cast<int64_t>(batchSize)});
}

aclError aclmdlSetDynamicHWSize(uint32_t modelId, aclmdlDataset* dataset, size_t index,
                                uint64_t height, uint64_t width) {
  ACL_ENTRY();
  return Set(__func__, modelId, dataset, index, Dynamic::kImageSize,
             {static_cast<int64_t>(height), static_cast<int64_t>(width)});
}

aclError aclmdlSetInputDynamicDims(uint32_t modelId, aclmdlDataset* dataset, size_t index,
                                   const aclmdlIODims* dims) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(dims);
  if (dims->dimCount > ACL_MAX_DIM_CNT)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "dimCount is %zu, must be %d or less", dims->dimCount,
                    ACL_MAX_DIM_CNT);
  return Set(__func__, modelId, dataset, index, Dynamic::kDims,
             {dims->dims, dims->dims + dims->dimCount});
}

aclError aclmdlGetDynamicBatch(const aclmdlDesc* modelDesc, aclmdlBatch* batch) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(batch);
  ACL_REQUIRE_LIVE(modelDesc);
  const ModelInfo* info = InfoOf(modelDesc, __func__);
  if (info == nullptr) return ACL_ERROR_INVALID_PARAM;
  std::memset(batch, 0, sizeof(*batch));
  if (info->file.dynamic != Dynamic::kBatch) return ACL_SUCCESS;
  for (const Profile& profile : info->profiles)
    batch->batch[batch->batchCount++] = static_cast<uint64_t>(profile.values[0]);
  return ACL_SUCCESS;
}

aclError aclmdlGetDynamicHW(const aclmdlDesc* modelDesc, size_t index, aclmdlHW* hw) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(hw);
  ACL_REQUIRE_LIVE(modelDesc);
  const ModelInfo* info = InfoOf(modelDesc, __func__);
  if (info == nullptr) return ACL_ERROR_INVALID_PARAM;
  ACL_RETURN_IF_ERROR(CheckIndex(__func__, *info, index));
  std::memset(hw, 0, sizeof(*hw));
  if (info->file.dynamic != Dynamic::kImageSize) return ACL_SUCCESS;
  for (const Profile& profile : info->profiles) {
    hw->hw[hw->hwCount][0] = static_cast<uint64_t>(profile.values[0]);
    hw->hw[hw->hwCount++][1] = static_cast<uint64_t>(profile.values[1]);
  }
  return ACL_SUCCESS;
}

aclError aclmdlGetInputDynamicGearCount(const aclmdlDesc* modelDesc, size_t index,
                                        size_t* gearCount) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(gearCount);
  ACL_REQUIRE_LIVE(modelDesc);
  const ModelInfo* info = InfoOf(modelDesc, __func__);
  if (info == nullptr) return ACL_ERROR_INVALID_PARAM;
  ACL_RETURN_IF_ERROR(CheckIndex(__func__, *info, index));
  *gearCount = info->file.dynamic == Dynamic::kDims ? info->profiles.size() : 0;
  return ACL_SUCCESS;
}

aclError aclmdlGetInputDynamicDims(const aclmdlDesc* modelDesc, size_t index, aclmdlIODims* dims,
                                   size_t gearCount) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(dims);
  ACL_REQUIRE_LIVE(modelDesc);
  const ModelInfo* info = InfoOf(modelDesc, __func__);
  if (info == nullptr) return ACL_ERROR_INVALID_PARAM;
  ACL_RETURN_IF_ERROR(CheckIndex(__func__, *info, index));
  const size_t count = info->file.dynamic == Dynamic::kDims ? info->profiles.size() : 0;
  if (gearCount < count)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM,
                    "there is room for %zu profiles, and there are %zu "
                    "(aclmdlGetInputDynamicGearCount)",
                    gearCount, count);
  for (size_t p = 0; p < count; ++p) {
    const std::vector<int64_t> all = Concatenated(info->profiles[p]);
    std::memset(&dims[p], 0, sizeof(dims[p]));
    dims[p].dimCount = std::min<size_t>(all.size(), ACL_MAX_DIM_CNT);
    std::copy_n(all.begin(), dims[p].dimCount, dims[p].dims);
  }
  return ACL_SUCCESS;
}
