// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "infer/explain.h"
#include "infer/loaded_model.h"
#include "infer/status_code.h"
#include "infer/tensor_slots.h"
#include "video/preprocess.h"
#include "video/processors.h"
#include "video/stage_init.h"

namespace infer_server::video {

namespace {

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
  std::shared_ptr<const ModelSetup> setup;
  std::shared_ptr<LoadedModel> model;
  devices::TensorInfo input;
  std::unique_ptr<TensorSlots> slots;

  devices::Status Prepare();
  devices::Status Fill(Package* batch);
};

devices::Status VideoPreprocessor::Impl::Prepare() {
  const auto& inputs = model->model().Inputs();
  if (inputs.size() != 1)
    return devices::Status(devices::Code::kInvalidArgument,
                           "a video session needs a model with one input, an image; this one has " +
                               devices::ToString(inputs));
  input = inputs[0];
  INFER_RETURN_IF_ERROR(ImageInputOf(input).status());
  slots = std::make_unique<TensorSlots>(model, TensorSlots::Side::kInputs,
                                        TensorSlots::HostPlace(*model));
  return slots->Acquire(1).status();  // Too little memory is told at the start.
}

devices::Status VideoPreprocessor::Impl::Fill(Package* batch) {
  devices::Result<InferDataPtr> slot = slots->Acquire(batch->data.size());
  if (!slot.ok()) return slot.status();
  auto* out =
      static_cast<unsigned char*>(slot.value()->GetLref<ModelIO>().buffers[0].MutableData());
  for (InferDataPtr& data : batch->data) {
    auto* item = data->GetLref<VideoItem*>();
    item->result.Clear();
    INFER_RETURN_IF_ERROR(
        FillTensor(item->frame, item->region, setup->input, input, out, &item->placement));
    out += input.ItemBytes();
  }
  batch->predict_io = std::move(slot).value();
  return {};
}

VideoPreprocessor::VideoPreprocessor() : ProcessorForkable("VideoPreprocessor") {}
VideoPreprocessor::~VideoPreprocessor() = default;

Status VideoPreprocessor::Init() { return InitStage(*this, &impl_); }

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
