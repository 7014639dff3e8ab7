// SPDX-License-Identifier: Apache-2.0
#include "video/draw/canvas.h"

#include <algorithm>
#include <cstring>

namespace infer_server::video {
namespace {

constexpr int kPeriod = 24;  // Bytes after which samples of 1, 2, 3 and 4 bytes all repeat.
constexpr int kWords = kPeriod / 8;
constexpr int kPrefetchRows = 8;
constexpr std::uint64_t kEvenBytes = 0x00ff00ff00ff00ff;

PixelRect Intersect(const PixelRect& a, const PixelRect& b) {
  return {std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)};
}

std::uint8_t Mix(int sample, int ink, int weight) {
  const int w = weight + (weight >> 7);
  return static_cast<std::uint8_t>((sample * (256 - w) + ink * w + 128) >> 8);
}

// One weight for a whole block: eight bytes at a time, each in a 16-bit lane of a 64-bit word.
class Brush {
 public:
  Brush(const PlaneInk& ink, int weight) : opaque_(weight >= 255) {
    for (int i = 0; i < kPeriod; ++i) bytes_[i] = ink.value[i % ink.bytes];
    const std::uint64_t w = static_cast<std::uint64_t>(weight + (weight >> 7));
    keep_ = 256 - w;
    for (int i = 0; i < kWords; ++i) {
      std::uint64_t word;
      std::memcpy(&word, bytes_ + 8 * i, 8);
      words_[i] = word;
      even_[i] = (word & kEvenBytes) * w + 0x0080008000800080;
      odd_[i] = ((word >> 8) & kEvenBytes) * w + 0x0080008000800080;
    }
    weight_ = weight;
  }

  void Row(std::uint8_t* row, std::size_t bytes) const {
    std::size_t at = 0;
    for (int i = 0; at + 8 <= bytes; at += 8, i = i + 1 == kWords ? 0 : i + 1) {
      std::uint64_t v = words_[i];
      if (!opaque_) {
        std::memcpy(&v, row + at, 8);
        v = (((v & kEvenBytes) * keep_ + even_[i]) >> 8 & kEvenBytes) |
            (((v >> 8 & kEvenBytes) * keep_ + odd_[i]) & ~kEvenBytes);
      }
      std::memcpy(row + at, &v, 8);
    }
    for (std::size_t i = at % kPeriod; at < bytes; ++at, ++i)
      row[at] = opaque_ ? bytes_[i] : Mix(row[at], bytes_[i], weight_);
  }

  // `rows` rows of `bytes` bytes. The hardware does not foresee the strides of a narrow block.
  void Block(std::uint8_t* first, std::ptrdiff_t stride, std::size_t bytes, int rows) const {
    for (int y = 0; y < rows; ++y) {
      std::uint8_t* const row = first + y * stride;
      if (y + kPrefetchRows < rows) __builtin_prefetch(row + kPrefetchRows * stride, 1);
      Row(row, bytes);
    }
  }

 private:
  std::uint8_t bytes_[kPeriod];
  std::uint64_t words_[kWords], even_[kWords], odd_[kWords];
  std::uint64_t keep_ = 0;
  int weight_ = 0;
  bool opaque_;
};

// One axis of a ring on one plane: the samples from `from` to `to` each stand for `size` pixels, of
// which `outer` lie in the outer and `inner` in the inner interval.
struct Band {
  int from, to, size, outer, inner;
};

int Overlap(int a0, int a1, int b0, int b1) {
  return std::max(0, std::min(a1, b1) - std::max(a0, b0));
}

// Coverage changes only where an edge is: at most seven bands. Returns their number.
int SplitAxis(int outer0, int outer1, int inner0, int inner1, int length, int shift,
              Band (&bands)[7]) {
  const int up = (1 << shift) - 1;
  const int edges[4] = {outer0, inner0, inner1, outer1};
  int cuts[8], count = 0;
  for (int i = 0; i < 4; ++i) {
    cuts[2 * i] = edges[i] >> shift;
    cuts[2 * i + 1] = (edges[i] + up) >> shift;
  }
  std::sort(cuts, cuts + 8);
  for (int i = 0; i + 1 < 8; ++i) {
    if (cuts[i] == cuts[i + 1]) continue;
    const int p0 = cuts[i] << shift, p1 = std::min(length, p0 + up + 1);
    bands[count++] = {cuts[i], cuts[i + 1], p1 - p0, Overlap(p0, p1, outer0, outer1),
                      Overlap(p0, p1, inner0, inner1)};
  }
  return count;
}

int MeanWeight(int opacity, int covered, int pixels) {
  return (opacity * covered + pixels / 2) / pixels;
}

template <int kBytes>
void MixSample(std::uint8_t* at, const PlaneInk& ink, int weight) {
  for (int b = 0; b < kBytes; ++b) at[b] = Mix(at[b], ink.value[b], weight);
}

// A mask on one plane without subsampling. `part` is the part of the frame that it reaches.
template <int kBytes>
void BlendFull(std::uint8_t* data, std::ptrdiff_t stride, const PlaneInk& ink, const Mask& mask,
               int x, int y, const PixelRect& part) {
  for (int row = part.y0; row < part.y1; ++row) {
    const std::uint8_t* coverage =
        mask.data + static_cast<std::ptrdiff_t>(row - y) * mask.width + (part.x0 - x);
    std::uint8_t* at = data + row * stride + static_cast<std::ptrdiff_t>(part.x0) * kBytes;
    for (int column = part.x0; column < part.x1; ++column, at += kBytes, ++coverage)
      if (*coverage != 0) MixSample<kBytes>(at, ink, *coverage);
  }
}

// The same where a sample stands for 2 × 2 pixels, fewer at an odd edge of the frame.
template <int kBytes>
void BlendHalf(std::uint8_t* data, std::ptrdiff_t stride, const PlaneInk& ink, const Mask& mask,
               int x, int y, const PixelRect& part, int width, int height) {
  for (int row = part.y0 >> 1; row < (part.y1 + 1) >> 1; ++row) {
    const int y0 = std::max(2 * row, part.y0), y1 = std::min(2 * row + 2, part.y1);
    const int rows = std::min(2, height - 2 * row);
    // Both rows of the mask; the same one twice, counted once, where there is only one.
    const std::uint8_t* const upper = mask.data + static_cast<std::ptrdiff_t>(y0 - y) * mask.width;
    const std::uint8_t* const lower = upper + (y1 - y0 - 1) * mask.width;
    const int both = y1 - y0 - 1;
    std::uint8_t* const line = data + row * stride;
    for (int column = part.x0 >> 1; column < (part.x1 + 1) >> 1; ++column) {
      const int x0 = std::max(2 * column, part.x0), x1 = std::min(2 * column + 2, part.x1);
      int sum = 0;
      for (int px = x0 - x; px < x1 - x; ++px) sum += upper[px] + both * lower[px];
      if (sum == 0) continue;
      const int pixels = rows * std::min(2, width - 2 * column);
      // Four in all but the last row and column.
      const int weight = pixels == 4 ? (sum + 2) >> 2 : MeanWeight(1, sum, pixels);
      MixSample<kBytes>(line + static_cast<std::ptrdiff_t>(column) * kBytes, ink, weight);
    }
  }
}

template <int kBytes>
void BlendPlane(std::uint8_t* data, std::ptrdiff_t stride, const PlaneInk& ink, const Mask& mask,
                int x, int y, const PixelRect& part, int width, int height) {
  if (ink.shift == 0)
    BlendFull<kBytes>(data, stride, ink, mask, x, y, part);
  else
    BlendHalf<kBytes>(data, stride, ink, mask, x, y, part, width, height);
}

// By the bytes of a sample: 1, 2, 3, 4.
constexpr decltype(&BlendPlane<1>) kBlendPlane[] = {BlendPlane<1>, BlendPlane<2>, BlendPlane<3>,
                                                    BlendPlane<4>};

}  // namespace

