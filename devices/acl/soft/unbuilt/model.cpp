// SPDX-License-Identifier: Apache-2.0
#include "acl/acl_mdl.h"

#include "devices/acl/soft/unbuilt/unbuilt.h"

UNBUILT(aclmdlDesc*, aclmdlCreateDesc, ())
UNBUILT(aclError, aclmdlDestroyDesc, (aclmdlDesc * modelDesc))
UNBUILT(aclError, aclmdlGetDesc, (aclmdlDesc * modelDesc, uint32_t modelId))
UNBUILT(aclError, aclmdlGetDescFromFile, (aclmdlDesc * modelDesc, const char* modelPath))
UNBUILT(aclError, aclmdlGetDescFromMem,
        (aclmdlDesc * modelDesc, const void* model, size_t modelSize))
UNBUILT(size_t, aclmdlGetNumInputs, (aclmdlDesc * modelDesc))
UNBUILT(size_t, aclmdlGetNumOutputs, (aclmdlDesc * modelDesc))
UNBUILT(size_t, aclmdlGetInputSizeByIndex, (aclmdlDesc * modelDesc, size_t index))
UNBUILT(size_t, aclmdlGetOutputSizeByIndex, (aclmdlDesc * modelDesc, size_t index))
UNBUILT(aclmdlExecConfigHandle*, aclmdlCreateExecConfigHandle, ())
UNBUILT(aclError, aclmdlDestroyExecConfigHandle, (const aclmdlExecConfigHandle* handle))
UNBUILT(aclmdlDataset*, aclmdlCreateDataset, ())
UNBUILT(aclError, aclmdlDestroyDataset, (const aclmdlDataset* dataset))
UNBUILT(aclError, aclmdlAddDatasetBuffer, (aclmdlDataset * dataset, aclDataBuffer* dataBuffer))
UNBUILT(aclError, aclmdlSetDatasetTensorDesc,
        (aclmdlDataset * dataset, aclTensorDesc* tensorDesc, size_t index))
UNBUILT(aclTensorDesc*, aclmdlGetDatasetTensorDesc, (const aclmdlDataset* dataset, size_t index))
UNBUILT(size_t, aclmdlGetDatasetNumBuffers, (const aclmdlDataset* dataset))
UNBUILT(aclDataBuffer*, aclmdlGetDatasetBuffer, (const aclmdlDataset* dataset, size_t index))
UNBUILT(aclError, aclmdlLoadFromFile, (const char* modelPath, uint32_t* modelId))
UNBUILT(aclError, aclmdlBundleLoadFromFile, (const char* modelPath, uint32_t* bundleId))
UNBUILT(aclError, aclmdlBundleLoadFromMem,
        (const void* model, size_t modelSize, uint32_t* bundleId))
UNBUILT(aclError, aclmdlBundleUnload, (uint32_t bundleId))
UNBUILT(aclError, aclmdlBundleGetModelNum, (uint32_t bundleId, size_t* modelNum))
UNBUILT(aclError, aclmdlBundleGetModelId, (uint32_t bundleId, size_t index, uint32_t* modelId))
UNBUILT(aclError, aclmdlLoadFromMem, (const void* model, size_t modelSize, uint32_t* modelId))
UNBUILT(aclError, aclmdlLoadFromFileWithMem,
        (const char* modelPath, uint32_t* modelId, void* workPtr, size_t workSize, void* weightPtr,
         size_t weightSize))
UNBUILT(aclError, aclmdlLoadFromMemWithMem,
        (const void* model, size_t modelSize, uint32_t* modelId, void* workPtr, size_t workSize,
         void* weightPtr, size_t weightSize))
UNBUILT(aclError, aclmdlLoadFromFileWithQ,
        (const char* modelPath, uint32_t* modelId, const uint32_t* inputQ, size_t inputQNum,
         const uint32_t* outputQ, size_t outputQNum))
UNBUILT(aclError, aclmdlLoadFromMemWithQ,
        (const void* model, size_t modelSize, uint32_t* modelId, const uint32_t* inputQ,
         size_t inputQNum, const uint32_t* outputQ, size_t outputQNum))
UNBUILT(aclError, aclmdlExecute,
        (uint32_t modelId, const aclmdlDataset* input, aclmdlDataset* output))
UNBUILT(aclError, aclmdlExecuteV2,
        (uint32_t modelId, const aclmdlDataset* input, aclmdlDataset* output, aclrtStream stream,
         const aclmdlExecConfigHandle* handle))
UNBUILT(aclError, aclmdlExecuteAsyncV2,
        (uint32_t modelId, const aclmdlDataset* input, aclmdlDataset* output, aclrtStream stream,
         const aclmdlExecConfigHandle* handle))
