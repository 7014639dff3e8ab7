// SPDX-License-Identifier: Apache-2.0
// The software CNRT and the software AscendCL in one process: nothing of the one is the other's.
#include <cstring>
#include <thread>

#include "acl/acl.h"
#include "tests/devices/mlu/mlu_model_test.h"

namespace mlu_test {
namespace {

class WithAcl : public Runtime {
 protected:
  WithAcl()
      : Runtime({{"INFERSERVER_FAULT", "cnrtMalloc:2=632008;aclrtMalloc:3=207001"},
                 {"INFERSERVER_DEVICE_MEMORY_MB", "4"},
                 {"INFERSERVER_MLU_DEVICES", "2"}}) {}
  void SetUp() override {
    Runtime::SetUp();
    ASSERT_EQ(aclInit(nullptr), ACL_SUCCESS);
    ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
  }
  void TearDown() override {
    EXPECT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
    EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
    Runtime::TearDown();
  }
};

TEST_F(WithAcl, FaultsDevicesAndMemoryAreCountedApart) {
  void* mlu[3] = {};
  void* acl[4] = {};
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(cnrtMalloc(&mlu[i], 64), i == 1 ? CNRT_RET_ERR_NOMEM : CNRT_RET_SUCCESS) << i;
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(aclrtMalloc(&acl[i], 64, ACL_MEM_MALLOC_HUGE_FIRST),
              i == 2 ? ACL_ERROR_RT_MEMORY_ALLOCATION : ACL_SUCCESS)
        << i;
  unsigned mlu_devices = 0;
  uint32_t acl_devices = 0;
  EXPECT_EQ(cnrtGetDeviceCount(&mlu_devices), CNRT_RET_SUCCESS);
  EXPECT_EQ(aclrtGetDeviceCount(&acl_devices), ACL_SUCCESS);
  EXPECT_EQ(mlu_devices, 2u);
  EXPECT_EQ(acl_devices, 1u);
  // Each has its whole memory, and frees its own only.
  void *most = nullptr, *other = nullptr;
  EXPECT_EQ(cnrtMalloc(&most, 3 << 20), CNRT_RET_SUCCESS);
  EXPECT_EQ(aclrtMalloc(&other, 3 << 20, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  EXPECT_EQ(cnrtFree(other), CNRT_RET_ERR_INVALID_POINTER);
  EXPECT_EQ(aclrtFree(most), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(cnrtFree(most), CNRT_RET_SUCCESS);
  EXPECT_EQ(aclrtFree(other), ACL_SUCCESS);
  for (const int i : {0, 2}) EXPECT_EQ(cnrtFree(mlu[i]), CNRT_RET_SUCCESS);
  for (const int i : {0, 1, 3}) EXPECT_EQ(aclrtFree(acl[i]), ACL_SUCCESS);
  // Neither takes the other's streams.
  aclrtStream stream = nullptr;
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  EXPECT_EQ(cnrtSyncQueue(static_cast<cnrtQueue_t>(stream)), CNRT_RET_ERR_QUEUE);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
}

// Bytes go from the one card to the other by way of the host, from several threads.
TEST_F(WithAcl, WorkSideBySide) {
  void* once = nullptr;  // The fault's turn.
  for (int i = 0; i < 2; ++i)
    if (cnrtMalloc(&once, 64) == CNRT_RET_SUCCESS) cnrtFree(once);
  for (int i = 0; i < 3; ++i)
    if (aclrtMalloc(&once, 64, ACL_MEM_MALLOC_HUGE_FIRST) == ACL_SUCCESS) aclrtFree(once);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      ASSERT_EQ(SetDevice(t % 2), CNRT_RET_SUCCESS);
      ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
      {
        TestQueue queue;
        DeviceBytes here(1000);
        void *there = nullptr, *host = nullptr;
        ASSERT_EQ(aclrtMalloc(&there, 1000, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
        ASSERT_EQ(cnrtMallocHost(&host, 1000, CNRT_MEMTYPE_DEFAULT), CNRT_RET_SUCCESS);
        for (int round = 0; round < 50; ++round) {
          const int byte = (t * 50 + round) % 128;
          ASSERT_EQ(cnrtMemsetAsync(here.at(), byte, 1000, queue), CNRT_RET_SUCCESS);
          ASSERT_EQ(cnrtMemcpyAsync(host, here.at(), 1000, queue, CNRT_MEM_TRANS_DIR_DEV2HOST),
                    CNRT_RET_SUCCESS);
          ASSERT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
          ASSERT_EQ(aclrtMemcpy(there, 1000, host, 1000, ACL_MEMCPY_HOST_TO_DEVICE), ACL_SUCCESS);
          char back[1000];
          ASSERT_EQ(aclrtMemcpy(back, 1000, there, 1000, ACL_MEMCPY_DEVICE_TO_HOST), ACL_SUCCESS);
          ASSERT_EQ(back[0], byte);
          ASSERT_EQ(back[999], byte);
        }
        ASSERT_EQ(aclrtFree(there), ACL_SUCCESS);
        ASSERT_EQ(cnrtFreeHost(host), CNRT_RET_SUCCESS);
      }
      ASSERT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mlu_test
