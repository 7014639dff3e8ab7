// SPDX-License-Identifier: Apache-2.0
#include "devices/image_plan.h"

#include <cstdlib>
#include <string>

namespace infer_server::devices {
namespace {

Status Wrong(const std::string& what) { return Status(Code::kInvalidArgument, "image: " + what); }
Status Beyond(const std::string& what) { return Status(Code::kUnsupported, "image: " + what); }

std::string Size(int width, int height) {
  return std::to_string(width) + " x " + std::to_string(height);
}

std::string Text(const ImageRect& part) {
  return Size(part.width, part.height) + " at (" + std::to_string(part.x) + ", " +
         std::to_string(part.y) + ")";
}

template <typename T>
Status CheckPlanes(const BasicImage<T>& image, const char* what) {
  if (image.width < 1 || image.height < 1)
    return Wrong(std::string(what) + " has " + Size(image.width, image.height) +
                 " pixels; both sides must be at least 1");
  for (int p = 0; p < PlaneCount(image.format); ++p) {
    const std::string plane =
        "plane " + std::to_string(p) + " of " + what + " (" + NameOf(image.format) + ")";
    if (image.data[p] == nullptr) return Wrong(plane + " is missing");
    const auto row = static_cast<std::ptrdiff_t>(RowBytes(image.format, p, image.width));
    if (image.stride[p] < row)
      return Wrong(plane + " has a stride of " + std::to_string(image.stride[p]) +
                   " bytes; a row of " + std::to_string(image.width) + " pixels needs " +
                   std::to_string(row));
  }
  return Status();
}

// Written without sums that overflow.
Status CheckInside(const ImageRect& part, int width, int height, const char* what) {
  if (part.width < 1 || part.height < 1 || part.x < 0 || part.y < 0 || part.width > width ||
      part.height > height || part.x > width - part.width || part.y > height - part.height)
    return Wrong(std::string(what) + ", " + Text(part) +
                 ", must not be empty and lie inside its picture of " + Size(width, height));
  return Status();
}

Status CheckSize(const ImageLimits& limits, int width, int height, int max_width, int max_height,
                 const char* what) {
  if (width < limits.min_width || height < limits.min_height || width > max_width ||
      height > max_height)
    return Beyond(std::string(what) + " has " + Size(width, height) + " pixels; this device does " +
                  Size(limits.min_width, limits.min_height) + " to " + Size(max_width, max_height));
  return Status();
}

Status CheckRatio(const ImageLimits& limits, int from, int to, const char* side) {
  if (std::int64_t{from} * limits.max_enlarged >= to &&
      std::int64_t{to} * limits.max_reduced >= from)
    return Status();
  return Beyond(std::string(side) + " of " + std::to_string(from) + " pixels cannot become " +
                std::to_string(to) + "; this device enlarges " +
                std::to_string(limits.max_enlarged) + " times and reduces " +
                std::to_string(limits.max_reduced) + " times at most");
}

int StepOf(const ImageLimits& limits, PixelFormat format) {
  return IsYuv(format) && limits.step < 2 ? 2 : limits.step;
}

// Made larger, as far as the picture's whole steps go.
void Widen(int step, int size, int* at, int* length) {
  const int end = *at + *length;
  const int most = size / step * step;
  *at = *at / step * step;
  int new_end = (end + step - 1) / step * step;
  if (new_end > most) new_end = most;
  *length = new_end - *at;
}

bool IsWhole(const MutableImage& to, const ImageRect& fill) {
  return fill.width == to.width && fill.height == to.height;
}

Status CheckPad(const ImageLimits& limits, const ImageTask& task) {
  const auto& pad = task.pad;
  if (!limits.flat_pad || IsWhole(task.to, task.fill) ||
      (pad[1] == pad[2] && (IsYuv(task.to.format) || pad[0] == pad[1])))
    return Status();
  return Beyond("a pad of " + std::to_string(pad[0]) + ", " + std::to_string(pad[1]) + ", " +
                std::to_string(pad[2]) + "; this device needs " +
                (IsYuv(task.to.format) ? "U = V" : "R = G = B"));
}

}  // namespace

bool ConvertsEverywhere(PixelFormat from, PixelFormat to) {
  const bool to_rgb = to == PixelFormat::kRGB || to == PixelFormat::kBGR;
  if (from == PixelFormat::kNV12 || from == PixelFormat::kNV21)
    return to_rgb || to == PixelFormat::kNV12 || to == PixelFormat::kNV21;
  return to_rgb && !IsYuv(from) && from != PixelFormat::kGray8;
}

Result<ImageTask> PlanImageTask(const ImageLimits& limits, const ImageTask& task) {
  INFER_RETURN_IF_ERROR(CheckPlanes(task.from, "the frame"));
  INFER_RETURN_IF_ERROR(CheckPlanes(task.to, "the picture made"));
  INFER_RETURN_IF_ERROR(CheckInside(task.crop, task.from.width, task.from.height, "the crop"));
  INFER_RETURN_IF_ERROR(CheckInside(task.fill, task.to.width, task.to.height, "the filled part"));
  INFER_RETURN_IF_ERROR(CheckSize(limits, task.from.width, task.from.height, limits.max_from_width,
                                  limits.max_from_height, "the frame"));
  INFER_RETURN_IF_ERROR(CheckSize(limits, task.to.width, task.to.height, limits.max_to_width,
                                  limits.max_to_height, "the picture made"));
  if (IsYuv(task.to.format) && (task.to.width % 2 != 0 || task.to.height % 2 != 0))
    return Beyond(std::string("a ") + NameOf(task.to.format) + " picture of " +
                  Size(task.to.width, task.to.height) + " cannot be made; its sides must be even");
  INFER_RETURN_IF_ERROR(CheckPad(limits, task));
  ImageTask planned = task;
  const int from_step = StepOf(limits, task.from.format), to_step = StepOf(limits, task.to.format);
  Widen(from_step, task.from.width, &planned.crop.x, &planned.crop.width);
  Widen(from_step, task.from.height, &planned.crop.y, &planned.crop.height);
  if (!IsWhole(task.to, task.fill)) {
    ImageRect& fill = planned.fill;
    const int left_step = limits.fill_left_step > to_step ? limits.fill_left_step : to_step;
    fill.x = fill.x / left_step * left_step;
    fill.y = fill.y / to_step * to_step;
    fill.width = fill.width / to_step * to_step;
    fill.height = fill.height / to_step * to_step;
  }
  INFER_RETURN_IF_ERROR(CheckSize(limits, planned.crop.width, planned.crop.height,
                                  limits.max_from_width, limits.max_from_height, "the crop"));
  INFER_RETURN_IF_ERROR(CheckSize(limits, planned.fill.width, planned.fill.height,
                                  limits.max_to_width, limits.max_to_height, "the filled part"));
  INFER_RETURN_IF_ERROR(CheckRatio(limits, planned.crop.width, planned.fill.width, "a width"));
  INFER_RETURN_IF_ERROR(CheckRatio(limits, planned.crop.height, planned.fill.height, "a height"));
  return planned;
}

}  // namespace infer_server::devices
