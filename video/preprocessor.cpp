// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "devices/runtime.h"
#include "infer/explain.h"
#include "infer/loaded_model.h"
#include "infer/processors/stage_params.h"
#include "infer/recycle.h"
#include "infer/status_code.h"
#include "video/preprocess.h"
#include "video/processors.h"

namespace infer_server::video {

namespace {

// The input tensor of one batch, used again as soon as nobody else holds it.
struct Slot {
  InferDataPtr io;
  devices::Memory device;
  devices::Memory staging;  // What the host writes when it cannot write `device`.

  void* host() const { return staging ? staging.data() : device.data(); }

  bool Free() const { return Unshared(io); }
};

bool Equal(const InputSettings& a, const InputSettings& b) {
  return a.color_order == b.color_order && a.scale == b.scale && a.mean == b.mean &&
         a.std == b.std && a.keep_aspect_ratio == b.keep_aspect_ratio && a.align == b.align &&
         a.pad_value == b.pad_value && a.interpolation == b.interpolation;
}

bool Equal(const PostSettings& a, const PostSettings& b) {
  return a.labels.names() == b.labels.names() && a.class_thresholds == b.class_thresholds &&
         a.threshold == b.threshold && a.nms_threshold == b.nms_threshold &&
         a.max_objects == b.max_objects && a.label_offset == b.label_offset;
}

}  // namespace

bool SharedSetup::operator==(const SharedSetup& other) const {
  if (setup == other.setup) return true;
  if (setup == nullptr || other.setup == nullptr) return false;
  const ModelSetup &a = *setup, &b = *other.setup;
  // The names are provenance, which the elements write themselves.
  return a.postprocess == b.postprocess && a.custom_postprocess == b.custom_postprocess &&
         Equal(a.input, b.input) && Equal(a.post, b.post);
}

struct VideoPreprocessor::Impl {
  // One batch being filled, one at the engine, one that waits between them.
  static constexpr std::size_t kSlots = 3;

  std::shared_ptr<const ModelSetup> setup;
  std::shared_ptr<LoadedModel> model;
  std::shared_ptr<devices::Device> device;
  std::unique_ptr<devices::Stream> stream;  // Only where the host cannot write device memory.
  int device_id = 0;
  devices::TensorInfo input;
  std::vector<Slot> slots;

