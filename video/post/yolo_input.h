// SPDX-License-Identifier: Apache-2.0
// How YOLOv5 and its successors are trained to see a picture.
#pragma once

#include "video/input_settings.h"

namespace infer_server::video {

// RGB from 0 to 1, letterboxed between grey of 114.
inline InputSettings YoloInput() {
  InputSettings settings;
  settings.color_order = ColorOrder::kRGB;
  settings.scale.fill(1 / 255.0f);
  settings.keep_aspect_ratio = true;
  settings.align = Align::kCenter;
  settings.pad_value = 114;
  return settings;
}

}  // namespace infer_server::video
