// SPDX-License-Identifier: Apache-2.0
// Tensor descriptions, and what an element is.
#include <algorithm>
#include <cstring>

#include "acl/acl.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/tensor_desc.h"
#include "devices/image/half.h"

namespace infer_server::devices::acl {
namespace {

// The one dimension of a shape with an unknown number of dimensions.
constexpr int64_t kUnknownRank = -2;

bool Usable(const aclTensorDesc* desc, const char* function) {
  return CheckLive(desc, function, "desc") == ACL_SUCCESS;
}

bool HasUnknownRank(const aclTensorDesc* desc) {
  return desc->dims.size() == 1 && desc->dims[0] == kUnknownRank;
}

// Copies a shape of the caller's.
aclError ReadDims(const char* function, int count, const int64_t* dims,
                  std::vector<int64_t>* into) {
  if (count < 0 || count > ACL_MAX_DIM_CNT)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "numDims is %d, must be 0..%d", count,
                ACL_MAX_DIM_CNT);
  if (count > 0 && dims == nullptr)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "dims is NULL, but numDims %d", count);
  for (int i = 0; i < count; ++i)
    if (dims[i] < -1 && !(count == 1 && dims[i] == kUnknownRank))
      return Fail(ACL_ERROR_INVALID_PARAM, function,
                  "dims[%d] is %lld, must be 0 or more, or -1 for not known", i,
                  static_cast<long long>(dims[i]));
  into->assign(dims, dims + count);
  return ACL_SUCCESS;
}

// As 100000, a value of an enumeration that is none. UNDEFINED may stand.
aclError CheckType(const char* function, aclDataType type) {
  if (type != ACL_DT_UNDEFINED && type != ACL_STRING && BitsOf(type) == 0)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "dataType is %d, which no aclDataType is",
                static_cast<int>(type));
  return ACL_SUCCESS;
}

aclError ReadRanges(const char* function, size_t count, int64_t (*ranges)[2],
                    std::vector<std::array<int64_t, 2>>* into) {
  if (count > ACL_MAX_DIM_CNT)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "%zu ranges, can be %d at most", count,
                ACL_MAX_DIM_CNT);
  if (count > 0 && ranges == nullptr)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "the ranges are NULL, but there are to be %zu",
                count);
  into->clear();
  for (size_t i = 0; i < count; ++i) into->push_back({ranges[i][0], ranges[i][1]});
  return ACL_SUCCESS;
}

// Where N, C, H and W are found in a layout of four dimensions; nullptr: it is none.
const char* LettersOf(aclFormat format) {
  switch (format) {
    case ACL_FORMAT_NCHW:
      return "NCHW";
    case ACL_FORMAT_NHWC:
      return "NHWC";
    case ACL_FORMAT_HWCN:
      return "HWCN";
    default:
      return nullptr;
  }
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

float aclFloat16ToFloat(aclFloat16 value) { return infer_server::devices::FloatFromHalf(value); }
aclFloat16 aclFloatToFloat16(float value) { return infer_server::devices::HalfFromFloat(value); }

// Elements smaller than a byte are packed; the smallest that can be addressed is one byte.
size_t aclDataTypeSize(aclDataType dataType) { return (BitsOf(dataType) + 7) / 8; }

aclTensorDesc* aclCreateTensorDesc(aclDataType dataType, int numDims, const int64_t* dims,
                                   aclFormat format) {
  ACL_ENTRY_OR(nullptr);
  auto* desc = CreateLive<aclTensorDesc>(__func__);
  if (desc == nullptr) return nullptr;
  desc->type = dataType;
  desc->format = format;
  if (CheckType(__func__, dataType) != 0 || ReadDims(__func__, numDims, dims, &desc->dims) != 0) {
    delete desc;
    return nullptr;
  }
  return desc;
}

void aclDestroyTensorDesc(const aclTensorDesc* desc) {
  if (desc != nullptr) DestroyLive(desc, __func__, "desc");
}

aclError aclSetTensorShapeRange(aclTensorDesc* desc, size_t dimsCount,
                                int64_t dimsRange[][ACL_TENSOR_SHAPE_RANGE_NUM]) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  return ReadRanges(__func__, dimsCount, dimsRange, &desc->ranges);
}

