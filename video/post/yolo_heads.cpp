// SPDX-License-Identifier: Apache-2.0
#include "video/post/yolo_heads.h"

#include <cmath>

namespace infer_server::video {

using devices::TensorInfo;

bool YoloHeads::Bind(Box box, const PictureSize& size, const std::vector<TensorInfo>& outputs) {
  static constexpr Anchor kUsual[] = {{10, 13},  {16, 30},  {33, 23},   {30, 61},  {62, 45},
                                      {59, 119}, {116, 90}, {156, 198}, {373, 326}};
  static constexpr Anchor kTiny[] = {{10, 14}, {23, 27},   {37, 58},
                                     {81, 82}, {135, 169}, {344, 319}};
  box_ = box;
  classes_ = 0;
  heads_.clear();
  const bool usual = outputs.size() == 3;
  if (size.width == 0 || (!usual && outputs.size() != 2)) return false;
  const Anchor* anchors = usual ? kUsual : kTiny;
  for (const Grid& grid : MakeGrids(size, usual ? 8 : 16, 32)) {
    if (!BindHead(grid, anchors, outputs)) return false;
    anchors += kAnchors;
  }
  return true;
}

bool YoloHeads::BindHead(const Grid& grid, const Anchor* anchors,
                         const std::vector<TensorInfo>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::vector<std::int64_t>& shape = outputs[i].shape;
    const bool five = shape.size() == 5 && shape[1] == kAnchors;
    const bool four = shape.size() == 4 && shape[1] % kAnchors == 0;
    if ((!five && !four) || shape[2] != grid.rows || shape[3] != grid.columns) continue;
    const std::int64_t numbers = five ? shape[4] : shape[1] / kAnchors;
    if (numbers < 6 || (classes_ != 0 && numbers != classes_ + 5)) return false;
    classes_ = static_cast<int>(numbers - 5);
    const auto cells = static_cast<std::ptrdiff_t>(grid.Cells());
    heads_.push_back(
        {i, grid, anchors, five ? static_cast<std::ptrdiff_t>(numbers) : 1, five ? 1 : cells});
    return true;
  }
  return false;
}

std::size_t YoloHeads::Boxes() const {
  std::size_t boxes = 0;
  for (const Head& head : heads_) boxes += static_cast<std::size_t>(head.grid.Cells() * kAnchors);
  return boxes;
}

void YoloHeads::Read(const float* const* outputs, DetectionList* list) const {
  for (const Head& head : heads_) {
    const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(head.grid.Cells()) * (5 + classes_);
    for (int a = 0; a < kAnchors; ++a)
      ReadPlane(outputs[head.output] + a * plane, head, head.anchors[a], list);
  }
}

void YoloHeads::ReadPlane(const float* plane, const Head& head, const Anchor& anchor,
                          DetectionList* list) const {
  // The objectness alone must reach the threshold; most cells end here, without a sigmoid. A little
  // is taken off for rounding.
  const float least = list->least_score();
  const float least_logit = least >= 1 ? 15.0f : std::log(least / (1 - least)) - 1e-3f;
  const float* cell = plane;
  const auto stride = static_cast<float>(head.grid.stride);
  const auto number = [&](int i) { return cell[i * head.number_step]; };
  for (int y = 0; y < head.grid.rows; ++y) {
    for (int x = 0; x < head.grid.columns; ++x, cell += head.cell_step) {
      if (!(number(4) >= least_logit)) continue;
      const ClassScore best =
          BestClass(cell + 5 * head.number_step, classes_, head.number_step, kLeastLogit);
      const float score = Sigmoid(number(4)) * Sigmoid(best.score);
      if (!(score >= least)) continue;
      float cx = Sigmoid(number(0)), cy = Sigmoid(number(1)), w = 0, h = 0;
      if (box_ == Box::kV3) {
        w = anchor.w * std::exp(number(2));
        h = anchor.h * std::exp(number(3));
      } else {
        cx = 2 * cx - 0.5f;
        cy = 2 * cy - 0.5f;
        w = anchor.w * 4 * Sigmoid(number(2)) * Sigmoid(number(2));
        h = anchor.h * 4 * Sigmoid(number(3)) * Sigmoid(number(3));
      }
      cx = (cx + static_cast<float>(x)) * stride;
      cy = (cy + static_cast<float>(y)) * stride;
      list->Add(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, score, best.label);
    }
  }
}

}  // namespace infer_server::video