Canvas::Canvas(const MutableFrame& frame) : frame_(frame) {
  const int planes = InkOf({}).planes;
  bool whole = planes > 0 && frame.width > 0 && frame.height > 0;
  for (int p = 0; p < planes; ++p) whole = whole && frame.data[p] != nullptr;
  if (!whole) frame_.width = frame_.height = 0;
}

void Canvas::Fill(const PixelRect& rect, const Ink& ink, int opacity) {
  Ring(rect, {}, ink, opacity);
}

void Canvas::Outline(const PixelRect& rect, int thickness, const Ink& ink, int opacity) {
  if (thickness <= 0 || rect.Empty()) return;
  const int t = std::min(thickness, PixelRect::kFar);
  Ring(rect, {rect.x0 + t, rect.y0 + t, rect.x1 - t, rect.y1 - t}, ink, opacity);
}

void Canvas::Ring(PixelRect outer, PixelRect inner, const Ink& ink, int opacity) {
  outer = Intersect(outer, {0, 0, frame_.width, frame_.height});
  if (outer.Empty() || opacity <= 0) return;
  inner = Intersect(inner, outer);
  if (inner.Empty()) inner = {outer.x1, outer.y1, outer.x1, outer.y1};
  opacity = std::min(opacity, 255);
  painted_ += static_cast<std::int64_t>(outer.Width()) * outer.Height() -
              static_cast<std::int64_t>(inner.Width()) * inner.Height();
  for (int p = 0; p < ink.planes; ++p) {
    const PlaneInk& plane = ink.plane[p];
    Band columns[7], rows[7];
    const int nx =
        SplitAxis(outer.x0, outer.x1, inner.x0, inner.x1, frame_.width, plane.shift, columns);
    const int ny =
        SplitAxis(outer.y0, outer.y1, inner.y0, inner.y1, frame_.height, plane.shift, rows);
    for (int r = 0; r < ny; ++r) {
      for (int c = 0; c < nx; ++c) {
        const Band &x = columns[c], &y = rows[r];
        const int covered = x.outer * y.outer - x.inner * y.inner;
        const int weight = MeanWeight(opacity, covered, x.size * y.size);
        if (weight == 0) continue;
        const Brush brush(plane, weight);
        brush.Block(frame_.data[p] + y.from * frame_.stride[p] +
                        static_cast<std::ptrdiff_t>(x.from) * plane.bytes,
                    frame_.stride[p], static_cast<std::size_t>(x.to - x.from) * plane.bytes,
                    y.to - y.from);
      }
    }
  }
}

void Canvas::Blend(const Mask& mask, int x, int y, const Ink& ink) {
  if (mask.data == nullptr || std::abs(x) > PixelRect::kFar || std::abs(y) > PixelRect::kFar)
    return;
  const PixelRect part =
      Intersect({x, y, x + mask.width, y + mask.height}, {0, 0, frame_.width, frame_.height});
  if (part.Empty()) return;
  painted_ += static_cast<std::int64_t>(part.Width()) * part.Height();
  for (int p = 0; p < ink.planes; ++p) {
    const PlaneInk& plane = ink.plane[p];
    kBlendPlane[plane.bytes - 1](frame_.data[p], frame_.stride[p], plane, mask, x, y, part,
                                 frame_.width, frame_.height);
  }
}

}  // namespace infer_server::video