  devices::Status Prepare(const Processor& stage, const std::string& device_name);
  devices::Status AddSlot();
  devices::Result<Slot*> FreeSlot();
  devices::Status Fill(Package* batch);
};

devices::Status VideoPreprocessor::Impl::Prepare(const Processor& stage,
                                                 const std::string& device_name) {
  const auto& inputs = model->model().Inputs();
  if (inputs.size() != 1)
    return devices::Status(devices::Code::kInvalidArgument,
                           "a video session needs a model with one input, an image; this one has " +
                               devices::ToString(inputs));
  input = inputs[0];
  INFER_RETURN_IF_ERROR(ImageInputOf(input).status());
  devices::Result<devices::DeviceName> name = devices::ParseDeviceName(device_name);
  if (!name.ok()) return name.status();
  device_id = name.value().id;
  devices::Result<std::shared_ptr<devices::Device>> opened = devices::OpenDevice(name.value());
  if (!opened.ok()) return opened.status();
  device = std::move(opened).value();
  if (!device->HostReads()) {
    devices::Result<std::unique_ptr<devices::Stream>> made = NewStageStream(stage, *model);
    if (!made.ok()) return made.status();
    stream = std::move(made).value();
  }
  slots.reserve(kSlots);
  return AddSlot();
}

devices::Status VideoPreprocessor::Impl::AddSlot() {
  const std::size_t bytes =
      input.ItemBytes() * static_cast<std::size_t>(model->model().BatchSize());
  Slot slot;
  devices::Result<devices::Memory> memory = device->Allocate(bytes, devices::MemoryKind::kDevice);
  if (!memory.ok()) return memory.status();
  slot.device = std::move(memory).value();
  if (!device->HostReads()) {
    memory = device->Allocate(bytes, devices::MemoryKind::kPinned);
    if (!memory.ok()) return memory.status();
    slot.staging = std::move(memory).value();
  }
  ModelIO io;
  io.buffers.emplace_back(slot.device.data(), bytes, Buffer::MluMemoryDeallocator(), device_id);
  io.shapes.emplace_back(input.shape);
  slot.io = std::make_shared<InferData>();
  slot.io->Set(std::move(io));
  slots.push_back(std::move(slot));
  return {};
}

devices::Result<Slot*> VideoPreprocessor::Impl::FreeSlot() {
  for (Slot& slot : slots)
    if (slot.Free()) return &slot;
  if (slots.size() == kSlots)
    return devices::Status(devices::Code::kDeviceError,
                           "every input tensor of the engine is still in use");
  INFER_RETURN_IF_ERROR(AddSlot());
  return &slots.back();
}

devices::Status VideoPreprocessor::Impl::Fill(Package* batch) {
  devices::Result<Slot*> free = FreeSlot();
  if (!free.ok()) return free.status();
  Slot& slot = *free.value();
  auto* out = static_cast<unsigned char*>(slot.host());
  for (InferDataPtr& data : batch->data) {
    auto* item = data.GetLref<VideoItem*>();
    item->result.Clear();
    INFER_RETURN_IF_ERROR(
        FillTensor(item->frame, item->region, setup->input, input, out, &item->placement));
    out += input.ItemBytes();
  }
  if (stream != nullptr) {
    INFER_RETURN_IF_ERROR(stream->CopyAsync(slot.device.data(), slot.staging.data(),
                                            input.ItemBytes() * batch->data.size(),
                                            devices::CopyKind::kHostToDevice));
    INFER_RETURN_IF_ERROR(stream->Synchronize(std::chrono::milliseconds(-1)));
  }
  slot.io->GetLref<ModelIO>().shapes[0][0] = static_cast<Shape::value_type>(batch->data.size());
  batch->predict_io = slot.io;
  return {};
}

VideoPreprocessor::VideoPreprocessor() : ProcessorForkable("VideoPreprocessor") {}
VideoPreprocessor::~VideoPreprocessor() = default;

Status VideoPreprocessor::Init() {
  try {
    auto impl = std::make_unique<Impl>();
    impl->setup = GetParam<SharedSetup>("setup").setup;
    impl->model = LoadedModel::From(GetParam<ModelPtr>("model_info"));
    if (impl->setup == nullptr || impl->model == nullptr)
      return Explain(Status::INVALID_PARAM,
                     "VideoPreprocessor: parameter 'setup' or 'model_info' is empty; expected a "
                     "settled setup and "
                     "a loaded model");
    const devices::Status status = impl->Prepare(*this, GetParam<std::string>("device_name"));
    if (!status.ok())
      return Explain(ToPublicStatus(status.code()), "VideoPreprocessor: " + status.message());
    impl_ = std::move(impl);
    return Status::SUCCESS;
  } catch (const bad_any_cast&) {
    return Explain(
        Status::WRONG_TYPE,
        "VideoPreprocessor: parameter 'setup' has the wrong type; expected a SharedSetup");
  } catch (const std::out_of_range&) {
    return Explain(Status::INVALID_PARAM,
                   "VideoPreprocessor: parameter 'setup' is not set; expected a SharedSetup");
  }
}

Status VideoPreprocessor::Process(PackagePtr data) {
  try {
    const devices::Status status = impl_->Fill(data.get());
    if (status.ok()) return Status::SUCCESS;
    return Explain(ToPublicStatus(status.code()), "VideoPreprocessor: " + status.message());
  } catch (const bad_any_cast&) {
    return Explain(Status::WRONG_TYPE, "VideoPreprocessor: an item must hold a VideoItem*");
  }
}

}  // namespace infer_server::video
