// SPDX-License-Identifier: Apache-2.0
// Attributes of operators.
#include <utility>

#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/op_attr.h"

namespace infer_server::devices::acl {
namespace {

// Setting twice overwrites.
aclError Set(const char* function, aclopAttr* attr, const char* name, AttrValue value) {
  ACL_RETURN_IF_ERROR(CheckLive(attr, function, "attr"));
  if (name == nullptr || *name == '\0')
    return Fail(ACL_ERROR_INVALID_PARAM, function, "attrName must be a name, not %s",
                name == nullptr ? "NULL" : "empty");
  attr->values[name] = std::move(value);
  return ACL_SUCCESS;
}

aclError CheckList(const char* function, int count, const void* values) {
  if (count < 0 || (count > 0 && values == nullptr))
    return Fail(ACL_ERROR_INVALID_PARAM, function, "numValues is %d, values %s", count,
                values == nullptr ? "NULL" : "given");
  return ACL_SUCCESS;
}

template <typename To, typename From>
aclError SetList(const char* function, aclopAttr* attr, const char* name, int count,
                 const From* values) {
  ACL_RETURN_IF_ERROR(CheckList(function, count, values));
  return Set(function, attr, name, std::vector<To>(values, values + count));
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclopAttr* aclopCreateAttr() {
  ACL_ENTRY_OR(nullptr);
  return CreateLive<aclopAttr>(__func__);
}

void aclopDestroyAttr(const aclopAttr* attr) {
  if (attr != nullptr) DestroyLive(attr, __func__, "attr");
}

aclError aclopSetAttrBool(aclopAttr* attr, const char* attrName, uint8_t attrValue) {
  ACL_ENTRY();
  return Set(__func__, attr, attrName, attrValue != 0);
}

aclError aclopSetAttrInt(aclopAttr* attr, const char* attrName, int64_t attrValue) {
  ACL_ENTRY();
  return Set(__func__, attr, attrName, attrValue);
}

aclError aclopSetAttrFloat(aclopAttr* attr, const char* attrName, float attrValue) {
  ACL_ENTRY();
  return Set(__func__, attr, attrName, attrValue);
}

aclError aclopSetAttrString(aclopAttr* attr, const char* attrName, const char* attrValue) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(attrValue);
  return Set(__func__, attr, attrName, std::string(attrValue));
}

aclError aclopSetAttrDataType(aclopAttr* attr, const char* attrName, aclDataType attrValue) {
  ACL_ENTRY();
  return Set(__func__, attr, attrName, attrValue);
}

aclError aclopSetAttrListDataType(aclopAttr* attr, const char* attrName, int numValues,
                                  const aclDataType values[]) {
  ACL_ENTRY();
  return SetList<aclDataType>(__func__, attr, attrName, numValues, values);
}

aclError aclopSetAttrListBool(aclopAttr* attr, const char* attrName, int numValues,
                              const uint8_t* values) {
  ACL_ENTRY();
  return SetList<bool>(__func__, attr, attrName, numValues, values);
}

aclError aclopSetAttrListInt(aclopAttr* attr, const char* attrName, int numValues,
                             const int64_t* values) {
  ACL_ENTRY();
  return SetList<int64_t>(__func__, attr, attrName, numValues, values);
}

aclError aclopSetAttrListFloat(aclopAttr* attr, const char* attrName, int numValues,
                               const float* values) {
  ACL_ENTRY();
  return SetList<float>(__func__, attr, attrName, numValues, values);
}

aclError aclopSetAttrListString(aclopAttr* attr, const char* attrName, int numValues,
                                const char** values) {
  ACL_ENTRY();
  ACL_RETURN_IF_ERROR(CheckList(__func__, numValues, values));
  for (int i = 0; i < numValues; ++i)
    if (values[i] == nullptr) return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "values[%d] is NULL", i);
  return SetList<std::string>(__func__, attr, attrName, numValues, values);
}

aclError aclopSetAttrListListInt(aclopAttr* attr, const char* attrName, int numLists,
                                 const int* numValues, const int64_t* const values[]) {
  ACL_ENTRY();
  ACL_RETURN_IF_ERROR(CheckList(__func__, numLists, values));
  ACL_RETURN_IF_ERROR(CheckList(__func__, numLists, numValues));
  std::vector<std::vector<int64_t>> lists;
  for (int i = 0; i < numLists; ++i) {
    ACL_RETURN_IF_ERROR(CheckList(__func__, numValues[i], values[i]));
    lists.emplace_back(values[i], values[i] + numValues[i]);
  }
  return Set(__func__, attr, attrName, std::move(lists));
}
