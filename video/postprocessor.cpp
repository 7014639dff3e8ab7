// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "devices/convert_elements.h"
#include "devices/runtime.h"
#include "infer/explain.h"
#include "infer/loaded_model.h"
#include "infer/processors/stage_params.h"
#include "infer/status_code.h"
#include "video/processors.h"

namespace infer_server::video {

struct VideoPostprocessor::Impl {
  std::shared_ptr<const ModelSetup> setup;
  std::shared_ptr<LoadedModel> model;
  std::unique_ptr<PostProcessor> post;
  std::shared_ptr<devices::Device> device;
  std::unique_ptr<devices::Stream> stream;  // Only where the host cannot read device memory.
  std::vector<devices::Memory> staging;     // Then: one batch of each output.
  // Per output: one item as floats, empty where the engine's own memory can be read as it is.
  std::vector<std::vector<float>> converted;
  std::vector<const float*> rows;

  devices::Status Prepare(const Processor& stage, const std::string& device_name);
  devices::Status Run(Package* batch);
  devices::Status ToHost(const ModelIO& io, std::size_t items);
};

devices::Status VideoPostprocessor::Impl::Prepare(const Processor& stage,
                                                  const std::string& device_name) {
  const auto& outputs = model->model().Outputs();
  devices::Result<std::unique_ptr<PostProcessor>> made =
      MakePostProcessor(*setup, model->model().Inputs(), outputs);
  if (!made.ok()) return made.status();
  post = std::move(made).value();
  INFER_RETURN_IF_ERROR(post->Bind(setup->post, model->model().Inputs(), outputs));
  devices::Result<devices::DeviceName> name = devices::ParseDeviceName(device_name);
  if (!name.ok()) return name.status();
  devices::Result<std::shared_ptr<devices::Device>> opened = devices::OpenDevice(name.value());
  if (!opened.ok()) return opened.status();
  device = std::move(opened).value();
  rows.resize(outputs.size());
  converted.resize(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i].type != devices::DataType::kFloat32)
      converted[i].resize(outputs[i].ItemElements());
  if (device->HostReads()) return {};
  devices::Result<std::unique_ptr<devices::Stream>> stream_made = NewStageStream(stage, *model);
  if (!stream_made.ok()) return stream_made.status();
  stream = std::move(stream_made).value();
  for (const devices::TensorInfo& output : outputs) {
    devices::Result<devices::Memory> memory =
        device->Allocate(output.ItemBytes() * static_cast<std::size_t>(model->model().BatchSize()),
                         devices::MemoryKind::kPinned);
    if (!memory.ok()) return memory.status();
    staging.push_back(std::move(memory).value());
  }
  return {};
}

devices::Status VideoPostprocessor::Impl::ToHost(const ModelIO& io, std::size_t items) {
  const auto& outputs = model->model().Outputs();
  for (std::size_t i = 0; i < outputs.size(); ++i)
    INFER_RETURN_IF_ERROR(stream->CopyAsync(staging[i].data(), io.buffers[i].Data(),
                                            outputs[i].ItemBytes() * items,
                                            devices::CopyKind::kDeviceToHost));
  return stream->Synchronize(std::chrono::milliseconds(-1));
}

devices::Status VideoPostprocessor::Impl::Run(Package* batch) {
  const auto& outputs = model->model().Outputs();
  const auto& io = batch->predict_io->GetLref<ModelIO>();
  if (stream != nullptr) INFER_RETURN_IF_ERROR(ToHost(io, batch->data.size()));
  for (std::size_t row = 0; row < batch->data.size(); ++row) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const void* base = stream != nullptr ? staging[i].data() : io.buffers[i].Data();
      const void* item = static_cast<const char*>(base) + row * outputs[i].ItemBytes();
      if (converted[i].empty()) {
        rows[i] = static_cast<const float*>(item);
      } else {
        devices::ToFloat(item, outputs[i].type, converted[i].size(), converted[i].data());
        rows[i] = converted[i].data();
      }
    }
    auto* item = batch->data[row].GetLref<VideoItem*>();
    item->result.Clear();
    devices::Status status =
        post->Process(rows.data(), item->placement, item->region, &item->result);
    if (status.ok()) continue;
    if (batch->data.size() == 1) return status;
    Explain(ToPublicStatus(status.code()), "VideoPostprocessor: " + status.message());
    batch->data[row].reset();  // Fails this item alone.
  }
  return {};
}

VideoPostprocessor::VideoPostprocessor() : ProcessorForkable("VideoPostprocessor") {}
VideoPostprocessor::~VideoPostprocessor() = default;

Status VideoPostprocessor::Init() {
  try {
    auto impl = std::make_unique<Impl>();
    impl->setup = GetParam<SharedSetup>("setup").setup;
    impl->model = LoadedModel::From(GetParam<ModelPtr>("model_info"));
    if (impl->setup == nullptr || impl->model == nullptr)
      return Explain(Status::INVALID_PARAM,
                     "VideoPostprocessor: parameter 'setup' or 'model_info' is empty; expected a "
                     "settled setup and "
                     "a loaded model");
    const devices::Status status = impl->Prepare(*this, GetParam<std::string>("device_name"));
    if (!status.ok())
      return Explain(ToPublicStatus(status.code()), "VideoPostprocessor: " + status.message());
    impl_ = std::move(impl);
    return Status::SUCCESS;
  } catch (const bad_any_cast&) {
    return Explain(
        Status::WRONG_TYPE,
        "VideoPostprocessor: parameter 'setup' has the wrong type; expected a SharedSetup");
  } catch (const std::out_of_range&) {
    return Explain(Status::INVALID_PARAM,
                   "VideoPostprocessor: parameter 'setup' is not set; expected a SharedSetup");
  }
}

Status VideoPostprocessor::Process(PackagePtr data) {
  if (data->predict_io == nullptr)
    return Explain(Status::INVALID_PARAM, "VideoPostprocessor: needs the predictor's predict_io");
  try {
    const devices::Status status = impl_->Run(data.get());
    if (status.ok()) return Status::SUCCESS;
    return Explain(ToPublicStatus(status.code()), "VideoPostprocessor: " + status.message());
  } catch (const bad_any_cast&) {
    return Explain(Status::WRONG_TYPE,
                   "VideoPostprocessor: an item must hold a VideoItem*, predict_io a ModelIO");
  } catch (const BufferError& error) {
    return Explain(Status::ERROR_MEMORY, std::string("VideoPostprocessor: ") + error.what());
  }
}

}  // namespace infer_server::video
