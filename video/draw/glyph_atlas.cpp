// SPDX-License-Identifier: Apache-2.0
#include "video/draw/glyph_atlas.h"

#include <ft2build.h>
#include FT_FREETYPE_H

#include <algorithm>
#include <cstring>

#include "video/draw/font_file.h"
#include "video/draw/utf8.h"

namespace infer_server::video {

using devices::Code;
using devices::Result;
using devices::Status;

// A FreeType library and a face of it: FreeType wants one library per thread, and this is simpler
// than sharing one.
class GlyphAtlas::Face {
 public:
  Face() = default;
  ~Face() {
    if (face_ != nullptr) FT_Done_Face(face_);
    if (library_ != nullptr) FT_Done_FreeType(library_);
  }
  Face(const Face&) = delete;
  Face& operator=(const Face&) = delete;

  Status Open(const FontFile& file, int size) {
    if (FT_Init_FreeType(&library_) != 0)
      return Status(Code::kOutOfMemory, "FreeType cannot be initialised");
    const FT_Error error = FT_New_Face(library_, file.path.c_str(), file.index, &face_);
    if (error != 0)
      return Status(Code::kInvalidArgument,
                    "font file '" + file.path + "' is not a font that FreeType can read (error " +
                        std::to_string(error) + "); give a TrueType or OpenType font");
    if (FT_Set_Pixel_Sizes(face_, 0, static_cast<FT_UInt>(size)) != 0)
      return Status(Code::kInvalidArgument, "font file '" + file.path + "' has no size of " +
                                                std::to_string(size) +
                                                " pixels; give a scalable font");
    path_ = file.path;
    return {};
  }

  FT_Face get() const { return face_; }
  const std::string& path() const { return path_; }
  bool Has(char32_t code) const { return FT_Get_Char_Index(face_, code) != 0; }

