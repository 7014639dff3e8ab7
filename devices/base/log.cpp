// SPDX-License-Identifier: Apache-2.0
#include "devices/base/log.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace infer_server::devices {
namespace {

void ToStandardError(LogLevel level, const char* area, const char* message) {
  static const char* const kNames[] = {"", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE"};
  std::fprintf(stderr, "inferserver %s %s: %s\n", kNames[static_cast<int>(level)], area, message);
}

int StartLevel() {
  const char* text = std::getenv("INFERSERVER_LOG");
  if (text == nullptr || *text == '\0') return static_cast<int>(LogLevel::kWarning);
  const int level = *text - '0';
  if (text[1] == '\0' && level >= 0 && level <= static_cast<int>(LogLevel::kTrace)) return level;
  const std::string message = "INFERSERVER_LOG is '" + std::string(text) +
                              "'; expected 0 (nothing), 1 (errors), 2 (warnings), 3 (information), "
                              "4 or 5; using 2";
  ToStandardError(LogLevel::kWarning, "log", message.c_str());
  return static_cast<int>(LogLevel::kWarning);
}

std::atomic<LogSink> g_sink{&ToStandardError};
std::atomic<int> g_level{StartLevel()};

}  // namespace

void SetLogSink(LogSink sink) { g_sink = sink != nullptr ? sink : &ToStandardError; }

void SetLogLevel(LogLevel level) { g_level = static_cast<int>(level); }

bool LogEnabled(LogLevel level) {
  return static_cast<int>(level) <= g_level.load(std::memory_order_relaxed);
}

void LogMessage(LogLevel level, const char* area, const std::string& message) {
  g_sink.load()(level, area, message.c_str());
}

}  // namespace infer_server::devices
