// SPDX-License-Identifier: Apache-2.0
// AIPP: parameters of dynamic, queries of static.
#include <algorithm>
#include <cstring>

#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/model.h"

struct aclmdlAIPP : infer_server::devices::acl::Live<aclmdlAIPP> {
  static constexpr const char* kWhat = "set of AIPP parameters (aclmdlCreateAIPP)";
  infer_server::devices::acl::AippParams params;
};

namespace infer_server::devices::acl {
namespace {

// What the extra input has room for: parameters of all pictures, and of each.
constexpr size_t kSharedBytes = 64, kItemBytes = 96;
constexpr uint64_t kMostPictures = 1024;

AippItem* Item(aclmdlAIPP* aipp, uint64_t batch_index, const char* function) {
  if (batch_index < aipp->params.items.size()) return &aipp->params.items[batch_index];
  Fail(ACL_ERROR_INVALID_PARAM, function, "batchIndex is %llu, must be less than %zu",
       static_cast<unsigned long long>(batch_index), aipp->params.items.size());
  return nullptr;
}

aclError CheckSwitch(const char* function, const char* name, int value) {
  if (value == 0 || value == 1) return ACL_SUCCESS;
  return Fail(ACL_ERROR_INVALID_PARAM, function, "%s is %d, must be 0 or 1", name, value);
}

// The network's input that an input with dynamic AIPP's name belongs to; SIZE_MAX: none.
size_t DataInput(const ModelInfo& info, size_t index) {
  const auto found = std::find(info.attached.begin(), info.attached.end(), index);
  return index == ACL_INVALID_NODE_INDEX || found == info.attached.end()
             ? SIZE_MAX
             : static_cast<size_t>(found - info.attached.begin());
}

aclError SetInput(const char* function, const ModelInfo& info, aclmdlDataset* dataset, size_t input,
                  const aclmdlAIPP* aipp) {
  const AippParams& params = aipp->params;
  size_t rows = 0;
  for (const Profile& profile : info.profiles)
    rows = std::max(rows, static_cast<size_t>(profile.rows));
  if (params.items.size() != rows)
    return Fail(ACL_ERROR_GE_PARAM_INVALID, function,
                "the parameters are for %zu pictures, must be for %zu, the model's largest batch",
                params.items.size(), rows);
  const size_t picture = AippPictureBytes(params.format, params.src_width, params.src_height);
  if (picture == 0)
    return Fail(ACL_ERROR_GE_PARAM_INVALID, function,
                "no picture has format %d and %d x %d pixels; call aclmdlSetAIPPInputFormat and "
                "aclmdlSetAIPPSrcImageSize with a format that is supported and a size that fits",
                params.format, params.src_width, params.src_height);
  const AippConfig& config = info.file.aipp[static_cast<size_t>(info.aipp[input])];
  if (picture * rows > config.max_src_bytes)
    return Fail(ACL_ERROR_GE_PARAM_INVALID, function,
                "%zu pictures of %zu bytes are more than max_src_image_size, which is %zu", rows,
                picture, config.max_src_bytes);
  dataset->aipp[input] = std::make_shared<const AippParams>(params);
  return ACL_SUCCESS;
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclmdlAIPP* aclmdlCreateAIPP(uint64_t batchSize) {
  ACL_ENTRY_OR(nullptr);
  if (batchSize < 1 || batchSize > kMostPictures) {
    ACL_FAIL(ACL_ERROR_INVALID_PARAM, "batchSize is %llu, must be 1 to %llu",
             static_cast<unsigned long long>(batchSize),
             static_cast<unsigned long long>(kMostPictures));
    return nullptr;
  }
  auto* aipp = CreateLive<aclmdlAIPP>(__func__);
  if (aipp != nullptr) aipp->params.items.resize(batchSize);
  return aipp;
}

aclError aclmdlDestroyAIPP(const aclmdlAIPP* aippParmsSet) {
  ACL_ENTRY();
  return DestroyLive(aippParmsSet, __func__, "aippParmsSet");
}

aclError aclmdlGetAippDataSize(uint64_t batchSize, size_t* size) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(size);
  if (batchSize < 1 || batchSize > kMostPictures)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "batchSize is %llu, must be 1 to %llu",
                    static_cast<unsigned long long>(batchSize),
                    static_cast<unsigned long long>(kMostPictures));
  *size = kSharedBytes + kItemBytes * batchSize;
  return ACL_SUCCESS;
}

aclError aclmdlSetAIPPInputFormat(aclmdlAIPP* aippParmsSet, aclAippInputFormat inputFormat) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(aippParmsSet);
  if (AippFormatName(inputFormat) == nullptr)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM,
                    "format %d, must be 1 (YUV420SP), 2 (XRGB8888), 3 (RGB888) or 4 (YUV400)",
                    inputFormat);
  aippParmsSet->params.format = inputFormat;
  return ACL_SUCCESS;
}