aclError aclSetTensorValueRange(aclTensorDesc* desc, size_t valueCount,
                                int64_t valueRange[][ACL_TENSOR_VALUE_RANGE_NUM]) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  return ReadRanges(__func__, valueCount, valueRange, &desc->values);
}

aclDataType aclGetTensorDescType(const aclTensorDesc* desc) {
  return Usable(desc, __func__) ? desc->type : ACL_DT_UNDEFINED;
}

aclFormat aclGetTensorDescFormat(const aclTensorDesc* desc) {
  return Usable(desc, __func__) ? desc->format : ACL_FORMAT_UNDEFINED;
}

size_t aclGetTensorDescSize(const aclTensorDesc* desc) {
  if (!Usable(desc, __func__)) return 0;
  const int64_t bytes = BytesOf(desc->type, CountOf(desc->dims));
  return bytes < 0 ? 0 : static_cast<size_t>(bytes);
}

size_t aclGetTensorDescElementCount(const aclTensorDesc* desc) {
  if (!Usable(desc, __func__)) return 0;
  const int64_t count = CountOf(desc->dims);
  return count < 0 ? 0 : static_cast<size_t>(count);
}

size_t aclGetTensorDescNumDims(const aclTensorDesc* desc) {
  if (!Usable(desc, __func__)) return 0;
  return HasUnknownRank(desc) ? ACL_UNKNOWN_RANK : desc->dims.size();
}

int64_t aclGetTensorDescDim(const aclTensorDesc* desc, size_t index) {
  int64_t dim = -1;
  aclGetTensorDescDimV2(desc, index, &dim);
  return dim;
}

aclError aclGetTensorDescDimV2(const aclTensorDesc* desc, size_t index, int64_t* dimSize) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  ACL_REQUIRE_NOT_NULL(dimSize);
  if (index >= desc->dims.size())
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "index is %zu, the tensor has %zu dimensions", index,
                    desc->dims.size());
  *dimSize = desc->dims[index];
  return ACL_SUCCESS;
}

aclError aclGetTensorDescDimRange(const aclTensorDesc* desc, size_t index, size_t dimRangeNum,
                                  int64_t* dimRange) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  ACL_REQUIRE_NOT_NULL(dimRange);
  if (dimRangeNum < ACL_TENSOR_SHAPE_RANGE_NUM)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "dimRangeNum is %zu, must be %d", dimRangeNum,
                    ACL_TENSOR_SHAPE_RANGE_NUM);
  if (index >= std::max(desc->dims.size(), desc->ranges.size()))
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "index is %zu, the tensor has %zu dimensions", index,
                    desc->dims.size());
  std::array<int64_t, 2> range{0, -1};  // Anything.
  if (index < desc->dims.size() && desc->dims[index] >= 0)
    range = {desc->dims[index], desc->dims[index]};
  else if (index < desc->ranges.size())
    range = desc->ranges[index];
  std::copy(range.begin(), range.end(), dimRange);
  return ACL_SUCCESS;
}

void aclSetTensorDescName(aclTensorDesc* desc, const char* name) {
  if (Usable(desc, __func__)) desc->name = name == nullptr ? "" : name;
}

const char* aclGetTensorDescName(aclTensorDesc* desc) {
  return Usable(desc, __func__) ? desc->name.c_str() : "";
}

