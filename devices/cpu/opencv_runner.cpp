// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/opencv_runner.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "devices/convert_elements.h"
#include "devices/cpu/opencv_net.h"

namespace infer_server::devices {
namespace {

// The header of a float matrix without data.
cv::Mat Header(const TensorInfo& tensor, bool bare, int rows) {
  std::vector<int> sizes;
  if (!bare) sizes.push_back(rows);
  for (std::size_t d = 1; d < tensor.shape.size(); ++d)
    sizes.push_back(static_cast<int>(tensor.shape[d]));
  static float nothing = 0;
  return cv::Mat(static_cast<int>(sizes.size()), sizes.data(), CV_32F, &nothing);
}

void PointTo(const void* data, std::size_t bytes, cv::Mat* header) {
  // The network copies its input and never writes to it.
  header->data = static_cast<unsigned char*>(const_cast<void*>(data));
  header->datastart = header->data;
  header->dataend = header->datalimit = header->data + bytes;
}

std::size_t Times(std::size_t a, int b) { return a * static_cast<std::size_t>(b); }

}  // namespace

NetRunner::NetRunner(cv::dnn::Net net, std::shared_ptr<const NetPlan> plan)
    : net_(std::move(net)),
      plan_(std::move(plan)),
      headers_(plan_->inputs.size()),
      staging_(plan_->inputs.size()) {
  for (const TensorInfo& input : plan_->inputs) input_names_.emplace_back(input.name);
  for (const TensorInfo& output : plan_->outputs) output_names_.emplace_back(output.name);
  for (auto& headers : headers_) headers.resize(static_cast<std::size_t>(plan_->rows_per_run));
}

Status NetRunner::Run(const void* const* inputs, void* const* outputs, int rows) {
  for (int first = 0; first < rows; first += plan_->rows_per_run) {
    const int now = std::min(rows - first, plan_->rows_per_run);
    const int run_rows = plan_->pad ? plan_->rows_per_run : now;
    INFER_RETURN_IF_ERROR(Forward(inputs, first, now, run_rows));
    INFER_RETURN_IF_ERROR(CopyOut(outputs, first, now, run_rows));
  }
  return Status();
}

Status NetRunner::DryRun() {
  std::vector<std::vector<char>> zeros;
  std::vector<const void*> inputs;
  for (const TensorInfo& input : plan_->inputs) {
    zeros.emplace_back(Times(input.ItemBytes(), plan_->rows_per_run));
    inputs.push_back(zeros.back().data());
  }
  return Forward(inputs.data(), 0, plan_->rows_per_run, plan_->rows_per_run);
}

const cv::Mat& NetRunner::Input(std::size_t i, const char* data, int rows, int run_rows) {
  const TensorInfo& tensor = plan_->inputs[i];
  cv::Mat& header = headers_[i][static_cast<std::size_t>(run_rows - 1)];
  if (header.empty()) header = Header(tensor, plan_->bare[i], run_rows);
  const std::size_t item = tensor.ItemElements();
  if (tensor.type == DataType::kFloat32 && rows == run_rows) {
    PointTo(data, Times(item * sizeof(float), rows), &header);
    return header;
  }
  std::vector<float>& staged = staging_[i];
  staged.resize(std::max(staged.size(), Times(item, run_rows)));
  ToFloat(data, tensor.type, Times(item, rows), staged.data());
  for (int row = rows; row < run_rows; ++row)
    std::memcpy(&staged[Times(item, row)], &staged[Times(item, rows - 1)], item * sizeof(float));
  PointTo(staged.data(), Times(item * sizeof(float), run_rows), &header);
  return header;
}

Status NetRunner::Forward(const void* const* inputs, int first, int rows, int run_rows) {
  try {
    for (std::size_t i = 0; i < input_names_.size(); ++i) {
      const char* data =
          static_cast<const char*>(inputs[i]) + Times(plan_->inputs[i].ItemBytes(), first);
      net_.setInput(Input(i, data, rows, run_rows), input_names_[i]);
    }
    net_.forward(raw_, output_names_);
  } catch (const std::exception& e) {
    const Status status = FromException(e, OpencvName() + " cannot run the " + plan_->model);
    return Status(status.code() == Code::kOutOfMemory ? status.code() : Code::kDeviceError,
                  status.message());
  }
  if (raw_.size() != output_names_.size())
    return Status(Code::kDeviceError, OpencvName() + " gave " + std::to_string(raw_.size()) +
                                          " outputs of the " + plan_->model + "; expected " +
                                          std::to_string(output_names_.size()));
  return Status();
}

Status NetRunner::CopyOut(void* const* outputs, int first, int rows, int run_rows) {
  for (std::size_t i = 0; i < raw_.size(); ++i) {
    const TensorInfo& tensor = plan_->outputs[i];
    const std::size_t item = tensor.ItemElements();
    cv::Mat& made = raw_[i];
    if (made.depth() != CV_32F) made.convertTo(made, CV_32F);
    if (!made.isContinuous()) made = made.clone();
    const std::size_t total = made.total() * static_cast<std::size_t>(made.channels());
    // Detections of an SSD are as many as there are; the tensor has room for the most.
    const bool shorter = run_rows == 1 && total < item;
    if (total != Times(item, run_rows) && !shorter)
      return Status(Code::kDeviceError, "output '" + tensor.name + "' of the " + plan_->model +
                                            " has " + std::to_string(total) + " elements for " +
                                            std::to_string(run_rows) + " items; expected " +
                                            std::to_string(Times(item, run_rows)));
    char* to = static_cast<char*>(outputs[i]) + Times(tensor.ItemBytes(), first);
    const std::size_t count = shorter ? total : Times(item, rows);
    if (count > 0) FromFloat(made.ptr<float>(), count, tensor.type, to);
    if (shorter)
      std::memset(to + count * SizeOf(tensor.type), 0, (item - count) * SizeOf(tensor.type));
  }
  return Status();
}

}  // namespace infer_server::devices
