// SPDX-License-Identifier: Apache-2.0
// The work is OpenCV's gemm, in float or double. Sums of int8 products stay exact in float for as
// many as kExact of them, so longer ones are added up in pieces.
#include "devices/acl/soft/gemm.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <vector>

#include "devices/acl/soft/element.h"

namespace infer_server::devices::acl {
namespace {

constexpr int64_t kExact = (int64_t{1} << 24) / (128 * 128);

// A matrix as it lies in memory.
struct Stored {
  int64_t rows, columns, stride;
};

Stored StoredA(const GemmShape& s) {
  return s.transpose_a ? Stored{s.k, s.m, s.lda} : Stored{s.m, s.k, s.lda};
}
Stored StoredB(const GemmShape& s) {
  return s.transpose_b ? Stored{s.n, s.k, s.ldb} : Stored{s.k, s.n, s.ldb};
}

// The matrix as F: its own memory where it is that already, else converted into `held`.
template <typename T, typename F>
cv::Mat_<F> AsMat(const Stored& stored, const void* memory, std::vector<F>* held) {
  const T* in = static_cast<const T*>(memory);
  const int rows = static_cast<int>(stored.rows), columns = static_cast<int>(stored.columns);
  if constexpr (std::is_same_v<T, F>) {
    return cv::Mat_<F>(rows, columns, const_cast<F*>(in),
                       static_cast<size_t>(stored.stride) * sizeof(F));
  } else {
    held->resize(static_cast<size_t>(stored.rows * stored.columns));
    for (int64_t r = 0; r < stored.rows; ++r) {
      F* out = held->data() + r * stored.columns;
      for (int64_t i = 0; i < stored.columns; ++i) {
        if constexpr (kIsFloating<T>)
          out[i] = FloatOf(in[r * stored.stride + i]);
        else
          out[i] = static_cast<F>(in[r * stored.stride + i]);
      }
    }
    return cv::Mat_<F>(rows, columns, held->data());
  }
}

int FlagsOf(const GemmShape& s) {
  return (s.transpose_a ? cv::GEMM_1_T : 0) | (s.transpose_b ? cv::GEMM_2_T : 0);
}

template <typename T, typename F>
std::vector<F> Product(const GemmShape& s, const void* a, const void* b) {
  std::vector<F> product(static_cast<size_t>(s.m * s.n)), held_a, held_b;
  if (s.k == 0 || product.empty()) return product;
  cv::Mat_<F> out(static_cast<int>(s.m), static_cast<int>(s.n), product.data());
  cv::gemm(AsMat<T, F>(StoredA(s), a, &held_a), AsMat<T, F>(StoredB(s), b, &held_b), 1,
           cv::noArray(), 0, out, FlagsOf(s));
  return product;
}

std::vector<int32_t> ProductOfBytes(const GemmShape& s, const void* a, const void* b) {
  std::vector<int32_t> product(static_cast<size_t>(s.m * s.n));
  if (s.k == 0 || product.empty()) return product;
  std::vector<float> held_a, held_b;
  const cv::Mat_<float> all_a = AsMat<int8_t, float>(StoredA(s), a, &held_a);
  const cv::Mat_<float> all_b = AsMat<int8_t, float>(StoredB(s), b, &held_b);
  cv::Mat_<float> part;
  for (int64_t at = 0; at < s.k; at += kExact) {
    const cv::Range range(static_cast<int>(at), static_cast<int>(std::min(at + kExact, s.k)));
    cv::gemm(s.transpose_a ? all_a.rowRange(range) : all_a.colRange(range),
             s.transpose_b ? all_b.colRange(range) : all_b.rowRange(range), 1, cv::noArray(), 0,
             part, FlagsOf(s));
    for (size_t i = 0; i < product.size(); ++i)
      product[i] = static_cast<int32_t>(static_cast<uint32_t>(product[i]) +
                                        static_cast<uint32_t>(static_cast<int32_t>(
                                            part(static_cast<int>(i / static_cast<size_t>(s.n)),
                                                 static_cast<int>(i % static_cast<size_t>(s.n))))));
  }
  return product;
}

// A row of B is added to a row of the product at a time: both stay near, and it vectorises.
std::vector<int32_t> ProductOfInts(const GemmShape& s, const void* a, const void* b) {
  const auto *in_a = static_cast<const uint32_t*>(a), *in_b = static_cast<const uint32_t*>(b);
  std::vector<int32_t> product(static_cast<size_t>(s.m * s.n));
  std::vector<uint32_t> sum(static_cast<size_t>(s.n)), turned;
  int64_t ldb = s.ldb;
  if (s.transpose_b) {
    turned.resize(static_cast<size_t>(s.k * s.n));
    for (int64_t j = 0; j < s.n; ++j)
      for (int64_t p = 0; p < s.k; ++p)
        turned[static_cast<size_t>(p * s.n + j)] = in_b[j * s.ldb + p];
    in_b = turned.data();
    ldb = s.n;
  }
  for (int64_t i = 0; i < s.m; ++i) {
    std::fill(sum.begin(), sum.end(), 0);
    for (int64_t p = 0; p < s.k; ++p) {
      const uint32_t factor = in_a[s.transpose_a ? p * s.lda + i : i * s.lda + p];
      const uint32_t* row = in_b + p * ldb;
      for (size_t j = 0; j < sum.size(); ++j) sum[j] += factor * row[j];
    }
    std::copy(sum.begin(), sum.end(), product.begin() + i * s.n);
  }
  return product;
}

// C = alpha product + beta C0. F: what is computed in, T: the type of C.
template <typename T, typename P>
void Finish(const GemmShape& s, const std::vector<P>& product, const void* alpha, const void* beta,
            const void* c0, void* c) {
  using F = std::conditional_t<std::is_same_v<T, int32_t>, uint32_t,
                               std::conditional_t<std::is_same_v<T, double>, double, float>>;
  const auto value = [](T element) {
    if constexpr (kIsFloating<T>)
      return static_cast<F>(FloatOf(element));
    else
      return static_cast<F>(element);
  };
  const F by = alpha == nullptr ? F{1} : value(*static_cast<const T*>(alpha));
  const F by_old = beta == nullptr ? F{0} : value(*static_cast<const T*>(beta));
  const T* old = static_cast<const T*>(c0);
  T* out = static_cast<T*>(c);
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      F result = by * static_cast<F>(product[static_cast<size_t>(i * s.n + j)]);
      if (by_old != F{0}) result += by_old * value(old[i * s.ldc + j]);
      if constexpr (kIsFloating<T>)
        out[i * s.ldc + j] = FromFloat<T>(result);
      else
        out[i * s.ldc + j] = static_cast<T>(result);
    }
  }
}

}  // namespace

