// SPDX-License-Identifier: Apache-2.0
#include "devices/soft/network.h"

#include <algorithm>

#include "devices/runtime.h"

namespace infer_server::devices::soft {
namespace {

using Dims = std::vector<int64_t>;

bool SameItems(const std::vector<TensorInfo>& tensors, const std::vector<Dims>& dims) {
  bool same = tensors.size() == dims.size();
  for (size_t i = 0; same && i < dims.size(); ++i)
    same = tensors[i].shape.size() == dims[i].size() &&
           std::equal(dims[i].begin() + 1, dims[i].end(), tensors[i].shape.begin() + 1);
  return same;
}

// "3x224x224;4" for dimensions that begin with the batch.
std::string EngineInputs(const std::vector<Dims>& dims) {
  std::string text = "opencv:inputs=";
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) text += ";";
    for (size_t d = 1; d < dims[i].size(); ++d)
      text += (d > 1 ? "x" : "") + std::to_string(dims[i][d]);
  }
  return text;
}

}  // namespace

Result<std::shared_ptr<Model>> LoadNetwork(std::string_view onnx, const std::string& engine,
                                           const std::vector<Dims>& dims, int rows) {
  Result<std::shared_ptr<Device>> device = OpenDevice({"cpu", 0});
  if (!device.ok()) return device.status();
  ModelSource source;
  source.data = onnx.data();
  source.size = onnx.size();
  ModelOptions options;
  options.engine = engine;
  options.batch_size = rows;
  Result<std::shared_ptr<Model>> model = device.value()->LoadModel(source, options);
  if (dims.empty() || (model.ok() && SameItems(model.value()->Inputs(), dims))) return model;
  if (engine == "auto" || engine == "opencv") {
    options.engine = EngineInputs(dims);
    return device.value()->LoadModel(source, options);
  }
  if (!model.ok()) return model;
  return Status(Code::kInvalidArgument, "the engine '" + engine + "' has " +
                                            ToString(model.value()->Inputs()) +
                                            ", which is not what the model is to be loaded with");
}

}  // namespace infer_server::devices::soft
