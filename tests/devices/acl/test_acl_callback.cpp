// SPDX-License-Identifier: Apache-2.0
// Callbacks on the user's thread: order, blocking, codes, races and both orders of tear-down.
#include <stdexcept>
#include <vector>

#include "tests/devices/acl/acl_test.h"

namespace acl_test {
namespace {

class Callback : public Runtime {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    ASSERT_EQ(aclrtCreateStream(&stream_), ACL_SUCCESS);
  }
  void TearDown() override {
    EXPECT_EQ(aclrtDestroyStream(stream_), ACL_SUCCESS);
    Runtime::TearDown();
  }
  aclrtStream stream_ = nullptr;
};

struct Count {
  std::atomic<int> calls{0};
  std::atomic<uint64_t> thread{0};
};

void CountCall(void* user) {
  auto* count = static_cast<Count*>(user);
  count->thread = static_cast<uint64_t>(pthread_self());
  ++count->calls;
}

TEST_F(Callback, BlockingOnesRunOnTheSubscribedThreadBeforeSynchroniseReturns) {
  ReportThread thread;
  ASSERT_EQ(aclrtSubscribeReport(thread.id(), stream_), ACL_SUCCESS);
  Count count;
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(aclrtLaunchCallback(CountCall, &count, ACL_CALLBACK_BLOCK, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  EXPECT_EQ(count.calls, 100);
  EXPECT_EQ(count.thread, thread.id());
  EXPECT_EQ(aclrtUnSubscribeReport(thread.id(), stream_), ACL_SUCCESS);
}

TEST_F(Callback, Codes) {
  EXPECT_EQ(aclrtLaunchCallback(CountCall, nullptr, ACL_CALLBACK_BLOCK, stream_),
            ACL_ERROR_RT_STREAM_NO_CB_REG);
  EXPECT_EQ(aclrtLaunchCallback(nullptr, nullptr, ACL_CALLBACK_BLOCK, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclrtProcessReport(0), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(aclrtProcessReport(5), ACL_ERROR_RT_THREAD_SUBSCRIBE);
  const uint64_t self = static_cast<uint64_t>(pthread_self());
  EXPECT_EQ(aclrtUnSubscribeReport(self, stream_), ACL_ERROR_RT_THREAD_SUBSCRIBE);
  ASSERT_EQ(aclrtSubscribeReport(self, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSubscribeReport(self, stream_), ACL_ERROR_RT_STREAM_SUBSCRIBE);
  EXPECT_EQ(aclrtProcessReport(5), ACL_ERROR_RT_REPORT_TIMEOUT);
  EXPECT_NE(Recent().find("aclrtProcessReport failed: 507012 (ACL_ERROR_RT_REPORT_TIMEOUT)"),
            std::string::npos);
  EXPECT_EQ(aclrtUnSubscribeReport(self, stream_), ACL_SUCCESS);
}

TEST_F(Callback, NonBlockingOnesAreNotWaitedFor) {
  const uint64_t self = static_cast<uint64_t>(pthread_self());
  ASSERT_EQ(aclrtSubscribeReport(self, stream_), ACL_SUCCESS);
  Count count;
  ASSERT_EQ(aclrtLaunchCallback(CountCall, &count, ACL_CALLBACK_NO_BLOCK, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  EXPECT_EQ(count.calls, 0);
  EXPECT_EQ(aclrtProcessReport(-1), ACL_SUCCESS);
  EXPECT_EQ(count.calls, 1);
  EXPECT_EQ(aclrtUnSubscribeReport(self, stream_), ACL_SUCCESS);
}

// The exception is the thread's own; the stream goes on.
TEST_F(Callback, AThrowingOneDoesNotHoldItsStreamUp) {
  const uint64_t self = static_cast<uint64_t>(pthread_self());
  ASSERT_EQ(aclrtSubscribeReport(self, stream_), ACL_SUCCESS);
  const auto fail = [](void*) { throw std::runtime_error("not today"); };
  Count count;
  ASSERT_EQ(aclrtLaunchCallback(fail, nullptr, ACL_CALLBACK_BLOCK, stream_), ACL_SUCCESS);
  ASSERT_EQ(aclrtLaunchCallback(CountCall, &count, ACL_CALLBACK_BLOCK, stream_), ACL_SUCCESS);
  EXPECT_THROW(aclrtProcessReport(1000), std::runtime_error);
  EXPECT_EQ(aclrtProcessReport(1000), ACL_SUCCESS);
  EXPECT_EQ(count.calls, 1);
  EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(stream_, 1000), ACL_SUCCESS);
  EXPECT_EQ(aclrtUnSubscribeReport(self, stream_), ACL_SUCCESS);
}

// Programs start the thread, whose calls fail until the main thread has subscribed it.
TEST_F(Callback, ProcessBeforeSubscribe) {
  std::atomic<bool> stop{false};
  std::atomic<int> refused{0};
  std::thread thread([&] {
    while (!stop)
      if (aclrtProcessReport(1000) == ACL_ERROR_RT_THREAD_SUBSCRIBE) ++refused;
  });
  while (refused < 2) std::this_thread::yield();
  Count count;
  ASSERT_EQ(aclrtSubscribeReport(static_cast<uint64_t>(thread.native_handle()), stream_),
            ACL_SUCCESS);
  ASSERT_EQ(aclrtLaunchCallback(CountCall, &count, ACL_CALLBACK_BLOCK, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  EXPECT_EQ(count.calls, 1);
  EXPECT_EQ(aclrtUnSubscribeReport(static_cast<uint64_t>(thread.native_handle()), stream_),
            ACL_SUCCESS);
  stop = true;
  thread.join();
}

TEST_F(Callback, TearDownJoinThenUnsubscribe) {
  ReportThread thread;
  const uint64_t id = thread.id();
  Count count;
  ASSERT_EQ(aclrtSubscribeReport(id, stream_), ACL_SUCCESS);
  ASSERT_EQ(aclrtLaunchCallback(CountCall, &count, ACL_CALLBACK_BLOCK, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  thread.Join();
  EXPECT_EQ(aclrtUnSubscribeReport(id, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtUnSubscribeReport(id, stream_), ACL_ERROR_RT_THREAD_SUBSCRIBE);
}

// The thread sleeps in aclrtProcessReport without a limit; to unsubscribe it wakes it.
TEST_F(Callback, TearDownUnsubscribeThenJoin) {
  std::atomic<bool> stop{false};
  std::atomic<int> refused{0};
  std::thread thread([&] {
    while (!stop)
      if (aclrtProcessReport(-1) == ACL_ERROR_RT_THREAD_SUBSCRIBE) ++refused;
  });
  const auto id = static_cast<uint64_t>(thread.native_handle());
  Count count;
  ASSERT_EQ(aclrtSubscribeReport(id, stream_), ACL_SUCCESS);
  ASSERT_EQ(aclrtLaunchCallback(CountCall, &count, ACL_CALLBACK_BLOCK, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  const int before = refused;
  EXPECT_EQ(aclrtUnSubscribeReport(id, stream_), ACL_SUCCESS);
  while (refused == before) std::this_thread::yield();
  stop = true;
  thread.join();
}

// What was handed over before it was unsubscribed is still run, when the thread comes by.
TEST_F(Callback, UnsubscribedThreadRunsWhatItHas) {
  const uint64_t self = static_cast<uint64_t>(pthread_self());
  Count count;
  ASSERT_EQ(aclrtSubscribeReport(self, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtProcessReport(1), ACL_ERROR_RT_REPORT_TIMEOUT);
  ASSERT_EQ(aclrtLaunchCallback(CountCall, &count, ACL_CALLBACK_NO_BLOCK, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtUnSubscribeReport(self, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtProcessReport(1), ACL_SUCCESS);
  EXPECT_EQ(count.calls, 1);
  EXPECT_EQ(aclrtProcessReport(1), ACL_ERROR_RT_THREAD_SUBSCRIBE);
}

// Nobody runs it any more, and the stream does not wait for ever.
TEST_F(Callback, BlockingOneLeftBehind) {
  const uint64_t self = static_cast<uint64_t>(pthread_self());
  Count count;
  ASSERT_EQ(aclrtSubscribeReport(self, stream_), ACL_SUCCESS);
  ASSERT_EQ(aclrtLaunchCallback(CountCall, &count, ACL_CALLBACK_BLOCK, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtUnSubscribeReport(self, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_ERROR_RT_STREAM_NO_CB_REG);
  EXPECT_NE(Recent().find("its thread was unsubscribed before it ran"), std::string::npos);
  EXPECT_EQ(count.calls, 0);
}

TEST_F(Callback, OneThreadServesManyStreams) {
  ReportThread thread;
  aclrtStream second = nullptr;
  ASSERT_EQ(aclrtCreateStream(&second), ACL_SUCCESS);
  ASSERT_EQ(aclrtSubscribeReport(thread.id(), stream_), ACL_SUCCESS);
  ASSERT_EQ(aclrtSubscribeReport(thread.id(), second), ACL_SUCCESS);
  ASSERT_EQ(aclrtSubscribeReport(thread.id(), nullptr), ACL_SUCCESS);  // The default stream, too.
  Count count;
  for (aclrtStream stream : {stream_, second, aclrtStream{nullptr}}) {
    ASSERT_EQ(aclrtLaunchCallback(CountCall, &count, ACL_CALLBACK_BLOCK, stream), ACL_SUCCESS);
    EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
  }
  EXPECT_EQ(count.calls, 3);
  // One is let go, the others go on.
  EXPECT_EQ(aclrtUnSubscribeReport(thread.id(), second), ACL_SUCCESS);
  EXPECT_EQ(aclrtUnSubscribeReport(thread.id(), second), ACL_ERROR_RT_STREAM_SUBSCRIBE);
  ASSERT_EQ(aclrtLaunchCallback(CountCall, &count, ACL_CALLBACK_BLOCK, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  EXPECT_EQ(count.calls, 4);
  EXPECT_EQ(aclrtDestroyStream(second), ACL_SUCCESS);
  EXPECT_EQ(aclrtUnSubscribeReport(thread.id(), nullptr), ACL_SUCCESS);
  EXPECT_EQ(aclrtUnSubscribeReport(thread.id(), stream_), ACL_SUCCESS);
}

// A stream that is destroyed lets its thread go.
TEST_F(Callback, DestroyedStreamUnsubscribes) {
  const uint64_t self = static_cast<uint64_t>(pthread_self());
  aclrtStream stream = nullptr;
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  ASSERT_EQ(aclrtSubscribeReport(self, stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtProcessReport(1), ACL_ERROR_RT_REPORT_TIMEOUT);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtProcessReport(1), ACL_ERROR_RT_THREAD_SUBSCRIBE);
}

struct Sequence {
  std::vector<int> seen;
  std::mutex mutex;
};
struct Step {
  Sequence* sequence;
  int number;
};

TEST_F(Callback, OrderIsThatOfTheLaunches) {
  ReportThread thread;
  ASSERT_EQ(aclrtSubscribeReport(thread.id(), stream_), ACL_SUCCESS);
  Sequence sequence;
  std::vector<Step> steps;
  for (int i = 0; i < 1000; ++i) steps.push_back({&sequence, i});
  for (Step& step : steps)
    ASSERT_EQ(
        aclrtLaunchCallback(
            [](void* user) {
              auto* mine = static_cast<Step*>(user);
              std::lock_guard<std::mutex> lock(mine->sequence->mutex);
              mine->sequence->seen.push_back(mine->number);
            },
            &step, step.number % 3 == 0 ? ACL_CALLBACK_BLOCK : ACL_CALLBACK_NO_BLOCK, stream_),
        ACL_SUCCESS);
  ASSERT_EQ(aclrtLaunchCallback([](void*) {}, nullptr, ACL_CALLBACK_BLOCK, stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  ASSERT_EQ(sequence.seen.size(), 1000u);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(sequence.seen[static_cast<size_t>(i)], i);
  EXPECT_EQ(aclrtUnSubscribeReport(thread.id(), stream_), ACL_SUCCESS);
}

// A callback may launch the next one: nothing of ours is locked while it runs.
TEST_F(Callback, LaunchesTheNext) {
  ReportThread thread;
  ASSERT_EQ(aclrtSubscribeReport(thread.id(), stream_), ACL_SUCCESS);
  struct Chain {
    aclrtStream stream;
    std::atomic<int> left{100};
    Gate end;
    static void Call(void* user) {
      auto* chain = static_cast<Chain*>(user);
      if (--chain->left == 0)
        chain->end.Open();
      else
        aclrtLaunchCallback(Call, chain,
                            chain->left % 2 == 0 ? ACL_CALLBACK_BLOCK : ACL_CALLBACK_NO_BLOCK,
                            chain->stream);
    }
  } chain;
  chain.stream = stream_;
  ASSERT_EQ(aclrtLaunchCallback(Chain::Call, &chain, ACL_CALLBACK_BLOCK, stream_), ACL_SUCCESS);
  chain.end.Pass();
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtUnSubscribeReport(thread.id(), stream_), ACL_SUCCESS);
}

}  // namespace
}  // namespace acl_test
