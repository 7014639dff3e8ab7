// SPDX-License-Identifier: Apache-2.0
// One load of a model: its id on the card, and what it says of itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "devices/acl/acl_card.h"
#include "devices/memory.h"
#include "devices/tensor.h"

namespace infer_server::devices {

// What is loaded: a file, or bytes when `path` is empty.
struct AclModelSource {
  std::string path;
  std::vector<unsigned char> bytes;
};

struct AclModelInfo {
  std::vector<TensorInfo> inputs, outputs;             // Of one item.
  std::vector<std::size_t> input_bytes, output_bytes;  // Of the buffers that a run takes.
  std::vector<int> batches;           // Sizes that a run can have, rising; one: it is fixed.
  std::size_t batch_input_bytes = 0;  // Of the input that holds the batch size; 0 = there is none.
  int largest() const { return batches.back(); }
};

// A model id and its memory. The same id must not run on two streams at once, so that each engine
// loads the model for itself; the weights are in memory that all loads share.
class AclLoaded {
 public:
  // `weights`: of another load of the same model, or null for new ones.
  static Result<std::unique_ptr<AclLoaded>> Load(const std::shared_ptr<AclCard>& card,
                                                 const AclModelSource& source,
                                                 std::shared_ptr<Memory> weights);
  ~AclLoaded();
  AclLoaded(const AclLoaded&) = delete;
  AclLoaded& operator=(const AclLoaded&) = delete;

  std::uint32_t id() const { return id_; }
  const std::shared_ptr<Memory>& weights() const { return weights_; }
  Result<AclModelInfo> Describe() const;

 private:
  explicit AclLoaded(std::shared_ptr<AclCard> card) : card_(std::move(card)) {}
  Status Start(const AclModelSource& source);

  const std::shared_ptr<AclCard> card_;
  std::shared_ptr<Memory> weights_;
  Memory work_;
  bool loaded_ = false;
  std::uint32_t id_ = 0;
};

}  // namespace infer_server::devices
