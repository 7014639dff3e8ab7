// SPDX-License-Identifier: Apache-2.0
// What the environment changes: faults on order, devices, memory.
#include <thread>

#include "tests/devices/mlu/mlu_test.h"

namespace mlu_test {
namespace {

class Environment : public Runtime {
 protected:
  void Restart(const std::map<std::string, std::string>& variables) {
    Stop();
    Start(variables);
  }
};

TEST_F(Environment, TheNthCallFails) {
  Restart({{"INFERSERVER_FAULT", "cnrtMalloc:3=632008;aclrtMemcpy:1=hang"}});
  void* memory[4];
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(cnrtMalloc(&memory[i], 64), i == 2 ? CNRT_RET_ERR_NOMEM : CNRT_RET_SUCCESS) << i;
  EXPECT_TRUE(
      Contains(Messages::Take(),
               "cnrtMalloc failed: 632008 (CNRT_RET_ERR_NOMEM): ordered by INFERSERVER_FAULT"));
  for (const int i : {0, 1, 3}) EXPECT_EQ(cnrtFree(memory[i]), CNRT_RET_SUCCESS);
}

TEST_F(Environment, EveryCallFailsAndUnreadablePartsAreIgnored) {
  Restart({{"INFERSERVER_FAULT",
            "cnrtFree:0=632032;cnrtMalloc;cnrtMalloc:x=1;cnrtMalloc:1=soon;:1=2;;"}});
  void* memory = nullptr;
  ASSERT_EQ(cnrtMalloc(&memory, 64), CNRT_RET_SUCCESS);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(cnrtFree(memory), CNRT_RET_ERR_MLU);
}

TEST_F(Environment, QueuedWorkIsDelayed) {
  Restart({{"INFERSERVER_FAULT", "cnrtMemsetAsync:1=delay:100"}});
  TestQueue queue;
  DeviceBytes memory(64);
  ASSERT_EQ(cnrtMemsetAsync(memory.at(), 7, 64, queue), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtQueryQueue(queue), CNRT_RET_ERR_NOT_READY);
  EXPECT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
  EXPECT_EQ(memory.Get<char>(64), std::vector<char>(64, 7));
}

// A hang of queued work and of a call, a queue that waits for the one that hangs, and a thread that
// destroys it: all end with cnrtDestroy().
TEST_F(Environment, HangsEndWithTheRuntime) {
  Restart({{"INFERSERVER_FAULT", "cnrtMemsetAsync:1=hang;cnrtMemset:1=hang"}});
  cnrtQueue_t hung = nullptr, waits = nullptr;
  cnrtNotifier_t notifier = nullptr;
  void* memory = nullptr;
  ASSERT_EQ(cnrtMalloc(&memory, 64), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtCreateQueue(&hung), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtCreateQueue(&waits), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtCreateNotifier(&notifier), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtMemsetAsync(memory, 1, 64, hung), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtPlaceNotifier(notifier, hung), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtQueueWaitNotifier(notifier, waits, 0), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtMemsetAsync(memory, 2, 64, waits), CNRT_RET_SUCCESS);
  std::vector<std::thread> threads;
  threads.emplace_back([&] { EXPECT_NE(cnrtMemset(memory, 3, 64), CNRT_RET_SUCCESS); });
  threads.emplace_back([&] { EXPECT_NE(cnrtSyncQueue(hung), CNRT_RET_SUCCESS); });
  threads.emplace_back([&] { cnrtDestroyQueue(hung); });
  threads.emplace_back([&] { cnrtWaitNotifier(notifier); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(cnrtQueryNotifier(notifier), CNRT_RET_ERR_NOT_READY);
  cnrtDestroy();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cnrtQueryQueue(hung), CNRT_RET_ERR_INIT);
  ASSERT_EQ(cnrtInit(0), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtQueryQueue(hung), CNRT_RET_ERR_QUEUE);
}

TEST_F(Environment, NoDevices) {
  cnrtDestroy();
  setenv("INFERSERVER_MLU_DEVICES", "0", 1);
  ASSERT_EQ(cnrtInit(0), CNRT_RET_SUCCESS);
  unsigned count = 9;
  EXPECT_EQ(cnrtGetDeviceCount(&count), CNRT_RET_SUCCESS);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(SetDevice(0), CNRT_RET_ERR_NODEV);
  cnrtDestroy();
  Messages::Take();
  setenv("INFERSERVER_MLU_DEVICES", "many", 1);
  ASSERT_EQ(cnrtInit(0), CNRT_RET_SUCCESS);
  EXPECT_TRUE(Contains(Messages::Take(), "INFERSERVER_MLU_DEVICES='many'"));
  EXPECT_EQ(cnrtGetDeviceCount(&count), CNRT_RET_SUCCESS);
  EXPECT_EQ(count, 1u);
  unsetenv("INFERSERVER_MLU_DEVICES");
}

}  // namespace
}  // namespace mlu_test