aclError aclTransTensorDescFormat(const aclTensorDesc* srcDesc, aclFormat dstFormat,
                                  aclTensorDesc** dstDesc) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(srcDesc);
  ACL_REQUIRE_NOT_NULL(dstDesc);
  aclTensorDesc made = *srcDesc;
  if (srcDesc->format != dstFormat) {
    const char *from = LettersOf(srcDesc->format), *to = LettersOf(dstFormat);
    if (from == nullptr || to == nullptr)
      return ACL_FAIL(ACL_ERROR_FORMAT_NOT_MATCH,
                      "cannot turn format %d into %d; only NCHW, NHWC and HWCN into each other",
                      static_cast<int>(srcDesc->format), static_cast<int>(dstFormat));
    if (srcDesc->dims.size() != 4)
      return ACL_FAIL(ACL_ERROR_FORMAT_NOT_MATCH, "the tensor has %zu dimensions, must have 4",
                      srcDesc->dims.size());
    made.format = dstFormat;
    made.ranges.clear();
    for (size_t i = 0; i < 4; ++i)
      made.dims[i] = srcDesc->dims[static_cast<size_t>(std::strchr(from, to[i]) - from)];
  }
  *dstDesc = CreateLive<aclTensorDesc>(__func__, std::move(made));
  return *dstDesc == nullptr ? ACL_ERROR_BAD_ALLOC : ACL_SUCCESS;
}

aclError aclSetTensorStorageFormat(aclTensorDesc* desc, aclFormat format) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  desc->storage_format = format;
  return ACL_SUCCESS;
}

aclError aclSetTensorStorageShape(aclTensorDesc* desc, int numDims, const int64_t* dims) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  return ReadDims(__func__, numDims, dims, &desc->storage_dims);
}

// The newer names of the two above.
aclError aclSetTensorFormat(aclTensorDesc* desc, aclFormat format) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  desc->storage_format = format;
  return ACL_SUCCESS;
}

aclError aclSetTensorShape(aclTensorDesc* desc, int numDims, const int64_t* dims) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  return ReadDims(__func__, numDims, dims, &desc->storage_dims);
}

aclError aclSetTensorOriginFormat(aclTensorDesc* desc, aclFormat format) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  desc->origin_format = format;
  return ACL_SUCCESS;
}

aclError aclSetTensorOriginShape(aclTensorDesc* desc, int numDims, const int64_t* dims) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  return ReadDims(__func__, numDims, dims, &desc->origin_dims);
}

// A description made by a program is a list of one.
aclTensorDesc* aclGetTensorDescByIndex(aclTensorDesc* desc, size_t index) {
  ACL_ENTRY_OR(nullptr);
  if (!Usable(desc, __func__)) return nullptr;
  if (index == 0) return desc;
  ACL_FAIL(ACL_ERROR_INVALID_PARAM, "there is no description %zu", index);
  return nullptr;
}

// Only the vendor's descriptions of failed operators know an address; here they know none.
void* aclGetTensorDescAddress(const aclTensorDesc*) { return nullptr; }

aclError aclSetTensorDynamicInput(aclTensorDesc* desc, const char* dynamicInputName) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  ACL_REQUIRE_NOT_NULL(dynamicInputName);
  desc->dynamic_input = dynamicInputName;
  return ACL_SUCCESS;
}

// The content is copied: the caller's may go. Both NULL and 0 make it no constant again.
aclError aclSetTensorConst(aclTensorDesc* desc, void* dataBuffer, size_t length) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  if ((dataBuffer == nullptr) != (length == 0))
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "dataBuffer is %s, but length %zu",
                    dataBuffer == nullptr ? "NULL" : "given", length);
  desc->constant = length == 0 ? nullptr
                               : std::make_shared<const std::string>(
                                     static_cast<const char*>(dataBuffer), length);
  return ACL_SUCCESS;
}

aclError aclSetTensorPlaceMent(aclTensorDesc* desc, aclMemType memType) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(desc);
  if (memType < ACL_MEMTYPE_DEVICE || memType > ACL_MEMTYPE_HOST_COMPILE_INDEPENDENT)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "memType is %d, must be 0..2",
                    static_cast<int>(memType));
  desc->place = memType;
  return ACL_SUCCESS;
}
