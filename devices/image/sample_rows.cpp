// SPDX-License-Identifier: Apache-2.0
#include "devices/image/sample_rows.h"

#include <algorithm>
#include <cstring>

namespace infer_server::devices {
namespace {

template <typename T>
void Grow(std::vector<T>* v, std::size_t size) {
  if (v->size() < size) v->resize(size);
}

// Little-endian whatever the host, so that byte b is bits 8 b.. of the word.
template <int kBytes>
std::uint32_t Load(const std::uint8_t* p) {
  std::uint32_t word = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  std::memcpy(&word, p, kBytes);
#else
  for (int b = 0; b < kBytes; ++b) word |= static_cast<std::uint32_t>(p[b]) << (8 * b);
#endif
  return word;
}

// The first kBytes at every offset into `head`; those `tail_at` bytes further into `tail`.
template <int kBytes>
void GatherWords(const std::uint8_t* row, const int* offset, int count, std::uint32_t* head) {
  for (int i = 0; i < count; ++i) head[i] = Load<kBytes>(row + offset[i]);
}

void GatherWordPairs(const std::uint8_t* row, const int* offset, int count, int tail_at,
                     std::uint32_t* head, std::uint32_t* tail) {
  for (int i = 0; i < count; ++i) {
    head[i] = Load<4>(row + offset[i]);
    tail[i] = Load<4>(row + offset[i] + tail_at);
  }
}

// Where a component's left and right value are: bits of which gathered arrays.
struct Lane {
  const std::uint32_t* upper;
  const std::uint32_t* lower;
  int shift;
};

inline float ByteAt(std::uint32_t word, int shift) {
  return static_cast<float>(static_cast<int>((word >> shift) & 255));
}

void Interpolate(const Lane& left, const Lane& right, const float* __restrict weight,
                 float row_weight, int count, float* __restrict out) {
  const std::uint32_t* __restrict upper_left = left.upper;
  const std::uint32_t* __restrict upper_right = right.upper;
  const std::uint32_t* __restrict lower_left = left.lower;
  const std::uint32_t* __restrict lower_right = right.lower;
  const int a = left.shift, b = right.shift;
  for (int i = 0; i < count; ++i) {
    const float u0 = ByteAt(upper_left[i], a), u1 = ByteAt(upper_right[i], b);
    const float l0 = ByteAt(lower_left[i], a), l1 = ByteAt(lower_right[i], b);
    const float upper = u0 + (u1 - u0) * weight[i];
    const float lower = l0 + (l1 - l0) * weight[i];
    out[i] = upper + (lower - upper) * row_weight;
  }
}

void AddRow(const std::uint8_t* __restrict row, float weight, std::size_t count,
            float* __restrict sum) {
  for (std::size_t i = 0; i < count; ++i) sum[i] += static_cast<float>(row[i]) * weight;
}

void SetRow(const std::uint8_t* __restrict row, float weight, std::size_t count,
            float* __restrict sum) {
  for (std::size_t i = 0; i < count; ++i) sum[i] = static_cast<float>(row[i]) * weight;
}

}  // namespace

void PlaneSampler::SetUp(const Source& source, const SampleAxis& x, const SampleAxis& y,
                         int outputs) {
  source_ = source;
  x_ = x;
  y_ = y;
  outputs_ = outputs;
  if (x_.area || y_.area)
    SetUpArea();
  else
    SetUpLinear();
}

void PlaneSampler::SetUpLinear() {
  const auto count = static_cast<std::size_t>(outputs_);
  Grow(&offset_, count);
  Grow(&weight_, count);
  Grow(&gathered_, 4 * count);
  for (int i = 0; i < outputs_; ++i) {
    const LinearTap tap = LinearAt(x_, i);
    offset_[static_cast<std::size_t>(i)] = tap.index * source_.sample_bytes;
    weight_[static_cast<std::size_t>(i)] = tap.weight;
  }
}

void PlaneSampler::SetUpArea() {
  range_.clear();
  range_weights_.clear();
  for (int i = 0; i < outputs_; ++i) range_.push_back(AppendTaps(x_, i, &range_weights_));
  // The ranges do not go backwards.
  const int columns = range_.back().first + range_.back().count - range_.front().first;
  Grow(&sum_, static_cast<std::size_t>(columns) * static_cast<std::size_t>(source_.sample_bytes));
}

void PlaneSampler::Sample(int row, float* const* rows) {
  if (x_.area || y_.area)
    SampleArea(row, rows);
  else
    SampleLinear(row, rows);
}

// Both samples of 1 or 2 bytes fit one word; of 3 or 4 bytes, the last four bytes are the tail.
void PlaneSampler::Gather(int row, std::uint32_t* head, std::uint32_t* tail) {
  const std::uint8_t* data = Row(row);
  const auto bytes = static_cast<std::size_t>(source_.sample_bytes);
  std::uint8_t twice[8];
  if (x_.samples == 1) {  // There is no right neighbour to read.
    std::memcpy(twice, data, bytes);
    std::memcpy(twice + bytes, data, bytes);
    data = twice;
  }
  switch (source_.sample_bytes) {
    case 1:
      return GatherWords<2>(data, offset_.data(), outputs_, head);
    case 2:
      return GatherWords<4>(data, offset_.data(), outputs_, head);
    default:
      return GatherWordPairs(data, offset_.data(), outputs_, 2 * source_.sample_bytes - 4, head,
                             tail);
  }
}

void PlaneSampler::SampleLinear(int row, float* const* rows) {
  const LinearTap tap = LinearAt(y_, row);
  const auto count = static_cast<std::size_t>(outputs_);
  std::uint32_t* const upper_head = gathered_.data();
  std::uint32_t* const upper_tail = upper_head + count;
  std::uint32_t* lower_head = upper_tail + count;
  std::uint32_t* lower_tail = lower_head + count;
  Gather(tap.index, upper_head, upper_tail);
  if (tap.weight == 0) {
    lower_head = upper_head;
    lower_tail = upper_tail;
  } else {
    Gather(tap.index + 1, lower_head, lower_tail);
  }
  const int bytes = source_.sample_bytes;
  for (int c = 0; c < source_.components; ++c) {
    const int left_byte = source_.byte[c], right_byte = left_byte + bytes;
    const Lane left{upper_head, lower_head, 8 * left_byte};
    const Lane right = right_byte < 4
                           ? Lane{upper_head, lower_head, 8 * right_byte}
                           : Lane{upper_tail, lower_tail, 8 * (right_byte - (2 * bytes - 4))};
    Interpolate(left, right, weight_.data(), tap.weight, outputs_, rows[c]);
  }
}

void PlaneSampler::SampleArea(int row, float* const* rows) {
  row_weights_.clear();
  const TapRange y = AppendTaps(y_, row, &row_weights_);
  const int first = range_.front().first;
  const int columns = range_.back().first + range_.back().count - first;
  const auto bytes = static_cast<std::size_t>(source_.sample_bytes);
  const std::size_t count = static_cast<std::size_t>(columns) * bytes;
  const std::size_t start = static_cast<std::size_t>(first) * bytes;
  SetRow(Row(y.first) + start, row_weights_[0], count, sum_.data());
  for (int k = 1; k < y.count; ++k)
    AddRow(Row(y.first + k) + start, row_weights_[static_cast<std::size_t>(k)], count, sum_.data());
  for (int c = 0; c < source_.components; ++c) {
    const float* weight = range_weights_.data();
    const float* const sums = sum_.data() + source_.byte[c];
    for (int i = 0; i < outputs_; ++i) {
      const TapRange range = range_[static_cast<std::size_t>(i)];
      const float* sample = sums + static_cast<std::size_t>(range.first - first) * bytes;
      float value = 0;
      for (int k = 0; k < range.count; ++k, sample += bytes) value += *sample * *weight++;
      rows[c][i] = value;
    }
  }
}

PlaneSampler::Source SourceOf(const ImageView& frame, int plane) {
  PlaneSampler::Source source;
  source.data = frame.data[plane];
  source.stride = frame.stride[plane];
  source.sample_bytes = SampleBytes(frame.format, plane);
  source.components = std::min(source.sample_bytes, 3);
  const auto set = [&source](int a, int b, int c) {
    source.byte[0] = a;
    source.byte[1] = b;
    source.byte[2] = c;
  };
  switch (frame.format) {
    case PixelFormat::kNV21:
      if (plane == 1) set(1, 0, 0);
      break;
    case PixelFormat::kBGR:
    case PixelFormat::kBGRA:
      set(2, 1, 0);
      break;
    case PixelFormat::kARGB:
      set(1, 2, 3);
      break;
    case PixelFormat::kABGR:
      set(3, 2, 1);
      break;
    default:
      break;
  }
  return source;
}

}  // namespace infer_server::devices
