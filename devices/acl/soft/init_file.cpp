// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/init_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "devices/acl/soft/error.h"

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

}  // namespace

aclError ReadInitFile(const char* path, InitFile* file, const char* function) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    return Fail(ACL_ERROR_INVALID_FILE, function,
                "cannot open the configuration file '%s'; NULL means none", path);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (TooDeep(text))
    return Fail(ACL_ERROR_PARSE_FILE, function, "'%s' is nested more than %d deep", path, kDeepest);
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object())
    return Fail(ACL_ERROR_PARSE_FILE, function, "'%s' is not a JSON object; {} will do", path);
  if (const auto mode = json.find("err_msg_mode"); mode != json.end())
    file->messages_by_process = *mode == "1" || *mode == 1 || *mode == "process";
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
