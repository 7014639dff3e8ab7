// SPDX-License-Identifier: Apache-2.0
#include "gst/log.h"

#include <algorithm>
#include <cstdlib>

#include "devices/base/log.h"

GST_DEBUG_CATEGORY_STATIC(infer_core_debug);

namespace infer_gst {
namespace {

using infer_server::devices::LogLevel;

GstDebugLevel ToGst(LogLevel level) {
  switch (level) {
    case LogLevel::kNone:
      return GST_LEVEL_NONE;
    case LogLevel::kError:
      return GST_LEVEL_ERROR;
    case LogLevel::kWarning:
      return GST_LEVEL_WARNING;
    case LogLevel::kInfo:
      return GST_LEVEL_INFO;
    case LogLevel::kDebug:
      return GST_LEVEL_DEBUG;
    case LogLevel::kTrace:
      return GST_LEVEL_TRACE;
  }
  return GST_LEVEL_LOG;
}

LogLevel FromGst(GstDebugLevel level) {
  if (level >= GST_LEVEL_LOG) return LogLevel::kTrace;
  if (level >= GST_LEVEL_DEBUG) return LogLevel::kDebug;
  if (level >= GST_LEVEL_FIXME) return LogLevel::kInfo;
  return static_cast<LogLevel>(level);  // None, error and warning have the same numbers.
}

LogLevel EnvironmentLevel() {
  const char* text = std::getenv("INFERSERVER_LOG");
  const int level = text != nullptr ? std::atoi(text) : 0;
  return static_cast<LogLevel>(std::clamp(level, 0, static_cast<int>(LogLevel::kTrace)));
}

void ToGstLog(LogLevel level, const char* area, const char* message) {
  gst_debug_log(infer_core_debug, ToGst(level), area, "", 0, nullptr, "%s", message);
}

}  // namespace

void InstallLog() {
  GST_DEBUG_CATEGORY_INIT(infer_core_debug, "inferserver", 0, "the InferServer core");
  infer_server::devices::SetLogSink(&ToGstLog);
  FollowLogLevel();
}

void FollowLogLevel() {
  const LogLevel shown = FromGst(gst_debug_category_get_threshold(infer_core_debug));
  infer_server::devices::SetLogLevel(std::max(shown, EnvironmentLevel()));
}

}  // namespace infer_gst
