// SPDX-License-Identifier: Apache-2.0
// What tests of the software AscendCL share.
#pragma once

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "acl/acl.h"

namespace acl_test {

// aclInit once in a process, device 0 set in the test's thread for the length of the test.
class Runtime : public testing::Test {
 protected:
  void SetUp() override {
    static const aclError initialised = aclInit(nullptr);
    ASSERT_EQ(initialised, ACL_SUCCESS);
    ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
    aclGetRecentErrMsg();
  }
  void TearDown() override { EXPECT_EQ(aclrtResetDevice(0), ACL_SUCCESS); }
};

// The recent messages, or "".
inline std::string Recent() {
  const char* text = aclGetRecentErrMsg();
  return text == nullptr ? "" : text;
}

// A door that work waits at until it is opened.
class Gate {
 public:
  void Open() {
    // Under the lock: who has passed may end the gate.
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!open_) changed_.wait(lock);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

// A user's thread that processes callbacks until it is stopped, in the context of its maker.
class ReportThread {
 public:
  explicit ReportThread(int timeout_ms = 20)
      : thread_([this, timeout_ms, context = CurrentContext()] {
          if (context != nullptr) aclrtSetCurrentContext(context);
          while (!stop_) aclrtProcessReport(timeout_ms);
        }) {}
  ~ReportThread() { Join(); }
  uint64_t id() { return static_cast<uint64_t>(thread_.native_handle()); }
  void Join() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  static aclrtContext CurrentContext() {
    aclrtContext context = nullptr;
    static_cast<void>(aclrtGetCurrentContext(&context));
    return context;
  }
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace acl_test