UNBUILT(aclError, aclmdlExecuteAsync,
        (uint32_t modelId, const aclmdlDataset* input, aclmdlDataset* output, aclrtStream stream))
UNBUILT(aclError, aclmdlUnload, (uint32_t modelId))
UNBUILT(aclError, aclmdlQuerySize, (const char* fileName, size_t* workSize, size_t* weightSize))
UNBUILT(aclError, aclmdlQueryExeOMDesc, (const char* fileName, aclmdlExeOMDesc* mdlPartitionSize))
UNBUILT(aclError, aclmdlQuerySizeFromMem,
        (const void* model, size_t modelSize, size_t* workSize, size_t* weightSize))
UNBUILT(aclError, aclmdlSetDynamicBatchSize,
        (uint32_t modelId, aclmdlDataset* dataset, size_t index, uint64_t batchSize))
UNBUILT(aclError, aclmdlSetDynamicHWSize,
        (uint32_t modelId, aclmdlDataset* dataset, size_t index, uint64_t height, uint64_t width))
UNBUILT(aclError, aclmdlSetInputDynamicDims,
        (uint32_t modelId, aclmdlDataset* dataset, size_t index, const aclmdlIODims* dims))
UNBUILT(aclError, aclmdlGetInputDims,
        (const aclmdlDesc* modelDesc, size_t index, aclmdlIODims* dims))
UNBUILT(aclError, aclmdlGetInputDimsV2,
        (const aclmdlDesc* modelDesc, size_t index, aclmdlIODims* dims))
UNBUILT(aclError, aclmdlGetInputDimsRange,
        (const aclmdlDesc* modelDesc, size_t index, aclmdlIODimsRange* dimsRange))
UNBUILT(aclError, aclmdlGetOutputDims,
        (const aclmdlDesc* modelDesc, size_t index, aclmdlIODims* dims))
UNBUILT(aclError, aclmdlGetCurOutputDims,
        (const aclmdlDesc* modelDesc, size_t index, aclmdlIODims* dims))
UNBUILT(const char*, aclmdlGetOpAttr,
        (aclmdlDesc * modelDesc, const char* opName, const char* attr))
UNBUILT(const char*, aclmdlGetInputNameByIndex, (const aclmdlDesc* modelDesc, size_t index))
UNBUILT(const char*, aclmdlGetOutputNameByIndex, (const aclmdlDesc* modelDesc, size_t index))
UNBUILT(aclFormat, aclmdlGetInputFormat, (const aclmdlDesc* modelDesc, size_t index))
UNBUILT(aclFormat, aclmdlGetOutputFormat, (const aclmdlDesc* modelDesc, size_t index))
UNBUILT(aclDataType, aclmdlGetInputDataType, (const aclmdlDesc* modelDesc, size_t index))
UNBUILT(aclDataType, aclmdlGetOutputDataType, (const aclmdlDesc* modelDesc, size_t index))
UNBUILT(aclError, aclmdlGetInputIndexByName,
        (const aclmdlDesc* modelDesc, const char* name, size_t* index))
UNBUILT(aclError, aclmdlGetOutputIndexByName,
        (const aclmdlDesc* modelDesc, const char* name, size_t* index))
UNBUILT(aclError, aclmdlGetDynamicBatch, (const aclmdlDesc* modelDesc, aclmdlBatch* batch))
UNBUILT(aclError, aclmdlGetDynamicHW, (const aclmdlDesc* modelDesc, size_t index, aclmdlHW* hw))
UNBUILT(aclError, aclmdlGetInputDynamicGearCount,
        (const aclmdlDesc* modelDesc, size_t index, size_t* gearCount))
UNBUILT(aclError, aclmdlGetInputDynamicDims,
        (const aclmdlDesc* modelDesc, size_t index, aclmdlIODims* dims, size_t gearCount))
UNBUILT(aclmdlAIPP*, aclmdlCreateAIPP, (uint64_t batchSize))
UNBUILT(aclError, aclmdlDestroyAIPP, (const aclmdlAIPP* aippParmsSet))
UNBUILT(aclError, aclmdlGetAippDataSize, (uint64_t batchSize, size_t* size))
UNBUILT(aclError, aclmdlSetAIPPInputFormat,
        (aclmdlAIPP * aippParmsSet, aclAippInputFormat inputFormat))
UNBUILT(aclError, aclmdlSetAIPPCscParams,
        (aclmdlAIPP * aippParmsSet, int8_t cscSwitch, int16_t cscMatrixR0C0, int16_t cscMatrixR0C1,
         int16_t cscMatrixR0C2, int16_t cscMatrixR1C0, int16_t cscMatrixR1C1, int16_t cscMatrixR1C2,
         int16_t cscMatrixR2C0, int16_t cscMatrixR2C1, int16_t cscMatrixR2C2,
         uint8_t cscOutputBiasR0, uint8_t cscOutputBiasR1, uint8_t cscOutputBiasR2,
         uint8_t cscInputBiasR0, uint8_t cscInputBiasR1, uint8_t cscInputBiasR2))
