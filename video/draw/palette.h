// SPDX-License-Identifier: Apache-2.0
// A colour for each label.
#pragma once

#include <string_view>

#include "devices/base/export.h"
#include "video/draw/ink.h"

namespace infer_server::video {

// The same label has the same colour in every frame, model and program. The labels common in street
// and home video ("person", "car", "bicycle", "dog", "truck", "bus", "motorcycle", "cat", "face",
// "traffic light", "bird", "horse", "bottle", "chair") have different ones.
INFER_API Color ColorOf(std::string_view label);

}  // namespace infer_server::video
