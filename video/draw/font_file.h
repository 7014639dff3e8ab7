// SPDX-License-Identifier: Apache-2.0
// From what a user calls a font to the file that holds it.
#pragma once

#include <string>

#include "devices/base/export.h"
#include "devices/base/status.h"

namespace infer_server::video {

struct FontFile {
  std::string path;
  int index = 0;  // Of the face in the file.
};

// `font` is a file (it contains '/' or ends in .ttf, .otf, .ttc or .pfb), or a name as fontconfig
// knows it ("Noto Sans CJK SC", "monospace:bold"); empty = DejaVu Sans, or the system's sans-serif
// font without it. Fails with kNotFound. Thread-safe.
INFER_API devices::Result<FontFile> FindFont(const std::string& font);

// A font that, as far as fontconfig knows, has a glyph for `code`. Fails with
// kNotFound. Thread-safe.
INFER_API devices::Result<FontFile> FindFontFor(char32_t code);

}  // namespace infer_server::video
