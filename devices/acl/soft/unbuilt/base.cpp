// SPDX-License-Identifier: Apache-2.0
#include "acl/acl.h"

#include "devices/acl/soft/unbuilt/unbuilt.h"

UNBUILT(float, aclFloat16ToFloat, (aclFloat16 value))
UNBUILT(aclFloat16, aclFloatToFloat16, (float value))
UNBUILT(size_t, aclDataTypeSize, (aclDataType dataType))
UNBUILT(aclTensorDesc*, aclCreateTensorDesc,
        (aclDataType dataType, int numDims, const int64_t* dims, aclFormat format))
UNBUILT(void, aclDestroyTensorDesc, (const aclTensorDesc* desc))
UNBUILT(aclError, aclSetTensorShapeRange,
        (aclTensorDesc * desc, size_t dimsCount, int64_t dimsRange[][ACL_TENSOR_SHAPE_RANGE_NUM]))
UNBUILT(aclError, aclSetTensorValueRange,
        (aclTensorDesc * desc, size_t valueCount, int64_t valueRange[][ACL_TENSOR_VALUE_RANGE_NUM]))
UNBUILT(aclDataType, aclGetTensorDescType, (const aclTensorDesc* desc))
UNBUILT(aclFormat, aclGetTensorDescFormat, (const aclTensorDesc* desc))
UNBUILT(size_t, aclGetTensorDescSize, (const aclTensorDesc* desc))
UNBUILT(size_t, aclGetTensorDescElementCount, (const aclTensorDesc* desc))
UNBUILT(size_t, aclGetTensorDescNumDims, (const aclTensorDesc* desc))
UNBUILT(int64_t, aclGetTensorDescDim, (const aclTensorDesc* desc, size_t index))
UNBUILT(aclError, aclGetTensorDescDimV2,
        (const aclTensorDesc* desc, size_t index, int64_t* dimSize))
UNBUILT(aclError, aclGetTensorDescDimRange,
        (const aclTensorDesc* desc, size_t index, size_t dimRangeNum, int64_t* dimRange))
UNBUILT(void, aclSetTensorDescName, (aclTensorDesc * desc, const char* name))
UNBUILT(const char*, aclGetTensorDescName, (aclTensorDesc * desc))
UNBUILT(aclError, aclTransTensorDescFormat,
        (const aclTensorDesc* srcDesc, aclFormat dstFormat, aclTensorDesc** dstDesc))
UNBUILT(aclError, aclSetTensorStorageFormat, (aclTensorDesc * desc, aclFormat format))
UNBUILT(aclError, aclSetTensorStorageShape,
        (aclTensorDesc * desc, int numDims, const int64_t* dims))
UNBUILT(aclError, aclSetTensorFormat, (aclTensorDesc * desc, aclFormat format))
UNBUILT(aclError, aclSetTensorShape, (aclTensorDesc * desc, int numDims, const int64_t* dims))
UNBUILT(aclError, aclSetTensorOriginFormat, (aclTensorDesc * desc, aclFormat format))
UNBUILT(aclError, aclSetTensorOriginShape, (aclTensorDesc * desc, int numDims, const int64_t* dims))
UNBUILT(aclTensorDesc*, aclGetTensorDescByIndex, (aclTensorDesc * desc, size_t index))
UNBUILT(void*, aclGetTensorDescAddress, (const aclTensorDesc* desc))
UNBUILT(aclError, aclSetTensorDynamicInput, (aclTensorDesc * desc, const char* dynamicInputName))
UNBUILT(aclError, aclSetTensorConst, (aclTensorDesc * desc, void* dataBuffer, size_t length))
UNBUILT(aclError, aclSetTensorPlaceMent, (aclTensorDesc * desc, aclMemType memType))
