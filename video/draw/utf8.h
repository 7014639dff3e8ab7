// SPDX-License-Identifier: Apache-2.0
// Code points of UTF-8 text.
#pragma once

#include <string_view>

namespace infer_server::video {

inline constexpr char32_t kReplacement = 0xFFFD;

// Removes the first code point of `text` and returns it; kReplacement for each byte that starts
// none (overlong forms, surrogates and cut-off sequences included). REQUIRES: !text->empty().
inline char32_t TakeCodePoint(std::string_view* text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>((*text)[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  char32_t code = length == 1 ? lead : lead & (0x7F >> length);
  bool good = length > 0 && length <= text->size();
  for (std::size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xC0) == 0x80;
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  good = good && code >= kLeast[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  text->remove_prefix(good ? length : 1);
  return good ? code : kReplacement;
}

}  // namespace infer_server::video
