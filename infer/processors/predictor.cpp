// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "devices/base/log.h"
#include "infer/async_stage.h"
#include "infer/default_runtime.h"
#include "infer/processors/stage_params.h"
#include "infer/status_code.h"
#include "infer/tensor_slots.h"
#include "processor.h"

namespace infer_server {

namespace {

constexpr char kNoInput[] =
    "Predictor: the preprocessor left no predict_io; its Process() must put a ModelIO with the "
    "network's input there";

}  // namespace

struct Predictor::Impl final : public AsyncStage {
  explicit Impl(std::shared_ptr<LoadedModel> loaded)
      : model(std::move(loaded)),
        uploads(model, TensorSlots::Side::kInputs),
        outputs(model, TensorSlots::Side::kOutputs),
        downloads(model, TensorSlots::Side::kOutputs, TensorSlots::Place::kHost),
        input_data(model->inputs().size()),
        output_data(model->outputs().size()) {}

  devices::Status Start(const Processor& stage);
  // Queues all that a batch needs. What was queued before a failure goes on.
  devices::Status Queue(const Package& package);
  devices::Status Upload(const ModelIO& io, std::size_t rows);
  devices::Status Download(const ModelIO& io, std::size_t rows);
  // The work is through.
  Status Finish(Package* package, const devices::Status& status);

  Status Begin(const PackagePtr& package, StageDone* done) override;
  Status End(const PackagePtr& package, std::uint32_t late) override;

