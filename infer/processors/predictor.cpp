// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "devices/base/log.h"
#include "infer/default_runtime.h"
#include "infer/processors/stage_params.h"
#include "infer/status_code.h"
#include "infer/tensor_slots.h"
#include "processor.h"

namespace infer_server {

struct Predictor::Impl {
  explicit Impl(std::shared_ptr<LoadedModel> loaded)
      : model(std::move(loaded)),
        uploads(model, TensorSlots::Side::kInputs),
        outputs(model, TensorSlots::Side::kOutputs),
        input_data(model->inputs().size()),
        output_data(model->outputs().size()) {}

  devices::Status Start(const Processor& stage);
  devices::Status Upload(const ModelIO& io, std::size_t rows, InferDataPtr* uploaded);
  devices::Status Run(const InferDataPtr& input, std::size_t rows, InferDataPtr* output);

  const std::shared_ptr<LoadedModel> model;
  std::unique_ptr<devices::Engine> engine;
  TensorSlots uploads;  // For input that lies where the device cannot reach it.
  TensorSlots outputs;
  std::vector<const void*> input_data;
  std::vector<void*> output_data;
  std::unique_ptr<devices::Stream> stream;  // Last: it may be running the engine.
};

devices::Status Predictor::Impl::Start(const Processor& stage) {
  auto made = model->model().NewEngine();
  if (!made.ok()) return devices::Status(made.status()).WithContext("make an engine");
  engine = std::move(made).value();
  auto opened = NewStageStream(stage, *model);
  if (!opened.ok()) return devices::Status(opened.status()).WithContext("open a stream");
  stream = std::move(opened).value();
  return devices::Status();
}

devices::Status Predictor::Impl::Upload(const ModelIO& io, std::size_t rows,
                                        InferDataPtr* uploaded) {
  auto slot = uploads.Acquire(rows);
  if (!slot.ok()) return slot.status();
  *uploaded = std::move(slot).value();
  auto& to = (*uploaded)->GetLref<ModelIO>().buffers;
  for (std::size_t i = 0; i < to.size(); ++i)
    to[i].CopyFrom(io.buffers[i], rows * uploads.row_bytes(i));
  return devices::Status();
}

devices::Status Predictor::Impl::Run(const InferDataPtr& input, std::size_t rows,
                                     InferDataPtr* output) {
  const auto* io = any_cast<ModelIO>(&input->data);
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
  InferDataPtr uploaded;
  if (far) {
    INFER_RETURN_IF_ERROR(Upload(*io, rows, &uploaded));
    io = any_cast<ModelIO>(&uploaded->data);
  }
  auto slot = outputs.Acquire(rows);
  if (!slot.ok()) return slot.status();
  *output = std::move(slot).value();
  for (std::size_t i = 0; i < input_data.size(); ++i) input_data[i] = io->buffers[i].Data();
  auto& buffers = (*output)->GetLref<ModelIO>().buffers;
  for (std::size_t i = 0; i < output_data.size(); ++i) output_data[i] = buffers[i].MutableData();
  INFER_RETURN_IF_ERROR(stream->Execute(engine.get(), input_data.data(), input_data.size(),
                                        output_data.data(), output_data.size(),
                                        static_cast<int>(rows)));
  return stream->Synchronize(std::chrono::milliseconds(-1));
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
  if (impl_ == nullptr || data == nullptr || data->data.empty() || data->predict_io == nullptr)
    return Explain(Status::INVALID_PARAM,
                   "Predictor: needs Init() and the preprocessor's predict_io");
  InferDataPtr output;
  const devices::Status status = impl_->Run(data->predict_io, data->data.size(), &output);
  if (!status.ok()) return Explain(ToPublicStatus(status.code()), "Predictor: " + status.message());
  data->predict_io = std::move(output);
  return Status::SUCCESS;
}

}  // namespace infer_server
