// SPDX-License-Identifier: Apache-2.0
// Error codes in words, and the thread's recent messages.
//
// Convention of this folder: a function that can fail returns aclError and reports the failure
// where it is found, once, by Fail(); callers hand the code on. A message says who, the offending
// value, what was expected and what to do.
#pragma once

#include <string>

#include "acl/acl_base.h"

namespace infer_server::devices::acl {

// "ACL_ERROR_RT_PARAM_INVALID"; "unknown error" for a number that is none of the table's.
const char* ErrorName(aclError code);

// Records "aclrtMalloc failed: 107000 (ACL_ERROR_RT_PARAM_INVALID): <text>" as the thread's newest
// message, logs it (area "acl", debug) and returns `code`. `function` is the name of the API
// function. Thread-safe.
[[gnu::format(printf, 3, 4)]] aclError Fail(aclError code, const char* function, const char* format,
                                            ...);

// What aclGetRecentErrMsg returns: all messages since the last call, the newest on top; nullptr
// without one. Valid until the thread's next call.
const char* TakeRecentMessages();

// err_msg_mode of aclInit: messages of the process instead of the thread.
void ShareMessages(bool by_process);

}  // namespace infer_server::devices::acl

// Fail() under the name of the enclosing function, which must be the API's.
#define ACL_FAIL(code, ...) ::infer_server::devices::acl::Fail(code, __func__, __VA_ARGS__)

// Returns the failed code of `expr` from the enclosing function.
#define ACL_RETURN_IF_ERROR(expr)                                            \
  do {                                                                       \
    if (const aclError acl_code_ = (expr); acl_code_ != 0) return acl_code_; \
  } while (false)

// Refuses a NULL argument with 100000.
#define ACL_REQUIRE_NOT_NULL(pointer)                                         \
  do {                                                                        \
    if ((pointer) == nullptr)                                                 \
      return ACL_FAIL(ACL_ERROR_INVALID_PARAM, #pointer " must not be NULL"); \
  } while (false)
