// SPDX-License-Identifier: Apache-2.0
#include "infer/explain.h"

#include <utility>

#include "devices/base/log.h"

namespace infer_server {
namespace {

thread_local std::string noted;

}  // namespace

Status Explain(Status status, const std::string& text) {
  INFER_LOG(kError, "session", text);
  noted = text;
  return status;
}

std::string TakeExplanation() { return std::exchange(noted, std::string()); }

bool HaveExplanation() { return !noted.empty(); }

}  // namespace infer_server
