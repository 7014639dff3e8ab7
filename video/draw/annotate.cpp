// SPDX-License-Identifier: Apache-2.0
#include "video/draw/annotate.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "video/draw/font_file.h"
#include "video/draw/palette.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;

// Labels compared with when one is placed: crowds overlap anyway.
constexpr std::size_t kCompared = 256;

int ToOpacity(double value) {
  return static_cast<int>(std::lround(std::clamp(value, 0.0, 1.0) * 255));
}

int ToPixel(float value) {
  constexpr float kFar = PixelRect::kFar / 4;
  return static_cast<int>(std::lround(std::clamp(value, -kFar, kFar)));
}

// The pixels of a box, at least one; empty when it is not a box.
PixelRect ToPixels(const Rect& box) {
  if (!(box.w > 0) || !(box.h > 0) || std::isnan(box.x + box.w) || std::isnan(box.y + box.h))
    return {};
  const int x = ToPixel(box.x), y = ToPixel(box.y);
  return {x, y, std::max(x + 1, ToPixel(box.x + box.w)), std::max(y + 1, ToPixel(box.y + box.h))};
}

bool HasText(const AnnotateStyle& style) {
  const LabelStyle& text = style.text;
  return text.labels || text.scores || text.track_ids || text.attributes;
}

bool Meets(const PixelRect& a, const PixelRect& b) {
  return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

// A disc of `size` pixels across with smooth edges.
void MakeDisc(int size, std::vector<std::uint8_t>* mask) {
  mask->resize(static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
  const double centre = (size - 1) / 2.0, radius = size / 2.0;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const double inside = radius - std::hypot(x - centre, y - centre) + 0.5;
      (*mask)[static_cast<std::size_t>(y * size + x)] =
          static_cast<std::uint8_t>(std::lround(std::clamp(inside, 0.0, 1.0) * 255));
    }
  }
}

// Removes the first line of `text` and returns it without its end.
std::string_view TakeLine(std::string_view* text) {
  const std::size_t end = text->find('\n');
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return line;
}

}  // namespace

Status Annotator::Check(const AnnotateStyle& style) {
  if (!style.color.empty()) {
    Result<Color> color = ParseColor(style.color);
    if (!color.ok()) return Status(color.status()).WithContext("color");
  }
  if (HasText(style)) {
    Result<FontFile> font = FindFont(style.font);
    if (!font.ok()) return Status(font.status()).WithContext("font");
  }
  if (style.font_size != 0 &&
      (style.font_size < GlyphAtlas::kMinSize || style.font_size > GlyphAtlas::kMaxSize))
    return Status(Code::kInvalidArgument, "font-size: " + std::to_string(style.font_size) +
                                              " is neither 0 nor between " +
                                              std::to_string(GlyphAtlas::kMinSize) + " and " +
                                              std::to_string(GlyphAtlas::kMaxSize) + " pixels");
  return {};
}

Status Annotator::Configure(const AnnotateStyle& style, int height) {
  INFER_RETURN_IF_ERROR(Check(style));
  Style next;
  next.thickness = style.thickness > 0 ? style.thickness : std::max(1, (height + 180) / 360);
  next.label_opacity = ToOpacity(style.label_opacity);
  next.fill_opacity = ToOpacity(style.fill_opacity);
  next.fixed = !style.color.empty();
  if (next.fixed) next.color = ParseColor(style.color).value();
  const bool text = HasText(style);
  const int size = style.font_size > 0 ? style.font_size
                                       : std::clamp((height + 20) / 40, 12, GlyphAtlas::kMaxSize);
  if (text && (atlas_ == nullptr || atlas_->size() != size || style.font != style_.font)) {
    Result<std::unique_ptr<GlyphAtlas>> atlas = GlyphAtlas::Load(style.font, size);
    if (!atlas.ok()) return Status(atlas.status()).WithContext("font");
    atlas_ = std::move(atlas).value();
  } else if (!text) {
    atlas_ = nullptr;
  }
  style_ = style;
  now_ = next;
  dot_size_ = 2 * now_.thickness + 1;
  rim_size_ = dot_size_ + 2;
  MakeDisc(dot_size_, &dot_);
  MakeDisc(rim_size_, &rim_);
  return {};
}

bool Annotator::Wanted(const Object& object) const {
  if (style_.labels.empty()) return true;
  return std::find(style_.labels.begin(), style_.labels.end(), object.label) != style_.labels.end();
}

bool Annotator::HasWork(const FrameResult& result) const {
  if (atlas_ != nullptr && style_.text.attributes && !result.attributes.empty()) return true;
  if (!style_.boxes && !style_.keypoints && atlas_ == nullptr && now_.fill_opacity == 0)
    return false;
  return std::any_of(result.objects.begin(), result.objects.end(),
                     [this](const Object& object) { return Wanted(object); });
}

