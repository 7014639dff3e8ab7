// SPDX-License-Identifier: Apache-2.0
// The process_functions of opencv_frame.h.
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "infer/explain.h"
#include "infer/loaded_model.h"
#include "infer/status_code.h"
#include "infer/type_name.h"
#include "opencv_frame.h"
#include "video/host_picture.h"
#include "video/opencv_frame_view.h"
#include "video/video_frame_view.h"

namespace infer_server::video {
namespace {

using devices::Result;

struct Settings {
  const char* name;  // "OpencvPreproc", for messages.
  HostPictureSettings picture;
  bool floats = false;  // Frames of floats are taken.
  devices::Status wrong;
};

// REQUIRES: the item outlives the view.
Result<FrameView> ViewOfItem(const InferData& input, bool floats, const ModelInfo& model,
                             cv::Mat* kept, BoundingBox* roi) {
  if (const auto* frame = any_cast<OpencvFrame>(&input.data)) {
    *roi = frame->roi;
    return ViewOf(*frame, floats, kept);
  }
  if (const auto* frame = any_cast<VideoFrame>(&input.data)) {
    *roi = frame->roi;
    const auto* loaded = dynamic_cast<const LoadedModel*>(&model);
    return ViewOf(*frame, loaded != nullptr && loaded->device()->HostReads());
  }
  return devices::Status(devices::Code::kInvalidArgument,
                         std::string("the item holds ") +
                             (input.HasValue() ? NameOfType(input.data.type()) : "nothing") +
                             "; expected an OpencvFrame or a VideoFrame");
}

devices::Status Convert(const Settings& settings, const InferData& input, const ModelInfo& model,
                        ModelIO* io) {
  INFER_RETURN_IF_ERROR(settings.wrong);
  cv::Mat kept;
  BoundingBox roi;
  const Result<FrameView> view = ViewOfItem(input, settings.floats, model, &kept, &roi);
  if (!view.ok()) return view.status();
  const Result<Rect> region = RegionOf(roi, static_cast<std::size_t>(view.value().width),
                                       static_cast<std::size_t>(view.value().height));
  if (!region.ok()) return region.status();
  return WriteHostPicture(view.value(), region.value(), settings.picture, model, io);
}

bool Run(const Settings& settings, ModelIO* io, const InferData& input, const ModelInfo& model) {
  try {
    const devices::Status status = Convert(settings, input, model, io);
    if (status.ok()) return true;
    Explain(ToPublicStatus(status.code()), std::string(settings.name) + ": " + status.message());
  } catch (const std::exception& e) {
    Explain(Status::ERROR_BACKEND, std::string(settings.name) + ": " + e.what());
  }
  return false;
}

}  // namespace

namespace detail {

bool ResizeConvert(PixelFmt dst_fmt, ModelIO* model_input, const InferData& input,
                   const ModelInfo& model) {
  Settings settings;
  settings.name = "OpencvResizeConvert";
  settings.picture.format = dst_fmt;
  settings.picture.alpha_optional = true;
  return Run(settings, model_input, input, model);
}

}  // namespace detail

PreprocessorHost::ProcessFunction OpencvPreproc::GetFunction(
    PixelFmt dst_fmt, std::vector<float> mean, std::vector<float> std_dev, bool normalize,
    bool keep_aspect_ratio, int pad_value, bool transpose, DataType src_depth) {
  auto settings = std::make_shared<Settings>();
  settings->name = "OpencvPreproc";
  settings->picture = {dst_fmt,   false, std::move(mean),   std::move(std_dev),
                       normalize, true,  keep_aspect_ratio, pad_value,
                       transpose};
  settings->floats = src_depth == DataType::FLOAT32;
  settings->wrong = CheckHostPicture(settings->picture);
  if (settings->wrong.ok() && src_depth != DataType::UINT8 && src_depth != DataType::FLOAT32)
    settings->wrong =
        devices::Status(devices::Code::kInvalidArgument,
                        "src_depth is " + std::to_string(static_cast<int>(src_depth)) +
                            "; expected UINT8 or FLOAT32");
  return [settings = std::shared_ptr<const Settings>(std::move(settings))](
             ModelIO* io, const InferData& input, const ModelInfo& model) {
    return Run(*settings, io, input, model);
  };
}

}  // namespace infer_server::video
