// SPDX-License-Identifier: Apache-2.0
// The ModelInfo that LoadModel() returns: a devices::Model and where it came from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "devices/base/export.h"
#include "devices/device.h"
#include "devices/runtime.h"
#include "infer_server.h"

namespace infer_server {

// Immutable; thread-safe.
class INFER_API LoadedModel final : public ModelInfo {
 public:
  struct Source {
    devices::DeviceName device_name;
    std::shared_ptr<devices::Device> device;
    std::string path;      // Of the file; "memory" for a model from memory.
    std::string function;  // "subnet0"
    std::string key;       // What GetKey() returns: path or digest, and function.
  };
  LoadedModel(std::shared_ptr<devices::Model> model, Source source);

  // Null when `model` is null or was not made by LoadModel().
  static std::shared_ptr<LoadedModel> From(const ModelPtr& model);

  devices::Model& model() const { return *model_; }
  const std::shared_ptr<devices::Device>& device() const { return source_.device; }
  const devices::DeviceName& device_name() const { return source_.device_name; }
  // Tensors of one item: dimension 0 is 1.
  const std::vector<devices::TensorInfo>& inputs() const { return model_->Inputs(); }
  const std::vector<devices::TensorInfo>& outputs() const { return model_->Outputs(); }

  const Shape& InputShape(int index) const noexcept override { return At(inputs_, index).shape; }
  const Shape& OutputShape(int index) const noexcept override { return At(outputs_, index).shape; }
  const DataLayout& InputLayout(int index) const noexcept override {
    return At(inputs_, index).layout;
  }
  const DataLayout& OutputLayout(int index) const noexcept override {
    return At(outputs_, index).layout;
  }
  std::uint32_t InputNum() const noexcept override {
    return static_cast<std::uint32_t>(inputs_.size());
  }
  std::uint32_t OutputNum() const noexcept override {
    return static_cast<std::uint32_t>(outputs_.size());
  }
  std::uint32_t BatchSize() const noexcept override {
    return static_cast<std::uint32_t>(model_->BatchSize());
  }
  std::string GetKey() const noexcept override { return source_.key; }
  const std::string& Path() const noexcept override { return source_.path; }
  const std::string& FunctionName() const noexcept override { return source_.function; }
  std::vector<Buffer> AllocMluInput(int device_id) const noexcept override {
    return Allocate(inputs_, device_id);
  }
  std::vector<Buffer> AllocMluOutput(int device_id) const noexcept override {
    return Allocate(outputs_, device_id);
  }

 private:
  struct Tensor {
    Shape shape;
    DataLayout layout;
  };
  static std::vector<Tensor> Describe(const std::vector<devices::TensorInfo>& infos, int batch);
  std::vector<Buffer> Allocate(const std::vector<Tensor>& tensors, int device_id) const noexcept;
  // An index out of range gets an empty shape and an invalid layout.
  static const Tensor& At(const std::vector<Tensor>& tensors, int index) noexcept;

  const std::shared_ptr<devices::Model> model_;
  const Source source_;
  const std::vector<Tensor> inputs_, outputs_;
};

}  // namespace infer_server
