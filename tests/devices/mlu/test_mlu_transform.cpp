// SPDX-License-Identifier: Apache-2.0
// Casts and orders of dimensions on the host. They work without cnrtInit().
#include <cmath>
#include <limits>
#include <random>

#include "tests/devices/mlu/mlu_test.h"

namespace mlu_test {
namespace {

TEST(Sizes, OfElements) {
  EXPECT_EQ(cnrtDataTypeSize(CNRT_UINT8), 1);
  EXPECT_EQ(cnrtDataTypeSize(CNRT_FLOAT16), 2);
  EXPECT_EQ(cnrtDataTypeSize(CNRT_FLOAT32), 4);
  EXPECT_EQ(cnrtDataTypeSize(CNRT_INT64), 8);
  EXPECT_EQ(cnrtDataTypeSize(CNRT_INT4), 0);
  EXPECT_EQ(cnrtDataTypeSize(static_cast<cnrtDataType_t>(0x77)), 0);
}

TEST(Cast, WithoutAQuantizedParam) {
  Messages::Install();
  std::vector<float> floats = {0, 1, 2.5f, 254.6f, 300, -7, NAN};
  const int count = static_cast<int>(floats.size());
  std::vector<uint8_t> bytes(floats.size());
  std::vector<uint16_t> halves(floats.size());
  std::vector<float> back(floats.size());
  ASSERT_EQ(cnrtCastDataType(floats.data(), CNRT_FLOAT32, bytes.data(), CNRT_UINT8, count, nullptr),
            CNRT_RET_SUCCESS);
  EXPECT_EQ(bytes[1], 1);
  EXPECT_EQ(bytes[3], 255);
  EXPECT_EQ(bytes[4], 255);
  EXPECT_EQ(bytes[5], 0);
  EXPECT_EQ(bytes[6], 0);
  ASSERT_EQ(
      cnrtCastDataType(floats.data(), CNRT_FLOAT32, halves.data(), CNRT_FLOAT16, count, nullptr),
      CNRT_RET_SUCCESS);
  EXPECT_EQ(halves[1], 0x3C00);
  EXPECT_EQ(halves[2], 0x4100);
  EXPECT_EQ(halves[5], 0xC700);
  ASSERT_EQ(
      cnrtCastDataType(halves.data(), CNRT_FLOAT16, back.data(), CNRT_FLOAT32, count, nullptr),
      CNRT_RET_SUCCESS);
  EXPECT_EQ(back[2], 2.5f);
  EXPECT_EQ(back[5], -7);
  ASSERT_EQ(cnrtCastDataType(bytes.data(), CNRT_UINT8, halves.data(), CNRT_FLOAT16, 2, nullptr),
            CNRT_RET_SUCCESS);
  EXPECT_EQ(halves[1], 0x3C00);
  int64_t numbers[] = {-2, 1024};
  ASSERT_EQ(cnrtCastDataType(numbers, CNRT_INT64, halves.data(), CNRT_FLOAT16, 2, nullptr),
            CNRT_RET_SUCCESS);
  EXPECT_EQ(halves[0], 0xC000);
  EXPECT_EQ(halves[1], 0x6400);
}

TEST(Cast, EveryPairIsCastOrRefused) {
  const cnrtDataType_t all[] = {CNRT_INVALID,
                                CNRT_FLOAT16,
                                CNRT_FLOAT32,
                                CNRT_FLOAT64,
                                CNRT_INT4,
                                CNRT_INT8,
                                CNRT_INT16,
                                CNRT_INT32,
                                CNRT_INT64,
                                CNRT_AUTO,
                                CNRT_UINT8,
                                CNRT_UINT16,
                                CNRT_UINT32,
                                CNRT_FIX8,
                                CNRT_QUANT8,
                                CNRT_BOOL,
                                static_cast<cnrtDataType_t>(99)};
  Messages::Install();
  cnrtQuantizedParam_t param = nullptr;
  ASSERT_EQ(cnrtCreateQuantizedParam(&param, 0, 1, 0), CNRT_RET_SUCCESS);
  int plain = 0, quantized = 0;
  double from[4] = {}, to[4] = {};
  for (const cnrtDataType_t a : all) {
    for (const cnrtDataType_t b : all) {
      const cnrtRet_t without = cnrtCastDataType(from, a, to, b, 4, nullptr);
      const cnrtRet_t with = cnrtCastDataType(from, a, to, b, 4, param);
      EXPECT_TRUE(without == CNRT_RET_SUCCESS || without == CNRT_RET_ERR_INVALID_TYPE);
      EXPECT_TRUE(with == CNRT_RET_SUCCESS || with == CNRT_RET_ERR_INVALID_TYPE);
      plain += without == CNRT_RET_SUCCESS;
      quantized += with == CNRT_RET_SUCCESS;
    }
  }
  EXPECT_EQ(plain, 8);      // Those of the table.
  EXPECT_EQ(quantized, 8);  // Two floats and two whole types, both ways.
  EXPECT_EQ(cnrtDestroyQuantizedParam(param), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtDestroyQuantizedParam(param), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtCastDataType(from, CNRT_FLOAT32, to, CNRT_INT8, 4, param), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtCreateQuantizedParam(&param, 0, 0, 0), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtCreateQuantizedParam(&param, 500, 1, 0), CNRT_RET_ERR_OUT_RANGE);
  EXPECT_EQ(cnrtCreateQuantizedParam(nullptr, 0, 1, 0), CNRT_RET_ERR_INVALID);
}

// There and back is off by no more than half a step.
TEST(Cast, Quantizes) {
  std::mt19937 random(2);
  for (int round = 0; round < 50; ++round) {
    const int position = static_cast<int>(random() % 12) - 6;
    const float scale = 1 + static_cast<float>(random() % 100) / 100;
    const float step = std::ldexp(1.0f, position) / scale;
    cnrtQuantizedParam_t param = nullptr;
    ASSERT_EQ(cnrtCreateQuantizedParam(&param, position, scale, 0), CNRT_RET_SUCCESS);
    std::vector<float> values(9000), back(values.size());
    for (float& value : values)
      value = (static_cast<float>(random() % 20000) / 10000 - 1) * 127 * step;
    std::vector<int8_t> small(values.size());
    const int count = static_cast<int>(values.size());
    ASSERT_EQ(cnrtCastDataType(values.data(), CNRT_FLOAT32, small.data(), CNRT_INT8, count, param),
              CNRT_RET_SUCCESS);
    ASSERT_EQ(cnrtCastDataType(small.data(), CNRT_INT8, back.data(), CNRT_FLOAT32, count, param),
              CNRT_RET_SUCCESS);
    for (size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(back[i], values[i], step * 0.5001f) << i;
    ASSERT_EQ(cnrtDestroyQuantizedParam(param), CNRT_RET_SUCCESS);
  }
}

// Against the definition, by indices.
TEST(Order, EveryPermutationOfRandomShapes) {
  Messages::Install();
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const size_t rank = random() % 5 + 1;
    std::vector<int> dims, order;
    size_t total = 1;
    for (size_t d = 0; d < rank; ++d) {
      dims.push_back(static_cast<int>(random() % 5 + 1));
      order.push_back(static_cast<int>(d));
      total *= static_cast<size_t>(dims.back());
    }
    std::shuffle(order.begin(), order.end(), random);
    std::vector<uint16_t> from(total), to(total, 0xFFFF);
    for (size_t i = 0; i < total; ++i) from[i] = static_cast<uint16_t>(i);
    ASSERT_EQ(cnrtTransDataOrder(from.data(), CNRT_INT16, to.data(), static_cast<int>(rank),
                                 dims.data(), order.data()),
              CNRT_RET_SUCCESS);
    for (size_t i = 0; i < total; ++i) {
      // The index of element i of the target, in the source's dimensions.
      std::vector<size_t> index(rank);
      size_t rest = i;
      for (size_t d = rank; d-- > 0;) {
        const auto of = static_cast<size_t>(order[d]);
        index[of] = rest % static_cast<size_t>(dims[of]);
        rest /= static_cast<size_t>(dims[of]);
      }
      size_t at = 0;
      for (size_t d = 0; d < rank; ++d) at = at * static_cast<size_t>(dims[d]) + index[d];
      ASSERT_EQ(to[i], from[at]);
    }
  }
}

TEST(Order, AndCast) {
  float nchw[] = {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23};  // 1 × 3 × 2 × 2
  uint8_t nhwc[12] = {};
  int dims[] = {1, 3, 2, 2}, order[] = {0, 2, 3, 1};
  ASSERT_EQ(cnrtTransOrderAndCast(nchw, CNRT_FLOAT32, nhwc, CNRT_UINT8, nullptr, 4, dims, order),
            CNRT_RET_SUCCESS);
  const uint8_t expected[] = {0, 10, 20, 1, 11, 21, 2, 12, 22, 3, 13, 23};
  EXPECT_TRUE(std::equal(expected, expected + 12, nhwc));
  float back[12] = {};
  int back_dims[] = {1, 2, 2, 3}, back_order[] = {0, 3, 1, 2};
  ASSERT_EQ(cnrtTransOrderAndCast(nhwc, CNRT_UINT8, back, CNRT_FLOAT32, nullptr, 4, back_dims,
                                  back_order),
            CNRT_RET_SUCCESS);
  EXPECT_TRUE(std::equal(nchw, nchw + 12, back));
}

TEST(Order, RefusesMisuse) {
  Messages::Install();
  float from[16] = {}, to[16] = {};
  const auto trans = [&](std::vector<int> dims, std::vector<int> order, void* dst,
                         cnrtDataType_t type = CNRT_FLOAT32) {
    return cnrtTransDataOrder(from, type, dst, static_cast<int>(dims.size()), dims.data(),
                              order.data());
  };
  EXPECT_EQ(trans({4, 4}, {1, 0}, to), CNRT_RET_SUCCESS);
  EXPECT_EQ(trans({4, 4}, {1, 1}, to), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(trans({4, 4}, {1, 2}, to), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(trans({4, -1}, {1, 0}, to), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(trans({INT32_MAX, INT32_MAX, INT32_MAX}, {0, 1, 2}, to), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(trans(std::vector<int>(9, 1), std::vector<int>(9, 0), to), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(trans({}, {}, to), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(trans({4, 4}, {1, 0}, from), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(trans({2, 4}, {1, 0}, from + 1), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(trans({4, 4}, {1, 0}, nullptr), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(trans({4, 4}, {1, 0}, to, CNRT_INT4), CNRT_RET_ERR_INVALID_TYPE);
  EXPECT_EQ(cnrtCastDataType(from, CNRT_FLOAT32, to, CNRT_FLOAT16, -1, nullptr),
            CNRT_RET_ERR_INVALID);
  // In place, where nothing is overtaken.
  from[1] = 2;
  EXPECT_EQ(cnrtCastDataType(from, CNRT_FLOAT32, from, CNRT_FLOAT16, 16, nullptr),
            CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtCastDataType(to, CNRT_FLOAT16, to, CNRT_FLOAT32, 8, nullptr), CNRT_RET_ERR_INVALID);
}

class OnDevice : public Runtime {};

TEST_F(OnDevice, IsRefused) {
  DeviceBytes device(64);
  float host[16];
  EXPECT_EQ(cnrtCastDataType(host, CNRT_FLOAT32, device.at(), CNRT_FLOAT16, 16, nullptr),
            CNRT_RET_ERR_INVALID_POINTER);
}

}  // namespace
}  // namespace mlu_test
