// SPDX-License-Identifier: Apache-2.0
#include "video/host_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <sstream>
#include <string>

#include "devices/image/half.h"
#include "devices/image/to_tensor.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;

Status Invalid(const std::string& message) { return Status(Code::kInvalidArgument, message); }

int ChannelsOf(PixelFmt format) {
  switch (format) {
    case PixelFmt::RGB24:
    case PixelFmt::BGR24:
      return 3;
    case PixelFmt::RGBA:
    case PixelFmt::BGRA:
      return 4;
    default:
      return 0;
  }
}

// The tensor to be written.
struct Target {
  int width = 0, height = 0, channels = 0;
  bool planar = false;
  devices::DataType type = devices::DataType::kUint8;
  void* data = nullptr;

  std::size_t pixels() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
};

std::string ToText(const Shape& shape) {
  std::ostringstream text;
  text << shape;
  return text.str();
}

Result<devices::DataType> TypeOf(const ModelIO& io, std::size_t elements) {
  const std::size_t bytes = io.buffers[0].MemorySize();
  DataType type = DataType::INVALID;
  if (!io.layouts.empty())
    type = io.layouts[0].dtype;
  else if (bytes == elements || bytes == 4 * elements)
    type = bytes == elements ? DataType::UINT8 : DataType::FLOAT32;
  if (type != DataType::UINT8 && type != DataType::FLOAT16 && type != DataType::FLOAT32)
    return Invalid("host_input_layout must be UINT8, FLOAT32 or FLOAT16 to take pictures");
  if (bytes < elements * GetTypeSize(type))
    return Invalid("the buffer of the model's input has " + std::to_string(bytes) +
                   " bytes; its shape " + ToText(io.shapes[0]) + " needs more");
  if (type == DataType::UINT8) return devices::DataType::kUint8;
  return type == DataType::FLOAT16 ? devices::DataType::kFloat16 : devices::DataType::kFloat32;
}

Result<Target> TargetOf(const HostPictureSettings& settings, const ModelInfo& model, ModelIO* io) {
  if (model.InputNum() != 1 || io->buffers.size() != 1 || io->shapes.size() != 1)
    return Invalid("a picture needs a model with one input; this one has " +
                   std::to_string(model.InputNum()));
  const Shape& shape = io->shapes[0];
  const DimOrder order = io->layouts.empty() ? DimOrder::NONE : io->layouts[0].order;
  const int wanted = ChannelsOf(settings.format);
  const auto fits = [&](Shape::value_type channels) {
    return channels == wanted || (settings.alpha_optional && channels == 3);
  };
  Target target;
  if (shape.Size() == 4)
    target.planar = order == DimOrder::NCHW || (order != DimOrder::NHWC && !fits(shape[3]));
  if (shape.Size() != 4 || shape[0] != 1 || !fits(shape[target.planar ? 1 : 3]))
    return Invalid("the model's input is " + ToText(shape) +
                   " on the host; expected a picture of " + std::to_string(wanted) +
                   " channels for " + PixelFmtStr(settings.format));
  const auto height = shape[target.planar ? 2 : 1], width = shape[target.planar ? 3 : 2];
  if (width < 1 || height < 1 || width > devices::kMaxImageSide || height > devices::kMaxImageSide)
    return Invalid("the model's input is " + ToText(shape) + "; its sides must be in 1.." +
                   std::to_string(devices::kMaxImageSide));
  target.width = static_cast<int>(width);
  target.height = static_cast<int>(height);
  target.channels = static_cast<int>(shape[target.planar ? 1 : 3]);
  const Result<devices::DataType> type =
      TypeOf(*io, target.pixels() * static_cast<std::size_t>(target.channels));
  if (!type.ok()) return type.status();
  target.type = type.value();
  target.data = io->buffers[0].MutableData();
  return target;
}

// out = (value · scale − mean) / std; the fourth is alpha.
struct Normalization {
  float scale = 1;
  std::array<float, 4> mean{0, 0, 0, 0}, std{1, 1, 1, 1};
};

Result<Normalization> NormalizationOf(const HostPictureSettings& settings, devices::DataType type) {
  Normalization n;
  const bool plain = settings.mean.empty() && settings.std.empty();
  if (type == devices::DataType::kUint8) {
    if (!plain || settings.normalize)
      return Invalid("mean, std and normalize need host_input_layout FLOAT32 or FLOAT16");
    return n;
  }
  if (settings.normalize || (plain && settings.unit_floats)) n.scale = 1.0f / 255;
  for (std::size_t c = 0; c < 4; ++c) {
    if (!settings.mean.empty()) n.mean[c] = settings.mean[std::min(c, settings.mean.size() - 1)];
    if (!settings.std.empty()) n.std[c] = settings.std[std::min(c, settings.std.size() - 1)];
  }
  return n;
}

// Spreads a picture of three interleaved channels over the target: `from` has the target's size, or
// that with width and height exchanged. A fourth channel becomes `alpha`.
template <typename T>
void Spread(const T* from, bool transpose, T alpha, const Target& to) {
  T* out = static_cast<T*>(to.data);
  const auto width = static_cast<std::size_t>(to.width);
  const auto height = static_cast<std::size_t>(to.height);
  const auto channels = static_cast<std::size_t>(to.channels);
  const std::size_t step_c = to.planar ? width * height : 1, step_x = to.planar ? 1 : channels;
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const T* pixel = from + 3 * (transpose ? x * height + y : y * width + x);
      T* to_pixel = out + (y * width + x) * step_x;
      for (std::size_t c = 0; c < 3; ++c) to_pixel[c * step_c] = pixel[c];
      if (channels == 4) to_pixel[3 * step_c] = alpha;
    }
  }
}

