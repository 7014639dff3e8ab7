// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/dvpp_scale.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "devices/image/color_matrix.h"
#include "devices/image/sample_rows.h"

namespace infer_server::devices::acl {
namespace {

// The value of an output component: a sum of the input's, or one of them as it is.
struct Mix {
  int same = -1;  // >= 0: that component.
  float factor[3] = {0, 0, 0};
  float constant = 0;
};

ColorMatrix MatrixOf(uint32_t csc) {
  constexpr ColorMatrix kMatrices[] = {ColorMatrix::kBT601, ColorMatrix::kBT709,
                                       ColorMatrix::kBT2020};
  return kMatrices[csc / 2];
}

// The inverse of YUV to RGB, in the usual form.
Mix RgbToYuv(int component, uint32_t csc) {
  const LumaWeights k = LumaWeightsOf(MatrixOf(csc));
  const bool narrow = csc % 2 == 1;
  const double green = 1 - k.red - k.blue;
  double row[3] = {k.red, green, k.blue};
  double scale = narrow ? 219.0 / 255 : 1, constant = narrow ? 16 : 0;
  if (component > 0) {
    const int own = component == 1 ? 2 : 0;  // U is about blue, V about red.
    scale = (narrow ? 224.0 / 255 : 1) / (2 * (1 - row[own]));
    for (double& weight : row) weight = -weight;
    row[own] += 1;
    constant = 128;
  }
  Mix mix;
  for (int c = 0; c < 3; ++c) mix.factor[c] = static_cast<float>(row[c] * scale);
  mix.constant = static_cast<float>(constant);
  return mix;
}

Mix YuvToRgb(int component, uint32_t csc) {
  const ColorMap map =
      MakeColorMap(PixelFormat::kNV12, MatrixOf(csc),
                   csc % 2 == 1 ? ColorRange::kLimited : ColorRange::kFull, ColorOrder::kRGB);
  Mix mix;
  std::copy_n(map.m[component], 3, mix.factor);
  mix.constant = map.m[component][3];
  return mix;
}

Mix MixOf(const FormatLayout& from, const FormatLayout& to, int component, uint32_t csc) {
  Mix mix;
  if (component == 3) {
    if (from.alpha()) mix.same = 3;
    mix.constant = 255;
    return mix;
  }
  if (from.rgb == to.rgb) {
    if (component == 0 || !from.grey()) mix.same = component;
    mix.constant = 128;
    return mix;
  }
  return to.rgb ? YuvToRgb(component, csc) : RgbToYuv(component, csc);
}

// The planes of a layout with alpha as one more, which lies over the first.
std::vector<PlaneLayout> PlanesOf(const FormatLayout& layout) {
  std::vector<PlaneLayout> planes(layout.planes, layout.planes + layout.plane_count);
  if (layout.alpha()) {
    const PlaneLayout& rgb = layout.planes[0];
    const int byte = 6 - rgb.byte[0] - rgb.byte[1] - rgb.byte[2];
    planes.push_back({4, 0, 0, 1, {byte, 0, 0}, {3, 0, 0}});
  }
  return planes;
}

int DataPlane(const FormatLayout& layout, size_t plane) {
  return plane < static_cast<size_t>(layout.plane_count) ? static_cast<int>(plane) : 0;
}

struct Ratio {
  int64_t from, to;
};

// Samples the components of one input plane along the rows of one output plane.
class PlaneReader {
 public:
  PlaneReader(const Frame& from, const PlaneLayout& layout, int plane, const Frame& to,
              const PlaneLayout& to_layout, int columns, Filter filter)
      : layout_(layout),
        data_(from.data[plane]),
        stride_(from.stride[plane]),
        columns_(columns),
        filter_(filter),
        ratio_x_{int64_t{from.width} << to_layout.half_x, int64_t{to.width} << layout.half_x},
        ratio_y_{int64_t{from.height} << to_layout.half_y, int64_t{to.height} << layout.half_y} {
    x_ = Axis(from.width, layout.half_x, to.width, to_layout.half_x);
    y_ = Axis(from.height, layout.half_y, to.height, to_layout.half_y);
    if (filter == Filter::kNearest) return;
    PlaneSampler::Source source;
    source.data = data_;
    source.stride = stride_;
    source.sample_bytes = layout.sample_bytes;
    source.components = layout.components;
    std::copy_n(layout.byte, 3, source.byte);
    sampler_.SetUp(source, x_, y_, columns);
  }

