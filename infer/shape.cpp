// SPDX-License-Identifier: Apache-2.0
#include "shape.h"

#include <limits>

namespace infer_server {
namespace {

std::int64_t Product(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::int64_t>::max()
                                                : product;
}

}  // namespace

std::int64_t Shape::DataCount() const noexcept {
  std::int64_t count = dims_.empty() ? 0 : 1;
  for (std::size_t i = 1; i < dims_.size(); ++i) count = Product(count, dims_[i]);
  return count;
}

std::int64_t Shape::BatchDataCount() const noexcept { return Product(BatchSize(), DataCount()); }

std::ostream& operator<<(std::ostream& os, const Shape& shape) {
  os << "Shape (";
  for (std::size_t i = 0; i < shape.Size(); ++i) os << (i == 0 ? "" : ", ") << shape[i];
  return os << ")";
}

}  // namespace infer_server
