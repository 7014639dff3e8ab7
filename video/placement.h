// SPDX-License-Identifier: Apache-2.0
// Where a region of a frame lands in a network's input picture, and the way back.
#pragma once

#include "devices/base/export.h"

namespace infer_server::video {

// A box with edges at real positions, in pixels, origin top-left: it covers [x, x + w) × [y, y +
// h).
struct Rect {
  float x = 0, y = 0, w = 0, h = 0;

  float Area() const { return w > 0 && h > 0 ? w * h : 0; }
  bool Empty() const { return !(w > 0 && h > 0); }
};

// The part of `rect` inside a width × height frame; empty (w = h = 0) when there is none. Infinite
// or NaN edges give an empty box.
INFER_API Rect Clip(const Rect& rect, float width, float height);

// Intersection over union, 0..1; 0 when either box is empty.
INFER_API float Iou(const Rect& a, const Rect& b);

enum class Align { kTopLeft, kCenter };

// An axis-parallel map: input = frame · scale + offset, for x and y.
struct INFER_API Placement {
  float scale_x = 1, scale_y = 1;
  float offset_x = 0, offset_y = 0;
  // The picture's whole size and the part that the region fills, in input pixels. Outside it is
  // padding.
  int input_width = 0, input_height = 0;
  int fill_x = 0, fill_y = 0, fill_width = 0, fill_height = 0;

  // From input pixels back to frame pixels.
  Rect ToFrame(const Rect& input) const;
  // From frame pixels to input pixels.
  Rect ToInput(const Rect& frame) const;
};

// Places `region` (frame pixels) in an input of width × height pixels: stretched to fill it, or
// with its aspect ratio kept and padding right and below (kTopLeft) or on both sides (kCenter). The
// filled part is at least 1 × 1.
// REQUIRES: width, height > 0; !region.Empty().
INFER_API Placement Place(const Rect& region, int width, int height, bool keep_aspect_ratio,
                          Align align);

}  // namespace infer_server::video
