// SPDX-License-Identifier: Apache-2.0
// One element type into another, without branches or calls so that loops over it vectorise.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "devices/image/half.h"

namespace infer_server {

struct Half {
  std::uint16_t bits;
};

// Rounded to the nearest, half to even; clamped; not-a-number is 0.
template <typename To, typename Float>
To RoundTo(Float value) {
  constexpr auto kLow = static_cast<Float>(std::numeric_limits<To>::min());
  constexpr auto kHigh = static_cast<Float>(std::numeric_limits<To>::max());
  value = value == value ? value : 0;
  if constexpr (sizeof(To) == 8) {
    if (value >= kHigh) return std::numeric_limits<To>::max();
    return static_cast<To>(std::nearbyint(value <= kLow ? kLow : value));
  } else if constexpr (sizeof(To) == 4 && sizeof(Float) == 4) {
    return RoundTo<To>(static_cast<double>(value));  // A float does not hold its limits.
  } else {
    // Adding this leaves no bit for a fraction, for the values that are left.
    constexpr Float kMagic = sizeof(Float) == 4 ? Float{0x1.8p23} : Float{0x1.8p52};
    value = value > kLow ? value : kLow;
    value = value < kHigh ? value : kHigh;
    value = (value + kMagic) - kMagic;
    return static_cast<To>(value);
  }
}

// Numbers out of range saturate, those between two take the nearest, half to even.
template <typename To, typename From>
To Cast(From value) {
  if constexpr (std::is_same_v<From, To>) {
    return value;
  } else if constexpr (std::is_same_v<From, Half>) {
    return Cast<To>(devices::FloatFromHalf(value.bits));
  } else if constexpr (std::is_same_v<To, Half>) {
    return Half{devices::HalfFromFloat(static_cast<float>(value))};
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != 0;
  } else if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(value);
  } else if constexpr (std::is_floating_point_v<From>) {
    return RoundTo<To>(value);
  } else {
    const std::int64_t wide = value;
    constexpr std::int64_t kLow = std::numeric_limits<To>::min();
    constexpr std::int64_t kHigh = std::numeric_limits<To>::max();
    return static_cast<To>(wide < kLow ? kLow : wide > kHigh ? kHigh : wide);
  }
}

}  // namespace infer_server
