// SPDX-License-Identifier: Apache-2.0
#include "acl/acl_rt.h"

#include "devices/acl/soft/unbuilt/unbuilt.h"

UNBUILT(aclError, aclrtGetDeviceUtilizationRate,
        (int32_t deviceId, aclrtUtilizationInfo* utilizationInfo))
UNBUILT(aclError, aclrtReserveMemAddress,
        (void** virPtr, size_t size, size_t alignment, void* expectPtr, uint64_t flags))
UNBUILT(aclError, aclrtReleaseMemAddress, (void* virPtr))
UNBUILT(aclError, aclrtMallocPhysical,
        (aclrtDrvMemHandle * handle, size_t size, const aclrtPhysicalMemProp* prop, uint64_t flags))
UNBUILT(aclError, aclrtFreePhysical, (aclrtDrvMemHandle handle))
UNBUILT(aclError, aclrtMapMem,
        (void* virPtr, size_t size, size_t offset, aclrtDrvMemHandle handle, uint64_t flags))
UNBUILT(aclError, aclrtUnmapMem, (void* virPtr))
UNBUILT(aclError, aclrtSetGroup, (int32_t groupId))
UNBUILT(aclError, aclrtGetGroupCount, (uint32_t * count))
UNBUILT(aclrtGroupInfo*, aclrtCreateGroupInfo, ())
UNBUILT(aclError, aclrtDestroyGroupInfo, (aclrtGroupInfo * groupInfo))
UNBUILT(aclError, aclrtGetAllGroupInfo, (aclrtGroupInfo * groupInfo))
UNBUILT(aclError, aclrtGetGroupInfoDetail,
        (const aclrtGroupInfo* groupInfo, int32_t groupIndex, aclrtGroupAttr attr, void* attrValue,
         size_t valueLen, size_t* paramRetSize))
UNBUILT(aclError, aclrtSetOpExecuteTimeOut, (uint32_t timeout))
UNBUILT(aclError, aclrtGetOverflowStatus, (void* outputAddr, size_t outputSize, aclrtStream stream))
UNBUILT(aclError, aclrtResetOverflowStatus, (aclrtStream stream))
UNBUILT(aclError, aclrtSubscribeHostFunc, (uint64_t hostFuncThreadId, aclrtStream exeStream))
UNBUILT(aclError, aclrtProcessHostFunc, (int32_t timeout))
UNBUILT(aclError, aclrtUnSubscribeHostFunc, (uint64_t hostFuncThreadId, aclrtStream exeStream))
UNBUILT(aclrtBinary, aclrtCreateBinary, (const void* data, size_t dataLen))
UNBUILT(aclError, aclrtDestroyBinary, (aclrtBinary binary))
UNBUILT(aclError, aclrtBinaryLoad, (const aclrtBinary binary, aclrtBinHandle* binHandle))
UNBUILT(aclError, aclrtBinaryUnLoad, (aclrtBinHandle binHandle))
UNBUILT(aclError, aclrtBinaryGetFunction,
        (const aclrtBinHandle binHandle, const char* kernelName, aclrtFuncHandle* funcHandle))
UNBUILT(aclError, aclrtLaunchKernel,
        (aclrtFuncHandle funcHandle, uint32_t blockDim, const void* argsData, size_t argsSize,
         aclrtStream stream))
UNBUILT(aclError, aclrtMemExportToShareableHandle,
        (aclrtDrvMemHandle handle, aclrtMemHandleType handleType, uint64_t flags,
         uint64_t* shareableHandle))
UNBUILT(aclError, aclrtMemImportFromShareableHandle,
        (uint64_t shareableHandle, int32_t deviceId, aclrtDrvMemHandle* handle))
UNBUILT(aclError, aclrtMemSetPidToShareableHandle,
        (uint64_t shareableHandle, int32_t* pid, size_t pidNum))
UNBUILT(aclError, aclrtMemGetAllocationGranularity,
        (aclrtPhysicalMemProp * prop, aclrtMemGranularityOptions option, size_t* granularity))
UNBUILT(aclError, aclrtDeviceGetBareTgid, (int32_t * pid))
UNBUILT(aclError, aclrtGetMemUceInfo,
        (int32_t deviceId, aclrtMemUceInfo* memUceInfoArray, size_t arraySize, size_t* retSize))
UNBUILT(aclError, aclrtMemUceRepair,
        (int32_t deviceId, aclrtMemUceInfo* memUceInfoArray, size_t arraySize))
