// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/batch_probe.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/dnn/all_layers.hpp>
#include <random>
#include <utility>
#include <vector>

#include "devices/convert_elements.h"
#include "devices/cpu/opencv_net.h"

namespace infer_server::devices {
namespace {

constexpr int kMostTried = 4;
constexpr float kRelative = 1e-3f;      // Of the element,
constexpr float kOfTheLargest = 1e-5f;  // plus this part of the tensor's largest.

using Tensors = std::vector<std::vector<char>>;

// The first layer that gives its result a fixed batch, or "".
std::string LayerWithBatch(const cv::dnn::Net& net) {
  // These calls are not const in OpenCV; the handle is a shared pointer.
  cv::dnn::Net handle = net;
  for (const cv::String& name : handle.getLayerNames()) {
    const auto layer =
        handle.getLayer(handle.getLayerId(name)).dynamicCast<cv::dnn::ReshapeLayer>();
    if (layer != nullptr && layer->newShapeRange.start == 0 && !layer->newShapeDesc.empty() &&
        layer->newShapeDesc[0] > 0)
      return name.substr(name.find('!') + 1);  // Without OpenCV's "onnx_node!".
  }
  return "";
}

Tensors Allocate(const std::vector<TensorInfo>& tensors, int rows) {
  Tensors made;
  for (const TensorInfo& tensor : tensors)
    made.emplace_back(tensor.ItemBytes() * static_cast<std::size_t>(rows));
  return made;
}

template <typename Pointer>
std::vector<Pointer> At(Tensors* tensors, const std::vector<TensorInfo>& infos, int row) {
  std::vector<Pointer> pointers;
  for (std::size_t i = 0; i < infos.size(); ++i)
    pointers.push_back((*tensors)[i].data() + infos[i].ItemBytes() * static_cast<std::size_t>(row));
  return pointers;
}

// Items as unlike as an empty and a bright picture, whether the network wants 0..1 or 0..255.
void Fill(const std::vector<TensorInfo>& infos, int rows, Tensors* inputs) {
  std::mt19937 random(1);
  for (std::size_t i = 0; i < infos.size(); ++i) {
    const std::size_t count = infos[i].ItemElements();
    std::vector<float> item(count);
    for (int row = 0; row < rows; ++row) {
      const float high = row % 2 == 0 ? 1.0f : 100.0f * static_cast<float>(1 + row % 3);
      for (float& value : item) value = high * static_cast<float>(random() >> 8) / (1 << 24);
      FromFloat(item.data(), count, infos[i].type,
                (*inputs)[i].data() + infos[i].ItemBytes() * static_cast<std::size_t>(row));
    }
  }
}

bool Same(const std::vector<char>& a, const std::vector<char>& b, const TensorInfo& info,
          int rows) {
  const std::size_t count = info.ItemElements() * static_cast<std::size_t>(rows);
  std::vector<float> x(count), y(count);
  ToFloat(a.data(), info.type, count, x.data());
  ToFloat(b.data(), info.type, count, y.data());
  float largest = 0;
  for (const float value : x)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < count; ++i) {
    const float allowed = kRelative * std::abs(x[i]) + kOfTheLargest * largest;
    if (std::isnan(x[i]) && std::isnan(y[i])) continue;
    if (x[i] != y[i] && !(std::abs(x[i] - y[i]) <= allowed)) return false;
  }
  return true;
}

// True when no output tells the items apart: then right and wrong cannot be told apart either.
bool AllItemsAlike(const Tensors& outputs, const std::vector<TensorInfo>& infos, int rows) {
  for (std::size_t i = 0; i < infos.size(); ++i) {
    const std::size_t bytes = infos[i].ItemBytes();
    for (int row = 1; row < rows; ++row)
      if (std::memcmp(outputs[i].data(), outputs[i].data() + bytes * static_cast<std::size_t>(row),
                      bytes) != 0)
        return false;
  }
  return true;
}

}  // namespace

BatchVerdict ProbeBatch(const cv::dnn::Net& net, const NetPlan& plan, int rows) {
  BatchVerdict verdict;
  const std::string layer = LayerWithBatch(net);
  if (!layer.empty()) {
    verdict.why_not = "the network's layer '" + layer + "' has the batch built in";
    return verdict;
  }
  const int tried = std::min(rows, kMostTried);
  const std::string together = " for " + std::to_string(tried) + " items together";
  Tensors inputs = Allocate(plan.inputs, tried), single = Allocate(plan.outputs, tried),
          batched = Allocate(plan.outputs, tried);
  Fill(plan.inputs, tried, &inputs);
  const auto all_inputs = At<const void*>(&inputs, plan.inputs, 0);

  NetRunner one(net, std::make_shared<const NetPlan>(plan));
  NetPlan many_plan = plan;
  many_plan.rows_per_run = tried;
  NetRunner many(net, std::make_shared<const NetPlan>(std::move(many_plan)));
  const QuietOpencv quiet;
  Status status = one.Run(all_inputs.data(), At<void*>(&single, plan.outputs, 0).data(), tried);
  if (status.ok()) {
    status = many.Run(all_inputs.data(), At<void*>(&batched, plan.outputs, 0).data(), tried);
  }
  bool same = status.ok();
  for (std::size_t i = 0; same && i < plan.outputs.size(); ++i)
    same = Same(single[i], batched[i], plan.outputs[i], tried);
  if (!status.ok()) {
    verdict.spoiled = true;
    verdict.why_not = OpencvName() + " fails" + together;
  } else if (!same) {
    verdict.why_not = OpencvName() + " gives other results" + together + " than for one";
  } else if (AllItemsAlike(single, plan.outputs, tried)) {
    verdict.why_not =
        "its results are the same for every input tried, so that nothing shows "
        "whether they are right for several items together";
  } else {
    verdict.together = true;
  }
  return verdict;
}

}  // namespace infer_server::devices
