// SPDX-License-Identifier: Apache-2.0
// Stages that do next to nothing, to see what the core itself costs.
#pragma once

#include <memory>

#include "infer/loaded_model.h"
#include "infer/tensor_slots.h"
#include "infer_server.h"

namespace infer_server::test {

// Hands out batch tensors and writes nothing into them.
class IdlePreprocessor final : public ProcessorForkable<IdlePreprocessor> {
 public:
  IdlePreprocessor() : ProcessorForkable("IdlePreprocessor") {}
  Status Init() override {
    slots_ = std::make_unique<TensorSlots>(LoadedModel::From(GetParam<ModelPtr>("model_info")),
                                           TensorSlots::Side::kInputs);
    return Status::SUCCESS;
  }
  Status Process(PackagePtr package) override {
    auto slot = slots_->Acquire(package->data.size());
    if (!slot.ok()) return Status::ERROR_MEMORY;
    package->predict_io = std::move(slot).value();
    return Status::SUCCESS;
  }

 private:
  std::unique_ptr<TensorSlots> slots_;
};

class IdlePostprocessor final : public ProcessorForkable<IdlePostprocessor> {
 public:
  IdlePostprocessor() : ProcessorForkable("IdlePostprocessor") {}
  Status Init() override { return Status::SUCCESS; }
  Status Process(PackagePtr) override { return Status::SUCCESS; }
};

}  // namespace infer_server::test
