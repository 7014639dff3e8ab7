// SPDX-License-Identifier: Apache-2.0
// FastestDet: one output [1,5+classes,rows,columns], one cell each of a grid over the picture:
// objectness, x and y (tanh of them is the offset from the cell), w and h (sigmoid of them is the
// part of the picture), one probability for each class. Score = objectness^0.6 · class^0.4.
#include <cmath>
#include <string>

#include "video/post/cells.h"
#include "video/post/detection_family.h"
#include "video/post/tensors.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

class FastestDet : public DetectionFamily {
 public:
  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override {
    InputSettings settings;
    settings.scale.fill(1 / 255.0f);
    return settings;
  }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    const std::vector<std::int64_t> shape =
        outputs.size() == 1 ? outputs[0].shape : std::vector<std::int64_t>();
    if (shape.size() != 4 || shape[1] < 6 || shape[2] < 1 || shape[3] < 1)
      return DoesNotFit("fastestdet", "one output [1,5+classes,rows,columns]", inputs, outputs);
    classes_ = static_cast<int>(shape[1] - 5);
    rows_ = static_cast<int>(shape[2]);
    columns_ = static_cast<int>(shape[3]);
    INFER_RETURN_IF_ERROR(CheckLabels("fastestdet", settings.labels, classes_, outputs[0]));
    list_.Bind(settings, static_cast<std::size_t>(rows_) * static_cast<std::size_t>(columns_));
    return {};
  }

 private:
  void Read(const float* const* outputs, const Placement& placement) override {
    for (int y = 0; y < rows_; ++y)
      for (int x = 0; x < columns_; ++x) AddCell(outputs[0], x, y, placement);
  }

  void AddCell(const float* output, int x, int y, const Placement& placement) {
    const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(rows_) * columns_;
    const float* cell = output + static_cast<std::ptrdiff_t>(y) * columns_ + x;
    // Most cells see nothing: with a class of 1 they would still be below the threshold.
    const float objectness = cell[0];
    if (!(objectness > 0 && objectness <= kMaxScore)) return;
    const float part = std::pow(objectness, 0.6f);
    if (!(part * kMaxScore >= list_.least_score())) return;
    const ClassScore best = BestClass(cell + 5 * plane, classes_, plane);
    if (!(best.score <= kMaxScore)) return;
    const float score = part * std::pow(best.score, 0.4f);
    const auto width = static_cast<float>(placement.input_width);
    const auto height = static_cast<float>(placement.input_height);
    const float cx =
        (static_cast<float>(x) + std::tanh(cell[plane])) / static_cast<float>(columns_);
    const float cy =
        (static_cast<float>(y) + std::tanh(cell[2 * plane])) / static_cast<float>(rows_);
    const float w = Sigmoid(cell[3 * plane]), h = Sigmoid(cell[4 * plane]);
    list_.Add((cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width,
              (cy + h / 2) * height, score, best.label);
  }

  int classes_ = 0, rows_ = 0, columns_ = 0;
};

INFER_REGISTER(PostProcessors(), fastestdet, "fastestdet", MakePostProcessor<FastestDet>);

}  // namespace
}  // namespace infer_server::video
