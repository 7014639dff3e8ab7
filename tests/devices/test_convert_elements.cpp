// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "devices/convert_elements.h"

namespace infer_server::devices {
namespace {

template <typename T>
std::vector<T> From(const std::vector<float>& values, DataType type) {
  std::vector<T> made(values.size());
  FromFloat(values.data(), values.size(), type, made.data());
  return made;
}

template <typename T>
std::vector<float> To(const std::vector<T>& values, DataType type) {
  std::vector<float> made(values.size());
  ToFloat(values.data(), type, values.size(), made.data());
  return made;
}

TEST(ConvertElements, RoundsAndClamps) {
  const std::vector<float> values = {-1e20f, -1.5f, 0.4f, 2.6f, 300, 1e20f, std::nanf("")};
  EXPECT_EQ((std::vector<std::uint8_t>{0, 0, 0, 3, 255, 255, 0}),
            From<std::uint8_t>(values, DataType::kUint8));
  EXPECT_EQ((std::vector<std::int8_t>{-128, -2, 0, 3, 127, 127, 0}),
            From<std::int8_t>(values, DataType::kInt8));
  EXPECT_EQ((std::vector<std::int16_t>{-32768, -2, 0, 3, 300, 32767, 0}),
            From<std::int16_t>(values, DataType::kInt16));
  EXPECT_EQ((std::vector<std::int32_t>{INT32_MIN, -2, 0, 3, 300, INT32_MAX, 0}),
            From<std::int32_t>(values, DataType::kInt32));
  EXPECT_EQ((std::vector<std::int64_t>{INT64_MIN, -2, 0, 3, 300, INT64_MAX, 0}),
            From<std::int64_t>(values, DataType::kInt64));
  EXPECT_EQ((std::vector<std::uint8_t>{1, 1, 1, 1, 1, 1, 1}),
            From<std::uint8_t>(values, DataType::kBool));
  EXPECT_EQ((std::vector<double>{0.5}), From<double>({0.5f}, DataType::kFloat64));
  EXPECT_EQ((std::vector<float>{0.5f}), From<float>({0.5f}, DataType::kFloat32));
  EXPECT_EQ((std::vector<std::uint16_t>{0x3c00, 0xc000, 0x7c00}),
            From<std::uint16_t>({1, -2, 1e20f}, DataType::kFloat16));
}

TEST(ConvertElements, WidensEveryType) {
  EXPECT_EQ((std::vector<float>{0, 255}), To<std::uint8_t>({0, 255}, DataType::kUint8));
  EXPECT_EQ((std::vector<float>{-128}), To<std::int8_t>({-128}, DataType::kInt8));
  EXPECT_EQ((std::vector<float>{-300}), To<std::int16_t>({-300}, DataType::kInt16));
  EXPECT_EQ((std::vector<float>{1 << 20}), To<std::int32_t>({1 << 20}, DataType::kInt32));
  EXPECT_EQ((std::vector<float>{-5}), To<std::int64_t>({-5}, DataType::kInt64));
  EXPECT_EQ((std::vector<float>{0.25f}), To<double>({0.25}, DataType::kFloat64));
  EXPECT_EQ((std::vector<float>{1}), To<std::uint8_t>({1}, DataType::kBool));
  EXPECT_EQ((std::vector<float>{1, -2}), To<std::uint16_t>({0x3c00, 0xc000}, DataType::kFloat16));
}

}  // namespace
}  // namespace infer_server::devices
