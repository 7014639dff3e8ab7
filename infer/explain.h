// SPDX-License-Identifier: Apache-2.0
// Why a call that can only return a status failed, in words.
#pragma once

#include <string>

#include "devices/base/export.h"
#include "devices/base/mutex.h"
#include "infer_server.h"

namespace infer_server {

// Notes `text`, logs it and returns `status`. A Processor's Init() uses it to tell CreateSession()
// what is wrong: "PreprocessorHost: parameter 'parallel' is 12; ...". Kept per thread.
INFER_API Status Explain(Status status, const std::string& text);
// What was noted on this thread since the last call; empty when nothing was.
INFER_API std::string TakeExplanation();
INFER_API bool HaveExplanation();

// Brings what helper threads noted to the thread that they work for. Thread-safe.
class INFER_API HelperExplanations {
 public:
  // Takes what was noted on this thread; the first that is taken counts.
  void Collect() INFER_EXCLUDES(mutex_);
  // Notes that on this thread.
  void Pass() INFER_EXCLUDES(mutex_);

 private:
  devices::Mutex mutex_;
  std::string first_ INFER_GUARDED_BY(mutex_);
};

}  // namespace infer_server
