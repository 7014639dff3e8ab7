// SPDX-License-Identifier: Apache-2.0
#include "video/labels.h"

#include <algorithm>
#include <cctype>
#include <exception>
#include <nlohmann/json.hpp>

#include "video/text_file.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;

constexpr std::size_t kMaxFileBytes = 16 << 20;

bool HasBareComma(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == ',')
      return true;
  }
  return false;
}

std::string Trim(const std::string& text) {
  const char* spaces = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(spaces);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

// "n01440764 tench" -> "tench".
std::string WithoutWordNetId(const std::string& line) {
  if (line.size() < 11 || line[0] != 'n' || line[9] != ' ') return line;
  const bool digits = std::all_of(line.begin() + 1, line.begin() + 9,
                                  [](unsigned char c) { return std::isdigit(c) != 0; });
  return digits ? Trim(line.substr(10)) : line;
}

bool IsUtf8(const std::string& text) {
  if (text.find('\0') != std::string::npos) return false;
  try {
    (void)nlohmann::json(text).dump();  // Throws on a bad byte.
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

std::vector<std::string> SplitLines(const std::string& text) {
  std::vector<std::string> names;
  std::size_t begin = text.compare(0, 3, "\xEF\xBB\xBF") == 0 ? 3 : 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    names.push_back(WithoutWordNetId(Trim(text.substr(begin, end - begin))));
    begin = end + 1;
  }
  return names;
}

std::vector<std::string> SplitList(const std::string& text) {
  std::vector<std::string> names(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == ',' || text[i + 1] == '\\'))
      names.back() += text[++i];
    else if (text[i] == ',')
      names.emplace_back();
    else
      names.back() += text[i];
  }
  for (std::string& name : names) name = Trim(name);
  return names;
}

}  // namespace

bool Labels::LooksLikeFile(const std::string& text) {
  if (HasBareComma(text)) return false;
  const bool txt = text.size() >= 4 && text.compare(text.size() - 4, 4, ".txt") == 0;
  return txt || text.find('/') != std::string::npos;
}

Result<Labels> Labels::Parse(const std::string& text) {
  std::string content = text, origin = "a list";
  std::vector<std::string> names;
  const bool is_file = IsRegularFile(text) || LooksLikeFile(text);
  if (is_file) {
    Result<std::string> file = ReadTextFile(text, kMaxFileBytes);
    if (!file.ok())
      return Status(file.status().code(),
                    "labels " + file.status().message() +
                        "; give a file with one label a line, or a list such as person,car");
    content = std::move(file).value();
    origin = "file '" + text + "'";
  }
  if (!IsUtf8(content))
    return Status(Code::kInvalidArgument, "labels of " + origin + " are not UTF-8 text");
  names = is_file ? SplitLines(content) : SplitList(content);
  while (!names.empty() && names.back().empty()) names.pop_back();
  if (names.empty())
    return Status(Code::kInvalidArgument,
                  "labels of " + origin + " are empty; give one label for each class");
  return Labels(std::move(names), std::move(origin));
}

std::string Labels::Name(int id) const {
  const auto i = static_cast<std::size_t>(id);
  return id >= 0 && i < names_.size() && !names_[i].empty() ? names_[i] : std::to_string(id);
}

}  // namespace infer_server::video
