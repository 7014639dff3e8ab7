// SPDX-License-Identifier: Apache-2.0
// Element types and dimension orders: between the public names and the devices', and tensors from
// one to another.
#pragma once

#include <cstddef>
#include <vector>

#include "devices/base/status.h"
#include "devices/tensor.h"
#include "infer_server.h"

namespace infer_server {

// INVALID for types the public names do not have (i8, i64, f64, bool).
DataType ToPublic(devices::DataType type);
// kAny is NONE.
DimOrder ToPublic(devices::Layout layout);
// Fails with kUnsupported for INVALID.
devices::Result<devices::DataType> ToDevices(DataType type);

// Turns rows of one tensor into another element type and dimension order.
class TensorConverter {
 public:
  // From and to `model` (shape, type, layout of the network's tensor, dimension 0 being 1) on one
  // side and `host` on the other. NCHW, NHWC and HWCN order tensors of 4 dimensions whose layout
  // the model tells; NTC, which is how such tensors lie in the model, and TNC those of 3. NONE, and
  // tensors of fewer dimensions, keep the model's order, and NCHW and NHWC leave alone what is no
  // picture. Fails with kUnsupported for what else has no meaning, saying what has.
  static devices::Result<TensorConverter> ToHost(const devices::TensorInfo& model,
                                                 const DataLayout& host);
  static devices::Result<TensorConverter> FromHost(const devices::TensorInfo& model,
                                                   const DataLayout& host);

  // True when there is nothing to do: the bytes are the same on both sides.
  bool Identity() const { return from_ == to_ && !transpose_; }
  std::size_t from_bytes() const { return elements_ * devices::SizeOf(from_); }  // Of one item.
  std::size_t to_bytes() const { return elements_ * devices::SizeOf(to_); }
  // One item's shape on the host side, in the order asked for: N, which is 1, may stand elsewhere
  // than first.
  const Shape& host_shape() const { return host_shape_; }
  // Its element type, and its order: NONE when neither side tells it.
  const DataLayout& host_layout() const { return host_layout_; }

  // Converts one item. Integers out of range saturate, fractions round to nearest, half to even.
  // Thread-safe.
  void Convert(const void* from, void* to) const;

 private:
  static devices::Result<TensorConverter> Make(const devices::TensorInfo& model,
                                               const DataLayout& host, bool to_host);
  void OrderPicture(const devices::TensorInfo& model, DimOrder order, bool to_host);

  devices::DataType from_ = devices::DataType::kFloat32, to_ = devices::DataType::kFloat32;
  std::size_t elements_ = 0;
  bool transpose_ = false;
  // As seen when transposing: from[o][i] → to[i][o], in `outer` × `inner`.
  std::size_t outer_ = 0, inner_ = 0;
  Shape host_shape_;
  DataLayout host_layout_{DataType::INVALID, DimOrder::NONE};
};

}  // namespace infer_server
