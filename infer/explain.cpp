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

void HelperExplanations::Collect() {
  std::string taken = TakeExplanation();
  devices::MutexLock lock(&mutex_);
  if (first_.empty()) first_.swap(taken);
}

void HelperExplanations::Pass() {
  devices::MutexLock lock(&mutex_);
  if (!first_.empty()) noted.swap(first_);
}

}  // namespace infer_server
