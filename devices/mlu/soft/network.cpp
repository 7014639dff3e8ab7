// SPDX-License-Identifier: Apache-2.0
#include "devices/mlu/soft/network.h"

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>

#include "devices/acl/soft/model_file.h"
#include "devices/acl/soft/onnx_inputs.h"
#include "devices/soft/network.h"

namespace infer_server::devices::mlu {
namespace {

using Dims = std::vector<int64_t>;

Status Unsupported(const std::string& why) { return Status(Code::kUnsupported, why); }

cnrtDataType_t TypeOf(DataType type) {
  switch (type) {
    case DataType::kUint8:
      return CNRT_UINT8;
    case DataType::kInt8:
      return CNRT_INT8;
    case DataType::kInt16:
      return CNRT_INT16;
    case DataType::kInt32:
      return CNRT_INT32;
    case DataType::kInt64:
      return CNRT_INT64;
    case DataType::kFloat16:
      return CNRT_FLOAT16;
    case DataType::kFloat32:
      return CNRT_FLOAT32;
    case DataType::kFloat64:
      return CNRT_FLOAT64;
    case DataType::kBool:
      return CNRT_BOOL;
  }
  return CNRT_INVALID;
}

Tensor Describe(const TensorInfo& info, int rows, bool nhwc) {
  Tensor tensor;
  tensor.name = info.name;
  tensor.type = TypeOf(info.type);
  tensor.element = SizeOf(info.type);
  tensor.item_bytes = info.ItemBytes();
  for (const int64_t dim : info.shape) tensor.dims.push_back(static_cast<int>(dim));
  if (!tensor.dims.empty()) tensor.dims[0] = rows;
  if (info.shape.size() != 4 || nhwc) return tensor;
  tensor.channels = static_cast<size_t>(info.shape[1]);
  tensor.pixels = static_cast<size_t>(info.shape[2] * info.shape[3]);
  std::rotate(tensor.dims.begin() + 1, tensor.dims.begin() + 2, tensor.dims.end());
  tensor.swapped = tensor.channels > 1 && tensor.pixels > 1;
  return tensor;
}

// The inputs' dimensions that the container says; rows of the largest profile first.
Result<std::vector<Dims>> ShapesOf(std::string_view onnx, acl::ModelProfiles* profiles) {
  if (!profiles->aipp.empty())
    return Unsupported("the container has AIPP, which is AscendCL's; make one without it");
  if (profiles->dynamic == acl::Dynamic::kImageSize || profiles->dynamic == acl::Dynamic::kDims)
    return Unsupported(
        "the container leaves sizes other than the batch open; make one of one size");
  if (profiles->inputs.empty()) return std::vector<Dims>{};
  INFER_RETURN_IF_ERROR(acl::OrderInputs(onnx, &profiles->inputs));
  std::vector<int64_t> largest;
  for (const std::vector<int64_t>& profile : profiles->profiles)
    largest = std::max(largest, profile);
  std::vector<Dims> shapes = acl::Settle(*profiles, largest);
  for (const Dims& shape : shapes)
    if (shape[0] != shapes[0][0] || shape[0] > 1024)
      return Status(Code::kInvalidArgument,
                    "inputs must begin with the same batch of at most 1024; there are " +
                        std::to_string(shapes[0][0]) + " and " + std::to_string(shape[0]));
  return shapes;
}

template <typename T>
void SwapAxes(const void* from, void* to, size_t rows, size_t outer, size_t inner) {
  const T* source = static_cast<const T*>(from);
  T* target = static_cast<T*>(to);
  for (size_t row = 0; row < rows; ++row, source += outer * inner, target += outer * inner)
    for (size_t o = 0; o < outer; ++o)
      for (size_t i = 0; i < inner; ++i) target[i * outer + o] = source[o * inner + i];
}

// rows × outer × inner elements become rows × inner × outer.
void SwapElements(size_t element, const void* from, void* to, size_t rows, size_t outer,
                  size_t inner) {
  switch (element) {
    case 1:
      return SwapAxes<uint8_t>(from, to, rows, outer, inner);
    case 2:
      return SwapAxes<uint16_t>(from, to, rows, outer, inner);
    case 4:
      return SwapAxes<uint32_t>(from, to, rows, outer, inner);
    default:
      return SwapAxes<uint64_t>(from, to, rows, outer, inner);
  }
}

}  // namespace

Result<std::shared_ptr<Network>> Network::Load(std::string_view bytes) {
  try {
    Result<acl::ModelFile> read = acl::ReadModelFile(bytes);
    if (!read.ok()) return read.status();
    acl::ModelFile file = std::move(read).value();
    Result<std::vector<Dims>> shapes = ShapesOf(file.onnx, &file.profiles);
    if (!shapes.ok()) return shapes.status();
    const int rows = shapes.value().empty() ? 0 : static_cast<int>(shapes.value()[0][0]);
    Result<std::shared_ptr<Model>> model =
        soft::LoadNetwork(file.onnx, file.profiles.engine, shapes.value(), rows);
    if (!model.ok()) return model.status();
    std::shared_ptr<Network> network(new Network);
    network->model_ = std::move(model).value();
    network->rows_ = rows == 0 ? network->model_->BatchSize() : rows;
    const std::string& format = file.profiles.format;
    for (const TensorInfo& info : network->model_->Inputs())
      network->inputs_.push_back(
          Describe(info, network->rows_,
                   format == "NHWC" || (format != "NCHW" && info.layout == Layout::kNHWC)));
    for (const TensorInfo& info : network->model_->Outputs())
      network->outputs_.push_back(Describe(info, network->rows_, info.layout == Layout::kNHWC));
    return network;
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "out of memory");
  }
}