aclError aclmdlSetAIPPCscParams(aclmdlAIPP* aippParmsSet, int8_t cscSwitch, int16_t cscMatrixR0C0,
                                int16_t cscMatrixR0C1, int16_t cscMatrixR0C2, int16_t cscMatrixR1C0,
                                int16_t cscMatrixR1C1, int16_t cscMatrixR1C2, int16_t cscMatrixR2C0,
                                int16_t cscMatrixR2C1, int16_t cscMatrixR2C2,
                                uint8_t cscOutputBiasR0, uint8_t cscOutputBiasR1,
                                uint8_t cscOutputBiasR2, uint8_t cscInputBiasR0,
                                uint8_t cscInputBiasR1, uint8_t cscInputBiasR2) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(aippParmsSet);
  ACL_RETURN_IF_ERROR(CheckSwitch(__func__, "cscSwitch", cscSwitch));
  AippParams& p = aippParmsSet->params;
  p.csc = cscSwitch != 0;
  p.matrix = {cscMatrixR0C0, cscMatrixR0C1, cscMatrixR0C2, cscMatrixR1C0, cscMatrixR1C1,
              cscMatrixR1C2, cscMatrixR2C0, cscMatrixR2C1, cscMatrixR2C2};
  p.output_bias = {cscOutputBiasR0, cscOutputBiasR1, cscOutputBiasR2};
  p.input_bias = {cscInputBiasR0, cscInputBiasR1, cscInputBiasR2};
  return ACL_SUCCESS;
}

aclError aclmdlSetAIPPRbuvSwapSwitch(aclmdlAIPP* aippParmsSet, int8_t rbuvSwapSwitch) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(aippParmsSet);
  ACL_RETURN_IF_ERROR(CheckSwitch(__func__, "rbuvSwapSwitch", rbuvSwapSwitch));
  aippParmsSet->params.rbuv_swap = rbuvSwapSwitch != 0;
  return ACL_SUCCESS;
}

aclError aclmdlSetAIPPAxSwapSwitch(aclmdlAIPP* aippParmsSet, int8_t axSwapSwitch) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(aippParmsSet);
  ACL_RETURN_IF_ERROR(CheckSwitch(__func__, "axSwapSwitch", axSwapSwitch));
  aippParmsSet->params.ax_swap = axSwapSwitch != 0;
  return ACL_SUCCESS;
}

aclError aclmdlSetAIPPSrcImageSize(aclmdlAIPP* aippParmsSet, int32_t srcImageSizeW,
                                   int32_t srcImageSizeH) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(aippParmsSet);
  if (srcImageSizeW < 1 || srcImageSizeH < 1)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "the picture is %d x %d, must be 1 or more",
                    srcImageSizeW, srcImageSizeH);
  aippParmsSet->params.src_width = srcImageSizeW;
  aippParmsSet->params.src_height = srcImageSizeH;
  return ACL_SUCCESS;
}

