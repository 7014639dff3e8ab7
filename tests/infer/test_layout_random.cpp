// SPDX-License-Identifier: Apache-2.0
// Tensors of random shapes in every pair of element types and orders, against a slow reference that
// knows an order by its letters.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <random>

#include "devices/image/half.h"
#include "infer/layout.h"

namespace infer_server {
namespace {

using devices::Layout;
using devices::TensorInfo;
using Type = devices::DataType;

constexpr Type kTypes[] = {Type::kUint8, Type::kFloat16, Type::kFloat32, Type::kInt16,
                           Type::kInt32};

double Read(const std::vector<unsigned char>& bytes, Type type, std::size_t i) {
  const auto as = [&](auto value) {
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    return value;
  };
  switch (type) {
    case Type::kUint8:
      return as(std::uint8_t{});
    case Type::kInt16:
      return as(std::int16_t{});
    case Type::kInt32:
      return as(std::int32_t{});
    case Type::kFloat16:
      return static_cast<double>(devices::FloatFromHalf(as(std::uint16_t{})));
    default:
      return static_cast<double>(as(float{}));
  }
}

// What `value` is once it has been stored as `type`.
double Stored(double value, Type type) {
  const auto clamp = [&](double low, double high) {
    if (std::isnan(value)) return 0.0;
    const double below = std::floor(value), rest = value - below;
    const bool up = rest > 0.5 || (rest == 0.5 && std::fmod(below, 2) != 0);
    return std::min(std::max(up ? below + 1 : below, low), high);
  };
  switch (type) {
    case Type::kUint8:
      return clamp(0, 255);
    case Type::kInt16:
      return clamp(-32768, 32767);
    case Type::kInt32:
      return clamp(-2147483648.0, 2147483647.0);
    case Type::kFloat16:
      return static_cast<double>(
          devices::FloatFromHalf(devices::HalfFromFloat(static_cast<float>(value))));
    default:
      return static_cast<double>(static_cast<float>(value));
  }
}

using Sizes = std::map<char, std::int64_t>;

std::vector<std::int64_t> ShapeOf(const std::string& order, const Sizes& sizes) {
  std::vector<std::int64_t> shape;
  for (const char letter : order) shape.push_back(sizes.at(letter));
  return shape;
}

// Where the element at `at` lies in memory.
std::size_t Offset(const std::string& order, const Sizes& sizes, const Sizes& at) {
  std::int64_t offset = 0;
  for (const char letter : order) offset = offset * sizes.at(letter) + at.at(letter);
  return static_cast<std::size_t>(offset);
}

class RandomLayouts : public ::testing::Test {
 protected:
  std::int64_t Size(int most) { return std::uniform_int_distribution<>(1, most)(random_); }

  std::vector<unsigned char> Bytes(std::size_t count) {
    std::vector<unsigned char> bytes(count);
    for (auto& byte : bytes) byte = static_cast<unsigned char>(random_());
    return bytes;
  }
  // Numbers around what integers hold, their halves, and now and then anything at all.
  std::vector<unsigned char> Values(Type type, std::size_t count) {
    std::vector<unsigned char> bytes = Bytes(count * devices::SizeOf(type));
    if (type != Type::kFloat32) return bytes;
    std::uniform_int_distribution<> range(-70000, 70000), anything(0, 9);
    for (std::size_t i = 0; i < count; ++i) {
      const float value = static_cast<float>(range(random_)) / (i % 3 == 0 ? 2.0f : 200.0f);
      if (anything(random_) != 0) std::memcpy(bytes.data() + 4 * i, &value, sizeof value);
    }
    return bytes;
  }

  // `model` and `host` are the orders by their letters.
  void Expect(const std::string& model, Layout layout, const std::string& host, DimOrder order,
              const Sizes& sizes) {
    const DataType publics[] = {DataType::UINT8, DataType::FLOAT16, DataType::FLOAT32,
                                DataType::INT16, DataType::INT32};
    const Type model_type = kTypes[random_() % 5];
    const std::size_t h = random_() % 5;
    const bool to_host = random_() % 2 == 0;
    const TensorInfo tensor{"t", ShapeOf(model, sizes), model_type, layout};
    const auto made = to_host ? TensorConverter::ToHost(tensor, {publics[h], order})
                              : TensorConverter::FromHost(tensor, {publics[h], order});
    ASSERT_TRUE(made.ok()) << made.status().message();
    EXPECT_EQ(Shape(ShapeOf(host, sizes)), made.value().host_shape());
    const Type from = to_host ? model_type : kTypes[h], to = to_host ? kTypes[h] : model_type;
    const std::string &from_order = to_host ? model : host, &to_order = to_host ? host : model;
    const std::size_t count = tensor.ItemElements();
    const std::vector<unsigned char> input = Values(from, count);
    std::vector<unsigned char> output(made.value().to_bytes() + 1, 0xa5);
    ASSERT_EQ(input.size(), made.value().from_bytes());
    made.value().Convert(input.data(), output.data());
    EXPECT_EQ(0xa5, output.back()) << "written beyond the end";
    Sizes at;
    for (const auto& size : sizes) at[size.first] = 0;
    for (std::size_t done = 0; done < count; ++done) {
      const double expected = Stored(Read(input, from, Offset(from_order, sizes, at)), to);
      const double got = Read(output, to, Offset(to_order, sizes, at));
      ASSERT_TRUE(expected == got || (std::isnan(expected) && std::isnan(got)))
          << model << " " << devices::NameOf(from) << " to " << devices::NameOf(to) << " of "
          << tensor.ToString() << " " << host << ": " << expected << " became " << got;
      for (auto& [letter, index] : at) {
        if (++index < sizes.at(letter)) break;
        index = 0;
      }
    }
  }

  std::mt19937 random_{20240607};
};

TEST_F(RandomLayouts, Pictures) {
  const std::pair<const char*, DimOrder> orders[] = {
      {"NCHW", DimOrder::NCHW}, {"NHWC", DimOrder::NHWC}, {"HWCN", DimOrder::HWCN}};
  for (int round = 0; round < 200 && !HasFatalFailure(); ++round) {
    const Sizes sizes = {
        {'N', 1}, {'C', Size(round % 4 == 0 ? 70 : 4)}, {'H', Size(20)}, {'W', Size(60)}};
    const bool planar = round % 2 == 0;
    for (const auto& [letters, order] : orders)
      Expect(planar ? "NCHW" : "NHWC", planar ? Layout::kNCHW : Layout::kNHWC, letters, order,
             sizes);
    Expect("NHWC", Layout::kNHWC, "NHWC", DimOrder::NONE, sizes);
  }
}

TEST_F(RandomLayouts, Sequences) {
  for (int round = 0; round < 100 && !HasFatalFailure(); ++round) {
    const Sizes sizes = {{'N', 1}, {'T', Size(50)}, {'C', Size(50)}};
    Expect("NTC", Layout::kAny, "NTC", DimOrder::NTC, sizes);
    Expect("NTC", Layout::kAny, "TNC", DimOrder::TNC, sizes);
    Expect("NTC", Layout::kAny, "NTC", DimOrder::NHWC, sizes);
  }
}

}  // namespace
}  // namespace infer_server
