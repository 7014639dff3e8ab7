// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_engine.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "devices/acl/acl_error.h"
#include "devices/acl/acl_memory.h"
#include "devices/base/log.h"

namespace infer_server::devices {
namespace {

constexpr std::uintptr_t kAlignment = 64;  // Of what AscendCL runs on.

bool Aligned(const void* data) { return reinterpret_cast<std::uintptr_t>(data) % kAlignment == 0; }

const void* At(const void* data, std::size_t offset) {
  return static_cast<const unsigned char*>(data) + offset;
}
void* At(void* data, std::size_t offset) { return static_cast<unsigned char*>(data) + offset; }

void Warn(const AclApi& api, const char* function, aclError code) {
  if (code != 0) INFER_LOG(kWarning, "acl", AclFailed(api, function, code).message());
}

}  // namespace

Result<std::unique_ptr<AclEngine>> AclEngine::Make(std::shared_ptr<AclCard> card,
                                                   std::unique_ptr<AclLoaded> loaded,
                                                   std::shared_ptr<const AclModelInfo> info,
                                                   int batch) {
  std::unique_ptr<AclEngine> engine(
      new AclEngine(std::move(card), std::move(loaded), std::move(info), batch));
  INFER_RETURN_IF_ERROR(engine->Start());
  return engine;
}

AclEngine::AclEngine(std::shared_ptr<AclCard> card, std::unique_ptr<AclLoaded> loaded,
                     std::shared_ptr<const AclModelInfo> info, int batch)
    : card_(std::move(card)), info_(std::move(info)), batch_(batch), loaded_(std::move(loaded)) {}

Status AclEngine::Start() {
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  own_inputs_.resize(info_->inputs.size());
  own_outputs_.resize(info_->outputs.size());
  const int most = info_->largest();
  pieces_.resize(static_cast<std::size_t>((batch_ + most - 1) / most));
  for (Piece& piece : pieces_) INFER_RETURN_IF_ERROR(MakePiece(&piece));
  return Status();
}

Status AclEngine::AddBuffer(aclmdlDataset* set, void* data, std::size_t bytes,
                            std::vector<aclDataBuffer*>* buffers) {
  const AclApi& api = card_->api();
  aclDataBuffer* buffer = api.aclCreateDataBuffer(data, bytes);
  if (buffer == nullptr)
    return Status(Code::kOutOfMemory, "aclCreateDataBuffer failed: it returned no buffer");
  buffers->push_back(buffer);
  INFER_ACL_CALL(api, aclmdlAddDatasetBuffer, set, buffer);
  return Status();
}

Status AclEngine::MakePiece(Piece* piece) {
  const AclApi& api = card_->api();
  piece->inputs = api.aclmdlCreateDataset();
  piece->outputs = api.aclmdlCreateDataset();
  if (piece->inputs == nullptr || piece->outputs == nullptr)
    return Status(Code::kOutOfMemory, "aclmdlCreateDataset failed: it returned no dataset");
  for (std::size_t i = 0; i < info_->inputs.size(); ++i)
    INFER_RETURN_IF_ERROR(
        AddBuffer(piece->inputs, nullptr, info_->input_bytes[i], &piece->input_buffers));
  if (info_->batch_input_bytes > 0) {
    Result<Memory> memory = AllocateAcl(card_, info_->batch_input_bytes, MemoryKind::kDevice);
    if (!memory.ok()) return memory.status();
    piece->batch_size = std::move(memory).value();
    INFER_RETURN_IF_ERROR(AddBuffer(piece->inputs, piece->batch_size.data(),
                                    info_->batch_input_bytes, &piece->input_buffers));
  }
  for (std::size_t i = 0; i < info_->outputs.size(); ++i)
    INFER_RETURN_IF_ERROR(
        AddBuffer(piece->outputs, nullptr, info_->output_bytes[i], &piece->output_buffers));
  return Status();
}

AclEngine::~AclEngine() {
  const AclCard::Use use(*card_);
  const AclApi& api = card_->api();
  for (Piece& piece : pieces_) {
    for (aclmdlDataset* set : {piece.inputs, piece.outputs})
      if (set != nullptr) Warn(api, "aclmdlDestroyDataset", api.aclmdlDestroyDataset(set));
    for (const auto* buffers : {&piece.input_buffers, &piece.output_buffers})
      for (aclDataBuffer* buffer : *buffers)
        Warn(api, "aclDestroyDataBuffer", api.aclDestroyDataBuffer(buffer));
  }
}

Status AclEngine::EnqueuePiece(aclrtStream stream, Piece* piece, const void* const* inputs,
                               void* const* outputs, int first, int rows) {
  const AclApi& api = card_->api();
  const auto count = static_cast<std::size_t>(rows);
  const bool full = rows == info_->largest();
  // Where tensor `i` of the piece lies: in place, or in memory of ours.
  const auto place = [&](std::vector<Memory>* own, std::size_t i, std::size_t bytes,
                         void* there) -> Result<void*> {
    if (full && Aligned(there)) return there;
    if (!(*own)[i]) {
      Result<Memory> made = AllocateAcl(card_, bytes, MemoryKind::kDevice);
      if (!made.ok()) return made.status();
      (*own)[i] = std::move(made).value();
    }
    return (*own)[i].data();
  };
  for (std::size_t i = 0; i < info_->inputs.size(); ++i) {
    const std::size_t item = info_->inputs[i].ItemBytes();
    const void* there = At(inputs[i], static_cast<std::size_t>(first) * item);
    const Result<void*> at =
        place(&own_inputs_, i, info_->input_bytes[i], const_cast<void*>(there));
    if (!at.ok()) return at.status();
    if (at.value() != there)
      INFER_ACL_CALL(api, aclrtMemcpyAsync, at.value(), info_->input_bytes[i], there, count * item,
                     ACL_MEMCPY_DEVICE_TO_DEVICE, stream);
    INFER_ACL_CALL(api, aclUpdateDataBuffer, piece->input_buffers[i], at.value(),
                   info_->input_bytes[i]);
  }
  for (std::size_t i = 0; i < info_->outputs.size(); ++i) {
    void* there = At(outputs[i], static_cast<std::size_t>(first) * info_->outputs[i].ItemBytes());
    const Result<void*> at = place(&own_outputs_, i, info_->output_bytes[i], there);
    if (!at.ok()) return at.status();
    INFER_ACL_CALL(api, aclUpdateDataBuffer, piece->output_buffers[i], at.value(),
                   info_->output_bytes[i]);
  }
  if (info_->batch_input_bytes > 0) {
    const int size = *std::lower_bound(info_->batches.begin(), info_->batches.end(), rows);
    INFER_ACL_CALL(api, aclmdlSetDynamicBatchSize, loaded_->id(), piece->inputs,
                   info_->inputs.size(), static_cast<std::uint64_t>(size));
  }
  INFER_ACL_CALL(api, aclmdlExecuteAsync, loaded_->id(), piece->inputs, piece->outputs, stream);
  for (std::size_t i = 0; i < info_->outputs.size(); ++i) {
    const std::size_t item = info_->outputs[i].ItemBytes();
    void* there = At(outputs[i], static_cast<std::size_t>(first) * item);
    if (full && Aligned(there)) continue;
    INFER_ACL_CALL(api, aclrtMemcpyAsync, there, count * item, own_outputs_[i].data(), count * item,
                   ACL_MEMCPY_DEVICE_TO_DEVICE, stream);
  }
  return Status();
}

Status AclEngine::Enqueue(aclrtStream stream, const void* const* inputs, void* const* outputs,
                          int rows) {
  if (rows < 1 || rows > batch_)
    return Status(Code::kInvalidArgument,
                  "run " + std::to_string(rows) + " rows; expected 1 to " + std::to_string(batch_));
  if (cancelled_.load()) return Status(Code::kCancelled, "the engine was cancelled");
  const int most = info_->largest();
  std::size_t next = 0;
  for (int first = 0; first < rows; first += most) {
    const Status queued = EnqueuePiece(stream, &pieces_[next++], inputs, outputs, first,
                                       std::min(most, rows - first));
    // By now some of it may be queued: no fault of the caller's.
    if (!queued.ok())
      return queued.code() == Code::kInvalidArgument ? Status(Code::kDeviceError, queued.message())
                                                     : queued;
  }
  return Status();
}

Status AclEngine::Run(const void* const* inputs, void* const* outputs, int rows) {
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  const AclApi& api = card_->api();
  aclrtStream stream = nullptr;
  INFER_ACL_CALL(api, aclrtCreateStream, &stream);
  Status status = Enqueue(stream, inputs, outputs, rows);
  const aclError code = api.aclrtSynchronizeStream(stream);
  if (code != 0 && status.ok()) status = AclFailed(api, "aclrtSynchronizeStream", code);
  Warn(api, "aclrtDestroyStream", api.aclrtDestroyStream(stream));
  return status;
}

}  // namespace infer_server::devices
