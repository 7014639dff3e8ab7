// SPDX-License-Identifier: Apache-2.0
#include "devices/image/draw_scaled.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <vector>

#include "devices/image/color_matrix.h"
#include "devices/image/sample_rows.h"

namespace infer_server::devices {
namespace {

// What a thread keeps between calls.
struct Scratch {
  PlaneSampler samplers[kMaxPlanes];
  std::vector<float> rows;  // Three.
};

// 1: the plane has half as many samples as the picture has pixels, on both axes.
int Half(PixelFormat format, int plane) { return IsYuv(format) && plane > 0 ? 1 : 0; }
int Samples(int pixels, int half) { return (pixels + half) >> half; }

std::uint8_t ToByte(float value) {
  return static_cast<std::uint8_t>(
      static_cast<int>(std::min(std::max(value + 0.5f, 0.0f), 255.0f)));
}

// Outputs of a plane of which `to` pixels are one side, from a plane of `from` pixels.
SampleAxis AxisOf(int from, int from_half, int to, int to_half) {
  SampleAxis axis;
  axis.step =
      (static_cast<double>(from) / (1 << from_half)) / (static_cast<double>(to) / (1 << to_half));
  axis.origin = 0.5 * axis.step - 0.5;
  axis.samples = Samples(from, from_half);
  return axis;
}

// Where a part's sample rows begin.
template <typename T>
T* Corner(const BasicImage<T>& image, int plane, const ImageRect& part) {
  const int half = Half(image.format, plane);
  return image.data[plane] + (part.y >> half) * image.stride[plane] +
         (part.x >> half) * SampleBytes(image.format, plane);
}

// The source planes that output plane `plane` is made of are first, first + 1, … last.
void PlanesFor(PixelFormat from, PixelFormat to, int plane, int* first, int* last) {
  const bool keep_luma = IsYuv(to) && plane == 0;
  *first = IsYuv(to) && plane > 0 ? 1 : 0;
  *last = keep_luma ? 0 : PlaneCount(from) - 1;
}

// Luma, chroma in pairs, or mixed to colours.
void WriteRow(PixelFormat to, int plane, const ColorMap& colors, float* const* rows, int columns,
              std::uint8_t* out) {
  if (!IsYuv(to)) {
    for (int i = 0; i < columns; ++i)
      for (int c = 0; c < 3; ++c)
        out[3 * i + c] = ToByte(colors.m[c][0] * rows[0][i] + colors.m[c][1] * rows[1][i] +
                                colors.m[c][2] * rows[2][i] + colors.m[c][3]);
  } else if (plane == 0) {
    for (int i = 0; i < columns; ++i) out[i] = ToByte(rows[0][i]);
  } else {
    const int u = to == PixelFormat::kNV21 ? 1 : 0;
    for (int i = 0; i < columns; ++i) {
      out[2 * i + u] = ToByte(rows[0][i]);
      out[2 * i + 1 - u] = ToByte(rows[1][i]);
    }
  }
}

void DrawPlane(const ImageView& from, const ImageRect& crop, const MutableImage& to,
               const ImageRect& fill, int plane, Scratch* scratch) {
  const int half = Half(to.format, plane);
  const int columns = Samples(fill.width, half), row_count = Samples(fill.height, half);
  const auto count = static_cast<std::size_t>(columns);
  scratch->rows.assign(3 * count, 0.0f);
  float* const rows[3] = {scratch->rows.data(), scratch->rows.data() + count,
                          scratch->rows.data() + 2 * count};
  int first = 0, last = 0;
  PlanesFor(from.format, to.format, plane, &first, &last);
  for (int p = first; p <= last; ++p) {
    const int from_half = Half(from.format, p);
    PlaneSampler::Source source = SourceOf(from, p);
    source.data = Corner(from, p, crop);
    scratch->samplers[p].SetUp(source, AxisOf(crop.width, from_half, fill.width, half),
                               AxisOf(crop.height, from_half, fill.height, half), columns);
  }
  const ColorMap colors =
      MakeColorMap(from.format, from.matrix, from.range,
                   to.format == PixelFormat::kBGR ? ColorOrder::kBGR : ColorOrder::kRGB);
  std::uint8_t* out = Corner(to, plane, fill);
  for (int y = 0; y < row_count; ++y, out += to.stride[plane]) {
    // A plane's components go to the rows from its own on: Y, U, V; UV; U, V.
    for (int p = first; p <= last; ++p) scratch->samplers[p].Sample(y, rows + (p - first));
    WriteRow(to.format, plane, colors, rows, columns, out);
  }
}

// The bytes of one sample of `plane` in the colour of the pad.
void PadSample(PixelFormat format, int plane, const std::array<std::uint8_t, 3>& pad,
               std::uint8_t* sample) {
  if (IsYuv(format) && plane == 0) {
    sample[0] = pad[0];
  } else if (IsYuv(format)) {
    const int u = format == PixelFormat::kNV21 ? 1 : 0;
    sample[u] = pad[1];
    sample[1 - u] = pad[2];
  } else {
    for (std::size_t c = 0; c < 3; ++c) sample[c] = pad[format == PixelFormat::kBGR ? 2 - c : c];
  }
}

void PadPlane(const MutableImage& to, const ImageRect& fill, int plane,
              const std::array<std::uint8_t, 3>& pad) {
  const int half = Half(to.format, plane), bytes = SampleBytes(to.format, plane);
  const int columns = Samples(to.width, half), rows = Samples(to.height, half);
  const int left = fill.x >> half, right = left + Samples(fill.width, half);
  const int top = fill.y >> half, bottom = top + Samples(fill.height, half);
  std::uint8_t sample[4] = {};
  PadSample(to.format, plane, pad, sample);
  for (int y = 0; y < rows; ++y) {
    std::uint8_t* const row = to.data[plane] + y * to.stride[plane];
    const bool across = y >= top && y < bottom;
    for (int x = 0; x < columns; ++x) {
      if (across && x == left) x = right;  // What is inside is drawn.
      if (x >= columns) break;
      std::memcpy(row + x * bytes, sample, static_cast<std::size_t>(bytes));
    }
  }
}

}  // namespace

Status DrawScaled(const ImageView& from, const ImageRect& crop, const MutableImage& to,
                  const ImageRect& fill, const std::array<std::uint8_t, 3>& pad) {
  try {
    thread_local Scratch scratch;
    for (int plane = 0; plane < PlaneCount(to.format); ++plane) {
      PadPlane(to, fill, plane, pad);
      DrawPlane(from, crop, to, fill, plane, &scratch);
    }
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory,
                  "no memory for the rows of a picture of " + std::to_string(to.width) + " pixels");
  }
  return Status();
}

}  // namespace infer_server::devices
