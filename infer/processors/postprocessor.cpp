// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "infer/buffer_access.h"
#include "infer/layout.h"
#include "infer/processors/stage_params.h"
#include "infer/status_code.h"
#include "infer/worker_pool.h"
#include "processor.h"

namespace infer_server {

struct Postprocessor::Impl {
  explicit Impl(std::shared_ptr<LoadedModel> loaded) : model(std::move(loaded)) {}

  Status Start(const DataLayout& host);
  Status Process(Package* package);
  bool TakeRow(std::size_t row, InferData* item);
  void Fill(std::size_t row, ModelIO* io, bool own);
  Status Open(const ModelIO& io, std::size_t count);

  const std::shared_ptr<LoadedModel> model;
  ProcessFunction function;
  std::size_t parallel = kDefaultParallel;
  std::shared_ptr<WorkerPool> pool;  // Null unless parallel.
  std::vector<TensorConverter> converters;
  std::vector<ModelIO> rows;  // What the function is given for each row.
  std::vector<Shape> shapes;  // Of one row, on the host.
  std::vector<DataLayout> layouts;
  std::vector<Buffer> batch;  // What is read: the predictor's output.
};

Status Postprocessor::Impl::Start(const DataLayout& host) {
  for (const auto& info : model->outputs()) {
    auto converter = TensorConverter::ToHost(info, host);
    if (!converter.ok())
      return Explain(ToPublicStatus(converter.status().code()),
                     "Postprocessor: host_output_layout: " + converter.status().message());
    shapes.push_back(converter.value().host_shape());
    layouts.push_back(converter.value().host_layout());
    converters.push_back(std::move(converter).value());
  }
  rows.resize(model->BatchSize());
  for (ModelIO& io : rows) io.buffers.resize(converters.size());
  if (parallel > 1 && model->BatchSize() > 1 && function) pool = WorkerPool::Shared();
  return Status::SUCCESS;
}

// The batch where it can be read: the predictor has copied it to the host, if it had to be.
Status Postprocessor::Impl::Open(const ModelIO& io, std::size_t count) {
  if (io.buffers.size() != converters.size())
    return Explain(Status::INVALID_PARAM,
                   "Postprocessor: there are " + std::to_string(io.buffers.size()) +
                       " buffers; the model's outputs are " + devices::ToString(model->outputs()));
  for (std::size_t i = 0; i < converters.size(); ++i)
    if (io.buffers[i].MemorySize() < count * converters[i].from_bytes())
      return Explain(Status::INVALID_PARAM, "Postprocessor: output " +
                                                model->outputs()[i].ToString() + " of " +
                                                std::to_string(count) + " items is too small");
  batch = io.buffers;
  if (model->device()->HostReads()) return Status::SUCCESS;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!batch[i].OnMlu()) continue;  // Else it comes from a stage of the user's.
    batch[i] = Buffer(count * converters[i].from_bytes());
    batch[i].CopyFrom(io.buffers[i], count * converters[i].from_bytes());
  }
  return Status::SUCCESS;
}

// Row `row` of the batch in the host's layout. `own`: in memory of its own.
void Postprocessor::Impl::Fill(std::size_t row, ModelIO* io, bool own) {
  io->shapes = shapes;
  io->layouts = layouts;
  io->buffers.resize(converters.size());
  for (std::size_t i = 0; i < converters.size(); ++i) {
    const Buffer from = batch[i](row * converters[i].from_bytes());
    if (converters[i].Identity() && !own) {
      io->buffers[i] = from;
      continue;
    }
    if (own || !BufferAccess::Unshared(io->buffers[i]) ||
        io->buffers[i].MemorySize() != converters[i].to_bytes())
      io->buffers[i] = Buffer(converters[i].to_bytes());
    converters[i].Convert(from.Data(), io->buffers[i].MutableData());
  }
}

// False when this item failed.
bool Postprocessor::Impl::TakeRow(std::size_t row, InferData* item) {
  try {
    if (!function) {
      ModelIO io;
      Fill(row, &io, true);
      item->Set(std::move(io));
      return true;
    }
    Fill(row, &rows[row], false);
    if (function(item, rows[row], *model)) return true;
    Explain(Status::ERROR_BACKEND, "Postprocessor: process_function returned false");
  } catch (const std::exception& e) {
    Explain(Status::ERROR_BACKEND,
            std::string("Postprocessor: process_function threw: ") + e.what());
  } catch (...) {
    Explain(Status::ERROR_BACKEND, "Postprocessor: process_function threw");
  }
  return false;
}

Status Postprocessor::Impl::Process(Package* package) {
  const std::size_t count = package->data.size();
  const auto* io =
      package->predict_io == nullptr ? nullptr : any_cast<ModelIO>(&package->predict_io->data);
  if (io == nullptr || count > rows.size())
    return Explain(Status::WRONG_TYPE,
                   "Postprocessor: needs predict_io with a ModelIO of at most " +
                       std::to_string(rows.size()) + " items");
  const Status status = Open(*io, count);
  if (status != Status::SUCCESS) return status;
  HelperExplanations why;
  const auto take = [&](std::size_t row) {
    InferDataPtr& item = package->data[row];
    if (item == nullptr || TakeRow(row, item.get())) return;
    item.reset();  // Fails this item alone.
    why.Collect();
  };
  if (pool != nullptr && count > 1)
    pool->For(count, parallel, take);
  else
    for (std::size_t row = 0; row < count; ++row) take(row);
  why.Pass();
  for (std::size_t row = 0; row < count && function; ++row)  // Views keep memory from being reused.
    for (std::size_t i = 0; i < converters.size(); ++i)
      if (converters[i].Identity()) rows[row].buffers[i] = Buffer();
  for (Buffer& buffer : batch) buffer = Buffer();
  return count == 1 && package->data[0] == nullptr ? Status::ERROR_BACKEND : Status::SUCCESS;
}

Postprocessor::Postprocessor() : ProcessorForkable("Postprocessor") {}
Postprocessor::~Postprocessor() = default;

Status Postprocessor::Init() {
  Status status = Status::SUCCESS;
  auto model = ModelParam(*this, &status);
  if (model == nullptr) return status;
  auto impl = std::make_unique<Impl>(std::move(model));
  DataLayout host{DataType::FLOAT32, DimOrder::NHWC};
  status = ReadParam(*this, "host_output_layout", "DataLayout", &host);
  int parallel = 0;
  if (status == Status::SUCCESS) status = ReadParallel(*this, &parallel);
  if (status != Status::SUCCESS) return status;
  impl->parallel = static_cast<std::size_t>(parallel);
  if (HaveParam("process_function")) {
    try {
      impl->function = GetFunction<ProcessFunction>("process_function");
    } catch (const bad_any_cast&) {
      return Explain(Status::WRONG_TYPE,
                     "Postprocessor: parameter 'process_function' must be callable as "
                     "bool(InferData*, const ModelIO&, const ModelInfo&)");
    }
  }
  status = impl->Start(host);
  if (status == Status::SUCCESS) impl_ = std::move(impl);
  return status;
}

Status Postprocessor::Process(PackagePtr data) {
  if (impl_ == nullptr || data == nullptr || data->data.empty())
    return Explain(Status::INVALID_PARAM, "Postprocessor: needs Init() and at least one item");
  return impl_->Process(data.get());
}

}  // namespace infer_server
