// SPDX-License-Identifier: Apache-2.0
// The shape of a tensor. (Seed 004 "ModelInfo"; both the int-returning helpers of version 0.x and
// the int64_t values of 1.0.)
#pragma once

#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <utility>
#include <vector>

#include "devices/base/export.h"

namespace infer_server {

// A list of dimensions, the batch first. A plain value: copy it freely; not thread-safe.
class INFER_API Shape {
 public:
  using value_type = std::int64_t;  // int in 0.x.

  Shape() = default;  // No dimensions.
  // Of these dimensions, each a number of elements.
  explicit Shape(std::vector<value_type> dims) : dims_(std::move(dims)) {}
  explicit Shape(const std::vector<int>& dims) : dims_(dims.begin(), dims.end()) {}
  Shape(std::initializer_list<value_type> dims) : dims_(dims) {}
  Shape& operator=(std::vector<value_type> dims) {
    dims_ = std::move(dims);
    return *this;
  }

  // Unchecked. REQUIRES: i < Size().
  value_type& operator[](std::size_t i) { return dims_[i]; }
  value_type operator[](std::size_t i) const { return dims_[i]; }

  std::size_t Size() const noexcept { return dims_.size(); }  // Number of dimensions.
  bool Empty() const noexcept { return dims_.empty(); }
  std::vector<value_type> Vectorize() const { return dims_; }  // A copy of the dimensions.

  // Dimension 0; 0 for an empty shape.
  value_type BatchSize() const noexcept { return dims_.empty() ? 0 : dims_[0]; }
  // Elements of one item: the product of all dimensions but the first; 1 for one dimension, 0 for
  // an empty shape; the largest number when there are more.
  std::int64_t DataCount() const noexcept;
  // Elements of the whole batch: the product of all dimensions; 0 for an empty shape.
  std::int64_t BatchDataCount() const noexcept;

  // The dimensions of a 4-dimensional shape in NHWC order; 0 for any other rank.
  value_type GetN() const noexcept { return At4(0); }
  value_type GetH() const noexcept { return At4(1); }
  value_type GetW() const noexcept { return At4(2); }
  value_type GetC() const noexcept { return At4(3); }

  // The same dimensions in the same order.
  bool operator==(const Shape& other) const noexcept { return dims_ == other.dims_; }
  bool operator!=(const Shape& other) const noexcept { return dims_ != other.dims_; }

 private:
  value_type At4(std::size_t i) const noexcept { return dims_.size() == 4 ? dims_[i] : 0; }

  std::vector<value_type> dims_;
};

// Prints "Shape (1, 3, 416, 416)".
INFER_API std::ostream& operator<<(std::ostream& os, const Shape& shape);

}  // namespace infer_server
