// SPDX-License-Identifier: Apache-2.0
// The handles of acl_dvpp.h: numbers in one table, so that a description that was destroyed, or one
// of another kind, is found out.
#pragma once

#include <memory>

#include "acl/acl_base.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/handle_table.h"

namespace infer_server::devices::acl {

// A kind has `static constexpr const char* kWhat = "picture description"`.
struct DvppObject {
  explicit DvppObject(const char* what_is) : what(what_is) {}
  DvppObject(const DvppObject&) = delete;
  DvppObject& operator=(const DvppObject&) = delete;
  virtual ~DvppObject() = default;
  const char* const what;  // The kind's kWhat.
};

HandleTable<DvppObject>& DvppObjects();

// The object of a handle of kind `what`. nullptr: *code (100000 for NULL and for another kind,
// 107017 for one that was destroyed, 107000 for what never was one) is reported in the name of
// `function`, about its argument `argument`. Thread-safe.
std::shared_ptr<DvppObject> FindDvppObject(const void* handle, const char* what,
                                           const char* function, const char* argument,
                                           aclError* code);

template <typename T>
std::shared_ptr<T> FindDvpp(const void* handle, const char* function, const char* argument,
                            aclError* code) {
  return std::static_pointer_cast<T>(FindDvppObject(handle, T::kWhat, function, argument, code));
}

// A handle of a new T, as the API's pointer type; nullptr: out of memory, reported.
template <typename T, typename Handle>
Handle* CreateDvpp(const char* function) {
  try {
    return static_cast<Handle*>(DvppObjects().Add(std::make_shared<T>()));
  } catch (const std::bad_alloc&) {
    Fail(ACL_ERROR_BAD_ALLOC, function, "out of memory");
    return nullptr;
  }
}

template <typename T>
aclError DestroyDvpp(const void* handle, const char* function, const char* argument) {
  aclError code = ACL_SUCCESS;
  if (FindDvpp<T>(handle, function, argument, &code) == nullptr) return code;
  DvppObjects().Take(handle);
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
