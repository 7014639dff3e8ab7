// SPDX-License-Identifier: Apache-2.0
// Callbacks on the user's thread: order, blocking, codes, races and both orders of tear-down.
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

}  // namespace
}  // namespace acl_test