aclError aclmdlSetAIPPScfParams(aclmdlAIPP* aippParmsSet, int8_t scfSwitch, int32_t scfInputSizeW,
                                int32_t scfInputSizeH, int32_t scfOutputSizeW,
                                int32_t scfOutputSizeH, uint64_t batchIndex) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(aippParmsSet);
  AippItem* item = Item(aippParmsSet, batchIndex, __func__);
  if (item == nullptr) return ACL_ERROR_INVALID_PARAM;
  ACL_RETURN_IF_ERROR(CheckSwitch(__func__, "scfSwitch", scfSwitch));
  item->resize = scfSwitch != 0;
  item->resize_in_width = scfInputSizeW;
  item->resize_in_height = scfInputSizeH;
  item->resize_width = scfOutputSizeW;
  item->resize_height = scfOutputSizeH;
  return ACL_SUCCESS;
}

aclError aclmdlSetAIPPCropParams(aclmdlAIPP* aippParmsSet, int8_t cropSwitch, int32_t cropStartPosW,
                                 int32_t cropStartPosH, int32_t cropSizeW, int32_t cropSizeH,
                                 uint64_t batchIndex) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(aippParmsSet);
  AippItem* item = Item(aippParmsSet, batchIndex, __func__);
  if (item == nullptr) return ACL_ERROR_INVALID_PARAM;
  ACL_RETURN_IF_ERROR(CheckSwitch(__func__, "cropSwitch", cropSwitch));
  item->crop = cropSwitch != 0;
  item->crop_x = cropStartPosW;
  item->crop_y = cropStartPosH;
  item->crop_width = cropSizeW;
  item->crop_height = cropSizeH;
  return ACL_SUCCESS;
}

aclError aclmdlSetAIPPPaddingParams(aclmdlAIPP* aippParmsSet, int8_t paddingSwitch,
                                    int32_t paddingSizeTop, int32_t paddingSizeBottom,
                                    int32_t paddingSizeLeft, int32_t paddingSizeRight,
                                    uint64_t batchIndex) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(aippParmsSet);
  AippItem* item = Item(aippParmsSet, batchIndex, __func__);
  if (item == nullptr) return ACL_ERROR_INVALID_PARAM;
  ACL_RETURN_IF_ERROR(CheckSwitch(__func__, "paddingSwitch", paddingSwitch));
  item->padding = paddingSwitch != 0;
  item->pad_top = paddingSizeTop;
  item->pad_bottom = paddingSizeBottom;
  item->pad_left = paddingSizeLeft;
  item->pad_right = paddingSizeRight;
  return ACL_SUCCESS;
}

aclError aclmdlSetAIPPDtcPixelMean(aclmdlAIPP* aippParmsSet, int16_t dtcPixelMeanChn0,
                                   int16_t dtcPixelMeanChn1, int16_t dtcPixelMeanChn2,
                                   int16_t dtcPixelMeanChn3, uint64_t batchIndex) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(aippParmsSet);
  AippItem* item = Item(aippParmsSet, batchIndex, __func__);
  if (item == nullptr) return ACL_ERROR_INVALID_PARAM;
  item->mean = {dtcPixelMeanChn0, dtcPixelMeanChn1, dtcPixelMeanChn2, dtcPixelMeanChn3};
  return ACL_SUCCESS;
}

aclError aclmdlSetAIPPDtcPixelMin(aclmdlAIPP* aippParmsSet, float dtcPixelMinChn0,
                                  float dtcPixelMinChn1, float dtcPixelMinChn2,
                                  float dtcPixelMinChn3, uint64_t batchIndex) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(aippParmsSet);
  AippItem* item = Item(aippParmsSet, batchIndex, __func__);
  if (item == nullptr) return ACL_ERROR_INVALID_PARAM;
  item->min = {dtcPixelMinChn0, dtcPixelMinChn1, dtcPixelMinChn2, dtcPixelMinChn3};
  return ACL_SUCCESS;
}

aclError aclmdlSetAIPPPixelVarReci(aclmdlAIPP* aippParmsSet, float dtcPixelVarReciChn0,
                                   float dtcPixelVarReciChn1, float dtcPixelVarReciChn2,
                                   float dtcPixelVarReciChn3, uint64_t batchIndex) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(aippParmsSet);
  AippItem* item = Item(aippParmsSet, batchIndex, __func__);
  if (item == nullptr) return ACL_ERROR_INVALID_PARAM;
  item->var_reci = {dtcPixelVarReciChn0, dtcPixelVarReciChn1, dtcPixelVarReciChn2,
                    dtcPixelVarReciChn3};
  return ACL_SUCCESS;
}