Result<std::shared_ptr<Instance>> Instance::Create(std::shared_ptr<const Network> network) {
  try {
    Result<std::unique_ptr<Engine>> engine = network->model().NewEngine();
    if (!engine.ok()) return engine.status();
    std::shared_ptr<Instance> instance(new Instance);
    instance->engine_ = std::move(engine).value();
    const size_t rows = static_cast<size_t>(network->rows());
    for (const std::vector<Tensor>* tensors : {&network->inputs(), &network->outputs()})
      for (const Tensor& tensor : *tensors)
        instance->staged_.emplace_back(tensor.swapped ? rows * tensor.item_bytes : 0);
    instance->network_ = std::move(network);
    return instance;
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "out of memory");
  }
}

Status Instance::RunAlone(const std::vector<void*>& params, int rows) {
  const std::vector<Tensor>&inputs = network_->inputs(), &outputs = network_->outputs();
  const size_t count = static_cast<size_t>(rows);
  std::vector<const void*> from(inputs.size());
  std::vector<void*> to(outputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    from[i] = params[i];
    if (!inputs[i].swapped) continue;
    from[i] = staged_[i].data();
    SwapElements(inputs[i].element, params[i], staged_[i].data(), count, inputs[i].pixels,
                 inputs[i].channels);
  }
  for (size_t o = 0; o < outputs.size(); ++o)
    to[o] = outputs[o].swapped ? staged_[inputs.size() + o].data() : params[inputs.size() + o];
  INFER_RETURN_IF_ERROR(engine_->Run(from.data(), to.data(), rows));
  for (size_t o = 0; o < outputs.size(); ++o)
    if (outputs[o].swapped)
      SwapElements(outputs[o].element, to[o], params[inputs.size() + o], count, outputs[o].channels,
                   outputs[o].pixels);
  return Status();
}

Status Instance::Run(const std::vector<void*>& params, int rows) {
  {
    MutexLock lock(&mutex_);
    while (busy_) lock.Wait(&freed_);
    busy_ = true;
  }
  Status status;
  try {
    status = RunAlone(params, rows);
  } catch (const std::exception& error) {
    status = Status(Code::kDeviceError, error.what());
  }
  {
    MutexLock lock(&mutex_);
    busy_ = false;
  }
  freed_.notify_one();
  return status;
}

}  // namespace infer_server::devices::mlu
