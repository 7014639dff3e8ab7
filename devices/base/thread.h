// SPDX-License-Identifier: Apache-2.0
// A thread with a name that its owner joins.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "devices/base/export.h"

namespace infer_server::devices {

// Move-only. The destructor joins: whoever owns a Thread must first make its body return.
class INFER_API Thread {
 public:
  Thread() = default;
  // Starts `body`. `name` shows in debuggers and in top -H; at most 15 characters count.
  Thread(const std::string& name, std::function<void()> body);
  Thread(Thread&&) = default;
  Thread& operator=(Thread&& other);
  ~Thread();

  // Idempotent. REQUIRES: not called by the thread itself.
  void Join();
  bool joinable() const { return thread_.joinable(); }
  std::thread::id id() const { return thread_.get_id(); }

 private:
  std::thread thread_;
};

}  // namespace infer_server::devices