aclError aclmdlSetInputAIPP(uint32_t modelId, aclmdlDataset* dataset, size_t index,
                            const aclmdlAIPP* aippParmsSet) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(dataset);
  ACL_REQUIRE_LIVE(aippParmsSet);
  const std::shared_ptr<LoadedModel> model = FindModel(modelId, __func__);
  if (model == nullptr) return ACL_ERROR_GE_EXEC_MODEL_ID_INVALID;
  const size_t input = DataInput(*model->info(), index);
  if (input == SIZE_MAX)
    return ACL_FAIL(ACL_ERROR_GE_AIPP_NOT_EXIST,
                    "input %zu of model %u is not that of dynamic AIPP ('%s')", index, modelId,
                    ACL_DYNAMIC_AIPP_NAME);
  return SetInput(__func__, *model->info(), dataset, input, aippParmsSet);
}

aclError aclmdlSetAIPPByInputIndex(uint32_t modelId, aclmdlDataset* dataset, size_t index,
                                   const aclmdlAIPP* aippParmsSet) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(dataset);
  ACL_REQUIRE_LIVE(aippParmsSet);
  const std::shared_ptr<LoadedModel> model = FindModel(modelId, __func__);
  if (model == nullptr) return ACL_ERROR_GE_EXEC_MODEL_ID_INVALID;
  const ModelInfo& info = *model->info();
  if (index >= info.data_inputs || info.attached[index] == ACL_INVALID_NODE_INDEX)
    return ACL_FAIL(ACL_ERROR_GE_AIPP_NOT_EXIST, "input %zu of model %u has no dynamic AIPP", index,
                    modelId);
  return SetInput(__func__, info, dataset, index, aippParmsSet);
}

aclError aclmdlGetAippType(uint32_t modelId, size_t index, aclmdlInputAippType* type,
                           size_t* dynamicAttachedDataIndex) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(type);
  ACL_REQUIRE_NOT_NULL(dynamicAttachedDataIndex);
  const std::shared_ptr<LoadedModel> model = FindModel(modelId, __func__);
  if (model == nullptr) return ACL_ERROR_GE_EXEC_MODEL_ID_INVALID;
  const ModelInfo& info = *model->info();
  if (index >= info.inputs.size())
    return ACL_FAIL(ACL_ERROR_GE_PARAM_INVALID, "index is %zu, and model %u has %zu inputs", index,
                    modelId, info.inputs.size());
  *dynamicAttachedDataIndex = ACL_INVALID_NODE_INDEX;
  if (index >= info.data_inputs) {
    const size_t input = DataInput(info, index);
    *type = input == SIZE_MAX ? ACL_DATA_WITHOUT_AIPP : ACL_DYNAMIC_AIPP_NODE;
    return ACL_SUCCESS;
  }
  *type = info.aipp[index] < 0 ? ACL_DATA_WITHOUT_AIPP
          : info.file.aipp[static_cast<size_t>(info.aipp[index])].dynamic
              ? ACL_DATA_WITH_DYNAMIC_AIPP
              : ACL_DATA_WITH_STATIC_AIPP;
  *dynamicAttachedDataIndex = info.attached[index];
  return ACL_SUCCESS;
}

aclError aclmdlGetFirstAippInfo(uint32_t modelId, size_t index, aclAippInfo* aippInfo) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(aippInfo);
  const std::shared_ptr<LoadedModel> model = FindModel(modelId, __func__);
  if (model == nullptr) return ACL_ERROR_GE_EXEC_MODEL_ID_INVALID;
  const ModelInfo& info = *model->info();
  if (index >= info.data_inputs || info.aipp[index] < 0 ||
      info.file.aipp[static_cast<size_t>(info.aipp[index])].dynamic)
    return ACL_FAIL(ACL_ERROR_GE_AIPP_NOT_EXIST, "input %zu of model %u has no static AIPP", index,
                    modelId);
  WriteAippInfo(info, index, aippInfo);
  return ACL_SUCCESS;
}
