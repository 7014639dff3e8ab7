// SPDX-License-Identifier: Apache-2.0
// Return codes in words, and how a failure is reported.
//
// Convention of this folder: a function that can fail returns cnrtRet_t and reports the failure
// where it is found, once, by Fail(); callers hand the code on. A message says who, the offending
// value, what was expected and what to do. CNRT has no call that gives it to the program, so it is
// logged.
#pragma once

#include "cnrt.h"

namespace infer_server::devices::mlu {

// Logs "cnrtMalloc failed: 632008 (CNRT_RET_ERR_NOMEM): <text>" (area "mlu", level error), makes
// `code` the thread's last failure and returns it. `function` is the name of the API function.
// Thread-safe.
[[gnu::format(printf, 3, 4)]] cnrtRet_t Fail(cnrtRet_t code, const char* function,
                                             const char* format, ...);

// The thread's.
cnrtRet_t LastError();

// "CNRT_RET_ERR_NOMEM"; nullptr for a number that is none of the table's.
const char* ErrorName(cnrtRet_t code);

}  // namespace infer_server::devices::mlu

// Fail() under the name of the enclosing function, which must be the API's.
#define MLU_FAIL(code, ...) ::infer_server::devices::mlu::Fail(code, __func__, __VA_ARGS__)

// Returns the failed code of `expr` from the enclosing function.
#define MLU_RETURN_IF_ERROR(expr)                                                            \
  do {                                                                                       \
    if (const cnrtRet_t mlu_code_ = (expr); mlu_code_ != CNRT_RET_SUCCESS) return mlu_code_; \
  } while (false)

// Refuses a NULL argument.
#define MLU_REQUIRE_NOT_NULL(pointer)                                                              \
  do {                                                                                             \
    if ((pointer) == nullptr) return MLU_FAIL(CNRT_RET_ERR_INVALID, #pointer " must not be NULL"); \
  } while (false)