Color Annotator::ColorFor(const Object& object) const {
  if (now_.fixed) return now_.color;
  if (!object.label.empty()) return ColorOf(object.label);
  // Without a name: the class's number in its place.
  const std::int32_t id = object.label_id;
  return ColorOf({reinterpret_cast<const char*>(&id), sizeof id});
}

void Annotator::Draw(const FrameResult& result, const MutableFrame& frame) {
  Canvas canvas(frame);
  fill_left_ = std::int64_t{kMaxFill} * canvas.width() * canvas.height();
  placed_.clear();
  for (const Object& object : result.objects)
    if (Wanted(object)) DrawBox(object, &canvas);
  if (style_.keypoints)
    for (const Object& object : result.objects)
      if (Wanted(object)) DrawKeypoints(object, &canvas);
  if (atlas_ == nullptr) return;

  text_.clear();
  AppendFrameText(result, style_.text, &text_);
  DrawLabel({0, 0, 1, 1}, {0, 0, 0}, &canvas);
  for (const Object& object : result.objects) {
    const PixelRect box = ToPixels(object.box);
    if (!Wanted(object) || !Meets(box, {0, 0, canvas.width(), canvas.height()})) continue;
    text_.clear();
    AppendLabelText(object, style_.text, &text_);
    DrawLabel(box, ColorFor(object), &canvas);
  }
}

void Annotator::DrawBox(const Object& object, Canvas* canvas) {
  const PixelRect box = ToPixels(object.box);
  if (!Meets(box, {0, 0, canvas->width(), canvas->height()})) return;
  const Ink ink = canvas->InkOf(ColorFor(object));
  if (now_.fill_opacity > 0 && fill_left_ > 0) {
    const std::int64_t before = canvas->painted();
    canvas->Fill(box, ink, now_.fill_opacity);
    fill_left_ -= canvas->painted() - before;
  }
  if (!style_.boxes) return;
  // A thick outline would hide a small object.
  const int most = std::max(1, std::min(box.Width(), box.Height()) / 4);
  canvas->Outline(box, std::min(now_.thickness, most), ink, 255);
}

void Annotator::DrawKeypoints(const Object& object, Canvas* canvas) {
  if (object.keypoints.empty()) return;
  const Color color = ColorFor(object);
  const Ink ink = canvas->InkOf(color), rim = canvas->InkOf(ContrastTo(color));
  for (const Keypoint& point : object.keypoints) {
    if (std::isnan(point.x) || std::isnan(point.y)) continue;
    const int x = ToPixel(std::floor(point.x)), y = ToPixel(std::floor(point.y));
    canvas->Blend({rim_.data(), rim_size_, rim_size_}, x - rim_size_ / 2, y - rim_size_ / 2, rim);
    canvas->Blend({dot_.data(), dot_size_, dot_size_}, x - dot_size_ / 2, y - dot_size_ / 2, ink);
  }
}

bool Annotator::IsFree(const PixelRect& place) const {
  const std::size_t first = placed_.size() > kCompared ? placed_.size() - kCompared : 0;
  return std::none_of(placed_.begin() + static_cast<std::ptrdiff_t>(first), placed_.end(),
                      [&](const PixelRect& other) { return Meets(place, other); });
}

PixelRect Annotator::PlaceLabel(const PixelRect& box, int width, int height,
                                const Canvas& canvas) const {
  const int x = std::max(0, std::min(box.x0, canvas.width() - width));
  // Above the box, in its top, below it, in its bottom.
  const int tops[] = {box.y0 - height, std::max(0, box.y0), box.y1, box.y1 - height};
  PixelRect fallback;
  for (const int top : tops) {
    const PixelRect place{x, top, x + width, top + height};
    if (place.y0 < 0 || place.y1 > canvas.height()) continue;
    if (IsFree(place)) return place;
    if (fallback.Empty()) fallback = place;
  }
  if (!fallback.Empty()) return fallback;
  const int top = std::max(0, std::min(box.y0, canvas.height() - height));
  return {x, top, x + width, top + height};
}

void Annotator::DrawLabel(const PixelRect& box, Color color, Canvas* canvas) {
  if (text_.empty()) return;
  const int padding = std::max(2, atlas_->size() / 4);
  const int line_height = atlas_->ascent() + atlas_->descent();
  int width = 0, lines = 0;
  for (std::string_view rest = text_; !rest.empty(); ++lines)
    width = std::max(width, atlas_->Width(TakeLine(&rest)));
  const PixelRect place = PlaceLabel(box, width + 2 * padding, lines * line_height, *canvas);
  placed_.push_back(place);
  canvas->Fill(place, canvas->InkOf(color), now_.label_opacity);
  const Color text_color = now_.label_opacity > 0 ? ContrastTo(color) : color;
  const Ink ink = canvas->InkOf(text_color);
  int y = place.y0 + atlas_->ascent();
  for (std::string_view rest = text_; !rest.empty(); y += line_height)
    atlas_->Draw(TakeLine(&rest), place.x0 + padding, y, ink, canvas);
}

}  // namespace infer_server::video
