// SPDX-License-Identifier: Apache-2.0
// Written straight into the caller's string, so that a line allocates nothing once the string has
// its size: a frame has some hundred values, and a tree of them would be made and thrown away.
#include "video/json_lines.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <exception>
#include <nlohmann/json.hpp>

namespace infer_server::video {
namespace {

constexpr int kSchemaVersion = 1;

class Writer {
 public:
  explicit Writer(std::string* out) : out_(*out) {}

  void Key(const char* name) {
    Separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    after_key_ = true;
  }
  void Open(char bracket) {
    Separate();
    out_ += bracket;
    first_ = true;
  }
  void Close(char bracket) {
    out_ += bracket;
    first_ = false;
  }

  void Null() {
    Separate();
    out_ += "null";
  }
  template <typename T>
  void Integer(T value) {
    Separate();
    char text[24];
    out_.append(text, std::to_chars(text, text + sizeof(text), value).ptr);
  }
  // `value` unless it is negative, which stands for unknown.
  template <typename T>
  void Known(T value) {
    if (value < 0)
      Null();
    else
      Integer(value);
  }
  // The shortest text that reads back as the same float.
  void Number(float value) {
    if (!std::isfinite(value)) return Null();
    Separate();
    char text[24];
    out_.append(text, std::to_chars(text, text + sizeof(text), value).ptr);
  }
  void Text(const std::string& text) {
    Separate();
    const auto plain = [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; };
    if (std::all_of(text.begin(), text.end(), plain)) {
      out_ += '"';
      out_ += text;
      out_ += '"';
      return;
    }
    using Json = nlohmann::json;
    out_ += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  // Empty stands for unknown.
  void KnownText(const std::string& text) {
    if (text.empty())
      Null();
    else
      Text(text);
  }

 private:
  void Separate() {
    if (!first_ && !after_key_) out_ += ',';
    first_ = after_key_ = false;
  }

  std::string& out_;
  bool first_ = true, after_key_ = false;
};

void Write(const Attribute& attribute, Writer* to) {
  to->Open('{');
  to->Key("name"), to->Text(attribute.name);
  to->Key("label"), to->KnownText(attribute.label);
  to->Key("label_id"), to->Known(attribute.label_id);
  to->Key("score"), to->Number(attribute.score);
  to->Key("model"), to->KnownText(attribute.model);
  to->Close('}');
}

void WriteEmbedding(const std::vector<float>& embedding, Writer* to) {
  to->Key("embedding");
  if (embedding.empty()) return to->Null();
  to->Open('[');
  for (const float value : embedding) to->Number(value);
  to->Close(']');
}

// The classes in it, and its cells as runs: class, length, class, length, ...
void WriteMask(const ClassMask* mask, Writer* to) {
  to->Key("mask");
  if (mask == nullptr) return to->Null();
  to->Open('{');
  to->Key("width"), to->Integer(mask->width);
  to->Key("height"), to->Integer(mask->height);
  std::array<std::size_t, 256> count{};
  for (const std::uint8_t cell : mask->cells) ++count[cell];
  to->Key("classes");
  to->Open('[');
  for (std::size_t i = 0; i < count.size(); ++i) {
    if (count[i] == 0) continue;
    to->Open('{');
    to->Key("label_id"), to->Integer(i);
    to->Key("label");
    if (i < mask->labels.size())
      to->KnownText(mask->labels[i]);
    else
      to->Null();
    to->Key("cells"), to->Integer(count[i]);
    to->Close('}');
  }
  to->Close(']');
  to->Key("runs");
  to->Open('[');
  for (auto cell = mask->cells.begin(); cell != mask->cells.end();) {
    const auto end = std::find_if(cell, mask->cells.end(),
                                  [cell](std::uint8_t other) { return other != *cell; });
    to->Integer(static_cast<int>(*cell));
    to->Integer(end - cell);
    cell = end;
  }
  to->Close(']');
  to->Close('}');
}

void Write(const Inference& inference, Writer* to) {
  to->Open('{');
  to->Key("model"), to->Text(inference.model);
  to->Key("status"), to->Text(NameOf(inference.status));
  to->Key("age_frames"), to->Integer(std::max(inference.age_frames, 0));
  WriteMask(inference.mask.get(), to);
  WriteEmbedding(inference.embedding, to);
  to->Close('}');
}

void Write(const Keypoint& point, Writer* to) {
  to->Open('{');
  to->Key("x"), to->Number(point.x);
  to->Key("y"), to->Number(point.y);
  to->Key("score"), to->Number(point.score);
  to->Close('}');
}

void Write(const Rect& box, Writer* to) {
  to->Open('{');
  to->Key("x"), to->Number(box.x);
  to->Key("y"), to->Number(box.y);
  to->Key("w"), to->Number(box.w);
  to->Key("h"), to->Number(box.h);
  to->Close('}');
}

template <typename T>
void WriteList(const char* key, const std::vector<T>& list, Writer* to) {
  to->Key(key);
  to->Open('[');
  for (const T& element : list) Write(element, to);
  to->Close(']');
}

void Write(const Object& object, Writer* to) {
  to->Open('{');
  to->Key("id"), to->Integer(object.id);
  to->Key("parent_id"), to->Known(object.parent_id);
  to->Key("track_id"), to->Known(object.track_id);
  to->Key("label"), to->KnownText(object.label);
  to->Key("label_id"), to->Known(object.label_id);
  to->Key("score"), to->Number(object.score);
  to->Key("box"), Write(object.box, to);
  to->Key("model"), to->KnownText(object.model);
  WriteList("attributes", object.attributes, to);
  WriteList("keypoints", object.keypoints, to);
  WriteMask(object.mask.get(), to);
  WriteEmbedding(object.embedding, to);
  to->Close('}');
}

}  // namespace

void AppendJsonLine(const FrameResult& frame, std::string* line) {
  Writer to(line);
  to.Open('{');
  to.Key("schema_version"), to.Integer(kSchemaVersion);
  to.Key("frame"), to.Integer(frame.frame);
  to.Key("pts_ns"), to.Known(frame.pts_ns);
  to.Key("source"), to.Text(frame.source);
  to.Key("width"), to.Integer(frame.width);
  to.Key("height"), to.Integer(frame.height);
  WriteList("inference", frame.inference, &to);
  WriteList("attributes", frame.attributes, &to);
  WriteList("objects", frame.objects, &to);
  to.Close('}');
  *line += '\n';
}

}  // namespace infer_server::video
