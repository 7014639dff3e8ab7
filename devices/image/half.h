// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary16 by bits, without branches so that loops over it vectorise.
#pragma once

#include <cstdint>
#include <cstring>

namespace infer_server::devices {

// Nearest, ties to even; too large becomes infinite.
inline std::uint16_t HalfFromFloat(float value) {
  constexpr std::uint32_t kInfinity32 = 255u << 23, kTooLarge = (127u + 16) << 23;
  constexpr std::uint32_t kSmallestNormal = 113u << 23;
  // Adding this float moves a subnormal half's bits to the bottom of the mantissa, rounded.
  constexpr std::uint32_t kMagicBits = ((127u - 15) + (23 - 10) + 1) << 23;
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const std::uint32_t sign = bits & 0x80000000u;
  bits ^= sign;
  float magic, small;
  std::memcpy(&magic, &kMagicBits, sizeof magic);
  std::memcpy(&small, &bits, sizeof small);
  small += magic;
  std::uint32_t subnormal;
  std::memcpy(&subnormal, &small, sizeof subnormal);
  subnormal -= kMagicBits;
  // Exponent bias 127 → 15, and half of the last place less one if even.
  const std::uint32_t normal = (bits - ((127u - 15) << 23) + 0xfff + ((bits >> 13) & 1)) >> 13;
  const std::uint32_t special = bits > kInfinity32 ? 0x7e00u : 0x7c00u;
  std::uint32_t half = bits < kSmallestNormal ? subnormal : normal;
  half = bits >= kTooLarge ? special : half;
  return static_cast<std::uint16_t>(half | (sign >> 16));
}

inline float FloatFromHalf(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16, rest = half & 0x7fffu;
  std::uint32_t bits = (rest << 13) + ((127u - 15) << 23);
  float value;
  if (rest < 0x0400u) {
    value = static_cast<float>(rest) * 0x1p-24f;
    std::memcpy(&bits, &value, sizeof bits);
  } else if (rest >= 0x7c00u) {
    bits = 0x7f800000u | (rest & 0x3ffu) << 13;
  }
  bits |= sign;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace infer_server::devices
