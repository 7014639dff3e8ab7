// SPDX-License-Identifier: Apache-2.0
#include "video/draw/glyph_atlas.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/video/guarded_frame.h"
#include "video/draw/font_file.h"
#include "video/draw/utf8.h"

namespace infer_server::video {
namespace {

std::vector<char32_t> Decode(std::string_view text) {
  std::vector<char32_t> codes;
  while (!text.empty()) codes.push_back(TakeCodePoint(&text));
  return codes;
}

TEST(Utf8, DecodesEveryLength) {
  EXPECT_EQ((std::vector<char32_t>{'a', 0xE9, 0x4EBA, 0x1F600}),
            Decode("a\xC3\xA9\xE4\xBA\xBA\xF0\x9F\x98\x80"));
}

TEST(Utf8, ReplacesEachWrongByte) {
  const char32_t r = kReplacement;
  EXPECT_EQ((std::vector<char32_t>{r, 'a'}), Decode("\xFF"
                                                    "a"));
  EXPECT_EQ((std::vector<char32_t>{r, r}), Decode("\xC0\xAF")) << "overlong";
  EXPECT_EQ((std::vector<char32_t>{r, r, r}), Decode("\xED\xA0\x80")) << "surrogate";
  EXPECT_EQ((std::vector<char32_t>{r, r}), Decode("\xE4\xBA")) << "cut off";
  EXPECT_EQ((std::vector<char32_t>{r, r, r, r}), Decode("\xF4\x90\x80\x80")) << "above U+10FFFF";
}

TEST(GlyphAtlas, HasLatinFromTheStart) {
  auto atlas = std::move(GlyphAtlas::Load("", 24)).value();
  const std::size_t glyphs = atlas->glyphs();
  EXPECT_GT(glyphs, 185u);
  for (char32_t code : {U'A', U'g', U'#', U'é', U'ß'}) {
    const Glyph glyph = atlas->Find(code);
    EXPECT_GT(glyph.coverage.width, 0) << static_cast<int>(code);
    EXPECT_GT(glyph.advance, 0);
  }
  EXPECT_EQ(0, atlas->Find(U' ').coverage.width);
  EXPECT_GT(atlas->Find(U' ').advance, 0);
  EXPECT_EQ(glyphs, atlas->glyphs()) << "nothing was rendered again";
}

TEST(GlyphAtlas, RendersOtherGlyphsOnce) {
  auto atlas = std::move(GlyphAtlas::Load("", 24)).value();
  const std::size_t glyphs = atlas->glyphs();
  EXPECT_GT(atlas->Find(U'Ж').coverage.width, 0);
  EXPECT_EQ(glyphs + 1, atlas->glyphs());
  atlas->Find(U'Ж');
  EXPECT_EQ(glyphs + 1, atlas->glyphs());
}

TEST(GlyphAtlas, IsBounded) {
  auto atlas = std::move(GlyphAtlas::Load("", GlyphAtlas::kMaxSize)).value();
  for (char32_t code = 0x100; code < 0x3000; ++code) atlas->Find(code);
  EXPECT_LE(atlas->glyphs(), GlyphAtlas::kMaxGlyphs);
  EXPECT_LE(atlas->bytes(), GlyphAtlas::kMaxBytes);
  EXPECT_GT(atlas->Find(0x10FFFF).advance, 0) << "the replacement stands in";
}

TEST(GlyphAtlas, WidthAddsUp) {
  auto atlas = std::move(GlyphAtlas::Load("", 20)).value();
  EXPECT_EQ(atlas->Width("ab") + atlas->Width("c"), atlas->Width("abc"));
  EXPECT_EQ(0, atlas->Width(""));
  EXPECT_GT(atlas->ascent(), 10);
  EXPECT_GT(atlas->descent(), 2);
}

// White on black, full range: luma, and every channel, is the coverage itself.
TEST(GlyphAtlas, CoversTheSamePixelsInEveryFormat) {
  auto atlas = std::move(GlyphAtlas::Load("", 18)).value();
  std::vector<std::uint8_t> grey;
  for (PixelFormat format :
       {PixelFormat::kGray8, PixelFormat::kNV12, PixelFormat::kNV21, PixelFormat::kI420,
        PixelFormat::kRGB, PixelFormat::kBGR, PixelFormat::kRGBA, PixelFormat::kBGRA}) {
    GuardedFrame guarded(format, 91, 25);
    guarded.frame.range = ColorRange::kFull;
    for (int p = 1; p < devices::PlaneCount(format); ++p)
      for (int y = 0; y < guarded.Rows(p); ++y)
        std::memset(guarded.frame.data[p] + y * guarded.frame.stride[p], 128, guarded.RowBytes(p));
    Canvas canvas(guarded.frame);
    atlas->Draw("Agé 0.87", -3, 18, canvas.InkOf({255, 255, 255}), &canvas);
    const std::size_t step = static_cast<std::size_t>(devices::SampleBytes(format, 0));
    std::vector<std::uint8_t> first;
    const auto bytes = guarded.Bytes();
    for (std::size_t i = 0; i < 91 * 25; ++i) first.push_back(bytes[i * step]);
    if (grey.empty()) grey = first;
    EXPECT_EQ(grey, first) << devices::NameOf(format);
    for (std::size_t i = 91 * 25 * step; i < bytes.size(); ++i) ASSERT_EQ(128, bytes[i]);
    EXPECT_TRUE(guarded.PaddingIsUntouched());
  }
  EXPECT_GT(std::count(grey.begin(), grey.end(), 255), 50);
  EXPECT_GT(std::count_if(grey.begin(), grey.end(), [](int v) { return v > 20 && v < 235; }), 50)
      << "edges are smooth";
}

TEST(GlyphAtlas, SaysWhatIsWrongWithAFont) {
  const auto message = [](const std::string& font, int size) {
    return GlyphAtlas::Load(font, size).status().message();
  };
  EXPECT_EQ("font file '/nowhere/x.ttf': No such file or directory", message("/nowhere/x.ttf", 20));
  EXPECT_NE(std::string::npos, message("No Such Font", 20).find("no font named 'No Such Font'"));
  EXPECT_NE(std::string::npos, message("", 3).find("between 6 and 256"));
  const std::string path = testing::TempDir() + "not_a_font.ttf";
  std::ofstream(path) << "this is text";
  EXPECT_NE(std::string::npos, message(path, 20).find("is not a font that FreeType can read"));
  unlink(path.c_str());
}

TEST(FindFont, TakesNamesAndGenericNames) {
  for (const char* font : {"", "sans-serif", "DejaVu Sans", "DejaVu Sans:bold"})
    EXPECT_TRUE(FindFont(font).ok()) << font;
  EXPECT_NE(FindFont("DejaVu Sans").value().path, FindFont("DejaVu Sans:bold").value().path);
}

}  // namespace
}  // namespace infer_server::video