  // rows[c] gets component c, where this plane has it.
  void Read(int row, float* const* rows) {
    float* own[3] = {};
    for (int i = 0; i < layout_.components; ++i) own[i] = rows[layout_.component[i]];
    if (filter_ == Filter::kBilinear) return sampler_.Sample(row, own);
    const uint8_t* const source = data_ + Nearest(ratio_y_, y_, row) * stride_;
    for (int column = 0; column < columns_; ++column) {
      const uint8_t* const sample = source + Nearest(ratio_x_, x_, column) * layout_.sample_bytes;
      for (int i = 0; i < layout_.components; ++i) own[i][column] = sample[layout_.byte[i]];
    }
  }

 private:
  static SampleAxis Axis(int from, int from_half, int to, int to_half) {
    SampleAxis axis;
    axis.step = std::ldexp(from, -from_half) / std::ldexp(to, -to_half);
    axis.origin = 0.5 * axis.step - 0.5;
    axis.samples = (from + from_half) >> from_half;
    return axis;
  }
  // floor(i · m / n) in whole numbers, as m and n may be halves.
  static ptrdiff_t Nearest(const Ratio& ratio, const SampleAxis& axis, int i) {
    return std::min<int64_t>(i * ratio.from / ratio.to, axis.samples - 1);
  }

