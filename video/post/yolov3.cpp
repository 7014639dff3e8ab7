// SPDX-License-Identifier: Apache-2.0
// YOLOv3 and other networks of Darknet (.weights files, as OpenCV runs them): of each head one
// output [1,N,5+classes], one row a box: center x, y, w, h in parts of the picture, objectness, and
// for each class its probability times the objectness, or 0 where that is small. Also the raw heads
// of other exports (video/post/yolo_heads.h).
#include <string>

#include "video/post/cells.h"
#include "video/post/detection_family.h"
#include "video/post/tensors.h"
#include "video/post/yolo_heads.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

class Yolov3 : public DetectionFamily {
 public:
  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override {
    InputSettings settings;
    settings.color_order = ColorOrder::kRGB;
    settings.scale.fill(1 / 255.0f);
    return settings;
  }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    raw_ = heads_.Bind(YoloHeads::Box::kV3, PictureOf(inputs), outputs);
    std::size_t boxes = 0;
    if (raw_) {
      classes_ = heads_.classes();
      boxes = heads_.Boxes();
    } else if (!BindRows(outputs, &boxes)) {
      return DoesNotFit("yolov3",
                        "outputs [1,N,5+classes] (Darknet), or raw heads "
                        "[1,3*(5+classes),rows,columns] of strides 8, 16, 32, or 16 and 32",
                        inputs, outputs);
    }
    INFER_RETURN_IF_ERROR(CheckLabels("yolov3", settings.labels, classes_, outputs[0]));
    list_.Bind(settings, boxes);
    return {};
  }

 private:
  void Read(const float* const* outputs, const Placement& placement) override {
    if (raw_)
      heads_.Read(outputs, &list_);
    else
      ReadRows(outputs, placement);
  }

  bool BindRows(const std::vector<TensorInfo>& outputs, std::size_t* boxes) {
    rows_.clear();
    for (const TensorInfo& output : outputs) {
      const bool fits = output.shape.size() == 3 && output.shape[1] > 0 && output.shape[2] >= 6 &&
                        output.shape[2] == outputs[0].shape[2];
      if (!fits) return false;
      rows_.push_back(static_cast<std::size_t>(output.shape[1]));
      *boxes += rows_.back();
    }
    if (outputs.empty()) return false;
    classes_ = static_cast<int>(outputs[0].shape[2] - 5);
    return true;
  }

  void ReadRows(const float* const* outputs, const Placement& placement) {
    const auto width = static_cast<float>(placement.input_width);
    const auto height = static_cast<float>(placement.input_height);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const float* row = outputs[i];
      for (std::size_t n = 0; n < rows_[i]; ++n, row += 5 + classes_) {
        if (!(row[4] >= list_.least_score() && row[4] > 0)) continue;  // No class is above it.
        const ClassScore best = BestClass(row + 5, classes_);
        const float w = row[2] / 2, h = row[3] / 2;
        list_.Add((row[0] - w) * width, (row[1] - h) * height, (row[0] + w) * width,
                  (row[1] + h) * height, best.score, best.label);
      }
    }
  }

  bool raw_ = false;
  YoloHeads heads_;
  std::vector<std::size_t> rows_;  // Of each output.
  int classes_ = 0;
};

INFER_REGISTER(PostProcessors(), yolov3, "yolov3", MakePostProcessor<Yolov3>);

}  // namespace
}  // namespace infer_server::video
