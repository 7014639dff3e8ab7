// SPDX-License-Identifier: Apache-2.0
// Items that travel through an engine together.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "devices/base/clock.h"
#include "infer/async_stage.h"
#include "infer/away.h"
#include "infer/call_watch.h"
#include "infer/request.h"
#include "infer/task.h"

namespace infer_server {

class EngineChain;
class Executor;

// A batch is at one stage at a time and belongs to whoever runs that stage, or to nobody while a
// device works on it; its executor uses the object again.
//
// When a stage fails a batch of several items, the batch is isolated: it goes back to that stage
// with one item at a time and takes each through the rest of the chain, so that only the items that
// fail again are failed.
class Batch final : public Task, public StageDone {
 public:
  // A run of one request's items.
  struct Range {
    Request* request = nullptr;
    std::uint32_t first = 0, count = 0;
  };

  Batch(Executor* owner, std::size_t max_items);

  Task* Run() override;
  void Done() override;

  // Empties the batch for its next use, at `engine`.
  void Reset(std::shared_ptr<EngineChain> engine);
  // Takes `count` items of `request` from `first` on.
  void Take(Request* request, std::uint32_t first, std::uint32_t count);
  // Called before each stage: remembers what isolating it would need.
  void BeginStage();
  // Decides, from what the stage returned, where the batch goes. True when it is finished; else
  // stage() says which stage is next (possibly the same).
  bool EndStage(Status status);
  // After the last: hands items, statuses and times to the requests. Calls `finished(request)` for
  // each request that has no more items under way. What failed is let go before that.
  template <typename F>
  void Deliver(F finished) {
    if (isolated_ || status_ != Status::SUCCESS) package_->data.clear();
    std::size_t i = 0;
    for (const Range& range : ranges_) {
      if (DeliverRange(range, i)) finished(range.request);
      i += range.count;
    }
    ranges_.clear();
    items_.clear();
    package_->data.clear();
  }

  // In place of all that, when the call that runs the batch does not return: its items are failed,
  // but for those that are done already. What the call may touch is left alone.
  template <typename F>
  void Abandon(Status status, F finished) {
    if (isolated_)
      std::fill(item_status_.begin() + static_cast<std::ptrdiff_t>(cursor_), item_status_.end(),
                status);
    status_ = status;
    std::size_t i = 0;
    for (const Range& range : ranges_) {
      if (DeliverRange(range, i)) finished(range.request);
      i += range.count;
    }
    ranges_.clear();
  }
  // Lets go of all it holds.
  void Clear();

  const std::shared_ptr<EngineChain>& engine() const { return engine_; }
  // Returns the one before, which may go now.
  std::shared_ptr<EngineChain> MoveTo(std::shared_ptr<EngineChain> engine) {
    engine_.swap(engine);
    return engine;
  }
  void LetGoOfEngine() { engine_.reset(); }
  std::size_t stage() const { return stage_; }
  std::size_t size() const { return size_; }
  const PackagePtr& package() const { return package_; }
  // Items that the stage works on now.
  std::size_t expected() const { return isolated_ ? 1 : size_; }
  bool failed() const { return failed_; }
  void AddTime(devices::Duration time) {
    stage_ns_[stage_] += std::chrono::nanoseconds(time).count();
  }

  Away away;
  devices::TimePoint begun;     // When it left, and
  devices::TimePoint returned;  // when it was back.
  // Executor: when it is late, and the call that runs it then.
  devices::TimePoint deadline = devices::TimePoint::max();
  std::shared_ptr<CallWatch> watch;
  std::uint64_t call = 0;

 private:
  void Isolate();
  void LoadSingle();
  bool StoreSingle(Status status);
  bool DeliverRange(const Range& range, std::size_t at);

  Executor* const executor_;
  std::shared_ptr<EngineChain> engine_;
  std::size_t stage_ = 0;
  std::size_t size_ = 0;
  PackagePtr package_;  // What the processors see.
  std::vector<Range> ranges_;
  std::array<std::int64_t, kStages> stage_ns_{};
  Status status_ = Status::SUCCESS;  // Of all items, unless isolated.
  bool failed_ = false;              // Anything failed.
  InferDataPtr stage_input_;         // package_->predict_io as the stage found it.

  bool isolated_ = false;
  std::size_t from_stage_ = 0;
  std::size_t cursor_ = 0;  // The item under way.
  InferDataPtr rows_;       // The tensors that stage found for all items; null for none.
  BatchData items_;
  std::vector<Status> item_status_;
};

}  // namespace infer_server