void SpreadAny(const void* from, bool transpose, const Normalization& n, const Target& to) {
  const float alpha = (255 * n.scale - n.mean[3]) / n.std[3];
  if (to.type == devices::DataType::kUint8)
    return Spread(static_cast<const std::uint8_t*>(from), transpose, std::uint8_t{255}, to);
  if (to.type == devices::DataType::kFloat16)
    return Spread(static_cast<const std::uint16_t*>(from), transpose,
                  std::uint16_t{devices::HalfFromFloat(alpha)}, to);
  Spread(static_cast<const float*>(from), transpose, alpha, to);
}

Status CheckList(const char* name, const std::vector<float>& values, std::size_t channels,
                 bool divisor) {
  if (!values.empty() && values.size() != 1 && values.size() != channels)
    return Invalid(std::string(name) + " has " + std::to_string(values.size()) +
                   " values; expected none, 1 or " + std::to_string(channels));
  for (const float value : values)
    if (!std::isfinite(value) || (divisor && value == 0))
      return Invalid(std::string(name) + " has the value " + std::to_string(value) +
                     "; expected finite numbers" + (divisor ? " other than 0" : ""));
  return {};
}

}  // namespace

Status CheckHostPicture(const HostPictureSettings& settings) {
  const int channels = ChannelsOf(settings.format);
  if (channels == 0)
    return Invalid("dst_fmt is " + PixelFmtStr(settings.format) + " (" +
                   std::to_string(static_cast<int>(settings.format)) +
                   "); expected RGB24, BGR24, RGBA or BGRA");
  INFER_RETURN_IF_ERROR(
      CheckList("mean", settings.mean, static_cast<std::size_t>(channels), false));
  INFER_RETURN_IF_ERROR(CheckList("std", settings.std, static_cast<std::size_t>(channels), true));
  if (settings.pad_value < 0 || settings.pad_value > 255)
    return Invalid("pad_value is " + std::to_string(settings.pad_value) + "; expected 0..255");
  return {};
}

Placement PlaceEvenly(const Rect& region, int width, int height, bool keep_aspect_ratio) {
  Placement place = Place(region, width, height, keep_aspect_ratio, Align::kCenter);
  if ((width - place.fill_width) % 2 != 0) ++place.fill_width;
  if ((height - place.fill_height) % 2 != 0) ++place.fill_height;
  place.scale_x = static_cast<float>(place.fill_width) / region.w;
  place.scale_y = static_cast<float>(place.fill_height) / region.h;
  place.offset_x = static_cast<float>(place.fill_x) - region.x * place.scale_x;
  place.offset_y = static_cast<float>(place.fill_y) - region.y * place.scale_y;
  return place;
}

Status WriteHostPicture(const FrameView& frame, const Rect& region,
                        const HostPictureSettings& settings, const ModelInfo& model, ModelIO* io) {
  const Result<Target> found = TargetOf(settings, model, io);
  if (!found.ok()) return found.status();
  const Target& target = found.value();
  const Result<Normalization> normalization = NormalizationOf(settings, target.type);
  if (!normalization.ok()) return normalization.status();
  const Normalization& n = normalization.value();
  // Resampling is the same in x and y, so that exchanging them afterwards is exchanging them first.
  const int width = settings.transpose ? target.height : target.width;
  const int height = settings.transpose ? target.width : target.height;
  const Placement place = PlaceEvenly(region, width, height, settings.keep_aspect_ratio);
  const bool bgr = settings.format == PixelFmt::BGR24 || settings.format == PixelFmt::BGRA;
  const bool direct = !settings.transpose && target.channels == 3;
  devices::ToTensorParams params;
  params.crop_x = region.x;
  params.crop_y = region.y;
  params.crop_width = region.w;
  params.crop_height = region.h;
  params.width = width;
  params.height = height;
  params.fill_x = place.fill_x;
  params.fill_y = place.fill_y;
  params.fill_width = place.fill_width;
  params.fill_height = place.fill_height;
  params.color_order = bgr ? devices::ColorOrder::kBGR : devices::ColorOrder::kRGB;
  params.layout = direct && target.planar ? devices::Layout::kNCHW : devices::Layout::kNHWC;
  params.type = target.type;
  params.pad_value = static_cast<float>(settings.pad_value);
  params.scale.fill(n.scale);
  std::copy_n(n.mean.begin(), 3, params.mean.begin());
  std::copy_n(n.std.begin(), 3, params.std.begin());
  if (direct) return devices::ToTensor(frame, params, target.data);
  // Aligned for any element, being allocated.
  static thread_local std::vector<std::uint8_t> scratch;
  const std::size_t bytes = 3 * target.pixels() * devices::SizeOf(target.type);
  if (scratch.size() < bytes) scratch.resize(bytes);
  INFER_RETURN_IF_ERROR(devices::ToTensor(frame, params, scratch.data()));
  SpreadAny(scratch.data(), settings.transpose, n, target);
  return {};
}

}  // namespace infer_server::video