  const PlaneLayout layout_;
  const uint8_t* const data_;
  const ptrdiff_t stride_;
  const int columns_;
  const Filter filter_;
  const Ratio ratio_x_, ratio_y_;
  SampleAxis x_, y_;
  PlaneSampler sampler_;
};

uint8_t ToByte(float value) {
  return static_cast<uint8_t>(static_cast<int>(std::min(std::max(value + 0.5f, 0.0f), 255.0f)));
}

// Contiguous rows first, which vectorise; `bytes` is scratch of a row.
void WriteComponent(const Mix& mix, const float* const* rows, int columns, int step,
                    uint8_t* __restrict bytes, uint8_t* __restrict out) {
  if (mix.same >= 0) {
    const float* __restrict const row = rows[mix.same];
    for (int i = 0; i < columns; ++i) bytes[i] = ToByte(row[i]);
  } else {
    const float* __restrict const a = rows[0];
    const float* __restrict const b = rows[1];
    const float* __restrict const c = rows[2];
    const float from_a = mix.factor[0], from_b = mix.factor[1], from_c = mix.factor[2];
    const float constant = mix.constant;
    for (int i = 0; i < columns; ++i)
      bytes[i] = ToByte(from_a * a[i] + from_b * b[i] + from_c * c[i] + constant);
  }
  for (int i = 0; i < columns; ++i) out[i * step] = bytes[i];
}

bool SameSize(const Frame& a, const Frame& b) { return a.width == b.width && a.height == b.height; }

void CopyFrame(const Frame& from, const Frame& to) {
  for (int p = 0; p < to.layout->plane_count; ++p) {
    const auto bytes =
        static_cast<size_t>(to.columns(p)) * static_cast<size_t>(to.layout->planes[p].sample_bytes);
    for (int row = 0; row < to.rows(p); ++row)
      std::memmove(to.data[p] + row * to.stride[p], from.data[p] + row * from.stride[p], bytes);
  }
}

// Where a component is that has as many samples as the output plane; nullptr: it is interpolated.
struct Direct {
  const uint8_t* data = nullptr;
  ptrdiff_t stride = 0;
  int step = 0;
};

Direct FindDirect(const Frame& from, const Frame& to, const PlaneLayout& layout, int component) {
  if (!SameSize(from, to)) return {};
  const std::vector<PlaneLayout> planes = PlanesOf(*from.layout);
  for (size_t p = 0; p < planes.size(); ++p)
    for (int i = 0; i < planes[p].components; ++i)
      if (planes[p].component[i] == component && planes[p].half_x == layout.half_x &&
          planes[p].half_y == layout.half_y) {
        const int plane = DataPlane(*from.layout, p);
        return {from.data[plane] + planes[p].byte[i], from.stride[plane], planes[p].sample_bytes};
      }
  return {};
}

void DrawPlane(const Frame& from, const Frame& to, const PlaneLayout& layout, int plane,
               Filter filter, uint32_t csc) {
  const int columns = (to.width + layout.half_x) >> layout.half_x;
  const int row_count = (to.height + layout.half_y) >> layout.half_y;
  Mix mixes[3];
  Direct direct[3];
  bool needed[kMaxComponents] = {};
  for (int i = 0; i < layout.components; ++i) {
    mixes[i] = MixOf(*from.layout, *to.layout, layout.component[i], csc);
    if (mixes[i].same >= 0) {
      direct[i] = FindDirect(from, to, layout, mixes[i].same);
      needed[mixes[i].same] |= direct[i].data == nullptr;
    }
    for (int c = 0; c < 3; ++c) needed[c] |= mixes[i].factor[c] != 0;
  }
  const auto count = static_cast<size_t>(columns);
  // What the input has not stays 128.
  std::vector<float> values(kMaxComponents * count, 128.0f);
  std::vector<uint8_t> bytes(count);
  float* rows[kMaxComponents];
  for (size_t c = 0; c < kMaxComponents; ++c) rows[c] = values.data() + c * count;
  std::vector<std::unique_ptr<PlaneReader>> readers;
  const std::vector<PlaneLayout> planes = PlanesOf(*from.layout);
  for (size_t p = 0; p < planes.size(); ++p) {
    bool used = false;
    for (int i = 0; i < planes[p].components; ++i) used |= needed[planes[p].component[i]];
    if (used)
      readers.push_back(std::make_unique<PlaneReader>(from, planes[p], DataPlane(*from.layout, p),
                                                      to, layout, columns, filter));
  }
  for (int row = 0; row < row_count; ++row) {
    for (const auto& reader : readers) reader->Read(row, rows);
    for (int i = 0; i < layout.components; ++i) {
      uint8_t* const out = to.data[plane] + row * to.stride[plane] + layout.byte[i];
      if (direct[i].data == nullptr) {
        WriteComponent(mixes[i], rows, columns, layout.sample_bytes, bytes.data(), out);
        continue;
      }
      const uint8_t* const in = direct[i].data + row * direct[i].stride;
      for (int x = 0; x < columns; ++x) out[x * layout.sample_bytes] = in[x * direct[i].step];
    }
  }
}

// Where a sample outside 0..count − 1 is taken from.
int Inside(int i, int count, acldvppBorderType type) {
  if (type == BORDER_REPLICATE || count == 1) return std::clamp(i, 0, count - 1);
  const int skip = type == BORDER_REFLECT_101 ? 1 : 0;  // The edge itself is not repeated.
  while (i < 0 || i >= count) i = i < 0 ? -1 - i + skip : 2 * count - 1 - i - skip;
  return i;
}

void SetSample(const PlaneLayout& layout, const Border& border, uint8_t* sample) {
  for (int i = 0; i < layout.components; ++i)
    sample[layout.byte[i]] = ToByte(static_cast<float>(
        std::clamp(border.value[static_cast<size_t>(layout.component[i])], 0.0, 255.0)));
}

}  // namespace

void DrawFrame(const Frame& from, const Frame& to, Filter filter, uint32_t csc_matrix) {
  if (SameSize(from, to) && from.layout == to.layout) return CopyFrame(from, to);
  const std::vector<PlaneLayout> planes = PlanesOf(*to.layout);
  for (size_t p = 0; p < planes.size(); ++p)
    DrawPlane(from, to, planes[p], DataPlane(*to.layout, p), filter, csc_matrix);
}

void FillBorder(const Frame& frame, const Roi& inner, const Border& border) {
  const std::vector<PlaneLayout> planes = PlanesOf(*frame.layout);
  for (size_t p = 0; p < planes.size(); ++p) {
    const PlaneLayout& layout = planes[p];
    const int data_plane = DataPlane(*frame.layout, p);
    const int left = static_cast<int>(inner.left) >> layout.half_x;
    const int top = static_cast<int>(inner.top) >> layout.half_y;
    const int columns = (static_cast<int>(inner.width()) + layout.half_x) >> layout.half_x;
    const int rows = (static_cast<int>(inner.height()) + layout.half_y) >> layout.half_y;
    for (int y = 0; y < frame.rows(data_plane); ++y) {
      uint8_t* const row = frame.data[data_plane] + y * frame.stride[data_plane];
      const uint8_t* const source =
          frame.data[data_plane] +
          (top + Inside(y - top, rows, border.type)) * frame.stride[data_plane];
      const bool inside_row = y >= top && y < top + rows;
      for (int x = 0; x < frame.columns(data_plane); ++x) {
        if (inside_row && x == left) x += columns;  // What is inside stays.
        if (x >= frame.columns(data_plane)) break;
        uint8_t* const sample = row + x * layout.sample_bytes;
        if (border.type == BORDER_CONSTANT) {
          SetSample(layout, border, sample);
          continue;
        }
        const uint8_t* const taken =
            source + (left + Inside(x - left, columns, border.type)) * layout.sample_bytes;
        for (int i = 0; i < layout.components; ++i) sample[layout.byte[i]] = taken[layout.byte[i]];
      }
    }
  }
}

}  // namespace infer_server::devices::acl
