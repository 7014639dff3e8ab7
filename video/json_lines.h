// SPDX-License-Identifier: Apache-2.0
// Results as JSON Lines, version 1 (schema: video/json_lines.schema.json).
#pragma once

#include <string>

#include "devices/base/export.h"
#include "video/result.h"

namespace infer_server::video {

// Appends the frame as one line, with its '\n', to `line`. Every key of the schema is present;
// lists without elements are []; what is unknown is null. Not a number is written as null; text
// that is not UTF-8 has its bad bytes replaced.
INFER_API void AppendJsonLine(const FrameResult& frame, std::string* line);

}  // namespace infer_server::video
