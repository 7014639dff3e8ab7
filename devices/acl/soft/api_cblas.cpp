// SPDX-License-Identifier: Apache-2.0
// Products of matrices and vectors. Matrices lie row by row; a leading dimension of -1 means that
// rows follow each other, an increment of -1 the same of a vector's elements.
#include <utility>

#include "acl/ops/acl_cblas.h"
#include "devices/acl/soft/context.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/gemm.h"
#include "devices/acl/soft/memory_map.h"
#include "devices/acl/soft/op_exec.h"

namespace infer_server::devices::acl {
namespace {

// As aclblasGemmEx.
struct GemmArguments {
  aclTransType transpose_a, transpose_b, transpose_c;
  int m, n, k;
  const void* alpha;
  const void* a;
  int lda;
  aclDataType type_a;
  const void* b;
  int ldb;
  aclDataType type_b;
  const void* beta;
  void* c;
  int ldc;
  aclDataType type_c;
  aclComputeType compute;
};

aclError CheckTranspose(const char* function, const char* what, aclTransType value) {
  if (value < ACL_TRANS_N || value > ACL_TRANS_NZ_T)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "%s is %d, must be 0..3", what,
                static_cast<int>(value));
  if (value >= ACL_TRANS_NZ)
    return Fail(ACL_ERROR_FEATURE_UNSUPPORTED, function,
                "%s is %d: matrices in tiles (NZ) are not supported, give rows", what,
                static_cast<int>(value));
  return ACL_SUCCESS;
}

// How far rows of `columns` elements are apart.
aclError ReadStride(const char* function, const char* what, int value, int64_t columns,
                    int64_t* stride) {
  *stride = value == -1 ? columns : value;
  if (*stride < columns || (*stride < 1 && columns > 0))
    return Fail(ACL_ERROR_INVALID_PARAM, function, "%s is %d, must be -1, or %lld or more", what,
                value, static_cast<long long>(columns));
  return ACL_SUCCESS;
}

aclError ReadShape(const char* function, const GemmArguments& g, GemmShape* shape) {
  ACL_RETURN_IF_ERROR(CheckTranspose(function, "transA", g.transpose_a));
  ACL_RETURN_IF_ERROR(CheckTranspose(function, "transB", g.transpose_b));
  ACL_RETURN_IF_ERROR(CheckTranspose(function, "transC", g.transpose_c));
  if (g.transpose_c != ACL_TRANS_N)
    return Fail(ACL_ERROR_FEATURE_UNSUPPORTED, function,
                "transC is 1: C is written row by row, exchange A and B instead");
  if (g.m < 1 || g.n < 1 || g.k < 1)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "m, n, k are %d, %d, %d, must be 1 or more", g.m,
                g.n, g.k);
  if (g.compute < ACL_COMPUTE_HIGH_PRECISION || g.compute > ACL_COMPUTE_LOW_PRECISION)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "type is %d, must be 0 or 1",
                static_cast<int>(g.compute));
  if (g.type_a != g.type_b || !GemmHas(g.type_a, g.type_c))
    return Fail(ACL_ERROR_UNSUPPORTED_DATA_TYPE, function, "there is no product of %s and %s to %s",
                NameOf(g.type_a).c_str(), NameOf(g.type_b).c_str(), NameOf(g.type_c).c_str());
  shape->transpose_a = g.transpose_a == ACL_TRANS_T;
  shape->transpose_b = g.transpose_b == ACL_TRANS_T;
  shape->m = g.m;
  shape->n = g.n;
  shape->k = g.k;
  shape->type = g.type_a;
  shape->out = g.type_c;
  ACL_RETURN_IF_ERROR(
      ReadStride(function, "lda", g.lda, shape->transpose_a ? g.m : g.k, &shape->lda));
  ACL_RETURN_IF_ERROR(
      ReadStride(function, "ldb", g.ldb, shape->transpose_b ? g.k : g.n, &shape->ldb));
  return ReadStride(function, "ldc", g.ldc, g.n, &shape->ldc);
}

