// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/net_plan.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "devices/cpu/image_layout.h"
#include "devices/cpu/opencv_net.h"

namespace infer_server::devices {
namespace {

constexpr std::size_t kMostDims = 8;
constexpr std::int64_t kMostDim = (std::int64_t{1} << 31) - 1;
constexpr std::size_t kMostElements = std::size_t{1} << 28;  // Of one item: 1 GiB of floats.

using Shape = std::vector<std::int64_t>;

std::string ShapeText(const Shape& shape) {
  std::string text;
  for (const std::int64_t dim : shape)
    text += (text.empty() ? "" : ",") + (dim == kOpenDim ? "?" : std::to_string(dim));
  return "[" + text + "]";
}

std::size_t Product(const Shape& shape) {
  std::size_t product = 1;
  for (const std::int64_t dim : shape) product *= static_cast<std::size_t>(dim);
  return product;
}

Shape ShapeOf(const cv::Mat& mat) {
  Shape shape;
  for (int d = 0; d < mat.dims; ++d) shape.push_back(mat.size[d]);
  return shape;
}

// K when every input has at least two dimensions and begins with the same K > 1; else 1.
int CommonBatch(const NetGraph& graph) {
  const Shape& first = graph.inputs.front().shape;
  for (const NetTensor& input : graph.inputs)
    if (input.shape.size() < 2 || input.shape[0] != first[0]) return 1;
  return first[0] > 1 && first[0] <= 1024 ? static_cast<int>(first[0]) : 1;
}

Status CheckInput(const std::string& model, const NetTensor& input) {
  const std::string what =
      "input '" + input.name + "' " + ShapeText(input.shape) + " of the " + model;
  if (input.type == DataType::kFloat16)
    return Status(Code::kUnsupported, what + " is of 16-bit floats, which " + OpencvName() +
                                          " cannot take; give the 32-bit version of the network");
  for (std::size_t d = 1; d < input.shape.size(); ++d)
    if (input.shape[d] == kOpenDim)
      return Status(Code::kUnsupported,
                    what +
                        " leaves sizes open; say them, for one item and without the batch: "
                        "engine=opencv:inputs=3x480x640");
  if (input.shape.size() > kMostDims)
    return Status(Code::kInvalidArgument,
                  what + " has too many dimensions; expected at most " + std::to_string(kMostDims));
  Shape known = input.shape;
  if (!known.empty() && known[0] == kOpenDim) known[0] = 1;
  const Result<std::size_t> count = ElementCount(known);
  if (!count.ok() || count.value() > kMostElements)
    return Status(Code::kInvalidArgument, what + " is too large; expected at most " +
                                              std::to_string(kMostElements) + " elements");
  return Status();
}

// `batch` = 1 or the file's fixed one.
void PlanInputs(const NetGraph& graph, int batch, NetPlan* plan) {
  plan->inputs.clear();
  plan->bare.clear();
  for (const NetTensor& input : graph.inputs) {
    TensorInfo info;
    info.name = input.name;
    info.type = input.type;
    info.shape = input.shape;
    const bool bare = info.shape.empty() ||
                      (info.shape[0] != kOpenDim && info.shape[0] != 1 && info.shape[0] != batch);
    if (bare) {
      info.shape.insert(info.shape.begin(), 1);
    } else {
      info.shape[0] = 1;
    }
    info.layout = ImageLayout(info.shape);
    plan->inputs.push_back(std::move(info));
    plan->bare.push_back(bare);
  }
  plan->rows_per_run = batch;
  plan->pad = batch > 1;
}

std::vector<NetTensor> OutputsOf(const NetGraph& graph, const cv::dnn::Net& net) {
  if (!graph.outputs.empty()) return graph.outputs;
  std::vector<NetTensor> outputs;
  for (const cv::String& name : net.getUnconnectedOutLayersNames()) {
    outputs.emplace_back();
    outputs.back().name = name;
  }
  return outputs;
}

// The shape of one item of an output, or nothing when it does not begin with `batch`.
Shape ItemShape(const NetTensor& declared, Shape made, int batch) {
  // OpenCV has no vectors, only matrices of one row or column: the file knows better.
  const bool known = std::none_of(declared.shape.begin(), declared.shape.end(),
                                  [](std::int64_t dim) { return dim < 0 || dim > kMostDim; });
  if (!declared.shape.empty() && known && declared.shape.size() <= kMostDims &&
      ElementCount(declared.shape).ok() && Product(declared.shape) == Product(made))
    made = declared.shape;
  if (!made.empty() && made[0] == batch) {
    made[0] = 1;
  } else if (batch == 1) {
    made.insert(made.begin(), 1);
  } else {
    made.clear();
  }
  return made;
}

// The most that layers give whose results vary with the input (Caffe's DetectionOutput).
Shape LargestShape(const cv::dnn::Net& net, const std::string& layer, const NetPlan& plan) {
  std::vector<cv::dnn::MatShape> inputs, in, out;
  for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
    const Shape& shape = plan.inputs[i].shape;
    inputs.emplace_back(shape.begin() + (plan.bare[i] ? 1 : 0), shape.end());
  }
  cv::dnn::Net handle = net;
  const int id = handle.getLayerId(layer);
  if (id < 0 || handle.getLayer(id)->type != "DetectionOutput") return {};
  handle.getLayerShapes(inputs, id, in, out);
  return out.empty() ? Shape() : Shape(out[0].begin(), out[0].end());
}

// False when the outputs do not begin with the batch of `plan`.
Result<bool> PlanOutputs(const NetGraph& graph, const cv::dnn::Net& net, NetPlan* plan) {
  const std::vector<NetTensor> outputs = OutputsOf(graph, net);
  plan->outputs.clear();
  for (const NetTensor& output : outputs) {
    plan->outputs.emplace_back();
    plan->outputs.back().name = output.name;
    plan->outputs.back().type = output.type;
    if (output.type == DataType::kFloat16)
      return Status(Code::kUnsupported, "output '" + output.name + "' of the " + plan->model +
                                            " is of 16-bit floats, which " + OpencvName() +
                                            " cannot give");
  }
  NetRunner runner(net, std::make_shared<const NetPlan>(*plan));
  Status status = runner.DryRun();
  if (!status.ok())
    return Status(status.code() == Code::kDeviceError ? Code::kUnsupported : status.code(),
                  status.message());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Shape made = ShapeOf(runner.raw()[i]);
    const Shape most = LargestShape(net, outputs[i].name, *plan);
    if (!most.empty() && Product(most) > Product(made)) made = most;
    TensorInfo& info = plan->outputs[i];
    info.shape = ItemShape(outputs[i], std::move(made), plan->rows_per_run);
    if (info.shape.empty()) return false;
    info.layout = Layout::kAny;
  }
  return true;
}

