// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <exception>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "infer/buffer_access.h"
#include "infer/layout.h"
#include "infer/processors/stage_params.h"
#include "infer/status_code.h"
#include "infer/tensor_slots.h"
#include "infer/type_name.h"
#include "infer/worker_pool.h"
#include "processor.h"

namespace infer_server {

struct PreprocessorHost::Impl {
  explicit Impl(std::shared_ptr<LoadedModel> loaded)
      : model(std::move(loaded)),
        slots(model, TensorSlots::Side::kInputs, TensorSlots::HostPlace(*model)) {}

  Status Start(const DataLayout& host);
  Status Process(Package* package);
  Status FillRow(std::size_t row, const InferData& item, const std::vector<Buffer>& batch);
  Status Store(const ModelIO& io, std::size_t row);
  Status StoreItem(const ModelIO& io, std::size_t row);
  void Prepare(std::size_t row, const std::vector<Buffer>& batch);

  const std::shared_ptr<LoadedModel> model;
  ProcessFunction function;
  std::size_t parallel = kDefaultParallel;
  std::shared_ptr<WorkerPool> pool;  // Null unless parallel.
  std::vector<TensorConverter> converters;
  TensorSlots slots;  // The predictor copies them to the device if that cannot be written here.
  std::vector<ModelIO> rows;  // What the function is given for each row.
  std::vector<Shape> shapes;  // Of one row, on the host.
  std::vector<DataLayout> layouts;
  std::vector<unsigned char*> targets;  // Where the batch is written.
};

Status PreprocessorHost::Impl::Start(const DataLayout& host) {
  for (const auto& info : model->inputs()) {
    auto converter = TensorConverter::FromHost(info, host);
    if (!converter.ok())
      return Explain(ToPublicStatus(converter.status().code()),
                     "PreprocessorHost: host_input_layout: " + converter.status().message());
    shapes.push_back(converter.value().host_shape());
    layouts.push_back(converter.value().host_layout());
    converters.push_back(std::move(converter).value());
  }
  targets.resize(converters.size());
  rows.resize(model->BatchSize());
  for (ModelIO& io : rows) io.buffers.resize(converters.size());
  if (parallel > 1 && model->BatchSize() > 1) pool = WorkerPool::Shared();
  return Status::SUCCESS;
}

// Gives row `row` buffers to write: in place where nothing needs converting, else of its own.
void PreprocessorHost::Impl::Prepare(std::size_t row, const std::vector<Buffer>& batch) {
  ModelIO& io = rows[row];
  io.shapes = shapes;
  io.layouts = layouts;
  io.buffers.resize(converters.size());
  for (std::size_t i = 0; i < converters.size(); ++i) {
    if (converters[i].Identity())
      io.buffers[i] = batch[i](row * slots.row_bytes(i));
    else if (!BufferAccess::Unshared(io.buffers[i]) ||
             io.buffers[i].MemorySize() != converters[i].from_bytes())
      io.buffers[i] = Buffer(converters[i].from_bytes());
  }
}

Status PreprocessorHost::Impl::Store(const ModelIO& io, std::size_t row) {
  if (io.buffers.size() != converters.size())
    return Explain(Status::INVALID_PARAM,
                   "PreprocessorHost: an item has " + std::to_string(io.buffers.size()) +
                       " buffers; the model's inputs are " + devices::ToString(model->inputs()));
  for (std::size_t i = 0; i < converters.size(); ++i) {
    const Buffer& from = io.buffers[i];
    if (from.MemorySize() < converters[i].from_bytes())
      return Explain(Status::INVALID_PARAM, "PreprocessorHost: input " +
                                                model->inputs()[i].ToString() + " needs " +
                                                std::to_string(converters[i].from_bytes()) +
                                                " bytes in host_input_layout; there are " +
                                                std::to_string(from.MemorySize()));
    unsigned char* to = targets[i] + row * slots.row_bytes(i);
    if (from.OnMlu() && !model->device()->HostReads()) {
      Buffer host(converters[i].from_bytes());
      host.CopyFrom(from, converters[i].from_bytes());
      converters[i].Convert(host.Data(), to);
    } else if (from.Data() != to) {
      converters[i].Convert(from.Data(), to);
    }
  }
  return Status::SUCCESS;
}

// What the user made; of what he says about it, nothing may contradict.
Status PreprocessorHost::Impl::StoreItem(const ModelIO& io, std::size_t row) {
  for (std::size_t i = 0; i < converters.size(); ++i) {
    const bool shape_fits = i >= io.shapes.size() ||
                            io.shapes[i].DataCount() == shapes[i].DataCount() ||
                            io.shapes[i].BatchDataCount() == shapes[i].DataCount();
    const bool type_fits = i >= io.layouts.size() || io.layouts[i].dtype == layouts[i].dtype;
    if (shape_fits && type_fits) continue;
    std::ostringstream why;
    why << "PreprocessorHost: an item says of input " << model->inputs()[i].ToString()
        << (shape_fits ? "" : " that it is ");
    if (!shape_fits) why << io.shapes[i];
    if (!type_fits) why << " that its elements are of another type than host_input_layout's";
    why << "; expected " << shapes[i] << " of " << GetTypeSize(layouts[i].dtype)
        << " bytes an element";
    return Explain(Status::INVALID_PARAM, why.str());
  }
  return Store(io, row);
}

Status PreprocessorHost::Impl::FillRow(std::size_t row, const InferData& item,
                                       const std::vector<Buffer>& batch) {
  try {
    if (!function) {
      const auto* io = any_cast<ModelIO>(&item.data);
      if (io != nullptr) return StoreItem(*io, row);
      return Explain(Status::WRONG_TYPE,
                     "PreprocessorHost: without the parameter 'process_function' an item must hold "
                     "a ModelIO; it holds " +
                         (item.HasValue() ? NameOfType(item.data.type()) : "nothing"));
    }
    Prepare(row, batch);
    if (function(&rows[row], item, *model)) return Store(rows[row], row);
    if (HaveExplanation()) return Status::ERROR_BACKEND;  // A function of ours said why.
    return Explain(Status::ERROR_BACKEND, "PreprocessorHost: process_function returned false");
  } catch (const std::exception& e) {
    return Explain(Status::ERROR_BACKEND,
                   std::string("PreprocessorHost: process_function threw: ") + e.what());
  } catch (...) {
    return Explain(Status::ERROR_BACKEND, "PreprocessorHost: process_function threw");
  }
}

Status PreprocessorHost::Impl::Process(Package* package) {
  const std::size_t count = package->data.size();
  if (!function && package->predict_io != nullptr) return Status::SUCCESS;  // Made by the user.
  auto slot = slots.Acquire(count);
  if (!slot.ok())
    return Explain(ToPublicStatus(slot.status().code()),
                   "PreprocessorHost: " + slot.status().message());
  auto& batch = slot.value()->GetLref<ModelIO>().buffers;
  for (std::size_t i = 0; i < batch.size(); ++i)
    targets[i] = static_cast<unsigned char*>(batch[i].MutableData());
  std::atomic<Status> first{Status::SUCCESS};
  HelperExplanations why;
  const auto fill = [&](std::size_t row) {
    const InferDataPtr& item = package->data[row];
    const Status status = item == nullptr ? Status::INVALID_PARAM : FillRow(row, *item, batch);
    if (status == Status::SUCCESS) return;
    Status expected = Status::SUCCESS;
    first.compare_exchange_strong(expected, status);
    why.Collect();
  };
  if (pool != nullptr && count > 1 && function)
    pool->For(count, parallel, fill);
  else
    for (std::size_t row = 0; row < count; ++row) fill(row);
  why.Pass();
  for (std::size_t row = 0; row < count; ++row)  // Views would keep the slot from being used again.
    for (std::size_t i = 0; i < rows[row].buffers.size(); ++i)
      if (i >= converters.size() || converters[i].Identity()) rows[row].buffers[i] = Buffer();
  if (first.load() != Status::SUCCESS) return first.load();
  package->predict_io = std::move(slot).value();
  for (const InferDataPtr& item : package->data) item->data.reset();  // Frames are few.
  return Status::SUCCESS;
}

PreprocessorHost::PreprocessorHost() : ProcessorForkable("PreprocessorHost") {}
PreprocessorHost::~PreprocessorHost() = default;

Status PreprocessorHost::Init() {
  Status status = Status::SUCCESS;
  auto model = ModelParam(*this, &status);
  if (model == nullptr) return status;
  auto impl = std::make_unique<Impl>(std::move(model));
  DataLayout host{DataType::UINT8, DimOrder::NHWC};
  status = ReadParam(*this, "host_input_layout", "DataLayout", &host);
  int parallel = 0;
  if (status == Status::SUCCESS) status = ReadParallel(*this, &parallel);
  if (status != Status::SUCCESS) return status;
  impl->parallel = static_cast<std::size_t>(parallel);
  if (HaveParam("process_function")) {
    try {
      impl->function = GetFunction<ProcessFunction>("process_function");
    } catch (const bad_any_cast&) {
      return Explain(Status::WRONG_TYPE,
                     "PreprocessorHost: parameter 'process_function' must be callable as "
                     "bool(ModelIO*, const InferData&, const ModelInfo&)");
    }
  }
  status = impl->Start(host);
  if (status == Status::SUCCESS) impl_ = std::move(impl);
  return status;
}

Status PreprocessorHost::Process(PackagePtr data) {
  if (impl_ == nullptr || data == nullptr || data->data.empty())
    return Explain(Status::INVALID_PARAM, "PreprocessorHost: needs Init() and at least one item");
  return impl_->Process(data.get());
}

}  // namespace infer_server