// Bytes from the first element to the last.
size_t SpanOf(int64_t rows, int64_t columns, int64_t stride, aclDataType type) {
  return static_cast<size_t>(BytesOf(type, (rows - 1) * stride + columns));
}

aclError CheckMemory(const char* function, const GemmShape& s, const GemmArguments& g) {
  const int64_t rows_a = s.transpose_a ? s.k : s.m, rows_b = s.transpose_b ? s.n : s.k;
  const size_t one = BitsOf(s.out) / 8;
  ACL_RETURN_IF_ERROR(CheckDeviceSpan(function, "alpha", g.alpha, one));
  ACL_RETURN_IF_ERROR(CheckDeviceSpan(function, "beta", g.beta, one));
  ACL_RETURN_IF_ERROR(CheckDeviceSpan(function, "A", g.a,
                                      SpanOf(rows_a, s.transpose_a ? s.m : s.k, s.lda, s.type)));
  ACL_RETURN_IF_ERROR(CheckDeviceSpan(function, "B", g.b,
                                      SpanOf(rows_b, s.transpose_b ? s.k : s.n, s.ldb, s.type)));
  return CheckDeviceSpan(function, "C", g.c, SpanOf(s.m, s.n, s.ldc, s.out));
}

aclError QueueGemm(const char* function, const GemmArguments& g, const QueuedFault& fault,
                   aclrtStream stream) {
  for (const void* pointer : {g.alpha, g.a, g.b, g.beta, static_cast<const void*>(g.c)})
    if (pointer == nullptr)
      return Fail(ACL_ERROR_INVALID_PARAM, function,
                  "alpha, beta, the matrices and vectors must not be NULL");
  GemmShape shape;
  ACL_RETURN_IF_ERROR(ReadShape(function, g, &shape));
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, function);
  if (found == nullptr) return code;
  ACL_RETURN_IF_ERROR(CheckMemory(function, shape, g));
  found->PushWork(function, fault, [=]() -> aclError {
    // Any of it may have been freed since.
    if (CheckMemory(function, shape, g) != ACL_SUCCESS) return ACL_ERROR_RT_AICORE_EXCEPTION;
    try {
      Gemm(shape, g.alpha, g.a, g.b, g.beta, g.c, g.c);
    } catch (const std::exception& e) {
      return Fail(ACL_ERROR_RT_AICORE_EXCEPTION, function, "the product failed: %s", e.what());
    }
    return ACL_SUCCESS;
  });
  return ACL_SUCCESS;
}

// A handle of "GEMM", whose inputs are A, B, C, alpha and beta, whose output is C.
aclError NewGemmHandle(const char* function, GemmArguments g, aclopHandle** handle) {
  if (handle == nullptr) return Fail(ACL_ERROR_INVALID_PARAM, function, "handle must not be NULL");
  g.lda = g.ldb = g.ldc = -1;
  GemmShape s;
  ACL_RETURN_IF_ERROR(ReadShape(function, g, &s));
  const auto desc = [](aclDataType type, std::vector<int64_t> dims) {
    aclTensorDesc made;
    made.type = type;
    made.format = ACL_FORMAT_ND;
    made.dims = std::move(dims);
    return made;
  };
  using Dims = std::vector<int64_t>;
  const aclTensorDesc descs[] = {desc(s.type, s.transpose_a ? Dims{s.k, s.m} : Dims{s.m, s.k}),
                                 desc(s.type, s.transpose_b ? Dims{s.n, s.k} : Dims{s.k, s.n}),
                                 desc(s.out, {s.m, s.n}), desc(s.out, {1}), desc(s.out, {1})};
  const aclTensorDesc* const inputs[] = {&descs[0], &descs[1], &descs[2], &descs[3], &descs[4]};
  aclopAttr attr;
  attr.values["transpose_a"] = s.transpose_a;
  attr.values["transpose_b"] = s.transpose_b;
  std::shared_ptr<const OpHandle> made;
  ACL_RETURN_IF_ERROR(
      MakeHandle(function, {"GEMM", 5, inputs, 1, &inputs[2], &attr}, nullptr, nullptr, &made));
  *handle = CreateLive<aclopHandle>(function, std::move(made));
  return *handle == nullptr ? ACL_ERROR_BAD_ALLOC : ACL_SUCCESS;
}

