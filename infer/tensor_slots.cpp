// SPDX-License-Identifier: Apache-2.0
#include "infer/tensor_slots.h"

#include <string>
#include <utility>

#include "infer/buffer_access.h"
#include "infer/call_watch.h"
#include "infer/recycle.h"

namespace infer_server {

using devices::Code;
using devices::Result;

TensorSlots::TensorSlots(std::shared_ptr<LoadedModel> model, Side side, Place place)
    : model_(std::move(model)),
      place_(place),
      infos_(side == Side::kInputs ? model_->inputs() : model_->outputs()) {}

TensorSlots::Place TensorSlots::HostPlace(const LoadedModel& model) {
  return model.device()->HostReads() ? Place::kDevice : Place::kHost;
}

Result<Buffer> TensorSlots::Allocate(std::size_t tensor) const {
  const std::size_t bytes = infos_[tensor].ItemBytes() * model_->BatchSize();
  const bool on_host = place_ == Place::kHost;
  WatchedCall call;
  auto memory = model_->device()->Allocate(
      bytes, on_host ? devices::MemoryKind::kPinned : devices::MemoryKind::kDevice);
  if (!call.Leave()) return devices::Status(Code::kCancelled, "it took too long");
  if (!memory.ok())
    return devices::Status(memory.status())
        .WithContext("batch tensor " + infos_[tensor].ToString() + " of batch size " +
                     std::to_string(model_->BatchSize()));
  return BufferAccess::Wrap(std::move(memory).value(), model_->device(), model_->device_name().id,
                            on_host || model_->device()->HostReads());
}

Result<InferDataPtr> TensorSlots::New() const {
  ModelIO io;
  for (std::size_t i = 0; i < infos_.size(); ++i) {
    auto buffer = Allocate(i);
    if (!buffer.ok()) return buffer.status();
    io.buffers.push_back(std::move(buffer).value());
    io.shapes.emplace_back(infos_[i].shape);
  }
  InferDataPtr slot = std::make_shared<InferData>();
  slot->Set(std::move(io));
  return slot;
}

// Makes a slot that was used fit for use again.
devices::Status TensorSlots::Renew(InferDataPtr* slot) const {
  auto* io = any_cast<ModelIO>(&(*slot)->data);
  if (io == nullptr || io->buffers.size() != infos_.size() || io->shapes.size() != infos_.size()) {
    auto made = New();
    if (!made.ok()) return made.status();
    *slot = std::move(made).value();
    return devices::Status();
  }
  for (std::size_t i = 0; i < infos_.size(); ++i) {
    if (BufferAccess::Unshared(io->buffers[i])) continue;
    auto buffer = Allocate(i);
    if (!buffer.ok()) return buffer.status();
    io->buffers[i] = std::move(buffer).value();
  }
  return devices::Status();
}

Result<InferDataPtr> TensorSlots::Acquire(std::size_t rows) {
  if (rows < 1 || rows > model_->BatchSize())
    return devices::Status(Code::kInvalidArgument,
                           std::to_string(rows) + " items in one batch; the model takes 1 to " +
                               std::to_string(model_->BatchSize()));
  InferDataPtr* slot = nullptr;
  for (InferDataPtr& candidate : slots_)
    if (slot == nullptr && candidate != nullptr && Unshared(candidate)) slot = &candidate;
  if (slot != nullptr) {
    INFER_RETURN_IF_ERROR(Renew(slot));
  } else {
    for (InferDataPtr& candidate : slots_)
      if (slot == nullptr && candidate == nullptr) slot = &candidate;
    if (slot == nullptr) slot = &slots_[next_++ % slots_.size()];
    auto made = New();
    if (!made.ok()) return made.status();
    *slot = std::move(made).value();
  }
  for (Shape& shape : (*slot)->GetLref<ModelIO>().shapes)
    if (!shape.Empty()) shape[0] = static_cast<Shape::value_type>(rows);
  return *slot;
}

}  // namespace infer_server
