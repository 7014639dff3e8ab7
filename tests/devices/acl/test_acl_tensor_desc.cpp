// SPDX-License-Identifier: Apache-2.0
// Half floats, sizes of types, tensor descriptions.
#include <cmath>
#include <limits>

#include "tests/devices/acl/op_test.h"

namespace acl_test {
namespace {

TEST(AclFloat16, EveryHalfGoesUpAndBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = aclFloat16ToFloat(static_cast<aclFloat16>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(aclFloat16ToFloat(aclFloatToFloat16(value))));
    } else {
      ASSERT_EQ(aclFloatToFloat16(value), bits) << value;
    }
  }
  EXPECT_EQ(aclFloat16ToFloat(0x3C00), 1.f);
  EXPECT_EQ(aclFloatToFloat16(65504.f), 0x7BFF);
  EXPECT_EQ(aclFloatToFloat16(65520.f), 0x7C00);           // Infinite.
  EXPECT_EQ(aclFloatToFloat16(1.f + 1.f / 2048), 0x3C00);  // Half way: to even.
  EXPECT_EQ(aclFloatToFloat16(1.f + 3.f / 2048), 0x3C02);
}

TEST(AclDataTypeSize, IsThatOfTheTable) {
  const std::pair<aclDataType, size_t> sizes[] = {
      {ACL_FLOAT, 4},     {ACL_FLOAT16, 2}, {ACL_INT8, 1},      {ACL_INT32, 4},
      {ACL_UINT8, 1},     {ACL_INT16, 2},   {ACL_UINT16, 2},    {ACL_UINT32, 4},
      {ACL_INT64, 8},     {ACL_UINT64, 8},  {ACL_DOUBLE, 8},    {ACL_BOOL, 1},
      {ACL_COMPLEX64, 8}, {ACL_BF16, 2},    {ACL_STRING, 0},    {ACL_COMPLEX128, 16},
      {ACL_INT4, 1},      {ACL_UINT1, 1},   {ACL_COMPLEX32, 4}, {ACL_DT_UNDEFINED, 0}};
  for (const auto& size : sizes) EXPECT_EQ(aclDataTypeSize(size.first), size.second) << size.first;
}

class Desc : public testing::Test {
 protected:
  ~Desc() override { aclDestroyTensorDesc(desc_); }
  void Make(aclDataType type, const Dims& dims, aclFormat format = ACL_FORMAT_NCHW) {
    aclDestroyTensorDesc(desc_);
    desc_ = aclCreateTensorDesc(type, static_cast<int>(dims.size()), dims.data(), format);
    ASSERT_NE(desc_, nullptr);
  }
  aclTensorDesc* desc_ = nullptr;
};

TEST_F(Desc, TellsWhatItWasMadeOf) {
  Make(ACL_FLOAT16, {2, 3, 5, 7});
  EXPECT_EQ(aclGetTensorDescType(desc_), ACL_FLOAT16);
  EXPECT_EQ(aclGetTensorDescFormat(desc_), ACL_FORMAT_NCHW);
  EXPECT_EQ(aclGetTensorDescElementCount(desc_), 210u);
  EXPECT_EQ(aclGetTensorDescSize(desc_), 420u);
  EXPECT_EQ(aclGetTensorDescNumDims(desc_), 4u);
  EXPECT_EQ(aclGetTensorDescDim(desc_, 2), 5);
  EXPECT_EQ(aclGetTensorDescDim(desc_, 4), -1);
  int64_t dim = 0;
  EXPECT_EQ(aclGetTensorDescDimV2(desc_, 3, &dim), ACL_SUCCESS);
  EXPECT_EQ(dim, 7);
  EXPECT_EQ(aclGetTensorDescDimV2(desc_, 4, &dim), ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("index is 4, the tensor has 4 dimensions"), std::string::npos);
  EXPECT_STREQ(aclGetTensorDescName(desc_), "");
  aclSetTensorDescName(desc_, "x");
  EXPECT_STREQ(aclGetTensorDescName(desc_), "x");
  EXPECT_EQ(aclGetTensorDescByIndex(desc_, 0), desc_);
  EXPECT_EQ(aclGetTensorDescByIndex(desc_, 1), nullptr);
  EXPECT_EQ(aclGetTensorDescAddress(desc_), nullptr);
}

TEST_F(Desc, ScalarsUnknownShapesAndPackedTypes) {
  aclTensorDesc* scalar = aclCreateTensorDesc(ACL_INT64, 0, nullptr, ACL_FORMAT_ND);
  EXPECT_EQ(aclGetTensorDescSize(scalar), 8u);
  EXPECT_EQ(aclGetTensorDescElementCount(scalar), 1u);
  aclDestroyTensorDesc(scalar);
  Make(ACL_FLOAT, {-1, 3});
  EXPECT_EQ(aclGetTensorDescSize(desc_), 0u);
  EXPECT_EQ(aclGetTensorDescDim(desc_, 0), -1);
  Make(ACL_FLOAT, {-2});
  EXPECT_EQ(aclGetTensorDescNumDims(desc_), ACL_UNKNOWN_RANK);
  Make(ACL_INT4, {3});
  EXPECT_EQ(aclGetTensorDescSize(desc_), 2u);
  Make(ACL_UINT1, {17});
  EXPECT_EQ(aclGetTensorDescSize(desc_), 3u);
  Make(ACL_FLOAT, {int64_t{1} << 40, int64_t{1} << 40});  // Overflows.
  EXPECT_EQ(aclGetTensorDescSize(desc_), 0u);
  Make(ACL_FLOAT, {5, 0});
  EXPECT_EQ(aclGetTensorDescSize(desc_), 0u);
}