 private:
  FT_Library library_ = nullptr;
  FT_Face face_ = nullptr;
  std::string path_;
};

namespace {

// One row of a FreeType bitmap as coverage bytes.
void CopyRow(const FT_Bitmap& bitmap, unsigned row, std::uint8_t* out) {
  const std::uint8_t* in = bitmap.buffer + static_cast<std::ptrdiff_t>(row) * bitmap.pitch;
  if (bitmap.pixel_mode == FT_PIXEL_MODE_GRAY) {
    std::memcpy(out, in, bitmap.width);
  } else {
    for (unsigned x = 0; x < bitmap.width; ++x)
      out[x] = (in[x / 8] >> (7 - x % 8) & 1) != 0 ? 255 : 0;
  }
}

int RoundUp26Dot6(FT_Pos value) { return static_cast<int>((value + 63) >> 6); }

}  // namespace

GlyphAtlas::~GlyphAtlas() = default;

Result<std::unique_ptr<GlyphAtlas>> GlyphAtlas::Load(const std::string& font, int size) {
  if (size < kMinSize || size > kMaxSize)
    return Status(Code::kInvalidArgument, "font size " + std::to_string(size) + " is not between " +
                                              std::to_string(kMinSize) + " and " +
                                              std::to_string(kMaxSize) + " pixels");
  Result<FontFile> file = FindFont(font);
  if (!file.ok()) return file.status();
  auto face = std::make_unique<Face>();
  INFER_RETURN_IF_ERROR(face->Open(file.value(), size));

  std::unique_ptr<GlyphAtlas> atlas(new GlyphAtlas);
  const FT_Size_Metrics& metrics = face->get()->size->metrics;
  atlas->size_ = size;
  atlas->ascent_ = RoundUp26Dot6(metrics.ascender);
  atlas->descent_ = RoundUp26Dot6(-metrics.descender);
  atlas->faces_.push_back(std::move(face));
  atlas->entries_.emplace_back();
  Face* const own = atlas->faces_[0].get();
  if (!atlas->Render(own, kReplacement, &atlas->entries_[0]))  // Or the font's ".notdef".
    atlas->entries_[0].advance = size / 2;
  atlas->latin_.fill(kNone);
  for (char32_t code = 0x20; code < 0x100; ++code)
    if (code < 0x7F || code >= 0xA0) atlas->latin_[code] = atlas->Add(code);
  return atlas;
}

bool GlyphAtlas::Render(Face* face, char32_t code, Entry* entry) {
  FT_Face ft = face->get();
  if (FT_Load_Char(ft, code, FT_LOAD_RENDER | FT_LOAD_TARGET_LIGHT) != 0) return false;
  const FT_GlyphSlot slot = ft->glyph;
  const FT_Bitmap& bitmap = slot->bitmap;
  const bool known =
      bitmap.pixel_mode == FT_PIXEL_MODE_GRAY || bitmap.pixel_mode == FT_PIXEL_MODE_MONO;
  if (!known && bitmap.rows > 0) return false;
  const std::size_t bytes = static_cast<std::size_t>(bitmap.width) * bitmap.rows;
  if (pixels_.size() + bytes > kMaxBytes) return false;
  entry->offset = pixels_.size();
  entry->width = static_cast<int>(bitmap.width);
  entry->height = static_cast<int>(bitmap.rows);
  entry->left = slot->bitmap_left;
  entry->top = slot->bitmap_top;
  entry->advance = static_cast<int>((slot->advance.x + 32) >> 6);
  pixels_.resize(pixels_.size() + bytes);
  for (unsigned row = 0; row < bitmap.rows; ++row)
    CopyRow(bitmap, row, pixels_.data() + entry->offset + row * std::size_t{bitmap.width});
  return true;
}

GlyphAtlas::Face* GlyphAtlas::FaceFor(char32_t code) {
  for (const auto& face : faces_)
    if (face->Has(code)) return face.get();
  if (faces_.size() > kMaxFallbacks || code < 0x100) return nullptr;
  const Result<FontFile> file = FindFontFor(code);
  if (!file.ok()) return nullptr;
  for (const auto& face : faces_)
    if (face->path() == file.value().path) return nullptr;
  auto face = std::make_unique<Face>();
  if (!face->Open(file.value(), size_).ok() || !face->Has(code)) return nullptr;
  faces_.push_back(std::move(face));
  return faces_.back().get();
}

std::uint32_t GlyphAtlas::Add(char32_t code) {
  if (entries_.size() >= kMaxGlyphs) return 0;
  Face* const face = FaceFor(code);
  Entry entry;
  if (face == nullptr || !Render(face, code, &entry)) return 0;
  entries_.push_back(entry);
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

std::uint32_t GlyphAtlas::IndexOf(char32_t code) {
  if (code < latin_.size()) return latin_[code] == kNone ? 0 : latin_[code];
  const auto found = others_.find(code);
  if (found != others_.end()) return found->second;
  // Bounded like the glyphs: a code point without a glyph is remembered too.
  if (others_.size() >= kMaxGlyphs) return 0;
  const std::uint32_t index = Add(code);
  others_.emplace(code, index);
  return index;
}

Glyph GlyphAtlas::Find(char32_t code) {
  const Entry& entry = entries_[IndexOf(code)];
  return {{pixels_.data() + entry.offset, entry.width, entry.height},
          entry.left,
          entry.top,
          entry.advance};
}

int GlyphAtlas::Width(std::string_view text) {
  int width = 0;
  while (!text.empty()) width += Find(TakeCodePoint(&text)).advance;
  return width;
}

void GlyphAtlas::Draw(std::string_view text, int x, int y, const Ink& ink, Canvas* canvas) {
  while (!text.empty() && x < canvas->width()) {
    const Glyph glyph = Find(TakeCodePoint(&text));
    canvas->Blend(glyph.coverage, x + glyph.left, y - glyph.top, ink);
    x += glyph.advance;
  }
}

}  // namespace infer_server::video
