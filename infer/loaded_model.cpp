// SPDX-License-Identifier: Apache-2.0
#include "infer/loaded_model.h"

#include <utility>

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

const LoadedModel::Tensor& LoadedModel::At(const std::vector<Tensor>& tensors, int index) noexcept {
  static const auto* const none = new Tensor{Shape(), {DataType::INVALID, DimOrder::INVALID}};
  const auto i = static_cast<std::size_t>(index);
  return index < 0 || i >= tensors.size() ? *none : tensors[i];
}

}  // namespace infer_server
