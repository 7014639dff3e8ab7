// SPDX-License-Identifier: Apache-2.0
// Which function of a vendor's library a thread is in, for those who wait for it.
#pragma once

#include <atomic>

#include "devices/base/export.h"

namespace infer_server::devices {

// A scope around a call.
class INFER_API CallName {
 public:
  // `function` must live for ever.
  explicit CallName(const char* function);
  ~CallName();
  CallName(const CallName&) = delete;
  CallName& operator=(const CallName&) = delete;

  // From now on the calls of this thread are told there; null = nowhere.
  static void TellTo(std::atomic<const char*>* where);

 private:
  const char* before_ = nullptr;
};

}  // namespace infer_server::devices
