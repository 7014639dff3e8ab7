// SPDX-License-Identifier: Apache-2.0
#include "devices/image/to_tensor.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "devices/image/color_matrix.h"
#include "devices/image/sample_rows.h"
#include "devices/image/to_tensor_colors.h"
#include "devices/image/write_rows.h"

namespace infer_server::devices {
namespace {

// What a thread keeps between calls.
struct Scratch {
  PlaneSampler samplers[kMaxPlanes];
  std::vector<float> components;  // Three rows.
  RowWriter<std::uint8_t> bytes;
  RowWriter<std::uint16_t> halves;
  RowWriter<float> floats;
};

Status Invalid(const std::string& message) {
  return Status(Code::kInvalidArgument, "image to tensor: " + message);
}

std::string Size(int width, int height) {
  return std::to_string(width) + " x " + std::to_string(height);
}

bool GoodSize(int width, int height) {
  return width >= 1 && height >= 1 && width <= kMaxImageSide && height <= kMaxImageSide;
}

// Called for bad planes only: the good ones build no text.
std::string PlaneName(const ImageView& frame, int plane) {
  return "plane " + std::to_string(plane) + " of the " + NameOf(frame.format) + " frame (of " +
         std::to_string(PlaneCount(frame.format)) + ")";
}

Status CheckFrame(const ImageView& frame) {
  if (!GoodSize(frame.width, frame.height))
    return Invalid("the frame has " + Size(frame.width, frame.height) +
                   " pixels; both sides must be in 1.." + std::to_string(kMaxImageSide));
  for (int p = 0; p < PlaneCount(frame.format); ++p) {
    if (frame.data[p] == nullptr) return Invalid(PlaneName(frame, p) + " is missing");
    const auto row = static_cast<std::ptrdiff_t>(RowBytes(frame.format, p, frame.width));
    if (PlaneRows(frame.format, p, frame.height) > 1 && std::abs(frame.stride[p]) < row)
      return Invalid(PlaneName(frame, p) + " has a stride of " + std::to_string(frame.stride[p]) +
                     " bytes; a row of " + std::to_string(frame.width) + " pixels needs " +
                     std::to_string(row));
  }
  return Status();
}

// Also false for NaN.
bool GoodSpan(double begin, double size) {
  constexpr double kFar = kMaxImageSide;
  return begin >= -kFar && size > 0 && begin + size <= kFar;
}

Status CheckGeometry(const ToTensorParams& p) {
  if (!GoodSize(p.width, p.height))
    return Invalid("the picture to make has " + Size(p.width, p.height) +
                   " pixels; both sides must be in 1.." + std::to_string(kMaxImageSide));
  // Written without sums that overflow.
  if (p.fill_x < 0 || p.fill_y < 0 || p.fill_width < 1 || p.fill_height < 1 ||
      p.fill_width > p.width - p.fill_x || p.fill_height > p.height - p.fill_y)
    return Invalid("the filled part, " + Size(p.fill_width, p.fill_height) + " at (" +
                   std::to_string(p.fill_x) + ", " + std::to_string(p.fill_y) +
                   "), is not inside the picture of " + Size(p.width, p.height));
  if (!GoodSpan(p.crop_x, p.crop_width) || !GoodSpan(p.crop_y, p.crop_height))
    return Invalid("the crop, " + std::to_string(p.crop_width) + " x " +
                   std::to_string(p.crop_height) + " at (" + std::to_string(p.crop_x) + ", " +
                   std::to_string(p.crop_y) + "), must have an area and lie within " +
                   std::to_string(kMaxImageSide) + " pixels of the origin");
  return Status();
}

Status CheckValues(const ToTensorParams& p) {
  if (!(p.pad_value >= 0 && p.pad_value <= 255))
    return Invalid("pad_value " + std::to_string(p.pad_value) + " is not in 0..255");
  for (std::size_t c = 0; c < static_cast<std::size_t>(Channels(p.color_order)); ++c) {
    if (!std::isfinite(p.scale[c]) || !std::isfinite(p.mean[c]) || !std::isfinite(p.std[c]))
      return Invalid("scale, mean or std[" + std::to_string(c) + "] is not a finite number");
    if (p.std[c] == 0)
      return Invalid("std[" + std::to_string(c) + "] is 0; it divides, so use 1 for none");
  }
  if (p.layout != Layout::kNCHW && p.layout != Layout::kNHWC)
    return Status(Code::kUnsupported, std::string("image to tensor: layout ") + NameOf(p.layout) +
                                          "; a tensor is filled as NCHW or NHWC");
  if (p.type != DataType::kUint8 && p.type != DataType::kFloat16 && p.type != DataType::kFloat32)
    return Status(Code::kUnsupported, std::string("image to tensor: element type ") +
                                          NameOf(p.type) + "; there are u8, f16 and f32");
  return Status();
}

// Sets up one sampler a plane that is read and returns their number.
int SetUpSamplers(const ImageView& frame, const ToTensorParams& p, PlaneSampler* samplers) {
  const SampleAxis x = MakeAxis(p.crop_x, p.crop_width, p.fill_width, frame.width, p.interpolation);
  const SampleAxis y =
      MakeAxis(p.crop_y, p.crop_height, p.fill_height, frame.height, p.interpolation);
  samplers[0].SetUp(SourceOf(frame, 0), x, y, p.fill_width);
  if (p.color_order == ColorOrder::kGray) return 1;  // Chroma does not count.
  const int planes = PlaneCount(frame.format);
  const double site_x = frame.site == ChromaSite::kCenter ? 0.5 : 0;
  const double site_y = frame.site == ChromaSite::kTopLeft ? 0 : 0.5;
  for (int plane = 1; plane < planes; ++plane) {
    const int columns = PlaneColumns(frame.format, plane, frame.width);
    const int rows = PlaneRows(frame.format, plane, frame.height);
    samplers[plane].SetUp(SourceOf(frame, plane), HalfAxis(x, site_x, columns, p.interpolation),
                          HalfAxis(y, site_y, rows, p.interpolation), p.fill_width);
  }
  return planes;
}

template <typename T>
void Run(const ImageView& frame, const ToTensorParams& p, const ColorMap& colors,
         RowWriter<T>* writer, Scratch* scratch, void* out) {
  const int planes = SetUpSamplers(frame, p, scratch->samplers);
  writer->SetUp(p, colors, static_cast<T*>(out));
  const auto count = static_cast<std::size_t>(p.fill_width);
  if (scratch->components.size() < 3 * count) scratch->components.resize(3 * count);
  float* const base = scratch->components.data();
  float* const rows[3] = {base, base + count, base + 2 * count};
  // Which row each plane's first component goes to; the ones nobody writes must be numbers.
  std::fill(base, base + 3 * count, 0.0f);
  for (int y = 0; y < p.fill_y; ++y) writer->Pad(y);
  for (int y = 0; y < p.fill_height; ++y) {
    for (int plane = 0; plane < planes; ++plane) scratch->samplers[plane].Sample(y, rows + plane);
    writer->Write(p.fill_y + y, rows);
  }
  for (int y = p.fill_y + p.fill_height; y < p.height; ++y) writer->Pad(y);
}

}  // namespace

Status ToTensor(const ImageView& frame, const ToTensorParams& params, void* out) {
  return ToTensorWithColors(
      frame, params, MakeColorMap(frame.format, frame.matrix, frame.range, params.color_order),
      out);
}

Status ToTensorWithColors(const ImageView& frame, const ToTensorParams& params,
                          const ColorMap& colors, void* out) {
  INFER_RETURN_IF_ERROR(CheckFrame(frame));
  INFER_RETURN_IF_ERROR(CheckGeometry(params));
  INFER_RETURN_IF_ERROR(CheckValues(params));
  if (out == nullptr) return Invalid("there is no memory to write to");
  try {
    thread_local Scratch scratch;
    if (params.type == DataType::kUint8)
      Run(frame, params, colors, &scratch.bytes, &scratch, out);
    else if (params.type == DataType::kFloat16)
      Run(frame, params, colors, &scratch.halves, &scratch, out);
    else
      Run(frame, params, colors, &scratch.floats, &scratch, out);
  } catch (const std::exception& e) {
    return Status(Code::kOutOfMemory,
                  std::string("image to tensor: no memory for the rows in work: ") + e.what());
  }
  return Status();
}

}  // namespace infer_server::devices
