// SPDX-License-Identifier: Apache-2.0
// Queues and notifiers: order, independence, threads, misuse; and that handles leave nothing.
#include <malloc.h>
#include <atomic>

#include <random>
#include <thread>

#include "tests/devices/mlu/mlu_test.h"

namespace mlu_test {
namespace {

class Queues : public Runtime {};

TEST_F(Queues, WorkInOrder) {
  constexpr int kSteps = 200;
  TestQueue queue;
  DeviceBytes memory(kSteps + 1);
  EXPECT_EQ(cnrtMemset(memory.at(), 0, kSteps + 1), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtMemsetAsync(memory.at(), 9, 1, queue), CNRT_RET_SUCCESS);
  // Each takes over what the one before it wrote.
  for (size_t i = 0; i < kSteps; ++i)
    ASSERT_EQ(cnrtMemcpyAsync(memory.at(i + 1), memory.at(i), 1, queue, CNRT_MEM_TRANS_DIR_DEV2DEV),
              CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtQueryQueue(queue), CNRT_RET_SUCCESS);
  EXPECT_EQ(memory.Get<char>(kSteps + 1), std::vector<char>(kSteps + 1, 9));
}

TEST_F(Queues, PlainMemoryMayGoWhenTheCallReturns) {
  TestQueue queue;
  DeviceBytes memory(4096);
  for (int i = 0; i < 50; ++i) {
    std::vector<char> gone(4096, static_cast<char>(i));
    ASSERT_EQ(cnrtMemcpyAsync(memory.at(), gone.data(), 4096, queue, CNRT_MEM_TRANS_DIR_HOST2DEV),
              CNRT_RET_SUCCESS);
    std::fill(gone.begin(), gone.end(), char{-1});
  }
  EXPECT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
  EXPECT_EQ(memory.Get<char>(4096), std::vector<char>(4096, 49));
}

TEST_F(Queues, NotifiersAreDoneWhenTheQueueGetsThere) {
  TestQueue queue;
  DeviceBytes memory(64);
  cnrtNotifier_t start = nullptr, end = nullptr;
  ASSERT_EQ(cnrtCreateNotifier(&start), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtCreateNotifier(&end), CNRT_RET_SUCCESS);
  float us = -1;
  EXPECT_EQ(cnrtQueryNotifier(start), CNRT_RET_ERR_NOT_READY);
  EXPECT_EQ(cnrtWaitNotifier(start), CNRT_RET_SUCCESS);  // Never placed: nobody waits.
  EXPECT_EQ(cnrtNotifierDuration(start, end, &us), CNRT_RET_ERR_NOT_READY);
  ASSERT_EQ(cnrtPlaceNotifier(start, queue), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtMemsetAsync(memory.at(), 3, 64, queue), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtPlaceNotifier(end, queue), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtWaitNotifier(end), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtQueryNotifier(end), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtNotifierDuration(start, end, &us), CNRT_RET_SUCCESS);
  EXPECT_GE(us, 0);
  EXPECT_EQ(cnrtNotifierDuration(end, start, &us), CNRT_RET_SUCCESS);
  EXPECT_LE(us, 0);
  EXPECT_EQ(memory.Get<char>(64), std::vector<char>(64, 3));
  EXPECT_EQ(cnrtNotifierDuration(start, end, nullptr), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtDestroyNotifier(&start), CNRT_RET_SUCCESS);
  EXPECT_EQ(start, nullptr);
  EXPECT_EQ(cnrtDestroyNotifier(&start), CNRT_RET_ERR_NOTIFIER);
  EXPECT_EQ(cnrtDestroyNotifier(nullptr), CNRT_RET_ERR_INVALID);
  // One that is waited for in a queue may be destroyed.
  ASSERT_EQ(cnrtPlaceNotifier(end, queue), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtQueueWaitNotifier(end, queue, 0), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtDestroyNotifier(&end), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
}

TEST_F(Queues, StaleAndWrongHandlesAreFoundOut) {
  cnrtQueue_t queue = nullptr;
  cnrtNotifier_t notifier = nullptr;
  ASSERT_EQ(cnrtCreateQueue(&queue), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtCreateNotifier(&notifier), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtDestroyQueue(queue), CNRT_RET_SUCCESS);
  int number = 0;
  for (cnrtQueue_t wrong : {queue, cnrtQueue_t{nullptr}, reinterpret_cast<cnrtQueue_t>(&number),
                            reinterpret_cast<cnrtQueue_t>(notifier)}) {
    EXPECT_EQ(cnrtSyncQueue(wrong), CNRT_RET_ERR_QUEUE);
    EXPECT_EQ(cnrtQueryQueue(wrong), CNRT_RET_ERR_QUEUE);
    EXPECT_EQ(cnrtDestroyQueue(wrong), CNRT_RET_ERR_QUEUE);
    EXPECT_EQ(cnrtPlaceNotifier(notifier, wrong), CNRT_RET_ERR_QUEUE);
    EXPECT_EQ(cnrtQueueWaitNotifier(notifier, wrong, 0), CNRT_RET_ERR_QUEUE);
    EXPECT_EQ(cnrtMemsetAsync(&number, 0, 4, wrong), CNRT_RET_ERR_QUEUE);
  }
  EXPECT_EQ(cnrtWaitNotifier(reinterpret_cast<cnrtNotifier_t>(queue)), CNRT_RET_ERR_NOTIFIER);
  EXPECT_EQ(cnrtCreateQueue(nullptr), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtCreateNotifier(nullptr), CNRT_RET_ERR_INVALID);
  TestQueue good;
  EXPECT_EQ(cnrtQueueWaitNotifier(notifier, good, 1), CNRT_RET_ERR_INVALID);
  // cnrtDestroy() takes them all.
  cnrtQueue_t old = nullptr;
  ASSERT_EQ(cnrtCreateQueue(&old), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtDestroyNotifier(&notifier), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtDestroyQueue(old), CNRT_RET_SUCCESS);
}

TEST_F(Queues, ThereAreSoMany) {
  std::vector<cnrtQueue_t> all(4094);
  for (cnrtQueue_t& queue : all) ASSERT_EQ(cnrtCreateQueue(&queue), CNRT_RET_SUCCESS);
  cnrtQueue_t more = nullptr;
  EXPECT_EQ(cnrtCreateQueue(&more), CNRT_RET_ERR_NORES);
  for (const cnrtQueue_t queue : all) ASSERT_EQ(cnrtDestroyQueue(queue), CNRT_RET_SUCCESS);
}

// Work whose memory goes before it runs fails in the queue, and once.
TEST_F(Queues, FailuresComeOutOfTheSync) {
  Stop();
  Start({{"INFERSERVER_FAULT", "cnrtPlaceNotifier:1=delay:50"}});
  TestQueue queue;
  cnrtNotifier_t notifier = nullptr;
  void* memory = nullptr;
  ASSERT_EQ(cnrtCreateNotifier(&notifier), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtMalloc(&memory, 64), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtPlaceNotifier(notifier, queue), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtMemsetAsync(memory, 1, 64, queue), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtFree(memory), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtSyncQueue(queue), CNRT_RET_ERR_MEMCPY);
  EXPECT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtDestroyNotifier(&notifier), CNRT_RET_SUCCESS);
}

// Each queue waits for the one before it in a ring of threads, again and again.
TEST_F(Queues, ThreadsQueuesNotifiers) {
  constexpr size_t kQueues = 6, kRounds = 40;
  DeviceBytes value(1);
  EXPECT_EQ(cnrtMemset(value.at(), 1, 1), CNRT_RET_SUCCESS);
  std::vector<cnrtQueue_t> queues(kQueues);
  for (cnrtQueue_t& queue : queues) ASSERT_EQ(cnrtCreateQueue(&queue), CNRT_RET_SUCCESS);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (size_t t = 0; t < kQueues; ++t) {
    threads.emplace_back([&, t] {
      wrong += SetDevice(0) != CNRT_RET_SUCCESS;
      cnrtNotifier_t done = nullptr;
      wrong += cnrtCreateNotifier(&done) != CNRT_RET_SUCCESS;
      std::mt19937 random(static_cast<unsigned>(t));
      for (size_t round = 0; round < kRounds; ++round) {
        const cnrtQueue_t here = queues[random() % kQueues], there = queues[random() % kQueues];
        void* memory = nullptr;
        wrong += cnrtMalloc(&memory, 256) != CNRT_RET_SUCCESS;
        const int byte = static_cast<int>(round + t) % 128;
        // Written in one queue, read in another behind a notifier.
        wrong += cnrtMemsetAsync(memory, byte, 256, here) != CNRT_RET_SUCCESS;
        wrong += cnrtPlaceNotifier(done, here) != CNRT_RET_SUCCESS;
        wrong += cnrtQueueWaitNotifier(done, there, 0) != CNRT_RET_SUCCESS;
        char back[256] = {};
        wrong += cnrtMemcpyAsync(back, memory, 256, there, CNRT_MEM_TRANS_DIR_DEV2HOST) !=
                 CNRT_RET_SUCCESS;
        wrong += cnrtSyncQueue(there) != CNRT_RET_SUCCESS;
        wrong += back[0] != byte || back[255] != byte;
        wrong += cnrtFree(memory) != CNRT_RET_SUCCESS;
      }
      wrong += cnrtDestroyNotifier(&done) != CNRT_RET_SUCCESS;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cnrtSyncDevice(), CNRT_RET_SUCCESS);
  for (const cnrtQueue_t queue : queues) EXPECT_EQ(cnrtDestroyQueue(queue), CNRT_RET_SUCCESS);
}

// The same queue from several threads, one of which destroys it.
TEST_F(Queues, DestroyedWhileOthersUseIt) {
  for (int round = 0; round < 30; ++round) {
    cnrtQueue_t queue = nullptr;
    ASSERT_EQ(cnrtCreateQueue(&queue), CNRT_RET_SUCCESS);
    DeviceBytes memory(64);
    std::vector<std::thread> users;
    for (int t = 0; t < 3; ++t) {
      users.emplace_back([&] {
        while (cnrtMemsetAsync(memory.at(), 1, 64, queue) == CNRT_RET_SUCCESS)
          if (cnrtSyncQueue(queue) != CNRT_RET_SUCCESS) break;
      });
    }
    EXPECT_EQ(cnrtDestroyQueue(queue), CNRT_RET_SUCCESS);
    for (std::thread& user : users) user.join();
    EXPECT_EQ(cnrtDestroyQueue(queue), CNRT_RET_ERR_QUEUE);
  }
}

// Heap in use after many of `once`, less before; the first few make what stays for good.
template <typename Once>
long Growth(int times, const Once& once) {
  for (int i = 0; i < 100; ++i) once();
  const auto before = mallinfo2();
  for (int i = 0; i < times; ++i) once();
  const auto after = mallinfo2();
  return static_cast<long>(after.uordblks + after.hblkhd) -
         static_cast<long>(before.uordblks + before.hblkhd);
}

TEST_F(Queues, TenThousandHandlesLeaveNothing) {
  constexpr long kSlack = 16 << 10;  // Of tables that keep their buckets.
  EXPECT_LT(Growth(10000,
                   [] {
                     cnrtQueue_t queue = nullptr;
                     cnrtNotifier_t notifier = nullptr;
                     ASSERT_EQ(cnrtCreateQueue(&queue), CNRT_RET_SUCCESS);
                     ASSERT_EQ(cnrtCreateNotifier(&notifier), CNRT_RET_SUCCESS);
                     ASSERT_EQ(cnrtDestroyNotifier(&notifier), CNRT_RET_SUCCESS);
                     ASSERT_EQ(cnrtDestroyQueue(queue), CNRT_RET_SUCCESS);
                   }),
            kSlack);
  EXPECT_LT(Growth(10000,
                   [] {
                     void *device = nullptr, *host = nullptr;
                     ASSERT_EQ(cnrtMalloc(&device, 100), CNRT_RET_SUCCESS);
                     ASSERT_EQ(cnrtMallocHost(&host, 100, CNRT_MEMTYPE_DEFAULT), CNRT_RET_SUCCESS);
                     ASSERT_EQ(cnrtFree(device), CNRT_RET_SUCCESS);
                     ASSERT_EQ(cnrtFreeHost(host), CNRT_RET_SUCCESS);
                   }),
            kSlack);
  // Queues that had work have had a thread.
  DeviceBytes memory(64);
  EXPECT_LT(Growth(1000,
                   [&] {
                     cnrtQueue_t queue = nullptr;
                     ASSERT_EQ(cnrtCreateQueue(&queue), CNRT_RET_SUCCESS);
                     ASSERT_EQ(cnrtMemsetAsync(memory.at(), 0, 64, queue), CNRT_RET_SUCCESS);
                     ASSERT_EQ(cnrtDestroyQueue(queue), CNRT_RET_SUCCESS);
                   }),
            kSlack);
}

}  // namespace
}  // namespace mlu_test
