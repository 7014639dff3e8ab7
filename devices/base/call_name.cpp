// SPDX-License-Identifier: Apache-2.0
#include "devices/base/call_name.h"

namespace infer_server::devices {

namespace {

thread_local std::atomic<const char*>* told = nullptr;

}  // namespace

void CallName::TellTo(std::atomic<const char*>* where) { told = where; }

CallName::CallName(const char* function) {
  if (told != nullptr) before_ = told->exchange(function, std::memory_order_relaxed);
}

CallName::~CallName() {
  if (told != nullptr) told->store(before_, std::memory_order_relaxed);
}

}  // namespace infer_server::devices
