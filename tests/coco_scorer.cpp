// SPDX-License-Identifier: Apache-2.0
#include "tests/coco_scorer.h"

#include <algorithm>
#include <fstream>
#include <set>

namespace infer_server {
namespace {

// For each detection, best first: did it find a true box that was still free?
std::vector<bool> Match(const std::vector<ScoredBox>& truth, const std::vector<ScoredBox>& found,
                        double least_iou) {
  std::vector<bool> taken(truth.size(), false), hits;
  for (const ScoredBox& detection : found) {
    int best = -1;
    double best_iou = least_iou;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      if (taken[i] || truth[i].image != detection.image) continue;
      const double iou = static_cast<double>(video::Iou(truth[i].box, detection.box));
      if (iou < best_iou) continue;
      best_iou = iou;
      best = static_cast<int>(i);
    }
    if (best >= 0) taken[static_cast<std::size_t>(best)] = true;
    hits.push_back(best >= 0);
  }
  return hits;
}

double AveragePrecision(const std::vector<bool>& hits, std::size_t truths) {
  std::vector<double> recall, precision;
  int right = 0;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    right += hits[i] ? 1 : 0;
    recall.push_back(static_cast<double>(right) / static_cast<double>(truths));
    precision.push_back(static_cast<double>(right) / static_cast<double>(i + 1));
  }
  for (std::size_t i = precision.size(); i-- > 1;)
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  double sum = 0;
  for (int step = 0; step <= 100; ++step) {
    const auto at = std::lower_bound(recall.begin(), recall.end(), step / 100.0);
    if (at != recall.end()) sum += precision[static_cast<std::size_t>(at - recall.begin())];
  }
  return sum / 101;
}

std::vector<ScoredBox> OfClass(const std::vector<ScoredBox>& boxes, int label) {
  std::vector<ScoredBox> some;
  std::copy_if(boxes.begin(), boxes.end(), std::back_inserter(some),
               [label](const ScoredBox& box) { return box.label == label; });
  return some;
}

}  // namespace

MeanPrecision ScoreDetections(const std::vector<ScoredBox>& truth,
                              const std::vector<ScoredBox>& found) {
  std::set<int> labels;
  for (const ScoredBox& box : truth) labels.insert(box.label);
  MeanPrecision mean;
  for (const int label : labels) {
    const std::vector<ScoredBox> wanted = OfClass(truth, label);
    std::vector<ScoredBox> got = OfClass(found, label);
    std::stable_sort(got.begin(), got.end(),
                     [](const ScoredBox& a, const ScoredBox& b) { return a.score > b.score; });
    for (int step = 0; step < 10; ++step) {
      const double precision =
          AveragePrecision(Match(wanted, got, 0.5 + 0.05 * step), wanted.size());
      if (step == 0) mean.map50 += precision;
      mean.map50_95 += precision / 10;
    }
  }
  const double classes = std::max<double>(1, static_cast<double>(labels.size()));
  mean.map50 /= classes;
  mean.map50_95 /= classes;
  return mean;
}

std::vector<ScoredBox> ReadYoloLabels(const std::string& path, int image, int width, int height) {
  std::vector<ScoredBox> boxes;
  std::ifstream file(path);
  int label = 0;
  float cx = 0, cy = 0, w = 0, h = 0;
  while (file >> label >> cx >> cy >> w >> h) {
    const auto x = static_cast<float>(width), y = static_cast<float>(height);
    boxes.push_back({image, label, 0, {(cx - w / 2) * x, (cy - h / 2) * y, w * x, h * y}});
  }
  return boxes;
}

}  // namespace infer_server
