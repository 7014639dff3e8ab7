// SPDX-License-Identifier: Apache-2.0
#include "video/draw/font_file.h"

#include <fontconfig/fontconfig.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;

constexpr char kDefaultFont[] = "DejaVu Sans";

struct Destroy {
  void operator()(FcPattern* p) const { FcPatternDestroy(p); }
  void operator()(FcFontSet* p) const { FcFontSetDestroy(p); }
  void operator()(FcObjectSet* p) const { FcObjectSetDestroy(p); }
  void operator()(FcCharSet* p) const { FcCharSetDestroy(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Destroy>;

bool EndsWith(const std::string& text, const char* end) {
  const std::size_t length = std::strlen(end);
  return text.size() >= length && text.compare(text.size() - length, length, end) == 0;
}

bool IsFileName(const std::string& font) {
  if (font.find('/') != std::string::npos) return true;
  for (const char* end : {".ttf", ".otf", ".ttc", ".pfb", ".TTF", ".OTF"})
    if (EndsWith(font, end)) return true;
  return false;
}

const FcChar8* Chars(const std::string& text) {
  return reinterpret_cast<const FcChar8*>(text.c_str());
}

// Whether a font of the family that `pattern` asks for is installed, or the family is one of the
// generic names that stand for whatever there is.
bool FamilyIsThere(FcPattern* pattern) {
  FcChar8* family = nullptr;
  if (FcPatternGetString(pattern, FC_FAMILY, 0, &family) != FcResultMatch) return true;
  for (const char* generic : {"sans", "sans-serif", "serif", "monospace", "mono", "system-ui"})
    if (FcStrCmpIgnoreCase(family, Chars(generic)) == 0) return true;
  Owned<FcPattern> wanted(FcPatternCreate());
  FcPatternAddString(wanted.get(), FC_FAMILY, family);
  Owned<FcObjectSet> fields(FcObjectSetBuild(FC_FILE, nullptr));
  Owned<FcFontSet> found(FcFontList(nullptr, wanted.get(), fields.get()));
  return found != nullptr && found->nfont > 0;
}

Result<FontFile> Match(FcPattern* pattern, const std::string& what) {
  const Status missing(Code::kNotFound, "no font on this system for " + what +
                                            "; install a font package such as fonts-dejavu-core, "
                                            "or name a font file");
  FcConfigSubstitute(nullptr, pattern, FcMatchPattern);
  FcDefaultSubstitute(pattern);
  FcResult outcome = FcResultNoMatch;
  Owned<FcPattern> match(FcFontMatch(nullptr, pattern, &outcome));
  FcChar8* path = nullptr;
  FontFile file;
  if (match == nullptr || FcPatternGetString(match.get(), FC_FILE, 0, &path) != FcResultMatch)
    return missing;
  file.path = reinterpret_cast<const char*>(path);
  FcPatternGetInteger(match.get(), FC_INDEX, 0, &file.index);
  return file;
}

}  // namespace

Result<FontFile> FindFont(const std::string& font) {
  if (IsFileName(font)) {
    if (access(font.c_str(), R_OK) != 0)
      return Status(Code::kNotFound, "font file '" + font + "': " + std::strerror(errno));
    return FontFile{font, 0};
  }
  const std::string& name = font.empty() ? kDefaultFont : font;
  Owned<FcPattern> pattern(FcNameParse(Chars(name)));
  if (pattern == nullptr)
    return Status(Code::kInvalidArgument,
                  "font name '" + font + "' cannot be read; expected a name such as 'DejaVu Sans'");
  if (!font.empty() && !FamilyIsThere(pattern.get()))
    return Status(Code::kNotFound, "no font named '" + font +
                                       "' on this system; fc-list : family lists the names, or "
                                       "give a font file");
  return Match(pattern.get(), font.empty() ? "labels" : "'" + font + "'");
}

Result<FontFile> FindFontFor(char32_t code) {
  Owned<FcPattern> pattern(FcNameParse(Chars("sans-serif")));
  Owned<FcCharSet> wanted(FcCharSetCreate());
  FcCharSetAddChar(wanted.get(), code);
  FcPatternAddCharSet(pattern.get(), FC_CHARSET, wanted.get());
  Result<FontFile> file = Match(pattern.get(), "code point " + std::to_string(code));
  return file;
}

}  // namespace infer_server::video
