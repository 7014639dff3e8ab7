// SPDX-License-Identifier: Apache-2.0
#include "shape.h"

namespace infer_server {

std::int64_t Shape::DataCount() const noexcept {
  std::int64_t count = dims_.empty() ? 0 : 1;
  for (std::size_t i = 1; i < dims_.size(); ++i) count *= dims_[i];
  return count;
}

std::int64_t Shape::BatchDataCount() const noexcept { return BatchSize() * DataCount(); }

std::ostream& operator<<(std::ostream& os, const Shape& shape) {
  os << "Shape (";
  for (std::size_t i = 0; i < shape.Size(); ++i) os << (i == 0 ? "" : ", ") << shape[i];
  return os << ")";
}

}  // namespace infer_server
