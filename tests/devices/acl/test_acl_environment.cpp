// SPDX-License-Identifier: Apache-2.0
// What the environment changes: faults on order, more devices, the run mode, the chip, strict mode,
// the memory's size.
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "tests/devices/acl/acl_test.h"

namespace acl_test {
namespace {

// A process of its own in effect: aclInit reads the environment again.
class Environment : public testing::Test {
 protected:
  void Start(const std::map<std::string, std::string>& variables) {
    for (const auto& [name, value] : variables) {
      setenv(name.c_str(), value.c_str(), 1);
      set_.push_back(name);
    }
    ASSERT_EQ(aclInit(nullptr), ACL_SUCCESS);
    ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
    Recent();
  }
  void TearDown() override {
    for (const std::string& name : set_) unsetenv(name.c_str());
    aclrtResetDevice(0);
    EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
    // The next start is without faults, whatever this one had.
    ASSERT_EQ(aclInit(nullptr), ACL_SUCCESS);
    ASSERT_EQ(aclFinalize(), ACL_SUCCESS);
  }
  std::vector<std::string> set_;
};

TEST_F(Environment, TheNthCallFails) {
  Start({{"INFERSERVER_FAULT", "aclrtMalloc:3=207001;cnrtMemcpy:1=hang"}});
  void* memory[4];
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(aclrtMalloc(&memory[i], 64, ACL_MEM_MALLOC_HUGE_FIRST),
              i == 2 ? ACL_ERROR_RT_MEMORY_ALLOCATION : ACL_SUCCESS)
        << i;
  EXPECT_NE(Recent().find("aclrtMalloc failed: 207001 (ACL_ERROR_RT_MEMORY_ALLOCATION)"),
            std::string::npos);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(i == 2 ? ACL_SUCCESS : aclrtFree(memory[i]), ACL_SUCCESS);
}

TEST_F(Environment, EveryCallFailsAndUnreadablePartsAreIgnored) {
  Start({{"INFERSERVER_FAULT",
          "aclrtFree:0=107000;aclrtMalloc;aclrtMalloc:x=1;aclrtMalloc:1=soon;:1=2;;"}});
  void* memory = nullptr;
  ASSERT_EQ(aclrtMalloc(&memory, 64, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(aclrtFree(memory), 107000);
}

TEST_F(Environment, HandlesAreNullWhenOrdered) {
  Start({{"INFERSERVER_FAULT", "aclCreateDataBuffer:1=200000"}});
  EXPECT_EQ(aclCreateDataBuffer(nullptr, 0), nullptr);
  aclDataBuffer* buffer = aclCreateDataBuffer(nullptr, 0);
  ASSERT_NE(buffer, nullptr);
  EXPECT_EQ(aclDestroyDataBuffer(buffer), ACL_SUCCESS);
}

// The call returns, the work is late; and a delay is not a failure.
TEST_F(Environment, QueuedWorkIsDelayed) {
  Start({{"INFERSERVER_FAULT", "aclrtMemsetAsync:1=delay:100"}});
  void* memory = nullptr;
  aclrtStream stream = nullptr;
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  ASSERT_EQ(aclrtMalloc(&memory, 64, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  ASSERT_EQ(aclrtMemsetAsync(memory, 64, 7, 64, stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(stream, 0), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
  EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
}

TEST_F(Environment, QueuedWorkHangsUntilTheStreamIsAborted) {
  Start({{"INFERSERVER_FAULT", "aclrtMemsetAsync:1=hang"}});
  void* memory = nullptr;
  aclrtStream stream = nullptr;
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  ASSERT_EQ(aclrtMalloc(&memory, 64, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  ASSERT_EQ(aclrtMemset(memory, 64, 1, 64), ACL_SUCCESS);
  ASSERT_EQ(aclrtMemsetAsync(memory, 64, 7, 64, stream), ACL_SUCCESS);
  ASSERT_EQ(aclrtMemsetAsync(memory, 64, 8, 64, stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(stream, 20), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
  // Whether the first has begun is the scheduler's choice: it ends with an error, or is dropped.
  EXPECT_EQ(aclrtStreamAbort(stream), ACL_SUCCESS);
  const aclError code = aclrtSynchronizeStream(stream);
  EXPECT_TRUE(code == ACL_ERROR_RT_AICORE_TIMEOUT || code == ACL_SUCCESS) << code;
  unsigned char byte = 0;
  EXPECT_EQ(aclrtMemcpy(&byte, 1, memory, 1, ACL_MEMCPY_DEVICE_TO_HOST), ACL_SUCCESS);
  EXPECT_EQ(byte, 1);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
}

TEST_F(Environment, HangsEndWithTheDevice) {
  Start({{"INFERSERVER_FAULT", "aclrtMemsetAsync:1=hang;aclrtMemcpy:1=hang"}});
  void* memory = nullptr;
  ASSERT_EQ(aclrtMalloc(&memory, 64, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  ASSERT_EQ(aclrtMemsetAsync(memory, 64, 7, 64, nullptr), ACL_SUCCESS);
  std::thread hung([=] {
    ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
    char byte = 0;
    EXPECT_NE(aclrtMemcpy(&byte, 1, memory, 1, ACL_MEMCPY_DEVICE_TO_HOST), ACL_SUCCESS);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(aclrtResetDeviceForce(0), ACL_SUCCESS);
  hung.join();
  aclrtSetDevice(0);
}

TEST_F(Environment, TwoDevices) {
  Start({{"INFERSERVER_ACL_DEVICES", "2"},
         {"INFERSERVER_DEVICE_MEMORY_MB", "4"},
         {"INFERSERVER_ACL_SOC", "Ascend310P3"}});
  EXPECT_STREQ(aclrtGetSocName(), "Ascend310P3");
  void *here = nullptr, *there = nullptr, *more = nullptr;
  size_t free = 0, total = 0;
  ASSERT_EQ(aclrtGetMemInfo(ACL_DDR_MEM, &free, &total), ACL_SUCCESS);
  EXPECT_EQ(total, size_t{4} << 20);
  ASSERT_EQ(aclrtMalloc(&here, 3 << 20, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  EXPECT_EQ(aclrtMalloc(&more, 2 << 20, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_RT_MEMORY_ALLOCATION);
  ASSERT_EQ(aclrtSetDevice(1), ACL_SUCCESS);
  ASSERT_EQ(aclrtMalloc(&there, 3 << 20, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  EXPECT_EQ(aclrtMemcpy(there, 64, here, 64, ACL_MEMCPY_DEVICE_TO_DEVICE),
            ACL_ERROR_RT_PARAM_INVALID);
  int32_t can = 0;
  EXPECT_EQ(aclrtDeviceCanAccessPeer(&can, 1, 0), ACL_SUCCESS);
  EXPECT_EQ(can, 1);
  ASSERT_EQ(aclrtDeviceEnablePeerAccess(0, 0), ACL_SUCCESS);
  EXPECT_EQ(aclrtMemcpy(there, 64, here, 64, ACL_MEMCPY_DEVICE_TO_DEVICE), ACL_SUCCESS);
  EXPECT_EQ(aclrtDeviceDisablePeerAccess(0), ACL_SUCCESS);

  // One thread serves the streams of one device only.
  aclrtStream first = nullptr, second = nullptr;
  const auto self = static_cast<uint64_t>(pthread_self());
  ASSERT_EQ(aclrtCreateStream(&second), ACL_SUCCESS);
  ASSERT_EQ(aclrtSubscribeReport(self, second), ACL_SUCCESS);
  ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateStream(&first), ACL_SUCCESS);
  EXPECT_EQ(aclrtSubscribeReport(self, first), ACL_ERROR_RT_THREAD_SUBSCRIBE);
  EXPECT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
  EXPECT_EQ(aclrtResetDevice(1), ACL_SUCCESS);
  // The device's memory went with its last reset.
  EXPECT_EQ(aclrtFree(there), ACL_ERROR_RT_PARAM_INVALID);
}

TEST_F(Environment, RunModeDeviceHasOneAddressSpace) {
  Start({{"INFERSERVER_ACL_RUN_MODE", "device"}});
  aclrtRunMode mode;
  ASSERT_EQ(aclrtGetRunMode(&mode), ACL_SUCCESS);
  EXPECT_EQ(mode, ACL_DEVICE);
  void *device = nullptr, *host = nullptr;
  char plain[64] = {5};
  ASSERT_EQ(aclrtMalloc(&device, 64, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  ASSERT_EQ(aclrtMallocHost(&host, 64), ACL_SUCCESS);
  EXPECT_EQ(aclrtMemcpy(device, 64, plain, 64, ACL_MEMCPY_DEVICE_TO_DEVICE), ACL_SUCCESS);
  EXPECT_EQ(aclrtMemcpy(host, 64, device, 64, ACL_MEMCPY_HOST_TO_DEVICE), ACL_SUCCESS);
  EXPECT_EQ(static_cast<char*>(host)[0], 5);
  EXPECT_EQ(aclrtMemcpy(host, 128, plain, 128, ACL_MEMCPY_DEVICE_TO_DEVICE),
            ACL_ERROR_RT_PARAM_INVALID);  // Sizes still count.
  EXPECT_EQ(aclrtFreeHost(host), ACL_SUCCESS);
  EXPECT_EQ(aclrtFree(device), ACL_SUCCESS);
}

TEST_F(Environment, StrictModeFillsNewMemory) {
  Start({{"INFERSERVER_ACL_STRICT", "1"}});
  void* memory = nullptr;
  unsigned char bytes[64];
  ASSERT_EQ(aclrtMalloc(&memory, 64, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  ASSERT_EQ(aclrtMemcpy(bytes, 64, memory, 64, ACL_MEMCPY_DEVICE_TO_HOST), ACL_SUCCESS);
  for (unsigned char byte : bytes) EXPECT_EQ(byte, 0xA5);
  EXPECT_EQ(aclrtFree(memory), ACL_SUCCESS);
}

}  // namespace
}  // namespace acl_test
