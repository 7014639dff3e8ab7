// SPDX-License-Identifier: Apache-2.0
#include "infer/transpose.h"

#include <algorithm>

#include "infer/cast_elements.h"

namespace infer_server {
namespace {

using Type = devices::DataType;

constexpr std::size_t kStep = 16;    // Elements a loop takes at once, so that it is vectorised.
constexpr std::size_t kTile = 32;    // Rows and columns that stay in the cache together.
constexpr std::size_t kStrip = 512;  // Of the long side where the other is shorter than a tile.

template <typename From, typename To>
void CastRow(const From* __restrict from, To* __restrict to, std::size_t count) {
  std::size_t i = 0;
  for (; i + kStep <= count; i += kStep)
    for (std::size_t j = 0; j < kStep; ++j) to[i + j] = Cast<To>(from[i + j]);
  for (; i < count; ++i) to[i] = Cast<To>(from[i]);
}

template <typename From, typename To>
void Transpose(const From* __restrict from, To* __restrict to, std::size_t outer,
               std::size_t inner) {
  const std::size_t rows = inner < kTile ? kStrip : kTile, columns = outer < kTile ? kStrip : kTile;
  for (std::size_t o0 = 0; o0 < outer; o0 += rows) {
    const std::size_t o1 = std::min(o0 + rows, outer);
    for (std::size_t i0 = 0; i0 < inner; i0 += columns) {
      const std::size_t i1 = std::min(i0 + columns, inner);
      if (outer < kTile) {  // A few planes: along each of them.
        for (std::size_t o = o0; o < o1; ++o)
          for (std::size_t i = i0; i < i1; ++i) to[i * outer + o] = Cast<To>(from[o * inner + i]);
      } else {
        for (std::size_t i = i0; i < i1; ++i)
          for (std::size_t o = o0; o < o1; ++o) to[i * outer + o] = Cast<To>(from[o * inner + i]);
      }
    }
  }
}

// Calls f with a value of the C++ type of `type`.
template <typename F>
void WithType(Type type, F f) {
  switch (type) {
    case Type::kUint8:
      return f(std::uint8_t{});
    case Type::kInt8:
      return f(std::int8_t{});
    case Type::kInt16:
      return f(std::int16_t{});
    case Type::kInt32:
      return f(std::int32_t{});
    case Type::kInt64:
      return f(std::int64_t{});
    case Type::kFloat16:
      return f(Half{});
    case Type::kFloat32:
      return f(float{});
    case Type::kFloat64:
      return f(double{});
    case Type::kBool:
      return f(bool{});
  }
}

}  // namespace

void CastTranspose(Type from_type, const void* from, Type to_type, void* to, std::size_t outer,
                   std::size_t inner) {
  WithType(from_type, [&](auto f) {
    WithType(to_type, [&](auto t) {
      const auto* in = static_cast<const decltype(f)*>(from);
      auto* out = static_cast<decltype(t)*>(to);
      if (outer <= 1 || inner <= 1)
        CastRow(in, out, outer * inner);
      else
        Transpose(in, out, outer, inner);
    });
  });
}

}  // namespace infer_server
