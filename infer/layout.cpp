// SPDX-License-Identifier: Apache-2.0
#include "infer/layout.h"

#include <cstring>
#include <string>

#include "infer/transpose.h"

namespace infer_server {

using devices::Code;
using devices::Layout;
using devices::TensorInfo;

namespace {

using Type = devices::DataType;

const char* OrderName(DimOrder order) {
  switch (order) {
    case DimOrder::NCHW:
      return "NCHW";
    case DimOrder::NHWC:
      return "NHWC";
    case DimOrder::HWCN:
      return "HWCN";
    case DimOrder::TNC:
      return "TNC";
    case DimOrder::NTC:
      return "NTC";
    case DimOrder::NONE:
      return "NONE";
    case DimOrder::INVALID:
      break;
  }
  return "INVALID";
}

// Why a tensor of the model cannot have `order` on the host; null when it can. A tensor of fewer
// than 3 dimensions has no order to change, and NCHW and NHWC, being defaults, leave alone what is
// no picture.
const char* WhyNot(const TensorInfo& model, DimOrder order) {
  const std::size_t rank = model.shape.size();
  switch (order) {
    case DimOrder::NCHW:
    case DimOrder::NHWC:
    case DimOrder::NONE:
      return nullptr;
    case DimOrder::HWCN:
      if (rank > 2 && rank != 4) return "which is for tensors of 4 dimensions";
      return rank == 4 && model.layout == Layout::kAny
                 ? "as the model does not tell which dimensions are height, width and channels"
                 : nullptr;
    case DimOrder::TNC:
    case DimOrder::NTC:
      return rank > 2 && rank != 3 ? "which is for tensors of 3 dimensions" : nullptr;
    case DimOrder::INVALID:
      break;
  }
  return "which is no order";
}

const char* Expected(const TensorInfo& model) {
  if (model.shape.size() == 3) return "NTC, TNC, NCHW, NHWC or NONE";
  const bool picture = model.shape.size() == 4 && model.layout != Layout::kAny;
  return picture ? "NCHW, NHWC, HWCN or NONE" : "NCHW, NHWC or NONE";
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
  if (const char* reason = WhyNot(model, host.order))
    return devices::Status(Code::kUnsupported, "tensor " + model.ToString() +
                                                   ": cannot bring it into order " +
                                                   OrderName(host.order) + ", " + reason +
                                                   "; expected " + Expected(model));
  TensorConverter converter;
  converter.from_ = to_host ? model.type : type.value();
  converter.to_ = to_host ? type.value() : model.type;
  converter.elements_ = model.ItemElements();
  converter.host_shape_ = Shape(model.shape);
  converter.host_layout_ = {host.dtype, ToPublic(model.layout)};
  if (model.shape.size() == 4 && model.layout != Layout::kAny) {
    converter.OrderPicture(model, host.order, to_host);
  } else if (model.shape.size() == 3 &&
             (host.order == DimOrder::TNC || host.order == DimOrder::NTC)) {
    converter.host_layout_.order = host.order;
    if (host.order == DimOrder::TNC)
      converter.host_shape_ = Shape({model.shape[1], model.shape[0], model.shape[2]});
  }
  return converter;
}

// Of one item, all orders of a picture are planes or pixels: N is 1, wherever it stands.
void TensorConverter::OrderPicture(const TensorInfo& model, DimOrder order, bool to_host) {
  if (order == DimOrder::NONE) return;
  const bool planar = model.layout == Layout::kNCHW, host_planar = order == DimOrder::NCHW;
  const auto c = model.shape[planar ? 1 : 3], h = model.shape[planar ? 2 : 1],
             w = model.shape[planar ? 3 : 2];
  host_layout_.order = order;
  host_shape_ = host_planar               ? Shape({1, c, h, w})
                : order == DimOrder::NHWC ? Shape({1, h, w, c})
                                          : Shape({h, w, c, 1});
  if (planar == host_planar) return;
  const auto pixels = static_cast<std::size_t>(h * w), channels = static_cast<std::size_t>(c);
  const bool from_planar = planar == to_host;
  transpose_ = channels > 1 && pixels > 1;
  outer_ = from_planar ? channels : pixels;
  inner_ = from_planar ? pixels : channels;
}

void TensorConverter::Convert(const void* from, void* to) const {
  if (Identity()) {
    std::memcpy(to, from, from_bytes());
    return;
  }
  CastTranspose(from_, from, to_, to, transpose_ ? outer_ : 1, transpose_ ? inner_ : elements_);
}

}  // namespace infer_server
