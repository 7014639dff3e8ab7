// SPDX-License-Identifier: Apache-2.0
// Products of matrices for MatMul, GEMM and the cblas functions.
#pragma once

#include <cstdint>

#include "acl/acl_base.h"

namespace infer_server::devices::acl {

// C = alpha op(A) op(B) + beta C0, all row by row: op(A) is m x k, op(B) k x n. A row of A as it
// lies in memory begins lda elements behind the one before.
struct GemmShape {
  bool transpose_a = false, transpose_b = false;
  int64_t m = 0, n = 0, k = 0;
  int64_t lda = 0, ldb = 0, ldc = 0;
  aclDataType type = ACL_FLOAT;  // Of A and B.
  aclDataType out = ACL_FLOAT;   // Of C, C0, alpha and beta.
};

// float16, bfloat16 and float to themselves or float; double; int8 to int32 or float; int32.
bool GemmHas(aclDataType type, aclDataType out);

// `alpha` nullptr: 1; `beta` nullptr: 0. C0 is not read when beta is 0, and may be C. C may overlap
// anything: it is written when all is read. Floating sums are float or double, int32 wraps around.
// Thread-safe.
void Gemm(const GemmShape& shape, const void* alpha, const void* a, const void* b, const void* beta,
          const void* c0, void* c);

}  // namespace infer_server::devices::acl
