// SPDX-License-Identifier: Apache-2.0
// YuNet, faces with five points (eyes, nose, corners of the mouth; those on the picture's left
// first): of each stride (8, 16, 32) four outputs: [1,cells,1] twice (class and objectness; the
// score is the root of their product, so it does not matter which is which), boxes [1,cells,4]
// (center from the cell, logarithms of the size) and points [1,cells,10], all in strides.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "video/post/cells.h"
#include "video/post/detection_family.h"
#include "video/post/tensors.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

constexpr int kPoints = 5;

class YuNet : public DetectionFamily {
 public:
  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override {
    InputSettings settings;
    settings.keep_aspect_ratio = true;
    return settings;
  }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    const PictureSize size = PictureOf(inputs);
    if (size.width == 0)
      return DoesNotFit("yunet", "a picture as its first input", inputs, outputs);
    levels_.clear();
    std::int64_t cells = 0;
    for (const Grid& grid : MakeGrids(size, 8, 32)) {
      Level level;
      level.grid = grid;
      if (!FindOutputs(outputs, &level))
        return DoesNotFit("yunet",
                          "12 outputs: of each stride 8, 16, 32 class [1,cells,1], objectness "
                          "[1,cells,1], boxes [1,cells,4] and points [1,cells,10], with " +
                              std::to_string(grid.Cells()) + " cells at stride " +
                              std::to_string(grid.stride) + " of its input of " +
                              std::to_string(size.width) + "x" + std::to_string(size.height),
                          inputs, outputs);
      levels_.push_back(level);
      cells += grid.Cells();
    }
    INFER_RETURN_IF_ERROR(CheckLabels("yunet", settings.labels, 1, outputs[levels_[0].class_]));
    list_.Bind(settings, static_cast<std::size_t>(cells), kPoints);
    return {};
  }

 private:
  void Read(const float* const* outputs, const Placement&) override {
    for (const Level& level : levels_) ReadLevel(outputs, level);
  }

  struct Level {
    Grid grid;
    std::size_t class_, objectness, boxes, points;  // Outputs.
  };

  static bool FindOutputs(const std::vector<TensorInfo>& outputs, Level* level) {
    int probabilities = 0, boxes = 0, points = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::vector<std::int64_t>& shape = outputs[i].shape;
      if (shape.size() != 3 || shape[1] != level->grid.Cells()) continue;
      if (shape[2] == 1) {
        (probabilities++ == 0 ? level->class_ : level->objectness) = i;
      } else if (shape[2] == 4) {
        level->boxes = i;
        ++boxes;
      } else if (shape[2] == 2 * kPoints) {
        level->points = i;
        ++points;
      }
    }
    return probabilities == 2 && boxes == 1 && points == 1;
  }

  void ReadLevel(const float* const* outputs, const Level& level) {
    const float *face = outputs[level.class_], *objectness = outputs[level.objectness];
    const float *box = outputs[level.boxes], *points = outputs[level.points];
    const auto stride = static_cast<float>(level.grid.stride);
    const float least = list_.least_score() * list_.least_score();
    for (int y = 0; y < level.grid.rows; ++y) {
      for (int x = 0; x < level.grid.columns; ++x, ++face, ++objectness, box += 4, points += 10) {
        // Probabilities, if not quite: they may stick out a little.
        if (!(*face > 0 && *face <= kMaxScore && *objectness > 0 && *objectness <= kMaxScore))
          continue;
        const float product = std::min(*face, 1.0f) * std::min(*objectness, 1.0f);
        if (!(product >= least)) continue;
        const auto column = static_cast<float>(x), row = static_cast<float>(y);
        const float cx = (column + box[0]) * stride, cy = (row + box[1]) * stride;
        const float w = std::exp(box[2]) * stride, h = std::exp(box[3]) * stride;
        std::array<Keypoint, kPoints> at;
        for (std::size_t i = 0; i < kPoints; ++i)
          at[i] = {(column + points[2 * i]) * stride, (row + points[2 * i + 1]) * stride, 1};
        list_.Add(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, std::sqrt(product), 0, at.data());
      }
    }
  }

  std::vector<Level> levels_;
};

INFER_REGISTER(PostProcessors(), yunet, "yunet", MakePostProcessor<YuNet>);

}  // namespace
}  // namespace infer_server::video
