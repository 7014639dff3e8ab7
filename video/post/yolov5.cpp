// SPDX-License-Identifier: Apache-2.0
// YOLOv5 and v7 as their own tools export them: one output [1,N,5+classes], one row a box: center
// x, y, w, h in input pixels, objectness, one probability for each class; three boxes for each cell
// of each stride. Also the raw heads of other exports (video/post/yolo_heads.h).
#include <string>

#include "video/post/cells.h"
#include "video/post/detection_family.h"
#include "video/post/tensors.h"
#include "video/post/yolo_heads.h"
#include "video/post/yolo_input.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

constexpr std::int64_t kBoxesOfCell = 3;

class Yolov5 : public DetectionFamily {
 public:
  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override { return YoloInput(); }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    const PictureSize size = PictureOf(inputs);
    if (size.width == 0)
      return DoesNotFit("yolov5", "a picture as its first input", inputs, outputs);
    raw_ = outputs.size() == 3 && heads_.Bind(YoloHeads::Box::kV5, size, outputs);
    if (!raw_ && !BindRows(size, outputs))
      return DoesNotFit("yolov5",
                        "one output [1,N,5+classes] with N = " + std::to_string(Rows(size, 8, 32)) +
                            " (strides 8 to 32), " + std::to_string(Rows(size, 8, 64)) +
                            " (8 to 64) or " + std::to_string(Rows(size, 16, 32)) +
                            " (16 and 32) for its input of " + std::to_string(size.width) + "x" +
                            std::to_string(size.height) +
                            ", or raw heads [1,3*(5+classes),rows,columns] of strides 8, 16, 32",
                        inputs, outputs);
    if (raw_) classes_ = heads_.classes();
    INFER_RETURN_IF_ERROR(CheckLabels("yolov5", settings.labels, classes_, outputs[0]));
    list_.Bind(settings, raw_ ? heads_.Boxes() : rows_);
    return {};
  }

 private:
  void Read(const float* const* outputs, const Placement&) override {
    if (raw_)
      heads_.Read(outputs, &list_);
    else
      ReadRows(outputs[0]);
  }

  static std::int64_t Rows(const PictureSize& size, int finest, int coarsest) {
    return kBoxesOfCell * Cells(MakeGrids(size, finest, coarsest));
  }

  bool BindRows(const PictureSize& size, const std::vector<TensorInfo>& outputs) {
    if (outputs.size() != 1 || outputs[0].shape.size() != 3 || outputs[0].shape[2] < 6)
      return false;
    const std::int64_t rows = outputs[0].shape[1];
    rows_ = static_cast<std::size_t>(rows);
    classes_ = static_cast<int>(outputs[0].shape[2] - 5);
    return rows == Rows(size, 8, 32) || rows == Rows(size, 8, 64) || rows == Rows(size, 16, 32);
  }

  void ReadRows(const float* row) {
    const float least = list_.least_score();
    for (std::size_t n = 0; n < rows_; ++n, row += 5 + classes_) {
      if (!(row[4] * kMaxScore >= least && row[4] <= kMaxScore)) continue;
      const ClassScore best = BestClass(row + 5, classes_);
      if (!(best.score <= kMaxScore)) continue;
      const float w = row[2] / 2, h = row[3] / 2;
      list_.Add(row[0] - w, row[1] - h, row[0] + w, row[1] + h, row[4] * best.score, best.label);
    }
  }

  bool raw_ = false;
  YoloHeads heads_;
  std::size_t rows_ = 0;
  int classes_ = 0;
};

INFER_REGISTER(PostProcessors(), yolov5, "yolov5", MakePostProcessor<Yolov5>);

}  // namespace
}  // namespace infer_server::video
