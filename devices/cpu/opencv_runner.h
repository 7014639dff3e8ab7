// SPDX-License-Identifier: Apache-2.0
// One cv::dnn::Net with the buffers to run it on tensors in memory.
#pragma once

#include <cstddef>
#include <memory>
#include <opencv2/dnn/dnn.hpp>
#include <string>
#include <vector>

#include "devices/base/status.h"
#include "devices/tensor.h"

namespace infer_server::devices {

// What all nets of one model have in common.
struct NetPlan {
  std::string model;  // "model file 'a.onnx'", for messages.
  // Shapes begin with the batch, 1.
  std::vector<TensorInfo> inputs, outputs;
  // Per input: true when the network's own shape has no batch and lacks that leading 1.
  std::vector<bool> bare;
  int rows_per_run = 1;  // Items given to the network together; 1 if any input is bare.
  // Always run with exactly rows_per_run: missing rows repeat the last one.
  bool pad = false;
};

// Not thread-safe. Allocates nothing of its own per call once it has seen each number of rows.
class NetRunner {
 public:
  NetRunner(cv::dnn::Net net, std::shared_ptr<const NetPlan> plan);

  // Any number of rows ≥ 1, plan.rows_per_run at a time. Fails with kDeviceError.
  Status Run(const void* const* inputs, void* const* outputs, int rows);

  // Runs the net once on rows_per_run items of zeros. raw() then has the results as OpenCV shapes
  // them; of plan.outputs only the names are used.
  Status DryRun();
  const std::vector<cv::Mat>& raw() const { return raw_; }

 private:
  // Makes input `i` of `run_rows` rows out of `rows` rows at `data`.
  const cv::Mat& Input(std::size_t i, const char* data, int rows, int run_rows);
  Status Forward(const void* const* inputs, int first, int rows, int run_rows);
  Status CopyOut(void* const* outputs, int first, int rows, int run_rows);

  cv::dnn::Net net_;
  const std::shared_ptr<const NetPlan> plan_;
  std::vector<cv::String> input_names_, output_names_;
  // headers_[i][rows - 1]: input i for so many rows; where its data lies is set per call.
  std::vector<std::vector<cv::Mat>> headers_;
  std::vector<std::vector<float>> staging_;  // Of inputs that are converted or padded.
  std::vector<cv::Mat> raw_;
};

}  // namespace infer_server::devices
