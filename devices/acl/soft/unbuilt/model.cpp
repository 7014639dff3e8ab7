// SPDX-License-Identifier: Apache-2.0
#include "acl/acl_mdl.h"

#include "devices/acl/soft/unbuilt/unbuilt.h"

UNBUILT(aclError, aclmdlSetDatasetTensorDesc,
        (aclmdlDataset * dataset, aclTensorDesc* tensorDesc, size_t index))
UNBUILT(aclTensorDesc*, aclmdlGetDatasetTensorDesc, (const aclmdlDataset* dataset, size_t index))
UNBUILT(aclError, aclmdlBundleLoadFromFile, (const char* modelPath, uint32_t* bundleId))
UNBUILT(aclError, aclmdlBundleLoadFromMem,
        (const void* model, size_t modelSize, uint32_t* bundleId))
UNBUILT(aclError, aclmdlBundleUnload, (uint32_t bundleId))
UNBUILT(aclError, aclmdlBundleGetModelNum, (uint32_t bundleId, size_t* modelNum))
UNBUILT(aclError, aclmdlBundleGetModelId, (uint32_t bundleId, size_t index, uint32_t* modelId))
UNBUILT(aclError, aclmdlLoadFromFileWithQ,
        (const char* modelPath, uint32_t* modelId, const uint32_t* inputQ, size_t inputQNum,
         const uint32_t* outputQ, size_t outputQNum))
UNBUILT(aclError, aclmdlLoadFromMemWithQ,
        (const void* model, size_t modelSize, uint32_t* modelId, const uint32_t* inputQ,
         size_t inputQNum, const uint32_t* outputQ, size_t outputQNum))
UNBUILT(aclError, aclmdlQueryExeOMDesc, (const char* fileName, aclmdlExeOMDesc* mdlPartitionSize))
UNBUILT(const char*, aclmdlGetOpAttr,
        (aclmdlDesc * modelDesc, const char* opName, const char* attr))
UNBUILT(aclError, aclmdlCreateAndGetOpDesc,
        (uint32_t deviceId, uint32_t streamId, uint32_t taskId, char* opName, size_t opNameLen,
         aclTensorDesc** inputDesc, size_t* numInputs, aclTensorDesc** outputDesc,
         size_t* numOutputs))
UNBUILT(aclError, aclmdlInitDump, ())
UNBUILT(aclError, aclmdlSetDump, (const char* dumpCfgPath))
UNBUILT(aclError, aclmdlFinalizeDump, ())