  const std::shared_ptr<LoadedModel> model;
  bool to_host = false;  // Outputs are copied to the host.
  std::unique_ptr<devices::Engine> engine;
  TensorSlots uploads;  // For input that lies where the device cannot reach it.
  TensorSlots outputs;
  TensorSlots downloads;
  std::vector<const void*> input_data;
  std::vector<void*> output_data;
  // Of the batch under way: its tensors, and what kept it from being queued.
  InferDataPtr uploaded, output, downloaded;
  devices::Status failure;
  std::unique_ptr<devices::Stream> stream;  // Last: it may be running the engine.
};

devices::Status Predictor::Impl::Start(const Processor& stage) {
  if (ReadParam(stage, "outputs_on_host", "bool", &to_host) != Status::SUCCESS)
    return devices::Status(devices::Code::kInvalidArgument,
                           "parameter 'outputs_on_host' must be a bool; a session sets it");
  to_host = to_host && !model->device()->HostReads();
  auto made = model->model().NewEngine();
  if (!made.ok()) return devices::Status(made.status()).WithContext("make an engine");
  engine = std::move(made).value();
  auto opened = NewStageStream(stage, *model);
  if (!opened.ok()) return devices::Status(opened.status()).WithContext("open a stream");
  stream = std::move(opened).value();
  return devices::Status();
}

devices::Status Predictor::Impl::Upload(const ModelIO& io, std::size_t rows) {
  auto slot = uploads.Acquire(rows);
  if (!slot.ok()) return slot.status();
  uploaded = std::move(slot).value();
  auto& to = uploaded->GetLref<ModelIO>().buffers;
  for (std::size_t i = 0; i < to.size(); ++i)
    INFER_RETURN_IF_ERROR(
        stream->CopyAsync(to[i].MutableData(), io.buffers[i].Data(), rows * uploads.row_bytes(i),
                          io.buffers[i].OnMlu() ? devices::CopyKind::kDeviceToDevice
                                                : devices::CopyKind::kHostToDevice));
  return devices::Status();
}

devices::Status Predictor::Impl::Download(const ModelIO& io, std::size_t rows) {
  auto slot = downloads.Acquire(rows);
  if (!slot.ok()) return slot.status();
  downloaded = std::move(slot).value();
  auto& to = downloaded->GetLref<ModelIO>().buffers;
  for (std::size_t i = 0; i < to.size(); ++i)
    INFER_RETURN_IF_ERROR(stream->CopyAsync(to[i].MutableData(), io.buffers[i].Data(),
                                            rows * downloads.row_bytes(i),
                                            devices::CopyKind::kDeviceToHost));
  return devices::Status();
}

devices::Status Predictor::Impl::Queue(const Package& package) {
  const std::size_t rows = package.data.size();
  const auto* io = any_cast<ModelIO>(&package.predict_io->data);
  if (io == nullptr || io->buffers.size() != input_data.size())
    return devices::Status(devices::Code::kInvalidArgument,
                           "the preprocessor left no ModelIO with a buffer for each of " +
                               devices::ToString(model->inputs()));
  bool far = false;
  for (std::size_t i = 0; i < input_data.size(); ++i) {
    const std::size_t need = rows * model->inputs()[i].ItemBytes();
    if (io->buffers[i].MemorySize() < need)
      return devices::Status(devices::Code::kInvalidArgument,
                             "input " + model->inputs()[i].ToString() + " of " +
                                 std::to_string(rows) + " items needs " + std::to_string(need) +
                                 " bytes; the preprocessor left " +
                                 std::to_string(io->buffers[i].MemorySize()));
    far = far || (!io->buffers[i].OnMlu() && !model->device()->HostReads());
  }
  if (far) {
    INFER_RETURN_IF_ERROR(Upload(*io, rows));
    io = any_cast<ModelIO>(&uploaded->data);
  }
  auto slot = outputs.Acquire(rows);
  if (!slot.ok()) return slot.status();
  output = std::move(slot).value();
  for (std::size_t i = 0; i < input_data.size(); ++i) input_data[i] = io->buffers[i].Data();
  auto& out = output->GetLref<ModelIO>();
  for (std::size_t i = 0; i < output_data.size(); ++i)
    output_data[i] = out.buffers[i].MutableData();
  INFER_RETURN_IF_ERROR(stream->Execute(engine.get(), input_data.data(), input_data.size(),
                                        output_data.data(), output_data.size(),
                                        static_cast<int>(rows)));
  return to_host ? Download(out, rows) : devices::Status();
}

Status Predictor::Impl::Finish(Package* package, const devices::Status& status) {
  if (status.ok()) package->predict_io = std::move(to_host ? downloaded : output);
  uploaded.reset();
  output.reset();
  downloaded.reset();
  if (status.ok()) return Status::SUCCESS;
  return Explain(ToPublicStatus(status.code()), "Predictor: " + status.message());
}

Status Predictor::Impl::Begin(const PackagePtr& package, StageDone* done) {
  if (package->data.empty() || package->predict_io == nullptr)
    return Explain(Status::INVALID_PARAM, kNoInput);
  try {
    failure = Queue(*package);
  } catch (const BufferError& e) {
    failure = devices::Status(devices::Code::kOutOfMemory, e.what());
  }
  const devices::Status called = stream->Callback([done](devices::Status) { done->Done(); });
  if (called.ok()) return Status::SUCCESS;
  const devices::Status status = stream->Synchronize(std::chrono::milliseconds(-1));
  return Finish(package.get(), !failure.ok() ? failure : !status.ok() ? status : called);
}

Status Predictor::Impl::End(const PackagePtr& package, std::uint32_t late) {
  if (late == 0) {
    const devices::Status status = stream->Synchronize(std::chrono::milliseconds(-1));
    return Finish(package.get(), failure.ok() ? status : failure);
  }
  const devices::Status stopped = stream->Stop();
  if (stopped.code() == devices::Code::kUnsupported) return End(package, 0);  // It must be awaited.
  std::string what = "the device did not finish within " + std::to_string(late) + " ms; ";
  what += stopped.ok() ? "what it was doing was stopped" : stopped.message();
  return Finish(
      package.get(),
      devices::Status(stopped.ok() ? devices::Code::kTimeout : devices::Code::kDeviceError, what));
}

std::string Predictor::Backend() { return DefaultRuntime(); }

Predictor::Predictor() : ProcessorForkable("Predictor") {}
Predictor::~Predictor() = default;

Status Predictor::Init() {
  Status status = Status::SUCCESS;
  auto model = ModelParam(*this, &status);
  if (model == nullptr) return status;
  impl_ = std::make_unique<Impl>(std::move(model));
  const devices::Status started = impl_->Start(*this);
  if (started.ok()) return Status::SUCCESS;
  impl_.reset();
  return Explain(ToPublicStatus(started.code()), "Predictor: " + started.message());
}

Status Predictor::Process(PackagePtr data) {
  if (impl_ == nullptr || data == nullptr || data->data.empty())
    return Explain(Status::INVALID_PARAM, "Predictor: needs Init() and at least one item");
  if (data->predict_io == nullptr) return Explain(Status::INVALID_PARAM, kNoInput);
  const devices::Status queued = impl_->Queue(*data);
  const devices::Status done = impl_->stream->Synchronize(std::chrono::milliseconds(-1));
  return impl_->Finish(data.get(), queued.ok() ? done : queued);
}

AsyncStage* Predictor::Async() const {
  return impl_ != nullptr && impl_->model->device()->Queues() ? impl_.get() : nullptr;
}

}  // namespace infer_server