TEST_F(Desc, RefusesWhatCannotBe) {
  const int64_t bad[] = {2, -3};
  EXPECT_EQ(aclCreateTensorDesc(ACL_FLOAT, 2, bad, ACL_FORMAT_ND), nullptr);
  EXPECT_NE(Recent().find("dims[1] is -3"), std::string::npos);
  EXPECT_EQ(aclCreateTensorDesc(ACL_FLOAT, -1, bad, ACL_FORMAT_ND), nullptr);
  EXPECT_EQ(aclCreateTensorDesc(ACL_FLOAT, 129, bad, ACL_FORMAT_ND), nullptr);
  EXPECT_EQ(aclCreateTensorDesc(ACL_FLOAT, 1, nullptr, ACL_FORMAT_ND), nullptr);
  EXPECT_EQ(aclCreateTensorDesc(static_cast<aclDataType>(99), 0, nullptr, ACL_FORMAT_ND), nullptr);
  EXPECT_EQ(aclSetTensorConst(nullptr, nullptr, 0), ACL_ERROR_INVALID_PARAM);
  Make(ACL_FLOAT, {1});
  EXPECT_EQ(aclSetTensorConst(desc_, nullptr, 4), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclSetTensorPlaceMent(desc_, static_cast<aclMemType>(3)), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclSetTensorDynamicInput(desc_, nullptr), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclSetTensorShape(desc_, 1, nullptr), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclGetTensorDescType(nullptr), ACL_DT_UNDEFINED);
  EXPECT_EQ(aclGetTensorDescSize(nullptr), 0u);
  aclDestroyTensorDesc(nullptr);
}

TEST_F(Desc, RangesOfDimensions) {
  Make(ACL_FLOAT, {-1, 3, -1});
  int64_t ranges[2][2] = {{1, 8}, {3, 3}}, range[2];
  ASSERT_EQ(aclSetTensorShapeRange(desc_, 2, ranges), ACL_SUCCESS);
  ASSERT_EQ(aclGetTensorDescDimRange(desc_, 0, 2, range), ACL_SUCCESS);
  EXPECT_EQ(range[0], 1);
  EXPECT_EQ(range[1], 8);
  ASSERT_EQ(aclGetTensorDescDimRange(desc_, 1, 2, range), ACL_SUCCESS);
  EXPECT_EQ(range[1], 3);
  ASSERT_EQ(aclGetTensorDescDimRange(desc_, 2, 2, range), ACL_SUCCESS);
  EXPECT_EQ(range[0], 0);
  EXPECT_EQ(range[1], -1);
  EXPECT_EQ(aclGetTensorDescDimRange(desc_, 3, 2, range), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclGetTensorDescDimRange(desc_, 0, 1, range), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclSetTensorValueRange(desc_, 2, ranges), ACL_SUCCESS);
}

TEST_F(Desc, TurnsIntoAnotherLayout) {
  Make(ACL_FLOAT, {2, 3, 5, 7});
  aclTensorDesc* turned = nullptr;
  ASSERT_EQ(aclTransTensorDescFormat(desc_, ACL_FORMAT_NHWC, &turned), ACL_SUCCESS);
  EXPECT_EQ(aclGetTensorDescFormat(turned), ACL_FORMAT_NHWC);
  EXPECT_EQ(aclGetTensorDescDim(turned, 1), 5);
  EXPECT_EQ(aclGetTensorDescDim(turned, 3), 3);
  aclDestroyTensorDesc(turned);
  ASSERT_EQ(aclTransTensorDescFormat(desc_, ACL_FORMAT_HWCN, &turned), ACL_SUCCESS);
  EXPECT_EQ(aclGetTensorDescDim(turned, 0), 5);
  EXPECT_EQ(aclGetTensorDescDim(turned, 3), 2);
  aclDestroyTensorDesc(turned);
  EXPECT_EQ(aclTransTensorDescFormat(desc_, ACL_FORMAT_FRACTAL_Z, &turned),
            ACL_ERROR_FORMAT_NOT_MATCH);
  EXPECT_EQ(aclSetTensorFormat(desc_, ACL_FORMAT_NC1HWC0), ACL_SUCCESS);
  EXPECT_EQ(aclGetTensorDescFormat(desc_), ACL_FORMAT_NCHW);  // The storage is another matter.
  const int64_t stored[] = {2, 1, 5, 7, 16};
  EXPECT_EQ(aclSetTensorShape(desc_, 5, stored), ACL_SUCCESS);
  EXPECT_EQ(aclGetTensorDescNumDims(desc_), 4u);
  EXPECT_EQ(aclSetTensorStorageFormat(desc_, ACL_FORMAT_NC1HWC0), ACL_SUCCESS);
  EXPECT_EQ(aclSetTensorStorageShape(desc_, 5, stored), ACL_SUCCESS);
  EXPECT_EQ(aclSetTensorOriginFormat(desc_, ACL_FORMAT_NCHW), ACL_SUCCESS);
  EXPECT_EQ(aclSetTensorOriginShape(desc_, 5, stored), ACL_SUCCESS);
}

}  // namespace
}  // namespace acl_test
