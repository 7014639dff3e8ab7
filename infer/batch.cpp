// SPDX-License-Identifier: Apache-2.0
#include "infer/batch.h"

#include <utility>

#include "infer/executor.h"
#include "infer/recycle.h"
#include "infer/row_view.h"

namespace infer_server {

Batch::Batch(Executor* owner, std::size_t max_items) : executor_(owner) {
  ranges_.reserve(max_items);
  items_.reserve(max_items);
  item_status_.reserve(max_items);
}

Task* Batch::Run() { return executor_->RunStage(this); }

void Batch::Done() {
  returned = std::chrono::steady_clock::now();
  if (away.Return()) executor_->Resume(this);
}

void Batch::Clear() {
  ranges_.clear();
  items_.clear();
  package_->data.clear();
  package_->predict_io.reset();
  stage_input_.reset();
  rows_.reset();
  engine_.reset();
}

void Batch::Reset(std::shared_ptr<EngineChain> engine) {
  engine_ = std::move(engine);
  stage_ = size_ = 0;
  status_ = Status::SUCCESS;
  failed_ = isolated_ = false;
  stage_ns_.fill(0);
  if (package_ == nullptr || !Unshared(package_)) package_ = std::make_shared<Package>();
  package_->data.clear();
}

void Batch::Take(Request* request, std::uint32_t first, std::uint32_t count) {
  if (ranges_.empty()) order.age = request->age;
  ranges_.push_back({request, first, count});
  size_ += count;
  BatchData& from = request->output->data;
  for (std::uint32_t i = first; i < first + count; ++i)
    package_->data.push_back(std::move(from[i]));
  if (request->output->predict_io != nullptr)
    package_->predict_io = std::move(request->output->predict_io);
}

void Batch::BeginStage() { stage_input_ = package_->predict_io; }

bool Batch::EndStage(Status status) {
  failed_ = failed_ || status != Status::SUCCESS;
  const bool last = stage_ + 1 == kStages;
  bool finished = false;
  if (status == Status::SUCCESS && !last) {
    ++stage_;
  } else if (isolated_) {
    finished = StoreSingle(status);
  } else if (status == Status::SUCCESS || size_ == 1 || package_->data.size() != size_) {
    status_ = status;
    finished = true;
  } else {
    Isolate();
  }
  stage_input_.reset();
  if (finished) {
    package_->predict_io.reset();  // The tensors are the engine's again before anybody is told.
    rows_.reset();
  }
  return finished;
}

void Batch::Isolate() {
  isolated_ = true;
  from_stage_ = stage_;
  cursor_ = 0;
  rows_ = std::move(stage_input_);
  items_.swap(package_->data);
  item_status_.assign(size_, Status::SUCCESS);
  LoadSingle();
}

void Batch::LoadSingle() {
  stage_ = from_stage_;
  package_->data.assign(1, items_[cursor_]);
  package_->predict_io = RowView(rows_, cursor_, executor_->RowBytes(stage_));
}

bool Batch::StoreSingle(Status status) {
  item_status_[cursor_] = status;
  if (status == Status::SUCCESS)
    items_[cursor_] = std::move(package_->data[0]);
  else
    items_[cursor_].reset();
  if (++cursor_ == size_) return true;
  LoadSingle();
  return false;
}

bool Batch::DeliverRange(const Range& range, std::size_t at) {
  Request* request = range.request;
  for (std::size_t j = 0; j < range.count; ++j) {
    const Status status = isolated_ ? item_status_[at + j] : status_;
    InferDataPtr* item = nullptr;
    if (status == Status::SUCCESS) item = isolated_ ? &items_[at + j] : &package_->data[at + j];
    if (item == nullptr)
      request->Fail(status);
    else if (*item == nullptr)  // The last stage failed this item alone.
      request->Fail(Status::ERROR_BACKEND);
    else
      request->output->data[range.first + j] = std::move(*item);
  }
  for (std::size_t stage = 0; stage < kStages; ++stage)
    request->stage_ns[stage].fetch_add(stage_ns_[stage] * static_cast<std::int64_t>(range.count) /
                                           static_cast<std::int64_t>(size_),
                                       std::memory_order_relaxed);
  return request->FinishItems(range.count);
}

}  // namespace infer_server
