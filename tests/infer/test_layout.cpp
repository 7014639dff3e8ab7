// SPDX-License-Identifier: Apache-2.0
#include "infer/layout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace infer_server {
namespace {

using devices::Layout;
using devices::TensorInfo;
using Type = devices::DataType;

TensorInfo Tensor(std::vector<std::int64_t> shape, Type type, Layout layout) {
  return {"t", std::move(shape), type, layout};
}

template <typename From, typename To>
std::vector<To> Convert(const TensorConverter& converter, const std::vector<From>& from) {
  EXPECT_EQ(converter.from_bytes(), from.size() * sizeof(From));
  std::vector<To> to(converter.to_bytes() / sizeof(To));
  converter.Convert(from.data(), to.data());
  return to;
}

TEST(Layout, PicturesFromTheHostBecomePlanes) {
  const auto converter = TensorConverter::FromHost(
      Tensor({1, 3, 1, 2}, Type::kFloat32, Layout::kNCHW), {DataType::UINT8, DimOrder::NHWC});
  ASSERT_TRUE(converter.ok());
  EXPECT_EQ((Shape{1, 1, 2, 3}), converter.value().host_shape());
  EXPECT_EQ((DataLayout{DataType::UINT8, DimOrder::NHWC}), converter.value().host_layout());
  EXPECT_EQ((std::vector<float>{1, 4, 2, 5, 3, 6}),
            (Convert<std::uint8_t, float>(converter.value(), {1, 2, 3, 4, 5, 6})));
}

TEST(Layout, PlanesBecomePicturesForTheHost) {
  const auto converter = TensorConverter::ToHost(
      Tensor({1, 2, 2, 2}, Type::kFloat32, Layout::kNCHW), {DataType::INT32, DimOrder::NHWC});
  ASSERT_TRUE(converter.ok());
  EXPECT_EQ((std::vector<std::int32_t>{1, 5, 2, 6, 3, 7, 4, 8}),
            (Convert<float, std::int32_t>(converter.value(), {1, 2, 3, 4, 5, 6, 7, 8})));
}

TEST(Layout, ThereAndBackIsTheSame) {
  for (const Layout layout : {Layout::kNCHW, Layout::kNHWC}) {
    const TensorInfo tensor = Tensor({1, 3, 4, 5}, Type::kInt16, layout);
    for (const DimOrder order : {DimOrder::NCHW, DimOrder::NHWC}) {
      const DataLayout host{DataType::FLOAT32, order};
      const auto to = TensorConverter::ToHost(tensor, host);
      const auto back = TensorConverter::FromHost(tensor, host);
      std::vector<std::int16_t> values(60);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int16_t>(i - 30);
      const auto there = Convert<std::int16_t, float>(to.value(), values);
      EXPECT_EQ(values, (Convert<float, std::int16_t>(back.value(), there)));
    }
  }
}

TEST(Layout, IntegersSaturateAndRoundToEven) {
  const TensorInfo tensor = Tensor({1, 7}, Type::kFloat32, Layout::kAny);
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {-1, 0.5f, 1.5f, 254.6f, 1e9f, -inf, NAN};
  EXPECT_EQ(
      (std::vector<std::uint8_t>{0, 0, 2, 255, 255, 0, 0}),
      (Convert<float, std::uint8_t>(
          TensorConverter::ToHost(tensor, {DataType::UINT8, DimOrder::NHWC}).value(), values)));
  EXPECT_EQ(
      (std::vector<std::int16_t>{-1, 0, 2, 255, 32767, -32768, 0}),
      (Convert<float, std::int16_t>(
          TensorConverter::ToHost(tensor, {DataType::INT16, DimOrder::NONE}).value(), values)));
}

TEST(Layout, HalfFloatsAreExactWhereTheyCanBe) {
  const TensorInfo tensor = Tensor({1, 4}, Type::kFloat16, Layout::kAny);
  const DataLayout host{DataType::FLOAT32, DimOrder::NONE};
  const std::vector<float> values = {0, -1.5f, 65504, 0.333251953125f};
  const auto half =
      Convert<float, std::uint16_t>(TensorConverter::FromHost(tensor, host).value(), values);
  EXPECT_EQ(0xbe00, half[1]);
  EXPECT_EQ(values,
            (Convert<std::uint16_t, float>(TensorConverter::ToHost(tensor, host).value(), half)));
}

TEST(Layout, TensorsThatAreNoPicturesKeepTheirOrder) {
  const auto converter = TensorConverter::ToHost(Tensor({1, 2, 3}, Type::kInt64, Layout::kAny),
                                                 {DataType::FLOAT32, DimOrder::NHWC});
  EXPECT_EQ((std::vector<float>{1, 2, 3, 4, 5, 6}),
            (Convert<std::int64_t, float>(converter.value(), {1, 2, 3, 4, 5, 6})));
  EXPECT_TRUE(TensorConverter::ToHost(Tensor({1, 2, 3, 4}, Type::kFloat32, Layout::kAny),
                                      {DataType::FLOAT32, DimOrder::NHWC})
                  .value()
                  .Identity());
}

TEST(Layout, OrdersWithoutMeaningAreRefused) {
  const auto expect = [](const TensorInfo& tensor, DimOrder order, const char* part) {
    const auto made = TensorConverter::ToHost(tensor, {DataType::FLOAT32, order});
    EXPECT_EQ(devices::Code::kUnsupported, made.status().code());
    EXPECT_NE(std::string::npos, made.status().message().find(part)) << made.status().message();
  };
  const TensorInfo picture = Tensor({1, 3, 4, 4}, Type::kFloat32, Layout::kNCHW);
  expect(picture, DimOrder::TNC, "order TNC, which is for tensors of 3 dimensions");
  expect(picture, DimOrder::NTC, "expected NCHW, NHWC, HWCN or NONE");
  expect(picture, DimOrder::INVALID, "INVALID");
  expect(Tensor({1, 3, 4}, Type::kFloat32, Layout::kAny), DimOrder::HWCN, "expected NTC, TNC");
  expect(Tensor({1, 2, 3, 4}, Type::kFloat32, Layout::kAny), DimOrder::HWCN, "does not tell");
  expect(Tensor({1, 2, 3, 4, 5}, Type::kFloat32, Layout::kAny), DimOrder::TNC, "3 dimensions");
  EXPECT_FALSE(TensorConverter::ToHost(picture, {DataType::INVALID, DimOrder::NCHW}).ok());
}

TEST(Layout, WhatHasNoOrderTakesAny) {
  const TensorInfo row = Tensor({1, 5}, Type::kFloat32, Layout::kAny);
  for (const DimOrder order : {DimOrder::NCHW, DimOrder::NHWC, DimOrder::HWCN, DimOrder::TNC,
                               DimOrder::NTC, DimOrder::NONE}) {
    const auto converter = TensorConverter::ToHost(row, {DataType::FLOAT32, order});
    ASSERT_TRUE(converter.ok());
    EXPECT_TRUE(converter.value().Identity());
    EXPECT_EQ((Shape{1, 5}), converter.value().host_shape());
  }
}

}  // namespace
}  // namespace infer_server
