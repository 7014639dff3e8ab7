// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/init_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "devices/acl/soft/error.h"
#include "devices/base/read_file.h"

namespace infer_server::devices::acl {
namespace {

constexpr int kDeepest = 10;  // Of objects and of lists, each.

// Counts without a parser: a deep file must not get as far as one that recurses.
bool TooDeep(const std::string& text) {
  int objects = 0, lists = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      objects += c == '{' ? 1 : c == '}' ? -1 : 0;
      lists += c == '[' ? 1 : c == ']' ? -1 : 0;
      if (objects > kDeepest || lists > kDeepest) return true;
    }
  }
  return false;
}

// As a number, or as text: the manual's examples have it in quotes.
bool IsPositive(const nlohmann::json& value) {
  if (value.is_number_unsigned()) return value.get<uint64_t>() > 0;
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return text.find_first_not_of("0123456789") == std::string::npos &&
         text.find_first_not_of('0') != std::string::npos;
}

}  // namespace

aclError ReadInitFile(const char* path, InitFile* file, const char* function) {
  std::string text;
  if (!ReadFile(path, &text))
    return Fail(ACL_ERROR_INVALID_FILE, function,
                "cannot read the configuration file '%s'; NULL means none", path);
  if (TooDeep(text))
    return Fail(ACL_ERROR_PARSE_FILE, function, "'%s' is nested more than %d deep", path, kDeepest);
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object())
    return Fail(ACL_ERROR_PARSE_FILE, function, "'%s' is not a JSON object; {} will do", path);
  if (const auto mode = json.find("err_msg_mode"); mode != json.end())
    file->messages_by_process = *mode == "1" || *mode == 1 || *mode == "process";
  if (const auto length = json.find("max_opqueue_num");
      length != json.end() && !IsPositive(*length))
    return Fail(ACL_ERROR_INVALID_MAX_OPQUEUE_NUM_CONFIG, function,
                "'%s': max_opqueue_num is %s, must be a whole number of 1 or more", path,
                length->dump().c_str());
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
