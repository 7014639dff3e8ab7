// SPDX-License-Identifier: Apache-2.0
// Products of matrices and vectors against three plain loops.
#include <algorithm>
#include <cmath>

#include "acl/ops/acl_cblas.h"
#include "tests/devices/acl/op_test.h"

namespace acl_test {
namespace {

constexpr aclComputeType kHigh = ACL_COMPUTE_HIGH_PRECISION;

class Cblas : public Operators {
 protected:
  aclTransType AnyTranspose() { return Pick(0, 1) == 0 ? ACL_TRANS_N : ACL_TRANS_T; }
  // -1, or `columns` and some more.
  int AnyStride(int64_t columns) {
    return Pick(0, 2) == 0 ? -1 : static_cast<int>(columns) + Pick(0, 3);
  }
};

// op(A) at (row, column) of a matrix whose rows are `stride` apart.
double At(const std::vector<double>& a, bool turned, int64_t stride, int64_t row, int64_t column) {
  return a[static_cast<size_t>(turned ? column * stride + row : row * stride + column)];
}

struct Matrix {
  bool turned;
  int given;       // The leading dimension handed over.
  int64_t stride;  // And what it means.
  int64_t elements;
};

Matrix MatrixOf(aclTransType turn, int given, int64_t rows, int64_t columns) {
  const bool turned = turn == ACL_TRANS_T;
  if (turned) std::swap(rows, columns);
  const int64_t stride = given == -1 ? columns : given;
  return {turned, given, stride, rows * stride};
}

TEST_F(Cblas, GemmOfAllTypesTransposesAndStrides) {
  const std::pair<aclDataType, aclDataType> types[] = {{ACL_FLOAT16, ACL_FLOAT16},
                                                       {ACL_FLOAT16, ACL_FLOAT},
                                                       {ACL_FLOAT, ACL_FLOAT},
                                                       {ACL_INT8, ACL_INT32},
                                                       {ACL_INT8, ACL_FLOAT}};
  for (int round = 0; round < 200; ++round) {
    const auto& type = types[round % 5];
    const int m = Pick(1, 17), n = Pick(1, 17), k = Pick(1, 40);
    const aclTransType turn_a = AnyTranspose(), turn_b = AnyTranspose();
    const Matrix a = MatrixOf(turn_a, AnyStride(turn_a == ACL_TRANS_T ? m : k), m, k),
                 b = MatrixOf(turn_b, AnyStride(turn_b == ACL_TRANS_T ? k : n), k, n),
                 c = MatrixOf(ACL_TRANS_N, AnyStride(n), m, n);
    Tensor in_a(type.first, {a.elements}), in_b(type.first, {b.elements}),
        out(type.second, {c.elements}), alpha(type.second, {1}), beta(type.second, {1});
    const std::vector<double> of_a = Numbers(static_cast<size_t>(a.elements), -3, 3),
                              of_b = Numbers(static_cast<size_t>(b.elements), -3, 3),
                              of_c = Numbers(static_cast<size_t>(c.elements), -3, 3);
    const double by = Pick(-2, 2), by_old = Pick(-2, 2);
    in_a.PutNumbers(of_a);
    in_b.PutNumbers(of_b);
    out.PutNumbers(of_c);
    alpha.PutNumbers({by});
    beta.PutNumbers({by_old});
    ASSERT_EQ(aclblasGemmEx(turn_a, turn_b, ACL_TRANS_N, m, n, k, alpha.memory(), in_a.memory(),
                            a.given, type.first, in_b.memory(), b.given, type.first, beta.memory(),
                            out.memory(), c.given, type.second, kHigh, stream_),
              ACL_SUCCESS)
        << Recent();
    ASSERT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
    const std::vector<double> got = out.Numbers();
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < c.stride; ++j) {
        const size_t at = static_cast<size_t>(i * c.stride + j);
        double sum = 0;
        for (int64_t p = 0; j < n && p < k; ++p)
          sum += At(of_a, a.turned, a.stride, i, p) * At(of_b, b.turned, b.stride, p, j);
        // Nothing is written between the rows.
        ASSERT_EQ(got[at], j < n ? by * sum + by_old * of_c[at] : of_c[at]);
      }
  }
}

TEST_F(Cblas, GemvOfAllTypesTransposesAndIncrements) {
  const std::pair<aclDataType, aclDataType> types[] = {
      {ACL_FLOAT16, ACL_FLOAT16}, {ACL_FLOAT, ACL_FLOAT}, {ACL_INT8, ACL_INT32}};
  for (int round = 0; round < 120; ++round) {
    const auto& type = types[round % 3];
    const int m = Pick(1, 30), n = Pick(1, 30), lda = AnyStride(n);
    const int incx = Pick(0, 1) == 0 ? -1 : Pick(1, 3), incy = Pick(0, 1) == 0 ? -1 : Pick(1, 3);
    const int64_t step = lda == -1 ? n : lda, step_x = incx == -1 ? 1 : incx,
                  step_y = incy == -1 ? 1 : incy;
    const aclTransType turn = AnyTranspose();
    const bool turned = turn == ACL_TRANS_T;
    const int64_t rows = turned ? n : m, columns = turned ? m : n;
    Tensor a(type.first, {m * step}), x(type.first, {columns * step_x}),
        y(type.second, {rows * step_y}), alpha(type.second, {1}), beta(type.second, {1});
    const std::vector<double> of_a = Numbers(Count(a.dims()), -3, 3),
                              of_x = Numbers(Count(x.dims()), -3, 3),
                              of_y = Numbers(Count(y.dims()), -3, 3);
    a.PutNumbers(of_a);
    x.PutNumbers(of_x);
    y.PutNumbers(of_y);
    alpha.PutNumbers({2});
    beta.PutNumbers({-1});
    const aclError code =
        type.first == ACL_INT8 && round % 2 == 0
            ? aclblasS8gemv(turn, m, n, static_cast<int32_t*>(alpha.memory()),
                            static_cast<int8_t*>(a.memory()), lda, static_cast<int8_t*>(x.memory()),
                            incx, static_cast<int32_t*>(beta.memory()),
                            static_cast<int32_t*>(y.memory()), incy, kHigh, stream_)
        : type.first == ACL_FLOAT16 && round % 2 == 0
            ? aclblasHgemv(turn, m, n, static_cast<aclFloat16*>(alpha.memory()),
                           static_cast<aclFloat16*>(a.memory()), lda,
                           static_cast<aclFloat16*>(x.memory()), incx,
                           static_cast<aclFloat16*>(beta.memory()),
                           static_cast<aclFloat16*>(y.memory()), incy, kHigh, stream_)
            : aclblasGemvEx(turn, m, n, alpha.memory(), a.memory(), lda, type.first, x.memory(),
                            incx, type.first, beta.memory(), y.memory(), incy, type.second, kHigh,
                            stream_);
    ASSERT_EQ(code, ACL_SUCCESS) << Recent();
    ASSERT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
    const std::vector<double> got = y.Numbers();
    for (int64_t i = 0; i < rows; ++i) {
      double sum = 0;
      for (int64_t p = 0; p < columns; ++p)
        sum += At(of_a, turned, step, i, p) * of_x[static_cast<size_t>(p * step_x)];
      const size_t at = static_cast<size_t>(i * step_y);
      ASSERT_EQ(got[at], 2 * sum - of_y[at]);
    }
  }
}

TEST_F(Cblas, NamedVariantsAndHandlesAgree) {
  constexpr int kM = 9, kN = 7, kK = 11;
  for (const bool half : {true, false}) {
    const aclDataType in = half ? ACL_FLOAT16 : ACL_INT8, out = half ? ACL_FLOAT16 : ACL_INT32;
    Tensor a(in, {kM, kK}), b(in, {kK, kN}), c(out, {kM, kN}), d(out, {kM, kN}), alpha(out, {1}),
        beta(out, {1});
    a.PutNumbers(Numbers(kM * kK, -3, 3));
    b.PutNumbers(Numbers(kK * kN, -3, 3));
    const std::vector<double> old = Numbers(kM * kN, -3, 3);
    c.PutNumbers(old);
    d.PutNumbers(old);
    alpha.PutNumbers({3});
    beta.PutNumbers({2});
    aclopHandle* handle = nullptr;
    const auto n = ACL_TRANS_N;
    if (half) {
      ASSERT_EQ(aclblasHgemm(n, n, n, kM, kN, kK, static_cast<aclFloat16*>(alpha.memory()),
                             static_cast<aclFloat16*>(a.memory()), kK,
                             static_cast<aclFloat16*>(b.memory()), kN,
                             static_cast<aclFloat16*>(beta.memory()),
                             static_cast<aclFloat16*>(c.memory()), kN, kHigh, stream_),
                ACL_SUCCESS);
      ASSERT_EQ(aclblasCreateHandleForHgemm(n, n, n, kM, kN, kK, kHigh, &handle), ACL_SUCCESS);
    } else {
      ASSERT_EQ(
          aclblasS8gemm(n, n, n, kM, kN, kK, static_cast<int32_t*>(alpha.memory()),
                        static_cast<int8_t*>(a.memory()), kK, static_cast<int8_t*>(b.memory()), kN,
                        static_cast<int32_t*>(beta.memory()), static_cast<int32_t*>(c.memory()), kN,
                        kHigh, stream_),
          ACL_SUCCESS);
      ASSERT_EQ(aclblasCreateHandleForS8gemm(n, n, n, kM, kN, kK, kHigh, &handle), ACL_SUCCESS);
    }
    const aclDataBuffer* inputs[] = {a.buffer(), b.buffer(), d.buffer(), alpha.buffer(),
                                     beta.buffer()};
    aclDataBuffer* output = d.buffer();
    ASSERT_EQ(aclopExecWithHandle(handle, 5, inputs, 1, &output, stream_), ACL_SUCCESS) << Recent();
    aclopDestroyHandle(handle);
    ASSERT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
    EXPECT_EQ(c.Numbers(), d.Numbers());
  }
  // y = A x by a handle: x and y are columns.
  Tensor a(ACL_INT8, {2, 3}), x(ACL_INT8, {3}), y(ACL_INT32, {2}), one(ACL_INT32, {1}),
      none(ACL_INT32, {1});
  a.PutNumbers({1, 2, 3, 4, 5, 6});
  x.PutNumbers({1, 0, -1});
  y.PutNumbers({7, 7});
  one.PutNumbers({1});
  none.PutNumbers({0});
  aclopHandle* handle = nullptr;
  ASSERT_EQ(aclblasCreateHandleForS8gemv(ACL_TRANS_N, 2, 3, kHigh, &handle), ACL_SUCCESS);
  const aclDataBuffer* inputs[] = {a.buffer(), x.buffer(), y.buffer(), one.buffer(), none.buffer()};
  aclDataBuffer* output = y.buffer();
  ASSERT_EQ(aclopExecWithHandle(handle, 5, inputs, 1, &output, stream_), ACL_SUCCESS);
  aclopDestroyHandle(handle);
  ASSERT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  EXPECT_EQ(y.Numbers(), (std::vector<double>{-2, -2}));
  ASSERT_EQ(aclblasCreateHandleForHgemv(ACL_TRANS_T, 2, 3, kHigh, &handle), ACL_SUCCESS);
  aclopDestroyHandle(handle);
  ASSERT_EQ(aclblasCreateHandleForGemvEx(ACL_TRANS_T, 2, 3, ACL_FLOAT16, ACL_FLOAT16, ACL_FLOAT,
                                         kHigh, &handle),
            ACL_SUCCESS);
  aclopDestroyHandle(handle);
  ASSERT_EQ(aclblasCreateHandleForGemmEx(ACL_TRANS_T, ACL_TRANS_N, ACL_TRANS_N, 2, 3, 4, ACL_FLOAT,
                                         ACL_FLOAT, ACL_FLOAT, kHigh, &handle),
            ACL_SUCCESS);
  aclopDestroyHandle(handle);
}

// With NaN in C, which a beta of 0 does not read.
TEST_F(Cblas, LargeProductOfHalves) {
  constexpr int kSize = 256;
  Tensor a(ACL_FLOAT16, {kSize, kSize}), b(ACL_FLOAT16, {kSize, kSize}),
      c(ACL_FLOAT, {kSize, kSize}), alpha(ACL_FLOAT, {1}), beta(ACL_FLOAT, {1});
  const std::vector<double> of_a = Numbers(kSize * kSize, -9, 9),
                            of_b = Numbers(kSize * kSize, -9, 9);
  a.PutNumbers(of_a);
  b.PutNumbers(of_b);
  c.Put(std::vector<float>(kSize * kSize, std::nanf("")));
  alpha.PutNumbers({1});
  beta.PutNumbers({0});
  ASSERT_EQ(aclblasGemmEx(ACL_TRANS_N, ACL_TRANS_T, ACL_TRANS_N, kSize, kSize, kSize,
                          alpha.memory(), a.memory(), -1, ACL_FLOAT16, b.memory(), -1, ACL_FLOAT16,
                          beta.memory(), c.memory(), -1, ACL_FLOAT, kHigh, stream_),
            ACL_SUCCESS);
  ASSERT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  const std::vector<double> got = c.Numbers();
  for (int round = 0; round < 2000; ++round) {
    const size_t i = static_cast<size_t>(Pick(0, kSize - 1)),
                 j = static_cast<size_t>(Pick(0, kSize - 1));
    double sum = 0;
    for (size_t p = 0; p < kSize; ++p) sum += of_a[i * kSize + p] * of_b[j * kSize + p];
    ASSERT_EQ(got[i * kSize + j], sum);
  }
}

TEST_F(Cblas, Refusals) {
  Tensor a(ACL_FLOAT, {4, 4}), one(ACL_FLOAT, {1});
  std::vector<float> host(16);
  const auto gemm = [&](aclTransType turn, aclTransType turn_c, int m, int lda, aclDataType type,
                        void* memory, aclComputeType compute = kHigh) {
    return aclblasGemmEx(turn, ACL_TRANS_N, turn_c, m, 4, 4, one.memory(), memory, lda, type,
                         a.memory(), -1, ACL_FLOAT, one.memory(), a.memory(), -1, ACL_FLOAT,
                         compute, stream_);
  };
  constexpr auto kN = ACL_TRANS_N;
  EXPECT_EQ(gemm(kN, kN, 4, -1, ACL_FLOAT, nullptr), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(gemm(static_cast<aclTransType>(4), kN, 4, -1, ACL_FLOAT, a.memory()),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(gemm(ACL_TRANS_NZ, kN, 4, -1, ACL_FLOAT, a.memory()), ACL_ERROR_FEATURE_UNSUPPORTED);
  EXPECT_EQ(gemm(kN, ACL_TRANS_T, 4, -1, ACL_FLOAT, a.memory()), ACL_ERROR_FEATURE_UNSUPPORTED);
  EXPECT_EQ(gemm(kN, kN, 0, -1, ACL_FLOAT, a.memory()), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(gemm(kN, kN, 4, 3, ACL_FLOAT, a.memory()), ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("lda is 3, must be -1, or 4 or more"), std::string::npos);
  EXPECT_EQ(gemm(kN, kN, 4, -1, ACL_FLOAT16, a.memory()), ACL_ERROR_UNSUPPORTED_DATA_TYPE);
  EXPECT_EQ(gemm(kN, kN, 4, -1, ACL_FLOAT, a.memory(), static_cast<aclComputeType>(2)),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(gemm(kN, kN, 4, -1, ACL_FLOAT, host.data()), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(gemm(kN, kN, 5, -1, ACL_FLOAT, a.memory()), ACL_ERROR_RT_PARAM_INVALID);  // Too small.
  EXPECT_EQ(aclblasGemvEx(kN, 4, 4, one.memory(), a.memory(), -1, ACL_FLOAT, a.memory(), 0,
                          ACL_FLOAT, one.memory(), a.memory(), 1, ACL_FLOAT, kHigh, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclblasCreateHandleForHgemm(kN, kN, kN, 1, 1, 1, kHigh, nullptr),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
}

}  // namespace
}  // namespace acl_test
