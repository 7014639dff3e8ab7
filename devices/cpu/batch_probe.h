// SPDX-License-Identifier: Apache-2.0
// Finds out whether a network computes several items together as it computes them one by one.
// OpenCV DNN given more items than its file was made for may fail, or return wrong numbers without
// a word.
#pragma once

#include <memory>
#include <opencv2/dnn/dnn.hpp>
#include <string>

#include "devices/cpu/opencv_runner.h"

namespace infer_server::devices {

struct BatchVerdict {
  bool together = false;
  bool spoiled = false;  // The net failed in the middle of a call: do not use it again.
  std::string why_not;  // "OpenCV DNN 4.6.0 gives other results for 4 items together than for one".
};

// `plan` runs one item at a time. First looks for layers that have the batch built in: these need
// no try, and in some networks a try divides by zero inside OpenCV 4.6, which ends the process.
// Then runs min(rows, 4) random items one by one and together, 8 calls at most, and compares.
BatchVerdict ProbeBatch(const cv::dnn::Net& net, const NetPlan& plan, int rows);

}  // namespace infer_server::devices
