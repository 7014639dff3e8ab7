// SPDX-License-Identifier: Apache-2.0
#include <cctype>
#include <cstdlib>
#include <utility>

#include "devices/acl/soft/model_json.h"
#include "pipelines/tools/atc_options.h"

namespace infer_server::devices::acl {
namespace {

// Words, numbers, text in quotation marks, and { } : each alone.
class Words {
 public:
  explicit Words(const std::string& text) : text_(text) {}

  // Empty at the end.
  std::string Next() {
    Skip();
    if (at_ == text_.size()) return "";
    const size_t begin = at_;
    if (text_[at_] == '"') {
      const size_t end = text_.find('"', at_ + 1);
      at_ = end == std::string::npos ? text_.size() : end + 1;
      return text_.substr(begin + 1, at_ - begin - 2);
    }
    ++at_;
    if (Alone(text_[begin])) return text_.substr(begin, 1);
    while (at_ < text_.size() && !Alone(text_[at_]) && text_[at_] != '#' && !IsSpace(text_[at_]))
      ++at_;
    return text_.substr(begin, at_ - begin);
  }
  int line() const { return line_; }

 private:
  static bool Alone(char c) { return c == '{' || c == '}' || c == ':'; }
  static bool IsSpace(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
  void Skip() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '#')
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      if (at_ == text_.size()) return;
      if (text_[at_] == '\n') ++line_;
      if (!IsSpace(text_[at_])) return;
    }
  }

  const std::string& text_;
  size_t at_ = 0;
  int line_ = 1;
};

Status Set(const std::string& key, const std::string& value, AippConfig* config) {
  if (value == "true" || value == "false")
    return SetAippKey(key, value == "true" ? 1.0 : 0.0, config);
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (!value.empty() && *end == '\0') return SetAippKey(key, number, config);
  return SetAippKey(key, value, config);
}

}  // namespace

Result<std::vector<AippConfig>> ParseAippConf(const std::string& text) {
  Words words(text);
  std::vector<AippConfig> all;
  const auto bad = [&words](const std::string& why) {
    return Status(Code::kInvalidArgument, "line " + std::to_string(words.line()) + ": " + why);
  };
  for (std::string word = words.Next(); !word.empty(); word = words.Next()) {
    if (word != "aipp_op" || words.Next() != "{")
      return bad("'" + word + "', where aipp_op { begins");
    AippConfig config;
    config.params.items.resize(1);
    for (word = words.Next(); word != "}"; word = words.Next()) {
      if (word.empty()) return bad("the last aipp_op has no }");
      if (words.Next() != ":") return bad("'" + word + "' is not followed by : and a value");
      const Status set = Set(word, words.Next(), &config);
      if (!set.ok()) return bad(set.message());
    }
    all.push_back(std::move(config));
  }
  if (all.empty()) return bad("there is no aipp_op");
  return all;
}

}  // namespace infer_server::devices::acl
