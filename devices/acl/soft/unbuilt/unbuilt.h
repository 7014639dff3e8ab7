// SPDX-License-Identifier: Apache-2.0
// Functions of the API that are not built. Whoever builds one takes its line out of the file here
// and runs tests/devices/acl/check_unbuilt.py --write, which keeps the list in
// devices/acl/README.md.
#pragma once

#include "devices/acl/soft/error.h"

namespace infer_server::devices::acl {

// 200006, NULL or 0, and a message that names the function.
template <typename T>
T Unbuilt(const char* function) {
  Fail(ACL_ERROR_FEATURE_UNSUPPORTED, function,
       "the software AscendCL does not have this function (devices/acl/README.md)");
  return T();
}
// aclError and int32_t are one type; no function here returns another int.
template <>
inline int Unbuilt<int>(const char* function) {
  return Fail(ACL_ERROR_FEATURE_UNSUPPORTED, function,
              "the software AscendCL does not have this function (devices/acl/README.md)");
}

}  // namespace infer_server::devices::acl

// UNBUILT(aclError, aclopLoad, (const void *model, size_t modelSize))
#define UNBUILT(type, name, parameters) \
  type name parameters { return ::infer_server::devices::acl::Unbuilt<type>(#name); }

#pragma GCC diagnostic ignored "-Wunused-parameter"
