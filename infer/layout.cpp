// SPDX-License-Identifier: Apache-2.0
#include "infer/layout.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

#include "devices/image/half.h"

namespace infer_server {

using devices::Code;
using devices::Layout;
using devices::TensorInfo;

namespace {

using Type = devices::DataType;

struct Half {
  std::uint16_t bits;
};

double Load(Half value) { return devices::FloatFromHalf(value.bits); }
template <typename T>
double Load(T value) {
  return static_cast<double>(value);
}

template <typename To>
To Store(double value) {
  if constexpr (std::is_same_v<To, Half>) {
    return Half{devices::HalfFromFloat(static_cast<float>(value))};
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != 0;
  } else if constexpr (std::is_integral_v<To>) {
    if (std::isnan(value)) return 0;
    value = std::nearbyint(value);
    if (value <= static_cast<double>(std::numeric_limits<To>::min()))
      return std::numeric_limits<To>::min();
    if (value >= static_cast<double>(std::numeric_limits<To>::max()))
      return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
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

// to[i][o] = from[o][i].
template <typename From, typename To>
void Transpose(const From* from, To* to, std::size_t outer, std::size_t inner) {
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t i = 0; i < inner; ++i) {
      if constexpr (std::is_same_v<From, To>)
        to[i * outer + o] = from[o * inner + i];
      else
        to[i * outer + o] = Store<To>(Load(from[o * inner + i]));
    }
}

std::string OrderName(DimOrder order) {
  switch (order) {
    case DimOrder::HWCN:
      return "HWCN";
    case DimOrder::TNC:
      return "TNC";
    case DimOrder::NTC:
      return "NTC";
    default:
      return "INVALID";
  }
}

}  // namespace

DataType ToPublic(Type type) {
  switch (type) {
    case Type::kUint8:
      return DataType::UINT8;
    case Type::kInt16:
      return DataType::INT16;
    case Type::kInt32:
      return DataType::INT32;
    case Type::kFloat16:
      return DataType::FLOAT16;
    case Type::kFloat32:
      return DataType::FLOAT32;
    default:
      return DataType::INVALID;
  }
}

DimOrder ToPublic(Layout layout) {
  switch (layout) {
    case Layout::kNCHW:
      return DimOrder::NCHW;
    case Layout::kNHWC:
      return DimOrder::NHWC;
    case Layout::kAny:
      break;
  }
  return DimOrder::NONE;
}

devices::Result<Type> ToDevices(DataType type) {
  switch (type) {
    case DataType::UINT8:
      return Type::kUint8;
    case DataType::FLOAT32:
      return Type::kFloat32;
    case DataType::FLOAT16:
      return Type::kFloat16;
    case DataType::INT16:
      return Type::kInt16;
    case DataType::INT32:
      return Type::kInt32;
    case DataType::INVALID:
      break;
  }
  return devices::Status(Code::kUnsupported, "data type INVALID");
}

devices::Result<TensorConverter> TensorConverter::ToHost(const TensorInfo& model,
                                                         const DataLayout& host) {
  return Make(model, host, true);
}

devices::Result<TensorConverter> TensorConverter::FromHost(const TensorInfo& model,
                                                           const DataLayout& host) {
  return Make(model, host, false);
}

devices::Result<TensorConverter> TensorConverter::Make(const TensorInfo& model,
                                                       const DataLayout& host, bool to_host) {
  const auto type = ToDevices(host.dtype);
  if (!type.ok())
    return devices::Status(Code::kUnsupported,
                           "tensor " + model.ToString() +
                               ": the host layout's data type is INVALID; "
                               "expected UINT8, FLOAT32, FLOAT16, INT16 or INT32");
  const bool named = host.order == DimOrder::NCHW || host.order == DimOrder::NHWC;
  if (!named && host.order != DimOrder::NONE)
    return devices::Status(Code::kUnsupported,
                           "tensor " + model.ToString() + ": cannot bring it into order " +
                               OrderName(host.order) + "; expected NCHW, NHWC or NONE");
  TensorConverter converter;
  converter.from_ = to_host ? model.type : type.value();
  converter.to_ = to_host ? type.value() : model.type;
  converter.elements_ = model.ItemElements();
  converter.host_shape_ = Shape(model.shape);
  converter.host_layout_ = {host.dtype, ToPublic(model.layout)};
  if (named && model.shape.size() == 4 && model.layout != Layout::kAny &&
      ToPublic(model.layout) != host.order) {
    const bool planar = model.layout == Layout::kNCHW;
    const auto c = model.shape[planar ? 1 : 3], h = model.shape[planar ? 2 : 1],
               w = model.shape[planar ? 3 : 2];
    converter.host_shape_ = planar ? Shape({1, h, w, c}) : Shape({1, c, h, w});
    converter.host_layout_.order = host.order;
    const auto pixels = static_cast<std::size_t>(h * w), channels = static_cast<std::size_t>(c);
    const bool from_planar = planar == to_host;
    converter.transpose_ = channels > 1 && pixels > 1;
    converter.outer_ = from_planar ? channels : pixels;
    converter.inner_ = from_planar ? pixels : channels;
  }
  return converter;
}

void TensorConverter::Convert(const void* from, void* to) const {
  if (Identity()) {
    std::memcpy(to, from, from_bytes());
    return;
  }
  const std::size_t outer = transpose_ ? outer_ : 1, inner = transpose_ ? inner_ : elements_;
  WithType(from_, [&](auto f) {
    WithType(to_, [&](auto t) {
      Transpose(static_cast<const decltype(f)*>(from), static_cast<decltype(t)*>(to), outer, inner);
    });
  });
}

}  // namespace infer_server
