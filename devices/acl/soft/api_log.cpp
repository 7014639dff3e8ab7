// SPDX-License-Identifier: Apache-2.0
// The program's own lines in the log.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "acl/acl_base.h"
#include "devices/base/log.h"

namespace infer_server::devices::acl {
namespace {

bool EnvironmentIs(const char* name, const char* value) {
  const char* text = std::getenv(name);
  return text != nullptr && std::strcmp(text, value) == 0;
}

// ASCEND_GLOBAL_LOG_LEVEL: 0 debug .. 3 error (the default), 4 nothing.
int Threshold() {
  const char* text = std::getenv("ASCEND_GLOBAL_LOG_LEVEL");
  return text != nullptr && text[0] >= '0' && text[0] <= '4' && text[1] == '\0' ? text[0] - '0'
                                                                                : ACL_ERROR;
}

}  // namespace
}  // namespace infer_server::devices::acl

void aclAppLog(aclLogLevel logLevel, const char* func, const char* file, uint32_t line,
               const char* fmt, ...) {
  using namespace infer_server::devices;
  if (fmt == nullptr || logLevel < ACL_DEBUG || logLevel > ACL_ERROR || logLevel < acl::Threshold())
    return;
  char text[1024];
  va_list args;
  va_start(args, fmt);
  std::vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  static constexpr LogLevel kLevels[] = {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning,
                                         LogLevel::kError};
  const std::string message = std::string(file == nullptr ? "?" : file) + ":" +
                              std::to_string(line) + " " + (func == nullptr ? "?" : func) + ": " +
                              text;
  if (acl::EnvironmentIs("ASCEND_SLOG_PRINT_TO_STDOUT", "1"))
    std::printf("[acl] %s\n", message.c_str());
  else
    LogMessage(kLevels[logLevel], "acl-app", message);
}
