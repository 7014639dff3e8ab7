// SPDX-License-Identifier: Apache-2.0
#include "video/config_json.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>

#include "video/model_config.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;
using nlohmann::json;

// Counts the lines that the parser has read. The parser does not say where a key is, but it reports
// one before it reads on.
class LineCounter {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  LineCounter(const char* at, int* line) : at_(at), line_(line) {}
  reference operator*() const { return *at_; }
  LineCounter& operator++() {
    if (*at_ == '\n') ++*line_;
    ++at_;
    return *this;
  }
  bool operator==(const LineCounter& other) const { return at_ == other.at_; }
  bool operator!=(const LineCounter& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  int* line_;
};

const ConfigKey* FindKey(const std::string& name) {
  for (const ConfigKey& key : ModelConfig::Keys())
    if (name == key.name) return &key;
  return nullptr;
}

enum class Element { kString, kNumber, kInteger, kBool };

bool Accepts(ConfigKind kind, Element element, bool in_list) {
  switch (kind) {
    case ConfigKind::kText:
    case ConfigKind::kChoice:
      return element == Element::kString && !in_list;
    case ConfigKind::kLabels:
      return element == Element::kString;
    case ConfigKind::kInteger:
      return element == Element::kInteger && !in_list;
    case ConfigKind::kNumber:
      return (element == Element::kInteger || element == Element::kNumber) && !in_list;
    case ConfigKind::kBool:
      return element == Element::kBool && !in_list;
    case ConfigKind::kNumbers:
      return element != Element::kBool && (element != Element::kString || !in_list);
    case ConfigKind::kThresholds:
      return element != Element::kBool;
  }
  return false;
}

const char* Wanted(ConfigKind kind) {
  switch (kind) {
    case ConfigKind::kText:
    case ConfigKind::kChoice:
      return "a string";
    case ConfigKind::kLabels:
      return "a string or a list of strings";
    case ConfigKind::kInteger:
      return "a whole number";
    case ConfigKind::kNumber:
      return "a number";
    case ConfigKind::kBool:
      return "true or false";
    case ConfigKind::kNumbers:
      return "a number or a list of numbers";
    case ConfigKind::kThresholds:
      return "a number, or a string or list such as car:0.5,person:0.3,0.25";
  }
  return "";
}

// Takes the parser's events. Returns false from the first that is wrong; status() says why.
class SettingReader : public nlohmann::json_sax<json> {
 public:
  SettingReader(const std::string& file_name, const int* line)
      : file_name_(file_name), line_(line) {}

  Status status() const { return status_; }
  std::vector<JsonSetting> Take() { return std::move(settings_); }

  bool start_object(std::size_t) override {
    if (key_ != nullptr) return WrongKind("an object");
    return true;
  }
  bool end_object() override { return true; }

  bool key(string_t& name) override {
    key_ = FindKey(name);
    if (key_ == nullptr) return Fail(*line_, "unknown key '" + name + "'; " + ListConfigKeys());
    for (const JsonSetting& setting : settings_)
      if (setting.key == name)
        return Fail(*line_, "key '" + name + "' is set a second time; the first is in line " +
                                std::to_string(setting.line));
    settings_.push_back({name, "", false, *line_});
    return true;
  }

  bool start_array(std::size_t) override {
    if (key_ == nullptr) return NotAnObject();
    const bool listable = key_->kind == ConfigKind::kLabels || key_->kind == ConfigKind::kNumbers ||
                          key_->kind == ConfigKind::kThresholds;
    if (in_list_ || !listable) return WrongKind("a list");
    in_list_ = settings_.back().is_list = true;
    elements_ = 0;
    return true;
  }
  bool end_array() override {
    in_list_ = false;
    if (elements_ == 0) return WrongKind("an empty list");
    // So that a list of one label is not taken for a file's name.
    if (key_->kind == ConfigKind::kLabels) settings_.back().value += ',';
    return true;
  }

  bool null() override { return key_ == nullptr ? NotAnObject() : WrongKind("null"); }
  bool boolean(bool value) override {
    return Add(Element::kBool, value ? "true" : "false", "a boolean");
  }
  bool number_integer(number_integer_t value) override {
    return Add(Element::kInteger, std::to_string(value), "a number");
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Add(Element::kInteger, std::to_string(value), "a number");
  }
  bool number_float(number_float_t, const string_t& text) override {
    return Add(Element::kNumber, text, "a number with a fraction or exponent");
  }
  bool string(string_t& value) override { return Add(Element::kString, value, "a string"); }
  bool binary(json::binary_t&) override { return false; }  // JSON has none.

  bool parse_error(std::size_t, const std::string&, const json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error ..."
    std::string what = error.what();
    const std::size_t colon = what.find(": ");
    if (colon != std::string::npos) what.erase(0, colon + 2);
    return Fail(*line_, "not JSON: " + what);
  }

 private:
  bool Add(Element element, const std::string& text, const char* kind) {
    if (key_ == nullptr) return NotAnObject();
    if (!Accepts(key_->kind, element, in_list_)) return WrongKind(kind);
    std::string& value = settings_.back().value;
    if (in_list_ && elements_++ > 0) value += ',';
    if (!in_list_ || key_->kind != ConfigKind::kLabels) {
      value += text;
      return true;
    }
    for (const char c : text) {
      if (c == ',' || c == '\\') value += '\\';
      value += c;
    }
    return true;
  }

  bool WrongKind(const std::string& found) {
    return Fail(settings_.back().line, std::string(key_->name) + ": " + found +
                                           (in_list_ ? " in the list" : "") + " where " +
                                           Wanted(key_->kind) + " is expected");
  }
  bool NotAnObject() {
    return Fail(*line_, "a model description is one JSON object: { \"postprocess\": \"yolox\" }");
  }
  bool Fail(int line, const std::string& what) {
    status_ = {Code::kInvalidArgument, file_name_ + ":" + std::to_string(line) + ": " + what};
    return false;
  }

  const std::string& file_name_;
  const int* const line_;
  const ConfigKey* key_ = nullptr;
  bool in_list_ = false;
  int elements_ = 0;
  std::vector<JsonSetting> settings_;
  Status status_;
};

}  // namespace

std::string ListConfigKeys() {
  std::string list;
  for (const ConfigKey& key : ModelConfig::Keys())
    list += (list.empty() ? "" : ", ") + std::string(key.name);
  return "keys are: " + list;
}

Result<std::vector<JsonSetting>> ReadSettings(const std::string& text,
                                              const std::string& file_name) {
  int line = 1;
  SettingReader reader(file_name, &line);
  try {
    const bool ok = json::sax_parse(LineCounter(text.data(), &line),
                                    LineCounter(text.data() + text.size(), &line), &reader);
    if (!ok) return reader.status();
  } catch (const std::exception& error) {
    return Status(Code::kInvalidArgument, file_name + ": " + error.what());
  }
  return reader.Take();
}

}  // namespace infer_server::video
