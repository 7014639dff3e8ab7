// SPDX-License-Identifier: Apache-2.0
// Elements of tensors as C++ types.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "acl/acl_base.h"
#include "devices/image/half.h"

namespace infer_server::devices::acl {

struct Half {
  uint16_t bits;
};
struct BFloat {  // The upper half of a float.
  uint16_t bits;
};
struct Bool {
  uint8_t bits;
};

inline float FloatOf(Half value) { return FloatFromHalf(value.bits); }
inline float FloatOf(BFloat value) {
  const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}
inline float FloatOf(float value) { return value; }
inline double FloatOf(double value) { return value; }

// From float (or double) to the type, to nearest, ties to even.
template <typename T>
inline T FromFloat(std::conditional_t<std::is_same_v<T, double>, double, float> value) {
  if constexpr (std::is_same_v<T, Half>) {
    return {HalfFromFloat(value)};
  } else if constexpr (std::is_same_v<T, BFloat>) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return {static_cast<uint16_t>(bits >> 16 | 0x40)};
    return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
  } else {
    return value;
  }
}

template <typename T>
constexpr bool kIsFloating =
    std::is_floating_point_v<T> || std::is_same_v<T, Half> || std::is_same_v<T, BFloat>;

// Calls f(T{}) with the type of the elements. False: it is none of these.
template <typename F>
bool WithFloating(aclDataType type, const F& f) {
  switch (type) {
    case ACL_FLOAT:
      return f(float{}), true;
    case ACL_FLOAT16:
      return f(Half{}), true;
    case ACL_BF16:
      return f(BFloat{}), true;
    case ACL_DOUBLE:
      return f(double{}), true;
    default:
      return false;
  }
}

template <typename F>
bool WithNumber(aclDataType type, const F& f) {
  switch (type) {
    case ACL_INT8:
      return f(int8_t{}), true;
    case ACL_INT16:
      return f(int16_t{}), true;
    case ACL_INT32:
      return f(int32_t{}), true;
    case ACL_INT64:
      return f(int64_t{}), true;
    case ACL_UINT8:
      return f(uint8_t{}), true;
    case ACL_UINT16:
      return f(uint16_t{}), true;
    case ACL_UINT32:
      return f(uint32_t{}), true;
    case ACL_UINT64:
      return f(uint64_t{}), true;
    default:
      return WithFloating(type, f);
  }
}

}  // namespace infer_server::devices::acl
