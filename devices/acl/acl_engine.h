// SPDX-License-Identifier: Apache-2.0
// Engines of the acl device.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "devices/acl/acl_loaded.h"
#include "devices/model.h"

namespace infer_server::devices {

// Runs a batch in pieces of the batch sizes the model has. Where a piece is smaller than that, or
// does not lie at addresses that AscendCL takes, it goes through memory of the engine's own.
class AclEngine final : public Engine {
 public:
  // `batch`: most rows of one run.
  static Result<std::unique_ptr<AclEngine>> Make(std::shared_ptr<AclCard> card,
                                                 std::unique_ptr<AclLoaded> loaded,
                                                 std::shared_ptr<const AclModelInfo> info,
                                                 int batch);
  ~AclEngine() override;

  Status Run(const void* const* inputs, void* const* outputs, int rows) override;
  void Cancel() override { cancelled_.store(true); }

  std::size_t input_count() const { return info_->inputs.size(); }
  std::size_t output_count() const { return info_->outputs.size(); }
  // Queues the run, in the card's context. Fails with kInvalidArgument, nothing being queued, when
  // `rows` is out of range.
  Status Enqueue(aclrtStream stream, const void* const* inputs, void* const* outputs, int rows);

 private:
  // What AscendCL is given for one piece; it must stay as it is until the piece has run.
  struct Piece {
    aclmdlDataset* inputs = nullptr;
    aclmdlDataset* outputs = nullptr;
    std::vector<aclDataBuffer*> input_buffers, output_buffers;  // In the order of the tensors.
    Memory batch_size;                                          // Where the model has the choice.
  };

  AclEngine(std::shared_ptr<AclCard> card, std::unique_ptr<AclLoaded> loaded,
            std::shared_ptr<const AclModelInfo> info, int batch);
  Status Start();
  Status AddBuffer(aclmdlDataset* set, void* data, std::size_t bytes,
                   std::vector<aclDataBuffer*>* buffers);
  Status MakePiece(Piece* piece);
  Status EnqueuePiece(aclrtStream stream, Piece* piece, const void* const* inputs,
                      void* const* outputs, int first, int rows);

  const std::shared_ptr<AclCard> card_;
  const std::shared_ptr<const AclModelInfo> info_;
  const int batch_;
  std::atomic<bool> cancelled_{false};
  std::vector<Memory> own_inputs_, own_outputs_;  // For one piece.
  std::vector<Piece> pieces_;
  const std::unique_ptr<AclLoaded> loaded_;
};

}  // namespace infer_server::devices
