// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/cpu_image_processor.h"

#include <string>
#include <utility>

#include "devices/cpu/cpu_device.h"
#include "devices/image/draw_scaled.h"
#include "devices/image/to_tensor.h"
#include "devices/image_plan.h"

namespace infer_server::devices {
namespace {

constexpr std::size_t kRowAlignment = 64;

ImageLimits MakeLimits() {
  ImageLimits limits;
  limits.max_from_width = limits.max_from_height = kMaxImageSide;
  limits.max_to_width = limits.max_to_height = kMaxImageSide;
  limits.max_enlarged = limits.max_reduced = kMaxImageSide;
  return limits;
}

}  // namespace

const ImageLimits& CpuImageProcessor::Limits() const {
  static const ImageLimits limits = MakeLimits();
  return limits;
}

bool CpuImageProcessor::Converts(PixelFormat from, PixelFormat to) const {
  return ConvertsEverywhere(from == PixelFormat::kI420 ? PixelFormat::kNV12 : from, to);
}

Result<ImageTask> CpuImageProcessor::Plan(const ImageTask& task) const {
  if (!Converts(task.from.format, task.to.format))
    return Status(Code::kUnsupported, std::string("image: ") + NameOf(task.from.format) +
                                          " cannot become " + NameOf(task.to.format) +
                                          " on the host");
  return PlanImageTask(Limits(), task);
}

Result<DevicePicture> CpuImageProcessor::NewPicture(PixelFormat format, int width, int height) {
  if (width < 1 || height < 1 || width > kMaxImageSide || height > kMaxImageSide)
    return Status(Code::kInvalidArgument,
                  "a picture of " + std::to_string(width) + " x " + std::to_string(height) +
                      "; both sides must be 1 to " + std::to_string(kMaxImageSide));
  DevicePicture picture;
  picture.image.format = format;
  picture.image.width = width;
  picture.image.height = height;
  std::size_t offset[kMaxPlanes] = {}, bytes = 0;
  for (int p = 0; p < PlaneCount(format); ++p) {
    const std::size_t row =
        (RowBytes(format, p, width) + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
    picture.image.stride[p] = static_cast<std::ptrdiff_t>(row);
    offset[p] = bytes;
    bytes += row * static_cast<std::size_t>(PlaneRows(format, p, height));
  }
  Result<Memory> memory = CpuDevice().Allocate(bytes, MemoryKind::kDevice);
  if (!memory.ok()) return memory.status();
  picture.memory = std::move(memory).value();
  for (int p = 0; p < PlaneCount(format); ++p)
    picture.image.data[p] = static_cast<std::uint8_t*>(picture.memory.data()) + offset[p];
  return picture;
}

Status DrawImages(const ImageTask* tasks, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const ImageTask& task = tasks[i];
    INFER_RETURN_IF_ERROR(DrawScaled(task.from, task.crop, task.to, task.fill, task.pad));
  }
  return Status();
}

}  // namespace infer_server::devices
