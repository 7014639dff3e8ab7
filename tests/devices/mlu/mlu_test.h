// SPDX-License-Identifier: Apache-2.0
// What tests of the software CNRT share.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cnrt.h"
#include "devices/base/log.h"

namespace mlu_test {

// What was logged since it was last asked for: CNRT has no call that gives messages.
class Messages {
 public:
  static void Install() { infer_server::devices::SetLogSink(&Messages::Sink); }
  static std::string Take() {
    std::lock_guard<std::mutex> lock(mutex());
    return std::exchange(text(), "");
  }

 private:
  static void Sink(infer_server::devices::LogLevel, const char*, const char* message) {
    std::lock_guard<std::mutex> lock(mutex());
    if (text().size() < 100000) text() += std::string(message) + "\n";
  }
  static std::mutex& mutex() {
    static std::mutex& mutex = *new std::mutex;
    return mutex;
  }
  static std::string& text() {
    static std::string& text = *new std::string;
    return text;
  }
};

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline cnrtRet_t SetDevice(int ordinal) {
  cnrtDev_t device = 0;
  const cnrtRet_t code = cnrtGetDeviceHandle(&device, ordinal);
  return code == CNRT_RET_SUCCESS ? cnrtSetCurrentDevice(device) : code;
}

// CNRT initialised with what `variables` say, device 0 set, for the length of a test.
class Runtime : public testing::Test {
 protected:
  explicit Runtime(std::map<std::string, std::string> variables = {})
      : variables_(std::move(variables)) {}
  void SetUp() override {
    Messages::Install();
    Start(variables_);
  }
  void TearDown() override { Stop(); }

  void Start(const std::map<std::string, std::string>& variables) {
    variables_ = variables;
    for (const auto& [name, value] : variables_) setenv(name.c_str(), value.c_str(), 1);
    ASSERT_EQ(cnrtInit(0), CNRT_RET_SUCCESS);
    ASSERT_EQ(SetDevice(0), CNRT_RET_SUCCESS);
    Messages::Take();
  }
  void Stop() {
    cnrtDestroy();
    for (const auto& [name, value] : variables_) unsetenv(name.c_str());
  }

 private:
  std::map<std::string, std::string> variables_;
};

// Device memory with these bytes in it, freed at the end.
class DeviceBytes {
 public:
  explicit DeviceBytes(size_t bytes) : size_(bytes) {
    EXPECT_EQ(cnrtMalloc(&memory_, bytes), CNRT_RET_SUCCESS);
  }
  DeviceBytes(const DeviceBytes&) = delete;
  DeviceBytes& operator=(const DeviceBytes&) = delete;
  ~DeviceBytes() {
    if (memory_ != nullptr) {
      EXPECT_EQ(cnrtFree(memory_), CNRT_RET_SUCCESS);
    }
  }

  void* at(size_t offset = 0) const { return static_cast<char*>(memory_) + offset; }
  size_t size() const { return size_; }
  template <typename T>
  void Put(std::vector<T> values) {
    EXPECT_EQ(
        cnrtMemcpy(memory_, values.data(), values.size() * sizeof(T), CNRT_MEM_TRANS_DIR_HOST2DEV),
        CNRT_RET_SUCCESS);
  }
  template <typename T>
  std::vector<T> Get(size_t count) const {
    std::vector<T> values(count);
    EXPECT_EQ(cnrtMemcpy(values.data(), memory_, count * sizeof(T), CNRT_MEM_TRANS_DIR_DEV2HOST),
              CNRT_RET_SUCCESS);
    return values;
  }

 private:
  void* memory_ = nullptr;
  size_t size_;
};

// A queue of the thread's device.
class TestQueue {
 public:
  TestQueue() { EXPECT_EQ(cnrtCreateQueue(&queue_), CNRT_RET_SUCCESS); }
  TestQueue(const TestQueue&) = delete;
  TestQueue& operator=(const TestQueue&) = delete;
  ~TestQueue() { EXPECT_EQ(cnrtDestroyQueue(queue_), CNRT_RET_SUCCESS); }
  operator cnrtQueue_t() const { return queue_; }

 private:
  cnrtQueue_t queue_ = nullptr;
};

}  // namespace mlu_test
