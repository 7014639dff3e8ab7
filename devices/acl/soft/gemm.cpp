// SPDX-License-Identifier: Apache-2.0
// Floats and bytes go through tiles that stay in registers, doubles through OpenCV's gemm. Sums of
// int8 products stay exact in float for as many as kExact of them; longer ones are added in pieces.
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

cv::Mat_<double> AsMat(const Stored& stored, const void* memory) {
  return cv::Mat_<double>(static_cast<int>(stored.rows), static_cast<int>(stored.columns),
                          const_cast<double*>(static_cast<const double*>(memory)),
                          static_cast<size_t>(stored.stride) * sizeof(double));
}

int FlagsOf(const GemmShape& s) {
  return (s.transpose_a ? cv::GEMM_1_T : 0) | (s.transpose_b ? cv::GEMM_2_T : 0);
}

std::vector<double> ProductOfDoubles(const GemmShape& s, const void* a, const void* b) {
  std::vector<double> product(static_cast<size_t>(s.m * s.n));
  if (s.k == 0 || product.empty()) return product;
  cv::Mat_<double> out(static_cast<int>(s.m), static_cast<int>(s.n), product.data());
  cv::gemm(AsMat(StoredA(s), a), AsMat(StoredB(s), b), 1, cv::noArray(), 0, out, FlagsOf(s));
  return product;
}

// A tile of the product, kRows x kColumns, is summed up in registers.
constexpr int64_t kRows = 4, kColumns = 8;
using Vector [[gnu::vector_size(16)]] = float;

// `a`: k times kRows, `b`: k times kColumns, one behind the other.
void Tile(const float* a, const float* b, int64_t k, float* tile) {
  // By name: an array would be kept in memory.
  Vector l0 = {}, l1 = {}, l2 = {}, l3 = {}, r0 = {}, r1 = {}, r2 = {}, r3 = {};
  for (int64_t p = 0; p < k; ++p, a += kRows, b += kColumns) {
    Vector left, right;
    std::memcpy(&left, b, sizeof left);
    std::memcpy(&right, b + 4, sizeof right);
    l0 += a[0] * left;
    r0 += a[0] * right;
    l1 += a[1] * left;
    r1 += a[1] * right;
    l2 += a[2] * left;
    r2 += a[2] * right;
    l3 += a[3] * left;
    r3 += a[3] * right;
  }
  const Vector sums[] = {l0, r0, l1, r1, l2, r2, l3, r3};
  std::memcpy(tile, sums, sizeof sums);
}

// Strips of `width` rows (or columns) of an element-wise readable matrix, for Tile; zeros beyond.
template <typename Read>
std::vector<float> Strips(int64_t count, int64_t k, int64_t width, const Read& read) {
  const int64_t strips = (count + width - 1) / width;
  std::vector<float> packed(static_cast<size_t>(strips * width * k));
  for (int64_t strip = 0; strip < strips; ++strip) {
    float* out = packed.data() + strip * width * k;
    const int64_t begin = strip * width, end = std::min(begin + width, count);
    for (int64_t p = 0; p < k; ++p)
      for (int64_t i = begin; i < end; ++i) out[p * width + i - begin] = read(i, p);
  }
  return packed;
}

template <typename T>
float AsFloat(T value) {
  if constexpr (kIsFloating<T>)
    return FloatOf(value);
  else
    return static_cast<float>(value);
}

template <typename T>
std::vector<float> Product(const GemmShape& s, const void* a, const void* b) {
  const T *in_a = static_cast<const T*>(a), *in_b = static_cast<const T*>(b);
  std::vector<float> product(static_cast<size_t>(s.m * s.n));
  const std::vector<float> left = Strips(s.m, s.k, kRows, [&](int64_t i, int64_t p) {
    return AsFloat(in_a[s.transpose_a ? p * s.lda + i : i * s.lda + p]);
  });
  const std::vector<float> right = Strips(s.n, s.k, kColumns, [&](int64_t j, int64_t p) {
    return AsFloat(in_b[s.transpose_b ? j * s.ldb + p : p * s.ldb + j]);
  });
  float tile[kRows * kColumns];
  // A strip of B stays in the cache while all of A passes.
  for (int64_t j = 0; j < s.n; j += kColumns) {
    for (int64_t i = 0; i < s.m; i += kRows) {
      Tile(left.data() + i * s.k, right.data() + j * s.k, s.k, tile);
      for (int64_t r = 0; r < std::min(kRows, s.m - i); ++r)
        std::copy_n(tile + r * kColumns, std::min(kColumns, s.n - j),
                    product.data() + (i + r) * s.n + j);
    }
  }
  return product;
}

std::vector<int32_t> ProductOfBytes(const GemmShape& s, const void* a, const void* b) {
  const auto *in_a = static_cast<const int8_t*>(a), *in_b = static_cast<const int8_t*>(b);
  std::vector<int32_t> product(static_cast<size_t>(s.m * s.n));
  GemmShape piece = s;
  for (int64_t at = 0; at < s.k; at += kExact) {
    piece.k = std::min(kExact, s.k - at);
    const std::vector<float> part = Product<int8_t>(piece, in_a + (s.transpose_a ? at * s.lda : at),
                                                    in_b + (s.transpose_b ? at : at * s.ldb));
    for (size_t i = 0; i < product.size(); ++i)
      product[i] = static_cast<int32_t>(static_cast<uint32_t>(product[i]) +
                                        static_cast<uint32_t>(static_cast<int32_t>(part[i])));
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
    finish(ProductOfDoubles(shape, a, b));
  else
    WithFloating(shape.type, [&](auto tag) {
      if constexpr (!std::is_same_v<decltype(tag), double>)
        finish(Product<decltype(tag)>(shape, a, b));
    });
}

}  // namespace infer_server::devices::acl
