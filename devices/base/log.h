// SPDX-License-Identifier: Apache-2.0
// One log for the core. The sink is standard error until gst/ (or an application) sets its own.
//
// Levels: kError = also returned to the caller; kWarning = the user should act; kInfo = once per
// model or session; kDebug = per state change; kTrace = per item. The threshold starts at
// kWarning, or at the number in the environment variable INFERSERVER_LOG (0 = nothing .. 5).
#pragma once

#include <string>

#include "devices/base/export.h"

namespace infer_server::devices {

enum class LogLevel { kNone = 0, kError = 1, kWarning = 2, kInfo = 3, kDebug = 4, kTrace = 5 };

// `area` is a short lower-case word: "engine", "session". Called from any thread, possibly from
// several at once; must not call back into the library.
using LogSink = void (*)(LogLevel level, const char* area, const char* message);

// Thread-safe. nullptr restores standard error.
INFER_API void SetLogSink(LogSink sink);
INFER_API void SetLogLevel(LogLevel level);
INFER_API bool LogEnabled(LogLevel level);
INFER_API void LogMessage(LogLevel level, const char* area, const std::string& message);

}  // namespace infer_server::devices

// Builds the message only when it will be seen.
#define INFER_LOG(level, area, message)                                                   \
  do {                                                                                    \
    if (::infer_server::devices::LogEnabled(::infer_server::devices::LogLevel::level))    \
      ::infer_server::devices::LogMessage(::infer_server::devices::LogLevel::level, area, \
                                          message);                                       \
  } while (false)
