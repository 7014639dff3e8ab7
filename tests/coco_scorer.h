// SPDX-License-Identifier: Apache-2.0
// Mean average precision as COCO counts it, without its rules for crowds, areas and most
// detections.
#pragma once

#include <string>
#include <vector>

#include "video/placement.h"

namespace infer_server {

struct ScoredBox {
  int image = 0, label = 0;
  float score = 0;  // Of a true box: not used.
  video::Rect box;
};

struct MeanPrecision {
  double map50 = 0;     // At IoU 0.50.
  double map50_95 = 0;  // Mean over IoU 0.50, 0.55, ... 0.95.
};

// For each class that `truth` has: detections, best first, take the free true box of their image
// that they overlap most, if by at least the IoU; precision is read at 101 recalls. Mean over
// classes.
MeanPrecision ScoreDetections(const std::vector<ScoredBox>& truth,
                              const std::vector<ScoredBox>& found);

// Reads one file of YOLO labels, lines of "class cx cy w h" as parts of a width × height picture.
std::vector<ScoredBox> ReadYoloLabels(const std::string& path, int image, int width, int height);

}  // namespace infer_server