// y = alpha op(A) x + beta y, of an m x n matrix A, as the product with a matrix of one column.
aclError GemvArguments(const char* function, aclTransType transpose, int m, int n,
                       const void* alpha, const void* a, int lda, aclDataType type_a, const void* x,
                       int incx, aclDataType type_x, const void* beta, void* y, int incy,
                       aclDataType type_y, aclComputeType compute, GemmArguments* g) {
  if (incx == 0 || incx < -1 || incy == 0 || incy < -1)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "incx, incy are %d, %d, must be -1 or 1 or more",
                incx, incy);
  const bool turned = transpose == ACL_TRANS_T;
  *g = {transpose, ACL_TRANS_N, ACL_TRANS_N, turned ? n : m, 1,      turned ? m : n,
        alpha,     a,           lda,         type_a,         x,      incx,
        type_x,    beta,        y,           incy,           type_y, compute};
  return ACL_SUCCESS;
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError aclblasGemmEx(aclTransType transA, aclTransType transB, aclTransType transC, int m, int n,
                       int k, const void* alpha, const void* matrixA, int lda,
                       aclDataType dataTypeA, const void* matrixB, int ldb, aclDataType dataTypeB,
                       const void* beta, void* matrixC, int ldc, aclDataType dataTypeC,
                       aclComputeType type, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  return QueueGemm(__func__,
                   {transA, transB, transC, m, n, k, alpha, matrixA, lda, dataTypeA, matrixB, ldb,
                    dataTypeB, beta, matrixC, ldc, dataTypeC, type},
                   fault, stream);
}

aclError aclblasCreateHandleForGemmEx(aclTransType transA, aclTransType transB, aclTransType transC,
                                      int m, int n, int k, aclDataType dataTypeA,
                                      aclDataType dataTypeB, aclDataType dataTypeC,
                                      aclComputeType type, aclopHandle** handle) {
  ACL_ENTRY();
  return NewGemmHandle(__func__,
                       {transA, transB, transC, m, n, k, nullptr, nullptr, -1, dataTypeA, nullptr,
                        -1, dataTypeB, nullptr, nullptr, -1, dataTypeC, type},
                       handle);
}

aclError aclblasHgemm(aclTransType transA, aclTransType transB, aclTransType transC, int m, int n,
                      int k, const aclFloat16* alpha, const aclFloat16* matrixA, int lda,
                      const aclFloat16* matrixB, int ldb, const aclFloat16* beta,
                      aclFloat16* matrixC, int ldc, aclComputeType type, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  return QueueGemm(__func__,
                   {transA, transB, transC, m, n, k, alpha, matrixA, lda, ACL_FLOAT16, matrixB, ldb,
                    ACL_FLOAT16, beta, matrixC, ldc, ACL_FLOAT16, type},
                   fault, stream);
}

aclError aclblasCreateHandleForHgemm(aclTransType transA, aclTransType transB, aclTransType transC,
                                     int m, int n, int k, aclComputeType type,
                                     aclopHandle** handle) {
  ACL_ENTRY();
  return NewGemmHandle(__func__,
                       {transA, transB, transC, m, n, k, nullptr, nullptr, -1, ACL_FLOAT16, nullptr,
                        -1, ACL_FLOAT16, nullptr, nullptr, -1, ACL_FLOAT16, type},
                       handle);
}

aclError aclblasS8gemm(aclTransType transA, aclTransType transB, aclTransType transC, int m, int n,
                       int k, const int32_t* alpha, const int8_t* matrixA, int lda,
                       const int8_t* matrixB, int ldb, const int32_t* beta, int32_t* matrixC,
                       int ldc, aclComputeType type, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  return QueueGemm(__func__,
                   {transA, transB, transC, m, n, k, alpha, matrixA, lda, ACL_INT8, matrixB, ldb,
                    ACL_INT8, beta, matrixC, ldc, ACL_INT32, type},
                   fault, stream);
}

