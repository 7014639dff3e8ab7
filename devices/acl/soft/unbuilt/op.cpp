// SPDX-License-Identifier: Apache-2.0
#include "acl/acl_op_compiler.h"

#include "devices/acl/soft/unbuilt/unbuilt.h"

UNBUILT(aclError, aclopSetModelDir, (const char* modelDir))
UNBUILT(aclError, aclopLoad, (const void* model, size_t modelSize))
UNBUILT(aclopAttr*, aclopCreateAttr, ())
UNBUILT(void, aclopDestroyAttr, (const aclopAttr* attr))
UNBUILT(aclError, aclopSetAttrBool, (aclopAttr * attr, const char* attrName, uint8_t attrValue))
UNBUILT(aclError, aclopSetAttrInt, (aclopAttr * attr, const char* attrName, int64_t attrValue))
UNBUILT(aclError, aclopSetAttrFloat, (aclopAttr * attr, const char* attrName, float attrValue))
UNBUILT(aclError, aclopSetAttrString,
        (aclopAttr * attr, const char* attrName, const char* attrValue))
UNBUILT(aclError, aclopSetAttrDataType,
        (aclopAttr * attr, const char* attrName, aclDataType attrValue))
UNBUILT(aclError, aclopSetAttrListDataType,
        (aclopAttr * attr, const char* attrName, int numValues, const aclDataType values[]))
UNBUILT(aclError, aclopSetAttrListBool,
        (aclopAttr * attr, const char* attrName, int numValues, const uint8_t* values))
UNBUILT(aclError, aclopSetAttrListInt,
        (aclopAttr * attr, const char* attrName, int numValues, const int64_t* values))
UNBUILT(aclError, aclopSetAttrListFloat,
        (aclopAttr * attr, const char* attrName, int numValues, const float* values))
UNBUILT(aclError, aclopSetAttrListString,
        (aclopAttr * attr, const char* attrName, int numValues, const char** values))
UNBUILT(aclError, aclopSetAttrListListInt,
        (aclopAttr * attr, const char* attrName, int numLists, const int* numValues,
         const int64_t* const values[]))
UNBUILT(aclError, aclopExecute,
        (const char* opType, int numInputs, const aclTensorDesc* const inputDesc[],
         const aclDataBuffer* const inputs[], int numOutputs,
         const aclTensorDesc* const outputDesc[], aclDataBuffer* const outputs[],
         const aclopAttr* attr, aclrtStream stream))
UNBUILT(aclError, aclopExecuteV2,
        (const char* opType, int numInputs, aclTensorDesc* inputDesc[], aclDataBuffer* inputs[],
         int numOutputs, aclTensorDesc* outputDesc[], aclDataBuffer* outputs[], aclopAttr* attr,
         aclrtStream stream))
UNBUILT(aclError, aclopCreateHandle,
        (const char* opType, int numInputs, const aclTensorDesc* const inputDesc[], int numOutputs,
         const aclTensorDesc* const outputDesc[], const aclopAttr* opAttr, aclopHandle** handle))
UNBUILT(void, aclopDestroyHandle, (aclopHandle * handle))
UNBUILT(aclError, aclopExecWithHandle,
        (aclopHandle * handle, int numInputs, const aclDataBuffer* const inputs[], int numOutputs,
         aclDataBuffer* const outputs[], aclrtStream stream))
UNBUILT(aclError, aclopCast,
        (const aclTensorDesc* srcDesc, const aclDataBuffer* srcBuffer, const aclTensorDesc* dstDesc,
         aclDataBuffer* dstBuffer, uint8_t truncate, aclrtStream stream))
UNBUILT(aclError, aclopCreateHandleForCast,
        (aclTensorDesc * srcDesc, aclTensorDesc* dstDesc, uint8_t truncate, aclopHandle** handle))
UNBUILT(aclError, aclopCreateKernel,
        (const char* opType, const char* kernelId, const char* kernelName, void* binData,
         int binSize, aclopEngineType enginetype, aclDataDeallocator deallocator))
UNBUILT(aclError, aclopRegisterCompileFunc, (const char* opType, aclopCompileFunc func))
UNBUILT(aclError, aclopUnregisterCompileFunc, (const char* opType))
UNBUILT(aclError, aclopSetKernelArgs,
        (aclopKernelDesc * kernelDesc, const char* kernelId, uint32_t blockDim, const void* args,
         uint32_t argSize))
UNBUILT(aclError, aclopSetKernelWorkspaceSizes,
        (aclopKernelDesc * kernelDesc, int numWorkspaces, size_t* workspaceSizes))
UNBUILT(aclError, aclopUpdateParams,
        (const char* opType, int numInputs, const aclTensorDesc* const inputDesc[], int numOutputs,
         const aclTensorDesc* const outputDesc[], const aclopAttr* attr))
UNBUILT(aclError, aclopSetMaxOpQueueNum, (uint64_t maxOpNum))
UNBUILT(aclError, aclopInferShape,
        (const char* opType, int numInputs, aclTensorDesc* inputDesc[], aclDataBuffer* inputs[],
         int numOutputs, aclTensorDesc* outputDesc[], aclopAttr* attr))
UNBUILT(aclError, aclopStartDumpArgs, (uint32_t dumpType, const char* path))
UNBUILT(aclError, aclopStopDumpArgs, (uint32_t dumpType))
UNBUILT(aclError, aclopCompile,
        (const char* opType, int numInputs, const aclTensorDesc* const inputDesc[], int numOutputs,
         const aclTensorDesc* const outputDesc[], const aclopAttr* attr, aclopEngineType engineType,
         aclopCompileType compileFlag, const char* opPath))
UNBUILT(aclError, aclopCompileAndExecute,
        (const char* opType, int numInputs, const aclTensorDesc* const inputDesc[],
         const aclDataBuffer* const inputs[], int numOutputs,
         const aclTensorDesc* const outputDesc[], aclDataBuffer* const outputs[],
         const aclopAttr* attr, aclopEngineType engineType, aclopCompileType compileFlag,
         const char* opPath, aclrtStream stream))
UNBUILT(aclError, aclopCompileAndExecuteV2,
        (const char* opType, int numInputs, aclTensorDesc* inputDesc[], aclDataBuffer* inputs[],
         int numOutputs, aclTensorDesc* outputDesc[], aclDataBuffer* outputs[], aclopAttr* attr,
         aclopEngineType engineType, aclopCompileType compileFlag, const char* opPath,
         aclrtStream stream))
UNBUILT(aclError, aclSetCompileopt, (aclCompileOpt opt, const char* value))
UNBUILT(size_t, aclGetCompileoptSize, (aclCompileOpt opt))
UNBUILT(aclError, aclGetCompileopt, (aclCompileOpt opt, char* value, size_t length))
UNBUILT(aclError, aclopSetCompileFlag, (aclOpCompileFlag flag))
UNBUILT(aclError, aclGenGraphAndDumpForOp,
        (const char* opType, int numInputs, const aclTensorDesc* const inputDesc[],
         const aclDataBuffer* const inputs[], int numOutputs,
         const aclTensorDesc* const outputDesc[], aclDataBuffer* const outputs[],
         const aclopAttr* attr, aclopEngineType engineType, const char* graphDumpPath,
         const aclGraphDumpOption* graphDumpOpt))
UNBUILT(aclGraphDumpOption*, aclCreateGraphDumpOpt, ())
UNBUILT(aclError, aclDestroyGraphDumpOpt, (const aclGraphDumpOption* graphDumpOpt))