// One tensor of SetInputShapes(): "3x480x640".
bool ParseDims(std::string_view text, Shape* dims) {
  while (true) {
    const std::size_t x = text.find('x');
    const std::string_view part = text.substr(0, x);
    std::int32_t dim = 0;
    const auto parsed = std::from_chars(part.data(), part.data() + part.size(), dim);
    if (parsed.ec != std::errc() || parsed.ptr != part.data() + part.size() || dim < 1)
      return false;
    dims->push_back(dim);
    if (x == std::string_view::npos) return true;
    text.remove_prefix(x + 1);
  }
}

}  // namespace

Status SetInputShapes(const std::string& text, NetGraph* graph) {
  std::vector<Shape> shapes(1);
  std::string_view rest = text;
  bool good = true;
  while (good) {
    const std::size_t end = rest.find(';');
    good = ParseDims(rest.substr(0, end), &shapes.back());
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
    shapes.emplace_back();
  }
  good = good && shapes.size() == graph->inputs.size();
  for (std::size_t i = 0; good && i < shapes.size(); ++i)
    good = shapes[i].size() + 1 == graph->inputs[i].shape.size();
  if (!good) {
    std::string inputs;
    for (const NetTensor& input : graph->inputs)
      inputs += (inputs.empty() ? "" : ", ") + input.name + " " + ShapeText(input.shape);
    return Status(Code::kInvalidArgument,
                  "engine 'opencv': inputs='" + text +
                      "'; expected DIMxDIM for each input, without the batch, separated by ';'. "
                      "The network has: " +
                      inputs);
  }
  for (std::size_t i = 0; i < shapes.size(); ++i)
    std::copy(shapes[i].begin(), shapes[i].end(), graph->inputs[i].shape.begin() + 1);
  return Status();
}

Result<NetPlan> PlanNet(const std::string& model, const NetGraph& graph, const cv::dnn::Net& net) {
  const QuietOpencv quiet;
  for (const NetTensor& input : graph.inputs) INFER_RETURN_IF_ERROR(CheckInput(model, input));
  NetPlan plan;
  plan.model = model;
  try {
    const int batch = CommonBatch(graph);
    PlanInputs(graph, batch, &plan);
    Result<bool> planned = PlanOutputs(graph, net, &plan);
    if (planned.ok() && !planned.value()) {
      PlanInputs(graph, 1, &plan);
      planned = PlanOutputs(graph, net, &plan);
    }
    if (!planned.ok()) return planned.status();
  } catch (const std::exception& e) {
    return FromException(e, OpencvName() + " cannot run the " + model);
  }
  return plan;
}

}  // namespace infer_server::devices
