// SPDX-License-Identifier: Apache-2.0
// Results onto frames: boxes, labels, keypoints.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "video/draw/canvas.h"
#include "video/draw/glyph_atlas.h"
#include "video/draw/label_text.h"
#include "video/result.h"

namespace infer_server::video {

struct AnnotateStyle {
  LabelStyle text;             // What labels say.
  int thickness = 0;           // Of outlines, in pixels; 0 = 1/360 of the frame's height.
  int font_size = 0;           // Pixels; 0 = 1/40 of the frame's height, at least 12.
  std::string font;            // As FindFont() takes it.
  double label_opacity = 0.8;  // Of the ground behind text, 0 (none) .. 1.
  double fill_opacity = 0;     // Of the inside of boxes, 0 .. 1.
  bool boxes = true;
  bool keypoints = true;
  std::string color;                // "#rrggbb" for everything; empty = by label.
  std::vector<std::string> labels;  // Only objects with one of these labels; empty = all.
};

// Draws on frames of one size after the other. One thread at a time. Allocates when set up, and
// when text needs a glyph not met before; otherwise not.
class INFER_API Annotator {
 public:
  // What is wrong with `style` that can be known before there is a frame.
  static devices::Status Check(const AnnotateStyle& style);
  // Takes `style` for frames of `height` rows; the font is loaded again only when its name or size
  // changes. Fails as GlyphAtlas::Load() and ParseColor() do; the style before then stays.
  devices::Status Configure(const AnnotateStyle& style, int height);

  // Whether Draw() would change a frame. REQUIRES: Configure() succeeded once, here and below.
  bool HasWork(const FrameResult& result) const;
  // Outlines first, then keypoints, then labels: above their box where there is room, and where no
  // other label is, if there is such a place. Boxes that are not numbers or lie outside are left
  // out. Boxes are filled until that has cost kMaxFill frames, and outlined after.
  void Draw(const FrameResult& result, const MutableFrame& frame);

  static constexpr int kMaxFill = 16;

 private:
  struct Style {
    int thickness = 1;
    int label_opacity = 0, fill_opacity = 0;  // 0..255.
    bool fixed = false;
    Color color;
  };

  bool Wanted(const Object& object) const;
  Color ColorFor(const Object& object) const;
  void DrawBox(const Object& object, Canvas* canvas);
  void DrawKeypoints(const Object& object, Canvas* canvas);
  void DrawLabel(const PixelRect& box, Color color, Canvas* canvas);
  // Where a label of this size goes for `box`.
  PixelRect PlaceLabel(const PixelRect& box, int width, int height, const Canvas& canvas) const;
  bool IsFree(const PixelRect& place) const;

  AnnotateStyle style_;
  Style now_;
  std::unique_ptr<GlyphAtlas> atlas_;  // Null when labels are off.
  std::string text_;                   // Of the label being drawn; its lines end in '\n'.
  std::vector<PixelRect> placed_;      // Labels on this frame.
  std::vector<std::uint8_t> dot_, rim_;
  int dot_size_ = 0, rim_size_ = 0;
  std::int64_t fill_left_ = 0;  // Pixels.
};

}  // namespace infer_server::video
