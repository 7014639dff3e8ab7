// SPDX-License-Identifier: Apache-2.0
// NanoDet: for each cell one probability for each class and four distributions, of the distances
// from the cell's center to the box's left, top, right and bottom edge: numbers before a softmax,
// of 0, 1, 2, ... strides.
//  * NanoDet-m: of each stride (8, 16, 32) an output [1,cells,classes] and one [1,cells,4·bins];
//    the center is the middle of the cell.
//  * NanoDet-Plus: one output [1,N,classes+32] of strides 8 to 64; the center is its first pixel.
#include <cmath>
#include <string>

#include "video/post/cells.h"
#include "video/post/detection_family.h"
#include "video/post/tensors.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

constexpr int kUsualBins = 8;

bool IsDistances(const std::string& name) {
  return name.find("dis") != std::string::npos || name.find("reg") != std::string::npos ||
         name.find("box") != std::string::npos;
}

class NanoDet : public DetectionFamily {
 public:
  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override {
    InputSettings settings;
    settings.mean = {103.53f, 116.28f, 123.675f};
    settings.std = {57.375f, 57.12f, 58.395f};
    return settings;
  }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    const PictureSize size = PictureOf(inputs);
    if (size.width == 0)
      return DoesNotFit("nanodet", "a picture as its first input", inputs, outputs);
    if (!BindPlus(size, outputs) && !BindPairs(size, outputs))
      return DoesNotFit(
          "nanodet",
          "of each stride 8, 16, 32 outputs [1,cells,classes] and [1,cells,4*bins], or one output "
          "[1," +
              std::to_string(Cells(MakeGrids(size, 8, 64))) + ",classes+32], for its input of " +
              std::to_string(size.width) + "x" + std::to_string(size.height),
          inputs, outputs);
    INFER_RETURN_IF_ERROR(
        CheckLabels("nanodet", settings.labels, classes_, outputs[levels_[0].classes]));
    std::int64_t cells = 0;
    for (const Level& level : levels_) cells += level.grid.Cells();
    list_.Bind(settings, static_cast<std::size_t>(cells));
    return {};
  }

 private:
  void Read(const float* const* outputs, const Placement&) override {
    for (const Level& level : levels_) ReadLevel(outputs, level);
  }

  // Where the numbers of a stride begin, and how far one cell's are from the next one's.
  struct Level {
    Grid grid;
    std::size_t classes, distances;  // Outputs.
    std::ptrdiff_t classes_begin, classes_step, distances_begin, distances_step;
  };

  bool BindPlus(const PictureSize& size, const std::vector<TensorInfo>& outputs) {
    levels_.clear();
    const std::vector<Grid> grids = MakeGrids(size, 8, 64);
    if (outputs.size() != 1 || outputs[0].shape.size() != 3 || outputs[0].shape[1] != Cells(grids))
      return false;
    bins_ = kUsualBins;
    center_ = 0;
    classes_ = static_cast<int>(outputs[0].shape[2] - 4 * bins_);
    if (classes_ < 1) return false;
    const auto step = static_cast<std::ptrdiff_t>(outputs[0].shape[2]);
    std::ptrdiff_t begin = 0;
    for (const Grid& grid : grids) {
      levels_.push_back({grid, 0, 0, begin, step, begin + classes_, step});
      begin += static_cast<std::ptrdiff_t>(grid.Cells()) * step;
    }
    return true;
  }

  bool BindPairs(const PictureSize& size, const std::vector<TensorInfo>& outputs) {
    levels_.clear();
    classes_ = bins_ = 0;
    center_ = 0.5f;
    if (outputs.size() != 6) return false;
    for (const Grid& grid : MakeGrids(size, 8, 32)) {
      std::vector<std::size_t> of_grid;
      for (std::size_t i = 0; i < outputs.size(); ++i)
        if (outputs[i].shape.size() == 3 && outputs[i].shape[1] == grid.Cells())
          of_grid.push_back(i);
      if (of_grid.size() != 2 || !AddPair(grid, of_grid[0], of_grid[1], outputs)) return false;
    }
    return true;
  }

  // By name, else by the usual number of bins, else classes first.
  bool AddPair(const Grid& grid, std::size_t a, std::size_t b,
               const std::vector<TensorInfo>& outputs) {
    const bool a_named = IsDistances(outputs[a].name), b_named = IsDistances(outputs[b].name);
    const bool a_usual = outputs[a].shape[2] == 4 * kUsualBins;
    const bool b_usual = outputs[b].shape[2] == 4 * kUsualBins;
    if (a_named != b_named ? a_named : a_usual && !b_usual) std::swap(a, b);
    const std::int64_t classes = outputs[a].shape[2], edges = outputs[b].shape[2];
    if (classes < 1 || edges < 8 || edges % 4 != 0) return false;
    const bool first = levels_.empty();
    if (!first && (classes != classes_ || edges != 4 * bins_)) return false;
    classes_ = static_cast<int>(classes);
    bins_ = static_cast<int>(edges / 4);
    levels_.push_back({grid, a, b, 0, static_cast<std::ptrdiff_t>(classes), 0,
                       static_cast<std::ptrdiff_t>(edges)});
    return true;
  }

  void ReadLevel(const float* const* outputs, const Level& level) {
    const float* classes = outputs[level.classes] + level.classes_begin;
    const float* distances = outputs[level.distances] + level.distances_begin;
    const auto stride = static_cast<float>(level.grid.stride);
    for (int y = 0; y < level.grid.rows; ++y) {
      for (int x = 0; x < level.grid.columns; ++x) {
        const ClassScore best = BestClass(classes, classes_);
        if (best.score >= list_.least_score() && best.score > 0) {
          const float cx = (static_cast<float>(x) + center_) * stride;
          const float cy = (static_cast<float>(y) + center_) * stride;
          list_.Add(cx - Distance(distances, 0) * stride, cy - Distance(distances, 1) * stride,
                    cx + Distance(distances, 2) * stride, cy + Distance(distances, 3) * stride,
                    best.score, best.label);
        }
        classes += level.classes_step;
        distances += level.distances_step;
      }
    }
  }

  // The mean of the softmax of distribution `edge`, in strides; not a number where one of its
  // numbers is none or infinite.
  float Distance(const float* distributions, int edge) const {
    const float* numbers = distributions + static_cast<std::ptrdiff_t>(edge) * bins_;
    float most = numbers[0];
    for (int i = 1; i < bins_; ++i) most = std::max(most, numbers[i]);
    float sum = 0, mean = 0;
    for (int i = 0; i < bins_; ++i) {
      const float part = std::exp(numbers[i] - most);
      sum += part;
      mean += part * static_cast<float>(i);
    }
    return mean / sum;
  }

  int classes_ = 0, bins_ = 0;
  float center_ = 0;  // Of a cell, in strides from its first pixel.
  std::vector<Level> levels_;
};

INFER_REGISTER(PostProcessors(), nanodet, "nanodet", MakePostProcessor<NanoDet>);

}  // namespace
}  // namespace infer_server::video