UNBUILT(aclError, aclmdlSetAIPPRbuvSwapSwitch, (aclmdlAIPP * aippParmsSet, int8_t rbuvSwapSwitch))
UNBUILT(aclError, aclmdlSetAIPPAxSwapSwitch, (aclmdlAIPP * aippParmsSet, int8_t axSwapSwitch))
UNBUILT(aclError, aclmdlSetAIPPSrcImageSize,
        (aclmdlAIPP * aippParmsSet, int32_t srcImageSizeW, int32_t srcImageSizeH))
UNBUILT(aclError, aclmdlSetAIPPScfParams,
        (aclmdlAIPP * aippParmsSet, int8_t scfSwitch, int32_t scfInputSizeW, int32_t scfInputSizeH,
         int32_t scfOutputSizeW, int32_t scfOutputSizeH, uint64_t batchIndex))
UNBUILT(aclError, aclmdlSetAIPPCropParams,
        (aclmdlAIPP * aippParmsSet, int8_t cropSwitch, int32_t cropStartPosW, int32_t cropStartPosH,
         int32_t cropSizeW, int32_t cropSizeH, uint64_t batchIndex))
UNBUILT(aclError, aclmdlSetAIPPPaddingParams,
        (aclmdlAIPP * aippParmsSet, int8_t paddingSwitch, int32_t paddingSizeTop,
         int32_t paddingSizeBottom, int32_t paddingSizeLeft, int32_t paddingSizeRight,
         uint64_t batchIndex))
UNBUILT(aclError, aclmdlSetAIPPDtcPixelMean,
        (aclmdlAIPP * aippParmsSet, int16_t dtcPixelMeanChn0, int16_t dtcPixelMeanChn1,
         int16_t dtcPixelMeanChn2, int16_t dtcPixelMeanChn3, uint64_t batchIndex))
UNBUILT(aclError, aclmdlSetAIPPDtcPixelMin,
        (aclmdlAIPP * aippParmsSet, float dtcPixelMinChn0, float dtcPixelMinChn1,
         float dtcPixelMinChn2, float dtcPixelMinChn3, uint64_t batchIndex))
UNBUILT(aclError, aclmdlSetAIPPPixelVarReci,
        (aclmdlAIPP * aippParmsSet, float dtcPixelVarReciChn0, float dtcPixelVarReciChn1,
         float dtcPixelVarReciChn2, float dtcPixelVarReciChn3, uint64_t batchIndex))
UNBUILT(aclError, aclmdlSetInputAIPP,
        (uint32_t modelId, aclmdlDataset* dataset, size_t index, const aclmdlAIPP* aippParmsSet))
UNBUILT(aclError, aclmdlSetAIPPByInputIndex,
        (uint32_t modelId, aclmdlDataset* dataset, size_t index, const aclmdlAIPP* aippParmsSet))
UNBUILT(aclError, aclmdlGetAippType,
        (uint32_t modelId, size_t index, aclmdlInputAippType* type,
         size_t* dynamicAttachedDataIndex))
UNBUILT(aclError, aclmdlGetFirstAippInfo, (uint32_t modelId, size_t index, aclAippInfo* aippInfo))
UNBUILT(aclError, aclmdlCreateAndGetOpDesc,
        (uint32_t deviceId, uint32_t streamId, uint32_t taskId, char* opName, size_t opNameLen,
         aclTensorDesc** inputDesc, size_t* numInputs, aclTensorDesc** outputDesc,
         size_t* numOutputs))
UNBUILT(aclError, aclmdlInitDump, ())
UNBUILT(aclError, aclmdlSetDump, (const char* dumpCfgPath))
UNBUILT(aclError, aclmdlFinalizeDump, ())
UNBUILT(aclError, aclmdlLoadWithConfig, (const aclmdlConfigHandle* handle, uint32_t* modelId))
UNBUILT(aclmdlConfigHandle*, aclmdlCreateConfigHandle, ())
UNBUILT(aclError, aclmdlDestroyConfigHandle, (aclmdlConfigHandle * handle))
UNBUILT(aclError, aclmdlSetConfigOpt,
        (aclmdlConfigHandle * handle, aclmdlConfigAttr attr, const void* attrValue,
         size_t valueSize))
UNBUILT(aclError, aclmdlSetExecConfigOpt,
        (aclmdlExecConfigHandle * handle, aclmdlExecConfigAttr attr, const void* attrValue,
         size_t valueSize))
UNBUILT(const char*, aclmdlGetTensorRealName, (const aclmdlDesc* modelDesc, const char* name))
