// SPDX-License-Identifier: Apache-2.0
// The raw heads of YOLO networks with anchors, as some exports leave them: of each stride one
// output [1,3·(5+classes),rows,columns] or [1,3,rows,columns,5+classes] of numbers before the
// sigmoid: x, y, w, h, objectness, classes.
#pragma once

#include <string>
#include <vector>

#include "video/post/cells.h"
#include "video/post/detections.h"

namespace infer_server::video {

class YoloHeads {
 public:
  // How x, y, w, h become a box of a cell and an anchor.
  enum class Box {
    kV3,  // center = cell + sigmoid, size = anchor · exp
    kV5,  // center = cell + 2 · sigmoid − 0.5, size = anchor · (2 · sigmoid)²
  };

  // Three outputs of strides 8 to 32 with the anchors that YOLOv3, v4 (not its own), v5 and v7
  // share, in any order; two of 16 and 32 with those of YOLOv3-tiny. False when `outputs` are
  // others.
  bool Bind(Box box, const PictureSize& size, const std::vector<devices::TensorInfo>& outputs);
  int classes() const { return classes_; }
  // Boxes of one item.
  std::size_t Boxes() const;

  void Read(const float* const* outputs, DetectionList* list) const;

 private:
  static constexpr int kAnchors = 3;  // Of a cell.
  struct Anchor {
    float w, h;  // Pixels of the input.
  };
  struct Head {
    std::size_t output;
    Grid grid;
    const Anchor* anchors;
    // Elements from one cell, and from one number of a cell, to the next.
    std::ptrdiff_t cell_step, number_step;
  };
  bool BindHead(const Grid& grid, const Anchor* anchors,
                const std::vector<devices::TensorInfo>& outputs);
  void ReadPlane(const float* plane, const Head& head, const Anchor& anchor,
                 DetectionList* list) const;

  Box box_ = Box::kV3;
  int classes_ = 0;
  std::vector<Head> heads_;
};

}  // namespace infer_server::video
