// SPDX-License-Identifier: Apache-2.0
// YOLOX: one output [1,N,5+classes], one row for each cell of each stride's grid, finest stride
// first, cells row by row: x, y (offset from the cell), w, h (logarithms), all in strides;
// objectness; one probability for each class. The sigmoid of the last two is part of the network.
#include <cmath>
#include <string>

#include "video/post/cells.h"
#include "video/post/detection_family.h"
#include "video/post/tensors.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

class Yolox : public DetectionFamily {
 public:
  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override {
    InputSettings settings;
    settings.keep_aspect_ratio = true;
    settings.pad_value = 114;
    return settings;
  }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    const PictureSize size = PictureOf(inputs);
    if (size.width == 0)
      return DoesNotFit("yolox", "a picture as its first input", inputs, outputs);
    const std::vector<Grid> p5 = MakeGrids(size, 8, 32), p6 = MakeGrids(size, 8, 64);
    const std::vector<std::int64_t> shape =
        outputs.size() == 1 ? outputs[0].shape : std::vector<std::int64_t>();
    const bool rows = shape.size() == 3 && shape[2] >= 6;
    if (!rows || (shape[1] != Cells(p5) && shape[1] != Cells(p6)))
      return DoesNotFit("yolox",
                        "one output [1,N,5+classes] with N = " + std::to_string(Cells(p5)) +
                            " (strides 8 to 32) or " + std::to_string(Cells(p6)) +
                            " (strides 8 to 64) for its input of " + std::to_string(size.width) +
                            "x" + std::to_string(size.height),
                        inputs, outputs);
    grids_ = shape[1] == Cells(p5) ? p5 : p6;
    classes_ = static_cast<int>(shape[2] - 5);
    INFER_RETURN_IF_ERROR(CheckLabels("yolox", settings.labels, classes_, outputs[0]));
    list_.Bind(settings, static_cast<std::size_t>(shape[1]));
    return {};
  }

 private:
  void Read(const float* const* outputs, const Placement&) override {
    const float* row = outputs[0];
    for (const Grid& grid : grids_)
      for (int y = 0; y < grid.rows; ++y)
        for (int x = 0; x < grid.columns; ++x, row += 5 + classes_)
          AddRow(row, x, y, static_cast<float>(grid.stride));
  }

  void AddRow(const float* row, int x, int y, float stride) {
    const float objectness = row[4];
    if (!(objectness * kMaxScore >= list_.least_score() && objectness <= kMaxScore)) return;
    const ClassScore best = BestClass(row + 5, classes_);
    const float score = objectness * best.score;
    if (!(best.score <= kMaxScore && score >= list_.least_score())) return;
    const float cx = (row[0] + static_cast<float>(x)) * stride;
    const float cy = (row[1] + static_cast<float>(y)) * stride;
    const float w = std::exp(row[2]) * stride, h = std::exp(row[3]) * stride;
    list_.Add(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, score, best.label);
  }

  std::vector<Grid> grids_;
  int classes_ = 0;
};

INFER_REGISTER(PostProcessors(), yolox, "yolox", MakePostProcessor<Yolox>);

}  // namespace
}  // namespace infer_server::video
