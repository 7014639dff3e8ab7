// SPDX-License-Identifier: Apache-2.0
// YOLOv8, v9 and v11 as their own tools export them: one output [1,4+classes,N], one column for
// each cell of each stride: center x, y, w, h in input pixels, one probability for each class, no
// objectness. Or the same transposed, [1,N,4+classes].
#include <algorithm>
#include <string>

#include "video/post/cells.h"
#include "video/post/detection_family.h"
#include "video/post/tensors.h"
#include "video/post/yolo_input.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

class Yolov8 : public DetectionFamily {
 public:
  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override { return YoloInput(); }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    const PictureSize size = PictureOf(inputs);
    if (size.width == 0)
      return DoesNotFit("yolov8", "a picture as its first input", inputs, outputs);
    const std::int64_t p5 = Cells(MakeGrids(size, 8, 32)), p6 = Cells(MakeGrids(size, 8, 64));
    const std::vector<std::int64_t> shape = outputs.size() == 1 && outputs[0].shape.size() == 3
                                                ? outputs[0].shape
                                                : std::vector<std::int64_t>{1, 0, 0};
    const bool planes = (shape[2] == p5 || shape[2] == p6) && shape[1] >= 5;
    const bool rows = (shape[1] == p5 || shape[1] == p6) && shape[2] >= 5;
    if (!planes && !rows)
      return DoesNotFit(
          "yolov8",
          "one output [1,4+classes,N] or [1,N,4+classes] with N = " + std::to_string(p5) +
              " (strides 8 to 32) or " + std::to_string(p6) + " (8 to 64) for its input of " +
              std::to_string(size.width) + "x" + std::to_string(size.height),
          inputs, outputs);
    cells_ = static_cast<std::ptrdiff_t>(shape[planes ? 2 : 1]);
    const std::int64_t numbers = shape[planes ? 1 : 2];
    classes_ = static_cast<int>(numbers - 4);
    cell_step_ = planes ? 1 : static_cast<std::ptrdiff_t>(numbers);
    number_step_ = planes ? cells_ : 1;
    INFER_RETURN_IF_ERROR(CheckLabels("yolov8", settings.labels, classes_, outputs[0]));
    best_.resize(static_cast<std::size_t>(cells_));
    list_.Bind(settings, static_cast<std::size_t>(cells_));
    return {};
  }

 private:
  void Read(const float* const* outputs, const Placement&) override {
    FindBest(outputs[0] + 4 * number_step_);
    for (std::ptrdiff_t i = 0; i < cells_; ++i) {
      const ClassScore& best = best_[static_cast<std::size_t>(i)];
      if (!(best.score >= list_.least_score())) continue;
      const float* cell = outputs[0] + i * cell_step_;
      const float cx = cell[0], cy = cell[number_step_];
      const float w = cell[2 * number_step_] / 2, h = cell[3 * number_step_] / 2;
      list_.Add(cx - w, cy - h, cx + w, cy + h, best.score, best.label);
    }
  }

  // Plane by plane where the classes are planes: memory is read once and in order.
  void FindBest(const float* classes) {
    if (number_step_ == 1) {
      for (std::size_t i = 0; i < best_.size(); ++i)
        best_[i] = BestClass(classes + static_cast<std::ptrdiff_t>(i) * cell_step_, classes_);
      return;
    }
    std::fill(best_.begin(), best_.end(), ClassScore{0, 0});
    for (int c = 0; c < classes_; ++c, classes += number_step_)
      for (std::size_t i = 0; i < best_.size(); ++i)
        if (classes[i] > best_[i].score) best_[i] = {c, classes[i]};
  }

  std::ptrdiff_t cells_ = 0;
  int classes_ = 0;
  // Elements from one cell, and from one number of a cell, to the next.
  std::ptrdiff_t cell_step_ = 1, number_step_ = 1;
  std::vector<ClassScore> best_;
};

INFER_REGISTER(PostProcessors(), yolov8, "yolov8", MakePostProcessor<Yolov8>);

}  // namespace
}  // namespace infer_server::video
