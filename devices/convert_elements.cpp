// SPDX-License-Identifier: Apache-2.0
#include "devices/convert_elements.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "devices/image/half.h"

namespace infer_server::devices {
namespace {

template <typename T>
void Widen(const void* from, std::size_t count, float* to) {
  const T* in = static_cast<const T*>(from);
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<float>(in[i]);
}

template <typename T>
T Narrow(float value) {
  if constexpr (std::is_integral_v<T>) {
    if (std::isnan(value)) return 0;
    const double rounded = std::nearbyint(static_cast<double>(value));
    if (rounded <= static_cast<double>(std::numeric_limits<T>::min()))
      return std::numeric_limits<T>::min();
    if (rounded >= static_cast<double>(std::numeric_limits<T>::max()))
      return std::numeric_limits<T>::max();
    return static_cast<T>(rounded);
  } else {
    return static_cast<T>(value);
  }
}

template <typename T>
void NarrowAll(const float* from, std::size_t count, void* to) {
  T* out = static_cast<T*>(to);
  for (std::size_t i = 0; i < count; ++i) out[i] = Narrow<T>(from[i]);
}

}  // namespace

void ToFloat(const void* from, DataType type, std::size_t count, float* to) {
  switch (type) {
    case DataType::kUint8:
    case DataType::kBool:
      return Widen<std::uint8_t>(from, count, to);
    case DataType::kInt8:
      return Widen<std::int8_t>(from, count, to);
    case DataType::kInt16:
      return Widen<std::int16_t>(from, count, to);
    case DataType::kInt32:
      return Widen<std::int32_t>(from, count, to);
    case DataType::kInt64:
      return Widen<std::int64_t>(from, count, to);
    case DataType::kFloat64:
      return Widen<double>(from, count, to);
    case DataType::kFloat32:
      std::memcpy(to, from, count * sizeof(float));
      return;
    case DataType::kFloat16:
      for (std::size_t i = 0; i < count; ++i)
        to[i] = FloatFromHalf(static_cast<const std::uint16_t*>(from)[i]);
      return;
  }
}

void FromFloat(const float* from, std::size_t count, DataType type, void* to) {
  switch (type) {
    case DataType::kUint8:
      return NarrowAll<std::uint8_t>(from, count, to);
    case DataType::kBool:
      for (std::size_t i = 0; i < count; ++i) static_cast<std::uint8_t*>(to)[i] = from[i] != 0;
      return;
    case DataType::kInt8:
      return NarrowAll<std::int8_t>(from, count, to);
    case DataType::kInt16:
      return NarrowAll<std::int16_t>(from, count, to);
    case DataType::kInt32:
      return NarrowAll<std::int32_t>(from, count, to);
    case DataType::kInt64:
      return NarrowAll<std::int64_t>(from, count, to);
    case DataType::kFloat64:
      return NarrowAll<double>(from, count, to);
    case DataType::kFloat32:
      std::memcpy(to, from, count * sizeof(float));
      return;
    case DataType::kFloat16:
      for (std::size_t i = 0; i < count; ++i)
        static_cast<std::uint16_t*>(to)[i] = HalfFromFloat(from[i]);
      return;
  }
}

}  // namespace infer_server::devices
