// SPDX-License-Identifier: Apache-2.0
// The glyphs of one font at one size, each rendered once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "video/draw/canvas.h"

namespace infer_server::video {

struct Glyph {
  Mask coverage;          // Valid until the next Find().
  int left = 0, top = 0;  // From the pen to the mask's left edge; up from the baseline to its top.
  int advance = 0;        // Pixels to the next pen position.
};

// Printable ASCII and Latin-1 are rendered by Load(), others when first met, from another font of
// the system if this one has none, up to kMaxGlyphs and kMaxBytes; past that, and where no font has
// a glyph, the replacement glyph stands in. Finding a glyph that is there allocates nothing.
// One thread at a time.
class INFER_API GlyphAtlas {
 public:
  static constexpr std::size_t kMaxGlyphs = 4096;
  static constexpr std::size_t kMaxBytes = 16u << 20;
  static constexpr int kMinSize = 6, kMaxSize = 256;

  // `font`: see FindFont(). `size`: height of the em in pixels, kMinSize..kMaxSize.
  // Fails with kNotFound (no such font), kInvalidArgument (not a font; size).
  static devices::Result<std::unique_ptr<GlyphAtlas>> Load(const std::string& font, int size);
  ~GlyphAtlas();
  GlyphAtlas(const GlyphAtlas&) = delete;
  GlyphAtlas& operator=(const GlyphAtlas&) = delete;

  Glyph Find(char32_t code);
  // Pixels from the first pen position to the one after the last glyph. `text` is one line of
  // UTF-8.
  int Width(std::string_view text);
  // Draws one line with the pen starting at `x` on the baseline `y`.
  void Draw(std::string_view text, int x, int y, const Ink& ink, Canvas* canvas);

  int ascent() const { return ascent_; }  // Pixels above the baseline that text may take.
  int descent() const { return descent_; }
  int size() const { return size_; }
  std::size_t glyphs() const { return entries_.size(); }
  std::size_t bytes() const { return pixels_.size(); }

 private:
  struct Entry {
    std::size_t offset = 0;
    int width = 0, height = 0, left = 0, top = 0, advance = 0;
  };
  class Face;

  GlyphAtlas() = default;
  std::uint32_t IndexOf(char32_t code);
  // Renders `code` and returns its entry, or the replacement's.
  std::uint32_t Add(char32_t code);
  // The face that has a glyph for `code`, or null.
  Face* FaceFor(char32_t code);
  bool Render(Face* face, char32_t code, Entry* entry);

  static constexpr std::size_t kMaxFallbacks = 4;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  std::vector<std::unique_ptr<Face>> faces_;  // The font asked for, then fallbacks.
  int size_ = 0, ascent_ = 0, descent_ = 0;
  std::vector<std::uint8_t> pixels_;  // Masks one after the other.
  std::vector<Entry> entries_;        // The first is the replacement.
  std::array<std::uint32_t, 256> latin_{};
  std::unordered_map<char32_t, std::uint32_t> others_;
};

}  // namespace infer_server::video
