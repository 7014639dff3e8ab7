// SPDX-License-Identifier: Apache-2.0
// Failures of AscendCL in words.
#pragma once

#include "devices/acl/acl_api.h"
#include "devices/base/status.h"

namespace infer_server::devices {

// "out of memory"; "error" for a code that is not known.
const char* AclWords(aclError code);

// "aclrtMalloc failed: 207001 (out of memory): what the library says of it". Takes the library's
// recent message of this thread. REQUIRES: code != 0.
Status AclFailed(const AclApi& api, const char* function, aclError code);
// The same for functions that return nullptr instead of a code.
Status AclReturnedNothing(const AclApi& api, const char* function);

}  // namespace infer_server::devices

// Calls api.function(...) and returns the failed Status from the enclosing function.
#define INFER_ACL_CALL(api, function, ...)                                      \
  do {                                                                          \
    if (const aclError acl_code_ = (api).function(__VA_ARGS__); acl_code_ != 0) \
      return ::infer_server::devices::AclFailed(api, #function, acl_code_);     \
  } while (false)