bool GemmHas(aclDataType type, aclDataType out) {
  switch (type) {
    case ACL_FLOAT16:
    case ACL_BF16:
    case ACL_FLOAT:
      return out == type || out == ACL_FLOAT;
    case ACL_INT8:
      return out == ACL_INT32 || out == ACL_FLOAT;
    default:
      return (type == ACL_DOUBLE || type == ACL_INT32) && out == type;
  }
}

void Gemm(const GemmShape& shape, const void* alpha, const void* a, const void* b, const void* beta,
          const void* c0, void* c) {
  const auto finish = [&](const auto& product) {
    if (shape.out == ACL_INT32)
      Finish<int32_t>(shape, product, alpha, beta, c0, c);
    else
      WithFloating(shape.out,
                   [&](auto tag) { Finish<decltype(tag)>(shape, product, alpha, beta, c0, c); });
  };
  if (shape.type == ACL_INT8)
    finish(ProductOfBytes(shape, a, b));
  else if (shape.type == ACL_INT32)
    finish(ProductOfInts(shape, a, b));
  else if (shape.type == ACL_DOUBLE)
    finish(Product<double, double>(shape, a, b));
  else
    WithFloating(shape.type, [&](auto tag) {
      if constexpr (!std::is_same_v<decltype(tag), double>)
        finish(Product<decltype(tag), float>(shape, a, b));
    });
}

}  // namespace infer_server::devices::acl
