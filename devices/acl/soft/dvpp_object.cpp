// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/dvpp_object.h"

namespace infer_server::devices::acl {

HandleTable<DvppObject>& DvppObjects() {
  static HandleTable<DvppObject>& objects = *new HandleTable<DvppObject>(8);
  return objects;
}

std::shared_ptr<DvppObject> FindDvppObject(const void* handle, const char* what,
                                           const char* function, const char* argument,
                                           aclError* code) {
  if (handle == nullptr) {
    *code = Fail(ACL_ERROR_INVALID_PARAM, function, "%s must not be NULL", argument);
    return nullptr;
  }
  std::shared_ptr<DvppObject> object = DvppObjects().Find(handle);
  if (object == nullptr) {
    *code = DvppObjects().CodeOfMissing(handle);
    Fail(*code, function,
         *code == ACL_ERROR_RT_INVALID_HANDLE ? "%s %p was destroyed; a %s is expected"
                                              : "%s %p is not a handle; a %s is expected",
         argument, handle, what);
    return nullptr;
  }
  if (object->what != what) {
    *code = Fail(ACL_ERROR_INVALID_PARAM, function, "%s is a %s; a %s is expected", argument,
                 object->what, what);
    return nullptr;
  }
  return object;
}

}  // namespace infer_server::devices::acl