aclError aclblasCreateHandleForS8gemm(aclTransType transA, aclTransType transB, aclTransType transC,
                                      int m, int n, int k, aclComputeType type,
                                      aclopHandle** handle) {
  ACL_ENTRY();
  return NewGemmHandle(__func__,
                       {transA, transB, transC, m, n, k, nullptr, nullptr, -1, ACL_INT8, nullptr,
                        -1, ACL_INT8, nullptr, nullptr, -1, ACL_INT32, type},
                       handle);
}

aclError aclblasGemvEx(aclTransType transA, int m, int n, const void* alpha, const void* a, int lda,
                       aclDataType dataTypeA, const void* x, int incx, aclDataType dataTypeX,
                       const void* beta, void* y, int incy, aclDataType dataTypeY,
                       aclComputeType type, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  GemmArguments g;
  ACL_RETURN_IF_ERROR(GemvArguments(__func__, transA, m, n, alpha, a, lda, dataTypeA, x, incx,
                                    dataTypeX, beta, y, incy, dataTypeY, type, &g));
  return QueueGemm(__func__, g, fault, stream);
}

aclError aclblasCreateHandleForGemvEx(aclTransType transA, int m, int n, aclDataType dataTypeA,
                                      aclDataType dataTypeX, aclDataType dataTypeY,
                                      aclComputeType type, aclopHandle** handle) {
  ACL_ENTRY();
  GemmArguments g;
  ACL_RETURN_IF_ERROR(GemvArguments(__func__, transA, m, n, nullptr, nullptr, -1, dataTypeA,
                                    nullptr, -1, dataTypeX, nullptr, nullptr, -1, dataTypeY, type,
                                    &g));
  return NewGemmHandle(__func__, g, handle);
}

aclError aclblasHgemv(aclTransType transA, int m, int n, const aclFloat16* alpha,
                      const aclFloat16* a, int lda, const aclFloat16* x, int incx,
                      const aclFloat16* beta, aclFloat16* y, int incy, aclComputeType type,
                      aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  GemmArguments g;
  ACL_RETURN_IF_ERROR(GemvArguments(__func__, transA, m, n, alpha, a, lda, ACL_FLOAT16, x, incx,
                                    ACL_FLOAT16, beta, y, incy, ACL_FLOAT16, type, &g));
  return QueueGemm(__func__, g, fault, stream);
}

aclError aclblasCreateHandleForHgemv(aclTransType transA, int m, int n, aclComputeType type,
                                     aclopHandle** handle) {
  ACL_ENTRY();
  GemmArguments g;
  ACL_RETURN_IF_ERROR(GemvArguments(__func__, transA, m, n, nullptr, nullptr, -1, ACL_FLOAT16,
                                    nullptr, -1, ACL_FLOAT16, nullptr, nullptr, -1, ACL_FLOAT16,
                                    type, &g));
  return NewGemmHandle(__func__, g, handle);
}

aclError aclblasS8gemv(aclTransType transA, int m, int n, const int32_t* alpha, const int8_t* a,
                       int lda, const int8_t* x, int incx, const int32_t* beta, int32_t* y,
                       int incy, aclComputeType type, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  GemmArguments g;
  ACL_RETURN_IF_ERROR(GemvArguments(__func__, transA, m, n, alpha, a, lda, ACL_INT8, x, incx,
                                    ACL_INT8, beta, y, incy, ACL_INT32, type, &g));
  return QueueGemm(__func__, g, fault, stream);
}

aclError aclblasCreateHandleForS8gemv(aclTransType transA, int m, int n, aclComputeType type,
                                      aclopHandle** handle) {
  ACL_ENTRY();
  GemmArguments g;
  ACL_RETURN_IF_ERROR(GemvArguments(__func__, transA, m, n, nullptr, nullptr, -1, ACL_INT8, nullptr,
                                    -1, ACL_INT8, nullptr, nullptr, -1, ACL_INT32, type, &g));
  return NewGemmHandle(__func__, g, handle);
}
