// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "devices/convert_elements.h"
#include "infer/explain.h"
#include "infer/loaded_model.h"
#include "infer/status_code.h"
#include "video/processors.h"
#include "video/stage_init.h"

namespace infer_server::video {

struct VideoPostprocessor::Impl {
  std::shared_ptr<const ModelSetup> setup;
  std::shared_ptr<LoadedModel> model;
  std::unique_ptr<PostProcessor> post;
  // Per output: one item as floats, empty where the engine's own memory can be read as it is.
  std::vector<std::vector<float>> converted;
  std::vector<const float*> rows;

  devices::Status Prepare();
  devices::Status Run(Package* batch);
};

devices::Status VideoPostprocessor::Impl::Prepare() {
  const auto& outputs = model->model().Outputs();
  devices::Result<std::unique_ptr<PostProcessor>> made =
      MakePostProcessor(*setup, model->model().Inputs(), outputs);
  if (!made.ok()) return made.status();
  post = std::move(made).value();
  INFER_RETURN_IF_ERROR(post->Bind(setup->post, model->model().Inputs(), outputs));
  rows.resize(outputs.size());
  converted.resize(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i].type != devices::DataType::kFloat32)
      converted[i].resize(outputs[i].ItemElements());
  return {};
}

devices::Status VideoPostprocessor::Impl::Run(Package* batch) {
  const auto& outputs = model->model().Outputs();
  const auto& io = batch->predict_io->GetLref<ModelIO>();
  for (const Buffer& output : io.buffers)
    if (output.OnMlu() && !model->device()->HostReads())
      return devices::Status(devices::Code::kInvalidArgument,
                             "predict_io lies in memory of the device, which the host cannot read; "
                             "expected it in host memory");
  for (std::size_t row = 0; row < batch->data.size(); ++row) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const void* item =
          static_cast<const char*>(io.buffers[i].Data()) + row * outputs[i].ItemBytes();
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

Status VideoPostprocessor::Init() { return InitStage(*this, &impl_); }

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
