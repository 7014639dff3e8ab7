// SPDX-License-Identifier: Apache-2.0
// Drawing in place on the planes of a frame of any format.
//
// Definition: every shape gives each pixel a coverage 0..255. A plane's sample becomes
// blend(sample, ink, w) = (sample · (256 − w') + ink · w' + 128) >> 8, w' = w + (w >> 7), where w
// is the mean coverage, rounded half up, of the frame's pixels that the sample stands for: one, or
// up to 2 × 2 for subsampled chroma. Nothing outside the frame is read or written.
#pragma once

#include <cstdint>

#include "devices/base/export.h"
#include "video/draw/ink.h"
#include "video/frame.h"

namespace infer_server::video {

// Whole pixels: columns [x0, x1), rows [y0, y1). Coordinates up to ±kFar.
struct PixelRect {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;

  static constexpr int kFar = 1 << 24;
  int Width() const { return x1 - x0; }
  int Height() const { return y1 - y0; }
  bool Empty() const { return x1 <= x0 || y1 <= y0; }
};

// An 8-bit coverage picture, borrowed: row y starts at data + y · width.
struct Mask {
  const std::uint8_t* data = nullptr;
  int width = 0, height = 0;
};

// Borrows the frame's planes for its lifetime. One thread at a time. Allocates nothing.
class INFER_API Canvas {
 public:
  // A frame without size or with a plane missing is a canvas of 0 × 0.
  explicit Canvas(const MutableFrame& frame);

  int width() const { return frame_.width; }
  int height() const { return frame_.height; }
  Ink InkOf(Color color) const {
    return MakeInk(color, frame_.format, frame_.matrix, frame_.range);
  }

  // `opacity` 0 (nothing) .. 255.
  void Fill(const PixelRect& rect, const Ink& ink, int opacity);
  // A frame `thickness` pixels wide along the inside of the rectangle's edges. Parts outside the
  // picture are cut off; one that the frame would fill is filled.
  void Outline(const PixelRect& rect, int thickness, const Ink& ink, int opacity);
  // Inks the pixels under the mask, whose top-left pixel is at (x, y).
  void Blend(const Mask& mask, int x, int y, const Ink& ink);

  // Pixels inked so far, each counted as often as it was inked: what the drawing cost.
  std::int64_t painted() const { return painted_; }

 private:
  // The pixels of `outer` that are not in `inner`.
  void Ring(PixelRect outer, PixelRect inner, const Ink& ink, int opacity);

  MutableFrame frame_;
  std::int64_t painted_ = 0;
};

}  // namespace infer_server::video
