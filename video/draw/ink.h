// SPDX-License-Identifier: Apache-2.0
// A colour as the bytes that a frame's planes take.
#pragma once

#include <cstdint>
#include <string>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "video/frame.h"

namespace infer_server::video {

// Red, green and blue, full range, as on a screen.
struct Color {
  std::uint8_t r = 0, g = 0, b = 0;

  bool operator==(const Color& o) const { return r == o.r && g == o.g && b == o.b; }
};

// "#rrggbb" (or "rrggbb", "#rgb"). Fails with kInvalidArgument.
INFER_API devices::Result<Color> ParseColor(const std::string& text);

// Black or white, whichever reads better on `background`.
INFER_API Color ContrastTo(Color background);

// What one plane holds where `Color` is: `bytes` values a sample, one sample for
// 2^shift × 2^shift pixels.
struct PlaneInk {
  std::uint8_t value[4] = {0, 0, 0, 0};
  int bytes = 0;
  int shift = 0;
};

struct Ink {
  PlaneInk plane[devices::kMaxPlanes];
  int planes = 0;
};

// Converts by the frame's matrix and range; grey frames take the BT.601 luma. Opaque where the
// format has an alpha channel.
INFER_API Ink MakeInk(Color color, PixelFormat format, ColorMatrix matrix, ColorRange range);

}  // namespace infer_server::video
