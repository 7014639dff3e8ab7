// SPDX-License-Identifier: Apache-2.0
// Batch tensors of a stage, used again and again.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "devices/base/export.h"
#include "infer/loaded_model.h"
#include "processor.h"

namespace infer_server {

// The tensors that a preprocessor writes (kInputs) or the predictor (kOutputs), for a whole batch,
// in memory of the device, or of the host from and to which the device copies. Three sets, one for
// each batch in an engine, allocated when first used. A set is used again once nobody has its
// ModelIO nor any of its buffers; if somebody keeps them, they are his, and new ones are allocated:
// keeping results stalls nobody. Not thread-safe: one processor has one.
class INFER_API TensorSlots {
 public:
  enum class Side { kInputs, kOutputs };
  enum class Place { kDevice, kHost };

  TensorSlots(std::shared_ptr<LoadedModel> model, Side side, Place place = Place::kDevice);
  // Where the host can read and write what it has to: on the device if it can, else beside it.
  static Place HostPlace(const LoadedModel& model);

  // An InferData that holds a ModelIO: buffers for BatchSize() items each, shapes with `rows` as
  // dimension 0. What the buffers hold is left over. Fails with kInvalidArgument unless 1 ≤ rows ≤
  // BatchSize(), with kOutOfMemory.
  devices::Result<InferDataPtr> Acquire(std::size_t rows);

  // Bytes of one item of tensor `i`.
  std::size_t row_bytes(std::size_t i) const { return infos_[i].ItemBytes(); }
  std::size_t count() const { return infos_.size(); }

 private:
  devices::Result<Buffer> Allocate(std::size_t tensor) const;
  devices::Result<InferDataPtr> New() const;
  devices::Status Renew(InferDataPtr* slot) const;

  const std::shared_ptr<LoadedModel> model_;
  const Place place_;
  const std::vector<devices::TensorInfo>& infos_;
  std::array<InferDataPtr, 3> slots_;
  std::size_t next_ = 0;  // The slot given up when all are kept.
};

}  // namespace infer_server
