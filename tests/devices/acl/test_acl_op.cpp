// SPDX-License-Identifier: Apache-2.0
// Each operator against slow and plain code, over random shapes and types.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/devices/acl/op_test.h"

namespace acl_test {
namespace {

constexpr aclDataType kNumbers[] = {ACL_FLOAT, ACL_FLOAT16, ACL_BF16,   ACL_DOUBLE,
                                    ACL_INT8,  ACL_INT16,   ACL_INT32,  ACL_INT64,
                                    ACL_UINT8, ACL_UINT16,  ACL_UINT32, ACL_UINT64};

// The indices of an element of a shape.
Dims IndexOf(size_t at, const Dims& dims) {
  Dims index(dims.size());
  for (size_t d = dims.size(); d-- > 0; at /= static_cast<size_t>(dims[d]))
    index[d] = static_cast<int64_t>(at % static_cast<size_t>(dims[d]));
  return index;
}

size_t AtOf(const Dims& index, const Dims& dims) {
  size_t at = 0;
  for (size_t d = 0; d < dims.size(); ++d)
    at = at * static_cast<size_t>(dims[d]) + static_cast<size_t>(index[d]);
  return at;
}

TEST_F(Operators, CastOfSmallWholeNumbersIsTheSameBetweenAllTypes) {
  for (const aclDataType from : kNumbers) {
    for (const aclDataType to : kNumbers) {
      const Dims dims{Pick(1, 1500)};
      Tensor x(from, dims), y(to, dims);
      const std::vector<double> numbers = Numbers(Count(dims), 0, 127);
      x.PutNumbers(numbers);
      ASSERT_EQ(aclopCast(x.desc(), x.buffer(), y.desc(), y.buffer(), 0, stream_), ACL_SUCCESS);
      ASSERT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
      ASSERT_EQ(y.Numbers(), numbers) << from << " to " << to;
    }
  }
}

class Casts : public Operators {
 protected:
  template <typename To, typename From>
  std::vector<To> Cast(aclDataType from, const std::vector<From>& values, aclDataType to,
                       bool truncate = false) {
    const Dims dims{static_cast<int64_t>(values.size())};
    Tensor x(from, dims), y(to, dims);
    x.Put(values);
    EXPECT_EQ(aclopCast(x.desc(), x.buffer(), y.desc(), y.buffer(), truncate, stream_),
              ACL_SUCCESS);
    EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
    return y.Get<To>();
  }
};

TEST_F(Casts, SaturateAndDropTheFraction) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  const std::vector<float> values{1.9f, -1.9f, 300.f, -300.f, inf, -inf, nan, 3e9f, 1e20f, -1e20f};
  EXPECT_EQ((Cast<int8_t>(ACL_FLOAT, values, ACL_INT8)),
            (std::vector<int8_t>{1, -1, 127, -128, 127, -128, 0, 127, 127, -128}));
  EXPECT_EQ((Cast<uint8_t>(ACL_FLOAT, values, ACL_UINT8)),
            (std::vector<uint8_t>{1, 0, 255, 0, 255, 0, 0, 255, 255, 0}));
  constexpr int32_t kMin = INT32_MIN, kMax = INT32_MAX;
  EXPECT_EQ((Cast<int32_t>(ACL_FLOAT, values, ACL_INT32)),
            (std::vector<int32_t>{1, -1, 300, -300, kMax, kMin, 0, kMax, kMax, kMin}));
  EXPECT_EQ((Cast<int64_t>(ACL_FLOAT, std::vector<float>{1e20f, -1e20f}, ACL_INT64)),
            (std::vector<int64_t>{INT64_MAX, INT64_MIN}));
  EXPECT_EQ((Cast<uint64_t>(ACL_FLOAT, std::vector<float>{1e20f, -1.f}, ACL_UINT64)),
            (std::vector<uint64_t>{UINT64_MAX, 0}));
  EXPECT_EQ((Cast<int16_t>(ACL_INT64, std::vector<int64_t>{70000, -70000, -5}, ACL_INT16)),
            (std::vector<int16_t>{32767, -32768, -5}));
  EXPECT_EQ((Cast<int32_t>(ACL_UINT64, std::vector<uint64_t>{UINT64_MAX, 5}, ACL_INT32)),
            (std::vector<int32_t>{kMax, 5}));
  EXPECT_EQ((Cast<uint8_t>(ACL_FLOAT, std::vector<float>{0, -0.f, 0.1f, nan}, ACL_BOOL)),
            (std::vector<uint8_t>{0, 0, 1, 1}));
  EXPECT_EQ((Cast<float>(ACL_BOOL, std::vector<uint8_t>{0, 1, 7}, ACL_FLOAT)),
            (std::vector<float>{0, 1, 1}));
}

TEST_F(Casts, RoundToNearestOrTowardZero) {
  const std::vector<float> values{1.f + 3.f / 4096, 65519.f, 65520.f, 1e6f, 0x1p-25f, 0x1.8p-24f};
  EXPECT_EQ((Cast<uint16_t>(ACL_FLOAT, values, ACL_FLOAT16)),
            (std::vector<uint16_t>{0x3C01, 0x7BFF, 0x7C00, 0x7C00, 0, 2}));
  EXPECT_EQ((Cast<uint16_t>(ACL_FLOAT, values, ACL_FLOAT16, true)),
            (std::vector<uint16_t>{0x3C00, 0x7BFF, 0x7BFF, 0x7BFF, 0, 1}));
  EXPECT_EQ((Cast<uint16_t>(ACL_FLOAT, std::vector<float>{-1.f - 3.f / 4096}, ACL_FLOAT16, true)),
            (std::vector<uint16_t>{0xBC00}));
  // Rounded once, not by way of float: a little more than half way, which float does not see.
  EXPECT_EQ((Cast<uint16_t>(ACL_DOUBLE, std::vector<double>{1 + 0x1p-11 + 0x1p-40}, ACL_FLOAT16)),
            (std::vector<uint16_t>{0x3C01}));
  EXPECT_EQ(
      (Cast<float>(ACL_INT64, std::vector<int64_t>{(int64_t{1} << 62) + (int64_t{1} << 38) + 1},
                   ACL_FLOAT)),
      (std::vector<float>{0x1p62f + 0x1p39f}));
  EXPECT_EQ((Cast<double>(ACL_INT64, std::vector<int64_t>{(int64_t{1} << 54) + 3, -9}, ACL_DOUBLE)),
            (std::vector<double>{0x1p54 + 4, -9}));
  EXPECT_EQ(
      (Cast<double>(ACL_INT64, std::vector<int64_t>{(int64_t{1} << 54) + 3, -9}, ACL_DOUBLE, true)),
      (std::vector<double>{0x1p54, -9}));
  EXPECT_EQ((Cast<uint16_t>(ACL_FLOAT, std::vector<float>{1.f + 0x1.8p-8f}, ACL_BF16)),
            (std::vector<uint16_t>{0x3F81}));
}

TEST_F(Operators, CastInPlaceAndOverItself) {
  Tensor x(ACL_INT32, {3}), y(ACL_FLOAT, {3});
  x.Put(std::vector<int32_t>{1, -2, 3});
  ASSERT_EQ(aclUpdateDataBuffer(y.buffer(), x.memory(), 12), ACL_SUCCESS);
  ASSERT_EQ(Run("Cast", {&x}, y), ACL_SUCCESS);
  EXPECT_EQ(x.Get<float>(), (std::vector<float>{1, -2, 3}));
  // To a wider type, whose first element covers the second of the input.
  Tensor wide(ACL_DOUBLE, {4}), narrow(ACL_FLOAT, {4});
  wide.Put(std::vector<float>{1, 2, 3, 4});
  ASSERT_EQ(aclUpdateDataBuffer(narrow.buffer(), wide.memory(), 16), ACL_SUCCESS);
  ASSERT_EQ(Run("Cast", {&narrow}, wide), ACL_SUCCESS);
  EXPECT_EQ(wide.Get<double>(), (std::vector<double>{1, 2, 3, 4}));
}

TEST_F(Operators, ArgMaxIsTheFirstLargest) {
  for (int round = 0; round < 120; ++round) {
    const aclDataType type = kNumbers[static_cast<size_t>(Pick(0, 11))];
    Dims dims = Shape(4, 7);
    if (dims.empty()) dims = {9};
    const int axis = Pick(0, static_cast<int>(dims.size()) - 1);
    Dims rest = dims;
    rest.erase(rest.begin() + axis);
    Tensor x(type, dims), index(ACL_INT32, rest), index64(ACL_INT64, rest);
    const std::vector<double> numbers = Numbers(Count(dims), 0, 9);
    x.PutNumbers(numbers);
    NewAttr();
    aclopSetAttrInt(attr_, "dimension",
                    axis - (round % 2 == 0 ? 0 : static_cast<int>(dims.size())));
    ASSERT_EQ(Run("ArgMaxD", {&x}, index, attr_), ACL_SUCCESS) << Recent();
    Tensor dimension(ACL_INT32, {1});
    int32_t value = axis;
    aclSetTensorConst(dimension.desc(), &value, sizeof value);
    aclUpdateDataBuffer(dimension.buffer(), nullptr, 0);
    ASSERT_EQ(Run("ArgMaxV2", {&x, &dimension}, index64), ACL_SUCCESS) << Recent();
    const std::vector<int32_t> found = index.Get<int32_t>();
    const std::vector<int64_t> found64 = index64.Get<int64_t>();
    for (size_t i = 0; i < found.size(); ++i) {
      Dims at = IndexOf(i, rest);
      at.insert(at.begin() + axis, 0);
      int best = 0;
      for (int n = 0; n < dims[static_cast<size_t>(axis)]; ++n) {
        Dims one = at, other = at;
        one[static_cast<size_t>(axis)] = n;
        other[static_cast<size_t>(axis)] = best;
        if (numbers[AtOf(one, dims)] > numbers[AtOf(other, dims)]) best = n;
      }
      ASSERT_EQ(found[i], best);
      ASSERT_EQ(found64[i], best);
    }
  }
  Tensor x(ACL_FLOAT, {4}), index(ACL_INT32, {1});
  x.Put(std::vector<float>{1, std::nanf(""), 7, std::nanf("")});
  aclopSetAttrInt(attr_, "dimension", 0);
  ASSERT_EQ(Run("ArgMaxD", {&x}, index, attr_), ACL_SUCCESS);
  EXPECT_EQ(index.Get<int32_t>()[0], 1);
}

TEST_F(Operators, AddAndMulBroadcast) {
  for (int round = 0; round < 300; ++round) {
    const aclDataType type = kNumbers[static_cast<size_t>(Pick(0, 11))];
    const Dims out = Shape(4, 6);
    const auto part = [&] {
      Dims dims(out.begin() + Pick(0, static_cast<int>(out.size())), out.end());
      for (int64_t& dim : dims)
        if (Pick(0, 2) == 0) dim = 1;
      return dims;
    };
    const bool add = Pick(0, 1) == 0, whole_first = Pick(0, 1) == 0;
    Tensor a(type, whole_first ? out : part()), b(type, whole_first ? part() : out), y(type, out);
    const std::vector<double> in_a = Numbers(Count(a.dims()), 0, 11),
                              in_b = Numbers(Count(b.dims()), 0, 11);
    a.PutNumbers(in_a);
    b.PutNumbers(in_b);
    ASSERT_EQ(Run(add ? "Add" : "Mul", {&a, &b}, y), ACL_SUCCESS) << Recent();
    const std::vector<double> got = y.Numbers();
    for (size_t i = 0; i < got.size(); ++i) {
      const Dims index = IndexOf(i, out);
      const auto of = [&](const Tensor& t, const std::vector<double>& values) {
        Dims at(index.end() - static_cast<std::ptrdiff_t>(t.dims().size()), index.end());
        for (size_t d = 0; d < at.size(); ++d)
          if (t.dims()[d] == 1) at[d] = 0;
        return values[AtOf(at, t.dims())];
      };
      ASSERT_EQ(got[i], add ? of(a, in_a) + of(b, in_b) : of(a, in_a) * of(b, in_b));
    }
  }
}

TEST_F(Operators, WholeNumbersWrapAround) {
  Tensor a(ACL_INT8, {2}), b(ACL_INT32, {1});
  a.Put(std::vector<int8_t>{127, -128});
  ASSERT_EQ(Run("Add", {&a, &a}, a), ACL_SUCCESS);
  EXPECT_EQ(a.Get<int8_t>(), (std::vector<int8_t>{-2, 0}));
  b.Put(std::vector<int32_t>{INT32_MAX});
  ASSERT_EQ(Run("Mul", {&b, &b}, b), ACL_SUCCESS);
  EXPECT_EQ(b.Get<int32_t>()[0], 1);
}

TEST_F(Operators, TransposeByConstantByAttributeAndByDevice) {
  for (int round = 0; round < 120; ++round) {
    const aclDataType type = kNumbers[static_cast<size_t>(Pick(0, 11))];
    const Dims dims = Shape(5, 5);
    std::vector<int64_t> perm(dims.size());
    for (size_t i = 0; i < perm.size(); ++i) perm[i] = static_cast<int64_t>(i);
    std::shuffle(perm.begin(), perm.end(), random_);
    Dims turned;
    for (const int64_t axis : perm) turned.push_back(dims[static_cast<size_t>(axis)]);
    Tensor x(type, dims), y(type, turned), z(type, turned),
        order(ACL_INT64, {static_cast<int64_t>(perm.size())});
    const std::vector<double> numbers = Numbers(Count(dims), 0, 100);
    x.PutNumbers(numbers);
    order.Put(perm);
    NewAttr();
    aclopSetAttrListInt(attr_, "perm", static_cast<int>(perm.size()), perm.data());
    ASSERT_EQ(Run("TransposeD", {&x}, y, attr_), ACL_SUCCESS) << Recent();
    ASSERT_EQ(Run("Transpose", {&x, &order}, z), ACL_SUCCESS) << Recent();
    const std::vector<double> got = y.Numbers();
    ASSERT_EQ(got, z.Numbers());
    for (size_t i = 0; i < got.size(); ++i) {
      const Dims index = IndexOf(i, turned);
      Dims at(dims.size());
      for (size_t d = 0; d < perm.size(); ++d) at[static_cast<size_t>(perm[d])] = index[d];
      ASSERT_EQ(got[i], numbers[AtOf(at, dims)]);
    }
  }
}

TEST_F(Operators, TransposeOntoItsInput) {
  Tensor x(ACL_INT32, {2, 3}), y(ACL_INT32, {3, 2});
  x.Put(std::vector<int32_t>{1, 2, 3, 4, 5, 6});
  aclUpdateDataBuffer(y.buffer(), x.memory(), x.bytes());
  const int64_t perm[] = {1, 0};
  aclopSetAttrListInt(attr_, "perm", 2, perm);
  ASSERT_EQ(Run("Transpose", {&x}, y, attr_), ACL_SUCCESS);
  EXPECT_EQ(x.Get<int32_t>(), (std::vector<int32_t>{1, 4, 2, 5, 3, 6}));
}

TEST_F(Operators, SoftmaxSumsUpToOne) {
  const aclDataType types[] = {ACL_FLOAT, ACL_FLOAT16, ACL_BF16, ACL_DOUBLE};
  for (int round = 0; round < 100; ++round) {
    const aclDataType type = types[round % 4];
    Dims dims = Shape(4, 6);
    if (dims.empty()) dims = {5};
    const int64_t first = Pick(0, static_cast<int>(dims.size()) - 1);
    const int64_t last = Pick(static_cast<int>(first), static_cast<int>(dims.size()) - 1);
    Tensor x(type, dims), y(type, dims);
    const std::vector<double> numbers = Numbers(Count(dims), -8, 8);
    x.PutNumbers(numbers);
    std::vector<int64_t> axes;
    for (int64_t axis = first; axis <= last; ++axis) axes.push_back(axis);
    NewAttr();
    aclopSetAttrListInt(attr_, "axes", static_cast<int>(axes.size()), axes.data());
    ASSERT_EQ(Run("Softmax", {&x}, y, attr_), ACL_SUCCESS) << Recent();
    const std::vector<double> got = y.Numbers();
    const double tolerance = type == ACL_BF16 ? 1e-2 : type == ACL_FLOAT16 ? 1e-3 : 1e-6;
    for (size_t i = 0; i < got.size(); ++i) {
      double sum = 0;
      for (size_t j = 0; j < got.size(); ++j) {
        const Dims one = IndexOf(i, dims), other = IndexOf(j, dims);
        bool same = true;
        for (int64_t d = 0; d < static_cast<int64_t>(dims.size()); ++d)
          same = same && ((d >= first && d <= last) ||
                          one[static_cast<size_t>(d)] == other[static_cast<size_t>(d)]);
        if (same) sum += std::exp(numbers[j]);
      }
      ASSERT_NEAR(got[i], std::exp(numbers[i]) / sum, tolerance);
    }
  }
}

TEST_F(Operators, MatMulTransposedAndWithBias) {
  const std::pair<aclDataType, aclDataType> types[] = {
      {ACL_FLOAT, ACL_FLOAT},   {ACL_FLOAT16, ACL_FLOAT}, {ACL_FLOAT16, ACL_FLOAT16},
      {ACL_DOUBLE, ACL_DOUBLE}, {ACL_INT8, ACL_INT32},    {ACL_INT32, ACL_INT32},
      {ACL_BF16, ACL_FLOAT},    {ACL_INT8, ACL_FLOAT}};
  for (int round = 0; round < 160; ++round) {
    const auto& type = types[round % 8];
    const int64_t m = Pick(1, 20), n = Pick(1, 20), k = Pick(1, 30);
    const bool turn_a = Pick(0, 1) == 0, turn_b = Pick(0, 1) == 0, biased = Pick(0, 1) == 0;
    Tensor a(type.first, turn_a ? Dims{k, m} : Dims{m, k}),
        b(type.first, turn_b ? Dims{n, k} : Dims{k, n}), bias(type.second, {n}),
        y(type.second, {m, n});
    const std::vector<double> in_a = Numbers(Count(a.dims()), -5, 5),
                              in_b = Numbers(Count(b.dims()), -5, 5),
                              in_bias = Numbers(Count(bias.dims()), -5, 5);
    a.PutNumbers(in_a);
    b.PutNumbers(in_b);
    bias.PutNumbers(in_bias);
    NewAttr();
    aclopSetAttrBool(attr_, "transpose_x1", turn_a);
    aclopSetAttrBool(attr_, "transpose_x2", turn_b);
    std::vector<const Tensor*> inputs{&a, &b};
    if (biased) inputs.push_back(&bias);
    ASSERT_EQ(Run("MatMul", inputs, y, attr_), ACL_SUCCESS) << Recent();
    const std::vector<double> got = y.Numbers();
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        double sum = biased ? in_bias[static_cast<size_t>(j)] : 0;
        for (int64_t p = 0; p < k; ++p)
          sum += in_a[static_cast<size_t>(turn_a ? p * m + i : i * k + p)] *
                 in_b[static_cast<size_t>(turn_b ? j * k + p : p * n + j)];
        ASSERT_EQ(got[static_cast<size_t>(i * n + j)], sum);
      }
  }
}

TEST_F(Operators, ProductsOfManyBytesStayExact) {
  constexpr int64_t kDepth = 5000;
  Tensor a(ACL_INT8, {2, kDepth}), b(ACL_INT8, {kDepth, 1}), y(ACL_INT32, {2, 1});
  a.PutNumbers(std::vector<double>(2 * kDepth, -128));
  b.PutNumbers(std::vector<double>(kDepth, -127));
  ASSERT_EQ(Run("MatMul", {&a, &b}, y), ACL_SUCCESS);
  EXPECT_EQ(y.Get<int32_t>(), std::vector<int32_t>(2, 128 * 127 * kDepth));
}

}  // namespace
}  // namespace acl_test
