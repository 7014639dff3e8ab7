// SPDX-License-Identifier: Apache-2.0
#include "infer/loaded_model.h"

#include <exception>
#include <utility>

#include "devices/base/log.h"
#include "infer/buffer_access.h"
#include "infer/layout.h"

namespace infer_server {

LoadedModel::LoadedModel(std::shared_ptr<devices::Model> model, Source source)
    : model_(std::move(model)),
      source_(std::move(source)),
      inputs_(Describe(model_->Inputs(), model_->BatchSize())),
      outputs_(Describe(model_->Outputs(), model_->BatchSize())) {}

std::shared_ptr<LoadedModel> LoadedModel::From(const ModelPtr& model) {
  return std::dynamic_pointer_cast<LoadedModel>(model);
}

std::vector<LoadedModel::Tensor> LoadedModel::Describe(
    const std::vector<devices::TensorInfo>& infos, int batch) {
  std::vector<Tensor> tensors;
  for (const devices::TensorInfo& info : infos) {
    Tensor tensor{Shape(info.shape), {ToPublic(info.type), ToPublic(info.layout)}};
    if (!tensor.shape.Empty()) tensor.shape[0] = batch;
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

std::vector<Buffer> LoadedModel::Allocate(const std::vector<Tensor>& tensors,
                                          int device_id) const noexcept {
  const auto failed = [&](const std::string& why) {
    INFER_LOG(kError, "model", "buffers for model '" + source_.path + "': " + why);
    return std::vector<Buffer>();
  };
  try {
    const auto device = devices::OpenDevice({source_.device_name.runtime, device_id});
    if (!device.ok()) return failed(device.status().message());
    std::vector<Buffer> buffers;
    for (const Tensor& tensor : tensors) {
      const auto elements = static_cast<std::size_t>(tensor.shape.BatchDataCount());
      auto memory = device.value()->Allocate(elements * GetTypeSize(tensor.layout.dtype),
                                             devices::MemoryKind::kDevice);
      if (!memory.ok()) return failed(memory.status().message());
      buffers.push_back(
          BufferAccess::Wrap(std::move(memory).value(), device.value(), device_id, false));
    }
    return buffers;
  } catch (const std::exception& e) {
    return failed(e.what());
  }
}

const LoadedModel::Tensor& LoadedModel::At(const std::vector<Tensor>& tensors, int index) noexcept {
  static const auto* const none = new Tensor{Shape(), {DataType::INVALID, DimOrder::INVALID}};
  const auto i = static_cast<std::size_t>(index);
  return index < 0 || i >= tensors.size() ? *none : tensors[i];
}

}  // namespace infer_server
