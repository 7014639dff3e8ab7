// SPDX-License-Identifier: Apache-2.0
// Many threads, contexts, streams and callbacks at once; streams made and ended many times.
#include <memory>
#include <vector>

#include "tests/devices/acl/acl_test.h"
#include "tests/devices/acl/growth.h"

namespace acl_test {
namespace {

class Threads : public Runtime {};

struct Job {
  std::atomic<int> calls{0};
  void* memory = nullptr;
};

// As the vendor's sample does it: allocation and a copy inside the callback, which its manual
// forbids.
void CopyBack(void* user) {
  auto* job = static_cast<Job*>(user);
  void* host = nullptr;
  if (aclrtMallocHost(&host, 64) == ACL_SUCCESS &&
      aclrtMemcpy(host, 64, job->memory, 64, ACL_MEMCPY_DEVICE_TO_HOST) == ACL_SUCCESS &&
      aclrtFreeHost(host) == ACL_SUCCESS)
    ++job->calls;
}

// Nothing orders this one with what the stream does next.
void CountOnly(void* user) { ++static_cast<Job*>(user)->calls; }

// A thread of the program: its own context or the shared one, two streams tied by events, a thread
// for callbacks.
void WorkInContext(bool own_context, int rounds) {
  aclrtContext context = nullptr;
  ASSERT_EQ(own_context ? aclrtCreateContext(&context, 0) : aclrtSetDevice(0), ACL_SUCCESS);
  ASSERT_EQ(aclrtGetCurrentContext(&context), ACL_SUCCESS);
  std::atomic<bool> stop{false};
  std::thread reporter([&] {
    aclrtSetCurrentContext(context);
    while (!stop) aclrtProcessReport(20);
  });
  const auto id = static_cast<uint64_t>(reporter.native_handle());
  for (int round = 0; round < rounds; ++round) {
    aclrtStream streams[2];
    aclrtEvent event = nullptr;
    Job job;
    ASSERT_EQ(aclrtMalloc(&job.memory, 256, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
    ASSERT_EQ(aclrtCreateEvent(&event), ACL_SUCCESS);
    for (aclrtStream& stream : streams) {
      ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
      ASSERT_EQ(aclrtSubscribeReport(id, stream), ACL_SUCCESS);
    }
    for (int i = 0; i < 10; ++i) {
      ASSERT_EQ(aclrtMemsetAsync(job.memory, 256, i, 256, streams[0]), ACL_SUCCESS);
      ASSERT_EQ(aclrtRecordEvent(event, streams[0]), ACL_SUCCESS);
      ASSERT_EQ(aclrtStreamWaitEvent(streams[1], event), ACL_SUCCESS);
      ASSERT_EQ(i % 2 == 0
                    ? aclrtLaunchCallback(CopyBack, &job, ACL_CALLBACK_BLOCK, streams[1])
                    : aclrtLaunchCallback(CountOnly, &job, ACL_CALLBACK_NO_BLOCK, streams[1]),
                ACL_SUCCESS);
      ASSERT_EQ(aclrtRecordEvent(event, streams[1]), ACL_SUCCESS);
      ASSERT_EQ(aclrtStreamWaitEvent(streams[0], event), ACL_SUCCESS);
    }
    for (aclrtStream stream : streams) ASSERT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
    while (job.calls < 10) std::this_thread::yield();
    for (aclrtStream stream : streams) {
      ASSERT_EQ(aclrtUnSubscribeReport(id, stream), ACL_SUCCESS);
      ASSERT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
    }
    ASSERT_EQ(aclrtDestroyEvent(event), ACL_SUCCESS);
    ASSERT_EQ(aclrtFree(job.memory), ACL_SUCCESS);
  }
  stop = true;
  reporter.join();
  ASSERT_EQ(own_context ? aclrtDestroyContext(context) : aclrtResetDevice(0), ACL_SUCCESS);
}

TEST_F(Threads, EightThreadsWithContextsStreamsAndCallbacks) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back(WorkInContext, i % 2 == 0, 20);
  for (std::thread& thread : threads) thread.join();
}

// One stream, launched into by several threads: each callback runs once.
TEST_F(Threads, ManyLaunchersOfOneStream) {
  aclrtContext context = nullptr;
  aclrtStream stream = nullptr;
  ASSERT_EQ(aclrtGetCurrentContext(&context), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  std::atomic<int> calls{0};
  {
    ReportThread reporter;
    ASSERT_EQ(aclrtSubscribeReport(reporter.id(), stream), ACL_SUCCESS);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&, i] {
        EXPECT_EQ(aclrtSetCurrentContext(context), ACL_SUCCESS);
        for (int n = 0; n < 500; ++n)
          EXPECT_EQ(aclrtLaunchCallback(
                        [](void* user) { ++*static_cast<std::atomic<int>*>(user); }, &calls,
                        i % 2 == 0 ? ACL_CALLBACK_BLOCK : ACL_CALLBACK_NO_BLOCK, stream),
                    ACL_SUCCESS);
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
    while (calls < 2000) std::this_thread::yield();
    EXPECT_EQ(aclrtUnSubscribeReport(reporter.id(), stream), ACL_SUCCESS);
  }
  EXPECT_EQ(calls, 2000);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
}

TEST_F(Threads, MessagesThatNobodyFetchesLeaveNothing) {
  ExpectNoGrowth("messages", [] { aclrtFree(nullptr); });
}

// Streams that had work have had a thread.
TEST_F(Threads, StreamsWithWorkLeaveNothing) {
  void* memory = nullptr;
  ASSERT_EQ(aclrtMalloc(&memory, 64, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  const auto once = [=] {
    aclrtStream stream = nullptr;
    ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
    ASSERT_EQ(aclrtMemsetAsync(memory, 64, 0, 64, stream), ACL_SUCCESS);
    ASSERT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
  };
  ExpectNoGrowth("stream with work", once);
  ASSERT_EQ(aclrtFree(memory), ACL_SUCCESS);
}

}  // namespace
}  // namespace acl_test
