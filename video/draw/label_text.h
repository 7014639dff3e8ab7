// SPDX-License-Identifier: Apache-2.0
// What a label says.
#pragma once

#include <string>

#include "devices/base/export.h"
#include "video/result.h"

namespace infer_server::video {

struct LabelStyle {
  bool labels = true;      // "person"
  bool scores = true;      // "0.87"
  bool track_ids = true;   // "#12"
  bool attributes = true;  // "gender: woman 0.93", a line each.
};

// Appends the label of an object, one line after the other, each ended by '\n':
// "person #12 0.87\ngender: woman 0.93\n". What is unknown is left out; nothing where nothing is
// left. At most kMaxLines lines of kMaxLineBytes bytes; control characters become spaces.
inline constexpr int kMaxLines = 8;
inline constexpr std::size_t kMaxLineBytes = 96;
INFER_API void AppendLabelText(const Object& object, const LabelStyle& style, std::string* text);

// The same for the attributes of the whole frame.
INFER_API void AppendFrameText(const FrameResult& frame, const LabelStyle& style,
                               std::string* text);

}  // namespace infer_server::video
