// SPDX-License-Identifier: Apache-2.0
// Every type goes through one that holds it exactly: double, int64 or uint64.
#include <algorithm>
#include <cmath>
#include <limits>

#include "devices/acl/soft/element.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/ops/planners.h"
#include "devices/acl/soft/tensor_desc.h"

namespace infer_server::devices::acl {
namespace {

template <typename F>
bool WithCastable(aclDataType type, const F& f) {
  return type == ACL_BOOL ? (f(Bool{}), true) : WithNumber(type, f);
}

template <typename T>
using WideOf =
    std::conditional_t<kIsFloating<T>, double,
                       std::conditional_t<std::is_same_v<T, uint64_t>, uint64_t, int64_t>>;

template <typename T>
WideOf<T> Widen(T value) {
  if constexpr (std::is_same_v<T, Bool>)
    return value.bits != 0;
  else if constexpr (kIsFloating<T>)
    return FloatOf(value);
  else
    return value;
}

// The double as a float of which the last bit is set when anything was lost: rounding that again,
// to fewer bits, is as rounding once.
float OddFloat(double value) {
  float result = static_cast<float>(value);
  if (static_cast<double>(result) == value || std::isnan(value)) return result;
  if (std::abs(static_cast<double>(result)) > std::abs(value)) result = std::nextafter(result, 0.f);
  uint32_t bits;
  std::memcpy(&bits, &result, sizeof bits);
  bits |= 1;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

// The same from whole numbers to double.
template <typename W>
double OddDouble(W value) {
  if constexpr (std::is_same_v<W, double>) {
    return value;
  } else {
    // 53 bits hold it, or the lost ones are gathered in one that stands for them.
    const bool negative = value < W{0};
    uint64_t size =
        negative ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    if (size >> 53 != 0) {
      const uint64_t lost = size & 0xFFFF;
      size = (size & ~uint64_t{0xFFFF}) | (lost != 0 ? 0x8000 : 0);
    }
    return negative ? -static_cast<double>(size) : static_cast<double>(size);
  }
}

// What a double can hold of it, towards 0.
template <typename W>
W DropLow(W value) {
  if constexpr (!std::is_same_v<W, double>) {
    const bool negative = value < W{0};
    uint64_t size =
        negative ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    if (size >> 53 != 0) size &= ~uint64_t{0} << (64 - __builtin_clzll(size) - 53);
    value = static_cast<W>(negative ? uint64_t{0} - size : size);
  }
  return value;
}

template <typename T, typename W>
T NarrowWhole(W value) {
  if constexpr (std::is_same_v<W, double>) {
    if (std::isnan(value)) return 0;
    // The largest plus one is exact, the largest may not be.
    constexpr double kEnd = static_cast<double>(std::numeric_limits<T>::max() / 2 + 1) * 2;
    if (value >= kEnd) return std::numeric_limits<T>::max();
    if (value <= static_cast<double>(std::numeric_limits<T>::min()))
      return std::numeric_limits<T>::min();
    return static_cast<T>(value);
  } else {
    if constexpr (std::is_signed_v<W>) {
      if (value < 0) {
        if constexpr (std::is_unsigned_v<T>) return 0;
        return static_cast<T>(std::max<W>(value, static_cast<W>(std::numeric_limits<T>::min())));
      }
    }
    return static_cast<T>(std::min<uint64_t>(static_cast<uint64_t>(value),
                                             static_cast<uint64_t>(std::numeric_limits<T>::max())));
  }
}

template <typename T, typename W>
T NarrowFloating(W value, bool truncate) {
  const double exact = OddDouble(value);
  if constexpr (std::is_same_v<T, double>) {
    static_cast<void>(exact);
    return static_cast<double>(truncate ? DropLow(value) : value);
  } else {
    T result;
    if constexpr (std::is_same_v<T, float>)
      result = static_cast<float>(exact);
    else
      result = FromFloat<T>(OddFloat(exact));
    if (!truncate || !(std::abs(static_cast<double>(FloatOf(result))) > std::abs(exact)))
      return result;
    if constexpr (std::is_same_v<T, float>)
      return std::nextafter(result, 0.f);
    else
      return {static_cast<uint16_t>(result.bits - 1)};  // The next one toward 0.
  }
}

template <typename T, typename W>
T Narrow(W value, bool truncate) {
  if constexpr (std::is_same_v<T, Bool>)
    return {static_cast<uint8_t>(value != W{0})};
  else if constexpr (kIsFloating<T>)
    return NarrowFloating<T>(value, truncate);
  else
    return NarrowWhole<T>(value);
}

constexpr size_t kChunk = 512;

using Store = void (*)(const void* wide, void* to, size_t count, bool truncate);
using Load = void (*)(const void* from, void* wide, size_t count);

template <typename T, typename W>
void StoreAs(const void* wide, void* to, size_t count, bool truncate) {
  const auto* values = static_cast<const W*>(wide);
  auto* out = static_cast<T*>(to);
  for (size_t i = 0; i < count; ++i) out[i] = Narrow<T, W>(values[i], truncate);
}

template <typename T>
void LoadAs(const void* from, void* wide, size_t count) {
  const auto* in = static_cast<const T*>(from);
  auto* values = static_cast<WideOf<T>*>(wide);
  for (size_t i = 0; i < count; ++i) values[i] = Widen(in[i]);
}

template <typename W>
Store StoreOf(aclDataType type) {
  Store store = nullptr;
  WithCastable(type, [&](auto tag) { store = StoreAs<decltype(tag), W>; });
  return store;
}

}  // namespace

aclError PlanCast(const char* function, const OpRequest& request, OpPlan* plan) {
  const aclDataType from = request.inputs[0].type, to = request.outputs[0].type;
  int64_t said = to;
  if (!GetAttr(request, "dst_type", &said) || said != to)
    return Fail(ACL_ERROR_OP_ATTR_NOT_MATCH, function,
                "dst_type of Cast must be a whole number, and %d as the output's type",
                static_cast<int>(to));
  bool truncate = false;
  if (!GetAttr(request, "truncate", &truncate))
    return Fail(ACL_ERROR_OP_ATTR_NOT_MATCH, function, "truncate of Cast must be true or false");
  Load load = nullptr;
  Store store = nullptr;
  WithCastable(from, [&](auto tag) {
    load = LoadAs<decltype(tag)>;
    store = StoreOf<WideOf<decltype(tag)>>(to);
  });
  if (load == nullptr || store == nullptr)
    return Fail(ACL_ERROR_UNSUPPORTED_DATA_TYPE, function, "there is no Cast from %s to %s",
                NameOf(from).c_str(), NameOf(to).c_str());
  plan->outputs[0].dims = request.inputs[0].dims;
  const auto count = static_cast<size_t>(CountOf(request.inputs[0].dims));
  const size_t from_bytes = BitsOf(from) / 8, to_bytes = BitsOf(to) / 8;
  if (from_bytes == to_bytes) plan->in_place = 1;
  plan->run = [=](const void* const* inputs, void* const* outputs) {
    alignas(16) char wide[kChunk * 8];
    for (size_t at = 0; at < count; at += kChunk) {
      const size_t now = std::min(kChunk, count - at);
      load(static_cast<const char*>(inputs[0]) + at * from_bytes, wide, now);
      store(wide, static_cast<char*>(outputs[0]) + at * to_bytes, now, truncate);
    }
  };
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
