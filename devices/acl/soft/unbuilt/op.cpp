// SPDX-License-Identifier: Apache-2.0
#include "acl/acl_op_compiler.h"

#include "devices/acl/soft/unbuilt/unbuilt.h"

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
UNBUILT(aclError, aclopStartDumpArgs, (uint32_t dumpType, const char* path))
UNBUILT(aclError, aclopStopDumpArgs, (uint32_t dumpType))
UNBUILT(aclError, aclGenGraphAndDumpForOp,
        (const char* opType, int numInputs, const aclTensorDesc* const inputDesc[],
         const aclDataBuffer* const inputs[], int numOutputs,
         const aclTensorDesc* const outputDesc[], aclDataBuffer* const outputs[],
         const aclopAttr* attr, aclopEngineType engineType, const char* graphDumpPath,
         const aclGraphDumpOption* graphDumpOpt))
UNBUILT(aclGraphDumpOption*, aclCreateGraphDumpOpt, ())
UNBUILT(aclError, aclDestroyGraphDumpOpt, (const aclGraphDumpOption* graphDumpOpt))
