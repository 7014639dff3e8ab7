// SPDX-License-Identifier: Apache-2.0
#include "video/preprocess.h"

#include <string>
#include <utility>

#include "devices/image/to_tensor.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::DataType;
using devices::Layout;
using devices::Result;
using devices::Status;
using devices::TensorInfo;

Status Invalid(const TensorInfo& input, const std::string& message) {
  return Status(Code::kInvalidArgument, "input tensor " + input.ToString() + " " + message);
}

bool IsChannelCount(std::int64_t dimension) { return dimension == 1 || dimension == 3; }

Layout LayoutOf(const TensorInfo& input) {
  if (input.layout != Layout::kAny) return input.layout;
  return !IsChannelCount(input.shape[1]) && IsChannelCount(input.shape[3]) ? Layout::kNHWC
                                                                           : Layout::kNCHW;
}

}  // namespace

Result<ImageInput> ImageInputOf(const TensorInfo& input) {
  if (input.shape.size() != 4 || input.shape[0] != 1)
    return Invalid(input,
                   "is not a picture: expected [1,channels,height,width] or "
                   "[1,height,width,channels]");
  ImageInput image;
  image.layout = LayoutOf(input);
  const bool planar = image.layout == Layout::kNCHW;
  const std::int64_t channels = input.shape[planar ? 1 : 3];
  const std::int64_t height = input.shape[planar ? 2 : 1], width = input.shape[planar ? 3 : 2];
  if (!IsChannelCount(channels))
    return Invalid(input, std::string("has ") + std::to_string(channels) + " channels, read as " +
                              devices::NameOf(image.layout) + "; a picture has 1 or 3");
  if (width < 1 || height < 1 || width > devices::kMaxImageSide || height > devices::kMaxImageSide)
    return Invalid(input, "has no usable size as a picture: width and height must be in 1.." +
                              std::to_string(devices::kMaxImageSide));
  if (input.type != DataType::kUint8 && input.type != DataType::kFloat16 &&
      input.type != DataType::kFloat32)
    return Status(Code::kUnsupported, "input tensor " + input.ToString() +
                                          " has elements of type " + devices::NameOf(input.type) +
                                          "; pictures are made as u8, f16 or f32");
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.channels = static_cast<int>(channels);
  image.type = input.type;
  return image;
}

Status FillTensor(const FrameView& frame, const Rect& region, const InputSettings& settings,
                  const TensorInfo& input, void* out, Placement* placement) {
  const Result<ImageInput> image = ImageInputOf(input);
  if (!image.ok()) return image.status();
  const ImageInput& to = image.value();
  if (region.Empty())
    return Invalid(input, "cannot be filled from an empty region (" + std::to_string(region.w) +
                              " x " + std::to_string(region.h) + " pixels)");
  if (settings.color_order == ColorOrder::kGray && to.channels == 3)
    return Invalid(input, "has 3 channels, but color-order is gray; use rgb or bgr");
  const Placement place =
      Place(region, to.width, to.height, settings.keep_aspect_ratio, settings.align);
  devices::ToTensorParams params;
  params.crop_x = region.x;
  params.crop_y = region.y;
  params.crop_width = region.w;
  params.crop_height = region.h;
  params.width = to.width;
  params.height = to.height;
  params.fill_x = place.fill_x;
  params.fill_y = place.fill_y;
  params.fill_width = place.fill_width;
  params.fill_height = place.fill_height;
  params.color_order = to.channels == 1 ? ColorOrder::kGray : settings.color_order;
  params.layout = to.layout;
  params.type = to.type;
  params.interpolation = settings.interpolation;
  params.pad_value = settings.pad_value;
  params.scale = settings.scale;
  params.mean = settings.mean;
  params.std = settings.std;
  Status status = devices::ToTensor(frame, params, out);
  if (!status.ok()) return std::move(status).WithContext("input tensor " + input.ToString());
  *placement = place;
  return status;
}

}  // namespace infer_server::video
