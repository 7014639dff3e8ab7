// SPDX-License-Identifier: Apache-2.0
#include "video/draw/label_text.h"

#include <cmath>
#include <cstdio>

namespace infer_server::video {
namespace {

// A line being written at the end of a text.
class Line {
 public:
  explicit Line(std::string* text) : text_(text), begin_(text->size()) {}

  void Word(const char* word, std::size_t length) {
    if (length == 0) return;
    if (text_->size() > begin_) text_->push_back(' ');
    text_->append(word, length);
  }
  void Word(const std::string& word) { Word(word.c_str(), word.size()); }
  void Score(float score) {
    if (std::isnan(score)) return;
    char digits[32];
    const int length = std::snprintf(digits, sizeof digits, "%.2f", static_cast<double>(score));
    if (length > 0 && length < static_cast<int>(sizeof digits))
      Word(digits, static_cast<std::size_t>(length));
  }
  void End() {
    if (text_->size() == begin_) return;
    if (text_->size() - begin_ > kMaxLineBytes) CutAt(begin_ + kMaxLineBytes);
    for (std::size_t i = begin_; i < text_->size(); ++i)
      if (static_cast<unsigned char>((*text_)[i]) < 0x20 || (*text_)[i] == 0x7F) (*text_)[i] = ' ';
    text_->push_back('\n');
  }

 private:
  // Never within a code point: its later bytes are 10xxxxxx.
  void CutAt(std::size_t end) {
    while (end > begin_ && (static_cast<unsigned char>((*text_)[end]) & 0xC0) == 0x80) --end;
    text_->resize(end);
    text_->append("\xE2\x80\xA6");  // An ellipsis.
  }

  std::string* const text_;
  const std::size_t begin_;
};

void AppendAttribute(const Attribute& attribute, const LabelStyle& style, std::string* text) {
  Line line(text);
  if (!attribute.name.empty()) {
    line.Word(attribute.name);
    if (!attribute.label.empty()) text->push_back(':');
  }
  line.Word(attribute.label);
  if (style.scores) line.Score(attribute.score);
  line.End();
}

void AppendAttributes(const std::vector<Attribute>& attributes, const LabelStyle& style, int lines,
                      std::string* text) {
  if (!style.attributes) return;
  for (const Attribute& attribute : attributes) {
    if (lines-- == 0) return;
    AppendAttribute(attribute, style, text);
  }
}

}  // namespace

void AppendLabelText(const Object& object, const LabelStyle& style, std::string* text) {
  Line line(text);
  if (style.labels) line.Word(object.label);
  if (style.track_ids && object.track_id >= 0) {
    char digits[32];
    const int length =
        std::snprintf(digits, sizeof digits, "#%lld", static_cast<long long>(object.track_id));
    line.Word(digits, static_cast<std::size_t>(length));
  }
  if (style.scores) line.Score(object.score);
  line.End();
  AppendAttributes(object.attributes, style, kMaxLines - 1, text);
}

void AppendFrameText(const FrameResult& frame, const LabelStyle& style, std::string* text) {
  AppendAttributes(frame.attributes, style, kMaxLines, text);
}

}  // namespace infer_server::video
