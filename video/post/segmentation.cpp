// SPDX-License-Identifier: Apache-2.0
// Segmentation: a class for each cell of a grid over the picture. One output:
//  * one number for each class and cell, [1,classes,rows,columns] or [1,rows,columns,classes]: the
//    class of the largest number;
//  * one number for each cell, [1,rows,columns] or with one channel: the number of its class, or
//    the probability of class 1.
// The part of the grid that is padding is left out, so that the mask covers what the network saw.
#include <algorithm>
#include <cmath>
#include <string>

#include "video/post/cells.h"
#include "video/post/post_processor.h"
#include "video/post/tensors.h"

namespace infer_server::video {
namespace {

using devices::Layout;
using devices::Status;
using devices::TensorInfo;

constexpr std::int64_t kMostClasses = 256;
constexpr std::int64_t kMostSide = 1 << 14;

class Segmentation : public PostProcessor {
 public:
  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override { return {}; }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    if (outputs.size() != 1 || !ReadShape(outputs[0]))
      return DoesNotFit("segmentation",
                        "one output [1,classes,rows,columns], [1,rows,columns,classes] or "
                        "[1,rows,columns], with at most 256 classes",
                        inputs, outputs);
    if (classes_ > 1)
      INFER_RETURN_IF_ERROR(CheckLabels("segmentation", settings.labels, classes_, outputs[0]));
    if (classes_ > 1 && class_step_ != 1)
      best_.resize(static_cast<std::size_t>(rows_) * static_cast<std::size_t>(columns_));
    return {};
  }

  Status Process(const float* const* outputs, const Placement& placement, const Rect&,
                 ItemResult* result) override {
    const Span x = Filled(columns_, placement.fill_x, placement.fill_width, placement.input_width);
    const Span y = Filled(rows_, placement.fill_y, placement.fill_height, placement.input_height);
    result->mask_width = x.end - x.begin;
    result->mask_height = y.end - y.begin;
    result->mask.resize(static_cast<std::size_t>(result->mask_width) *
                        static_cast<std::size_t>(result->mask_height));
    std::uint8_t* cell = result->mask.data();
    if (classes_ > 1 && class_step_ != 1) {
      FindBest(outputs[0]);
      for (int row = y.begin; row < y.end; ++row)
        for (int column = x.begin; column < x.end; ++column)
          *cell++ = static_cast<std::uint8_t>(best_[At(row, column)].label);
      return {};
    }
    for (int row = y.begin; row < y.end; ++row)
      for (int column = x.begin; column < x.end; ++column)
        *cell++ = ClassOf(outputs[0] + At(row, column) * static_cast<std::size_t>(classes_));
    return {};
  }

 private:
  struct Span {
    int begin, end;
  };

  // The cells that the filled part of the picture touches: at least one.
  static Span Filled(int cells, int begin, int size, int of) {
    const double scale = static_cast<double>(cells) / std::max(of, 1);
    const int first = std::clamp(static_cast<int>(std::floor(begin * scale)), 0, cells - 1);
    const int end = static_cast<int>(std::ceil((begin + size) * scale - 1e-6));
    return {first, std::clamp(end, first + 1, cells)};
  }

  bool ReadShape(const TensorInfo& output) {
    std::vector<std::int64_t> shape = output.shape;
    if (shape.size() == 3) shape.insert(shape.begin() + 1, 1);
    if (shape.size() != 4) return false;
    // The classes are fewer than the cells of a side, unless the layout is known.
    bool first = shape[1] <= shape[3];
    if (output.layout != Layout::kAny && shape.size() == output.shape.size())
      first = output.layout == Layout::kNCHW;
    const std::int64_t classes = shape[first ? 1 : 3];
    const std::int64_t rows = shape[first ? 2 : 1], columns = shape[first ? 3 : 2];
    if (classes < 1 || classes > kMostClasses || rows < 1 || rows > kMostSide || columns < 1 ||
        columns > kMostSide)
      return false;
    classes_ = static_cast<int>(classes);
    rows_ = static_cast<int>(rows);
    columns_ = static_cast<int>(columns);
    class_step_ = first ? static_cast<std::ptrdiff_t>(rows * columns) : 1;
    return true;
  }

  std::size_t At(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(column);
  }

  // Plane by plane: memory is read once and in order.
  void FindBest(const float* plane) {
    std::fill(best_.begin(), best_.end(), ClassScore{0, kLeastLogit});
    for (int c = 0; c < classes_; ++c, plane += class_step_)
      for (std::size_t i = 0; i < best_.size(); ++i)
        if (plane[i] > best_[i].score) best_[i] = {c, plane[i]};
  }

  // Of a cell whose numbers are one after the other.
  std::uint8_t ClassOf(const float* numbers) const {
    if (classes_ > 1)
      return static_cast<std::uint8_t>(BestClass(numbers, classes_, 1, kLeastLogit).label);
    const float number = *numbers;
    return number >= 0.5f && number < 255.5f ? static_cast<std::uint8_t>(number + 0.5f) : 0;
  }

  int classes_ = 0, rows_ = 0, columns_ = 0;
  std::ptrdiff_t class_step_ = 1;
  std::vector<ClassScore> best_;
};

INFER_REGISTER(PostProcessors(), segmentation, "segmentation", MakePostProcessor<Segmentation>);

}  // namespace
}  // namespace infer_server::video
