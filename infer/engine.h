// SPDX-License-Identifier: Apache-2.0
// One engine: the chain preprocess → predict → post-process, and which batch is where in it.
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "infer/async_stage.h"
#include "infer/call_watch.h"
#include "infer/request.h"
#include "infer/task.h"
#include "processor.h"

namespace infer_server {

// Batches in one engine at once: one for each stage, so that one batch is preprocessed while
// another is in the network.
inline constexpr int kBatchesPerEngine = 3;

// Each stage works on one batch at a time. A batch that finds its next stage busy is parked there
// and taken up by whoever leaves that stage. Not thread-safe: its executor's lock guards it;
// processors are called without it by the batch that has entered their stage.
class EngineChain {
 public:
  using Processors = std::array<std::shared_ptr<Processor>, kStages>;

  explicit EngineChain(Processors processors) : processors_(std::move(processors)) {
    const auto* predictor = dynamic_cast<const Predictor*>(processors_[kPredict].get());
    if (predictor != nullptr) predict_ = predictor->Async();
    for (std::size_t i = 0; i < kStages; ++i)
      borrows_[i] = dynamic_cast<const BorrowsItems*>(processors_[i].get()) != nullptr;
  }

  Processor* processor(std::size_t stage) const { return processors_[stage].get(); }
  // The same where no worker needs to wait for it; else null.
  AsyncStage* async(std::size_t stage) const { return stage == kPredict ? predict_ : nullptr; }

  // Whether the stage's items are not its own.
  bool borrows(std::size_t stage) const { return borrows_[stage]; }
  const Processors& processors() const { return processors_; }

  // Takes it out of service: batches leave it, and it gets no more. Returns those that are parked.
  std::vector<Task*> Retire() {
    std::vector<Task*> parked;
    retired_ = true;
    for (Node& node : nodes_)
      while (Task* batch = node.parked.PopFront()) parked.push_back(batch);
    return parked;
  }
  bool retired() const { return retired_; }

  // A new batch may enter: there is room, and the first stage is free.
  bool Accepts() const { return batches_ < kBatchesPerEngine && !nodes_[0].busy; }
  int batches() const { return batches_; }
  void AddBatch() { ++batches_; }
  void RemoveBatch() { --batches_; }

  // True when the stage is the batch's now; else it is parked.
  bool Enter(std::size_t stage, Task* batch) {
    Node& node = nodes_[stage];
    if (!node.busy) return node.busy = true;
    node.parked.PushBack(batch);
    return false;
  }

  // Frees the stage. Returns the parked batch that has it now and must be run, or null.
  [[nodiscard]] Task* Leave(std::size_t stage) {
    Node& node = nodes_[stage];
    Task* parked = node.parked.PopFront();
    node.busy = parked != nullptr;
    return parked;
  }

 private:
  struct Node {
    bool busy = false;
    TaskList parked;  // At most kBatchesPerEngine - 1.
  };

  Processors processors_;
  AsyncStage* predict_ = nullptr;
  std::array<bool, kStages> borrows_{};
  bool retired_ = false;
  std::array<Node, kStages> nodes_;
  int batches_ = 0;
};

}  // namespace infer_server
