// SPDX-License-Identifier: Apache-2.0
// The grids of cells that detection networks lay over their picture, and what they say of a cell.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "video/post/tensors.h"

namespace infer_server::video {

// One cell for each square of stride × stride pixels; cells at the edges may stick out.
struct Grid {
  int stride, columns, rows;
  std::int64_t Cells() const { return static_cast<std::int64_t>(columns) * rows; }
};

// Strides finest, 2 · finest, ... coarsest, in that order.
inline std::vector<Grid> MakeGrids(const PictureSize& size, int finest, int coarsest) {
  std::vector<Grid> grids;
  for (int stride = finest; stride <= coarsest; stride *= 2)
    grids.push_back(
        {stride, (size.width + stride - 1) / stride, (size.height + stride - 1) / stride});
  return grids;
}

inline std::int64_t Cells(const std::vector<Grid>& grids) {
  std::int64_t cells = 0;
  for (const Grid& grid : grids) cells += grid.Cells();
  return cells;
}

struct ClassScore {
  int label;
  float score;
};

// The class of the largest of `classes` numbers, `step` apart, that is above `least`; the first of
// equal ones. NaN is never the largest. {0, least} when there is none.
inline ClassScore BestClass(const float* numbers, int classes, std::ptrdiff_t step = 1,
                            float least = 0) {
  ClassScore best{0, least};
  for (int c = 0; c < classes; ++c)
    if (numbers[c * step] > best.score) best = {c, numbers[c * step]};
  return best;
}

// For numbers that are not probabilities yet.
constexpr float kLeastLogit = -std::numeric_limits<float>::infinity();

inline float Sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

}  // namespace infer_server::video
