// SPDX-License-Identifier: Apache-2.0
#include "video/placement.h"

#include <algorithm>
#include <cmath>

namespace infer_server::video {

Rect Clip(const Rect& rect, float width, float height) {
  const float x0 = std::max(rect.x, 0.0f), y0 = std::max(rect.y, 0.0f);
  const float x1 = std::min(rect.x + rect.w, width), y1 = std::min(rect.y + rect.h, height);
  // Written so that a NaN anywhere fails the comparison.
  if (!(x1 > x0 && y1 > y0)) return {};
  return {x0, y0, x1 - x0, y1 - y0};
}

float Iou(const Rect& a, const Rect& b) {
  const float w = std::min(a.x + a.w, b.x + b.w) - std::max(a.x, b.x);
  const float h = std::min(a.y + a.h, b.y + b.h) - std::max(a.y, b.y);
  if (!(w > 0 && h > 0)) return 0;
  const float both = w * h;
  const float all = a.Area() + b.Area() - both;
  return all > 0 ? both / all : 0;
}

Rect Placement::ToFrame(const Rect& input) const {
  return {(input.x - offset_x) / scale_x, (input.y - offset_y) / scale_y, input.w / scale_x,
          input.h / scale_y};
}

Rect Placement::ToInput(const Rect& frame) const {
  return {frame.x * scale_x + offset_x, frame.y * scale_y + offset_y, frame.w * scale_x,
          frame.h * scale_y};
}

Placement Place(const Rect& region, int width, int height, bool keep_aspect_ratio, Align align) {
  Placement p;
  p.input_width = width;
  p.input_height = height;
  p.fill_width = width;
  p.fill_height = height;
  if (keep_aspect_ratio) {
    // Multiplied before it is divided: whole sizes that divide evenly come out exact.
    const double w = region.w, h = region.h;
    if (w * height <= h * width)
      p.fill_width = std::clamp(static_cast<int>(w * height / h), 1, width);
    else
      p.fill_height = std::clamp(static_cast<int>(h * width / w), 1, height);
    if (align == Align::kCenter) {
      p.fill_x = (width - p.fill_width) / 2;
      p.fill_y = (height - p.fill_height) / 2;
    }
  }
  // From the whole pixels filled, which is what the picture is resampled to: boxes go back exactly,
  // where dividing by the ratio before rounding would miss by up to one input pixel.
  p.scale_x = static_cast<float>(p.fill_width) / region.w;
  p.scale_y = static_cast<float>(p.fill_height) / region.h;
  p.offset_x = static_cast<float>(p.fill_x) - region.x * p.scale_x;
  p.offset_y = static_cast<float>(p.fill_y) - region.y * p.scale_y;
  return p;
}

}  // namespace infer_server::video
