// SPDX-License-Identifier: Apache-2.0
// Start and end, devices, contexts, streams, events.
#include <cstdio>
#include <fstream>
#include <vector>

#include "tests/devices/acl/acl_test.h"

namespace acl_test {
namespace {

class RuntimeApi : public Runtime {};

TEST(AclInit, Codes) {
  EXPECT_EQ(aclFinalize(), ACL_ERROR_UNINITIALIZE);
  EXPECT_EQ(aclInit("/nonexistent/acl.json"), ACL_ERROR_INVALID_FILE);
  EXPECT_EQ(aclInit(testing::TempDir().c_str()), ACL_ERROR_INVALID_FILE);  // A folder.
  const std::string path = testing::TempDir() + "/acl.json";
  std::ofstream(path) << "{ \"dump\": ";
  EXPECT_EQ(aclInit(path.c_str()), ACL_ERROR_PARSE_FILE);
  std::ofstream(path) << std::string(11, '[') + std::string(11, ']');
  EXPECT_EQ(aclInit(path.c_str()), ACL_ERROR_PARSE_FILE);
  EXPECT_NE(Recent().find("more than 10 deep"), std::string::npos);
  for (const char* length : {"\"many\"", "\"0\"", "0", "-1", "\"\"", "[]"}) {
    std::ofstream(path) << "{\"max_opqueue_num\": " << length << "}";
    EXPECT_EQ(aclInit(path.c_str()), ACL_ERROR_INVALID_MAX_OPQUEUE_NUM_CONFIG) << length;
  }
  std::ofstream(path) << "{\"max_opqueue_num\": \"10000\"}";
  EXPECT_EQ(aclInit(path.c_str()), ACL_SUCCESS);
  EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
  std::ofstream(path) << "{}";
  EXPECT_EQ(aclInit(path.c_str()), ACL_SUCCESS);
  std::remove(path.c_str());
  EXPECT_EQ(aclInit(nullptr), ACL_ERROR_REPEAT_INITIALIZE);
  uint64_t left = 9;
  EXPECT_EQ(aclFinalizeReference(&left), ACL_SUCCESS);
  EXPECT_EQ(left, 1u);
  EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
  EXPECT_EQ(aclFinalize(), ACL_ERROR_REPEAT_FINALIZE);
}

TEST_F(RuntimeApi, MessagesAreTakenNewestFirst) {
  EXPECT_EQ(aclGetRecentErrMsg(), nullptr);
  aclrtSetDevice(77);
  aclrtFree(nullptr);
  const std::string text = Recent();
  EXPECT_LT(text.find("aclrtFree"), text.find("aclrtSetDevice failed: 107001"));
  EXPECT_EQ(aclGetRecentErrMsg(), nullptr);
  std::thread([] { EXPECT_EQ(aclGetRecentErrMsg(), nullptr); }).join();
}

TEST_F(RuntimeApi, FunctionsThatAreNotBuiltSaySo) {
  EXPECT_EQ(aclrtSetGroup(0), ACL_ERROR_FEATURE_UNSUPPORTED);
  EXPECT_NE(Recent().find("aclrtSetGroup failed: 200006"), std::string::npos);
  EXPECT_EQ(aclrtCreateGroupInfo(), nullptr);
  EXPECT_NE(Recent().find("aclrtCreateGroupInfo"), std::string::npos);
}

TEST_F(RuntimeApi, DevicesAreCounted) {
  EXPECT_EQ(aclrtSetDevice(-1), ACL_ERROR_RT_INVALID_DEVICEID);
  EXPECT_EQ(aclrtSetDevice(1), ACL_ERROR_RT_INVALID_DEVICEID);
  ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
  aclrtContext context = nullptr, again = nullptr;
  ASSERT_EQ(aclrtGetCurrentContext(&context), ACL_SUCCESS);
  ASSERT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
  ASSERT_EQ(aclrtGetCurrentContext(&again), ACL_SUCCESS);  // The fixture's is left.
  EXPECT_EQ(context, again);
  ASSERT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
  EXPECT_EQ(aclrtGetCurrentContext(&again), ACL_ERROR_RT_CONTEXT_NULL);
  EXPECT_EQ(aclrtSetCurrentContext(context), ACL_ERROR_RT_INVALID_HANDLE);
  EXPECT_NE(aclrtResetDevice(0), ACL_SUCCESS);
  ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
}

TEST_F(RuntimeApi, ThreadsHaveTheirOwnContext) {
  aclrtContext mine = nullptr;
  ASSERT_EQ(aclrtGetCurrentContext(&mine), ACL_SUCCESS);
  std::thread([=] {
    aclrtContext context = nullptr;
    int32_t device = -1;
    void* memory = nullptr;
    aclrtStream stream = nullptr;
    EXPECT_EQ(aclrtGetCurrentContext(&context), ACL_ERROR_RT_CONTEXT_NULL);
    EXPECT_EQ(aclrtGetDevice(&device), ACL_ERROR_RT_CONTEXT_NULL);
    EXPECT_EQ(aclrtMalloc(&memory, 1, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_RT_CONTEXT_NULL);
    EXPECT_EQ(aclrtCreateStream(&stream), ACL_ERROR_RT_CONTEXT_NULL);
    EXPECT_EQ(aclrtSynchronizeStream(nullptr), ACL_ERROR_RT_CONTEXT_NULL);
    EXPECT_NE(Recent().find("aclrtSetCurrentContext"), std::string::npos);
    EXPECT_EQ(aclrtSetCurrentContext(mine), ACL_SUCCESS);
    EXPECT_EQ(aclrtGetDevice(&device), ACL_SUCCESS);
    EXPECT_EQ(device, 0);
  }).join();
}

// As on a card, where a worker thread that forgets aclrtSetCurrentContext fails.
TEST_F(RuntimeApi, AThreadWithoutAContextCannotUseAStream) {
  aclrtStream stream = nullptr;
  aclrtEvent event = nullptr;
  void* memory = nullptr;
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateEvent(&event), ACL_SUCCESS);
  ASSERT_EQ(aclrtMalloc(&memory, 8, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  std::thread([=] {
    EXPECT_EQ(aclrtMemsetAsync(memory, 8, 0, 8, stream), ACL_ERROR_RT_CONTEXT_NULL);
    EXPECT_NE(Recent().find("call aclrtSetDevice, aclrtCreateContext or aclrtSetCurrentContext"),
              std::string::npos);
    EXPECT_EQ(aclrtRecordEvent(event, stream), ACL_ERROR_RT_CONTEXT_NULL);
    EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_CONTEXT_NULL);
    EXPECT_EQ(aclmdlExecuteAsync(1, nullptr, nullptr, stream), ACL_ERROR_RT_CONTEXT_NULL);
    ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
    EXPECT_EQ(aclrtMemsetAsync(memory, 8, 0, 8, stream), ACL_SUCCESS);
    EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
    EXPECT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
  }).join();
  EXPECT_EQ(aclrtFree(memory), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyEvent(event), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
}

TEST_F(RuntimeApi, ContextsAndTheirStreams) {
  aclrtContext first = nullptr, second = nullptr, current = nullptr;
  aclrtStream stream = nullptr;
  ASSERT_EQ(aclrtCreateContext(&first, 0), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateContext(&second, 0), ACL_SUCCESS);
  ASSERT_EQ(aclrtGetCurrentContext(&current), ACL_SUCCESS);
  EXPECT_EQ(current, second);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_ERROR_RT_STREAM_CONTEXT);
  ASSERT_EQ(aclrtSetCurrentContext(first), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_ERROR_RT_INVALID_HANDLE);
  EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_INVALID_HANDLE);
  int number = 0;
  EXPECT_EQ(aclrtSynchronizeStream(&number), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(aclrtDestroyStream(nullptr), ACL_ERROR_INVALID_PARAM);
  // A context takes its streams along.
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyContext(first), ACL_SUCCESS);
  EXPECT_EQ(aclrtGetCurrentContext(&current), ACL_ERROR_RT_CONTEXT_NULL);
  EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_INVALID_HANDLE);
  EXPECT_EQ(aclrtDestroyContext(first), ACL_ERROR_RT_INVALID_HANDLE);
  EXPECT_EQ(aclrtDestroyContext(second), ACL_SUCCESS);
  ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
  ASSERT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
  ASSERT_EQ(aclrtGetCurrentContext(&current), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyContext(current), ACL_ERROR_RT_PARAM_INVALID);  // The default one.
}

TEST_F(RuntimeApi, NamesAndModes) {
  aclrtRunMode mode;
  ASSERT_EQ(aclrtGetRunMode(&mode), ACL_SUCCESS);
  EXPECT_EQ(mode, ACL_HOST);
  EXPECT_STREQ(aclrtGetSocName(), "Ascend910B2");
  int32_t version[3];
  ASSERT_EQ(aclrtGetVersion(&version[0], &version[1], &version[2]), ACL_SUCCESS);
  EXPECT_EQ(version[0], 1);
  uint32_t count = 0;
  ASSERT_EQ(aclrtGetDeviceCount(&count), ACL_SUCCESS);
  EXPECT_EQ(count, 1u);
}

TEST_F(RuntimeApi, Settings) {
  int64_t value = -1;
  EXPECT_EQ(aclrtCtxGetSysParamOpt(ACL_OPT_DETERMINISTIC, &value),
            ACL_ERROR_RT_SYSPARAMOPT_NOT_SET);
  EXPECT_EQ(aclrtCtxSetSysParamOpt(ACL_OPT_DETERMINISTIC, 2), ACL_ERROR_RT_PARAM_INVALID);
  ASSERT_EQ(aclrtCtxSetSysParamOpt(ACL_OPT_DETERMINISTIC, 1), ACL_SUCCESS);
  ASSERT_EQ(aclrtCtxGetSysParamOpt(ACL_OPT_DETERMINISTIC, &value), ACL_SUCCESS);
  EXPECT_EQ(value, 1);
  aclrtFloatOverflowMode mode;
  ASSERT_EQ(aclrtGetDeviceSatMode(&mode), ACL_SUCCESS);
  EXPECT_EQ(mode, ACL_RT_OVERFLOW_MODE_INFNAN);
  EXPECT_EQ(aclrtSetDeviceSatMode(mode), ACL_SUCCESS);
  EXPECT_EQ(aclrtSetDeviceSatMode(ACL_RT_OVERFLOW_MODE_SATURATION),
            ACL_ERROR_RT_FEATURE_NOT_SUPPORT);
  aclrtDeviceStatus status;
  ASSERT_EQ(aclrtQueryDeviceStatus(0, &status), ACL_SUCCESS);
  EXPECT_EQ(status, ACL_RT_DEVICE_STATUS_NORMAL);
  EXPECT_EQ(aclrtSetTsDevice(ACL_TS_ID_AICORE), ACL_SUCCESS);
  EXPECT_EQ(aclrtSetTsDevice(ACL_TS_ID_RESERVED), ACL_ERROR_RT_PARAM_INVALID);
  ASSERT_EQ(aclGetDeviceCapability(0, ACL_DEVICE_INFO_AI_CORE_NUM, &value), ACL_SUCCESS);
  EXPECT_GE(value, 1);
  int32_t has = -1;
  ASSERT_EQ(aclGetCannAttribute(ACL_CANN_ATTR_INF_NAN, &has), ACL_SUCCESS);
  EXPECT_EQ(has, 1);
}

TEST_F(RuntimeApi, StreamsFromAConfiguration) {
  aclrtStreamConfigHandle* config = aclrtCreateStreamConfigHandle();
  ASSERT_NE(config, nullptr);
  uint32_t priority = 8;
  aclrtStream stream = nullptr;
  EXPECT_EQ(aclrtSetStreamConfigOpt(config, ACL_RT_STREAM_PRIORITY, &priority, 8),
            ACL_ERROR_INVALID_PARAM);
  ASSERT_EQ(aclrtSetStreamConfigOpt(config, ACL_RT_STREAM_PRIORITY, &priority, sizeof priority),
            ACL_SUCCESS);
  EXPECT_EQ(aclrtCreateStreamV2(&stream, config), ACL_ERROR_RT_PARAM_INVALID);
  priority = 3;
  ASSERT_EQ(aclrtSetStreamConfigOpt(config, ACL_RT_STREAM_PRIORITY, &priority, sizeof priority),
            ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateStreamV2(&stream, config), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStreamConfigHandle(config), ACL_SUCCESS);
  uint32_t flag = 9;
  ASSERT_EQ(aclrtSetStreamOverflowSwitch(stream, 1), ACL_SUCCESS);
  ASSERT_EQ(aclrtGetStreamOverflowSwitch(stream, &flag), ACL_SUCCESS);
  EXPECT_EQ(flag, 1u);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
}

TEST_F(RuntimeApi, HostFunctionsRunInOrder) {
  aclrtStream stream = nullptr;
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  std::vector<int> seen;
  struct Step {
    std::vector<int>* seen;
    int number;
  } steps[] = {{&seen, 1}, {&seen, 2}, {&seen, 3}};
  for (Step& step : steps)
    ASSERT_EQ(aclrtLaunchHostFunc(
                  stream,
                  [](void* args) {
                    auto* mine = static_cast<Step*>(args);
                    mine->seen->push_back(mine->number);
                  },
                  &step),
              ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(aclrtLaunchHostFunc(stream, nullptr, nullptr), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
}

// A stream that is held at a gate by a blocking callback.
class Streams : public Runtime {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    ASSERT_EQ(aclrtCreateStream(&held_), ACL_SUCCESS);
    ASSERT_EQ(aclrtCreateStreamWithConfig(&other_, 7, ACL_STREAM_FAST_LAUNCH), ACL_SUCCESS);
    ASSERT_EQ(aclrtSubscribeReport(thread_.id(), held_), ACL_SUCCESS);
    ASSERT_EQ(aclrtLaunchCallback([](void* gate) { static_cast<Gate*>(gate)->Pass(); }, &gate_,
                                  ACL_CALLBACK_BLOCK, held_),
              ACL_SUCCESS);
  }
  void TearDown() override {
    gate_.Open();
    EXPECT_EQ(aclrtSynchronizeStream(held_), ACL_SUCCESS);
    EXPECT_EQ(aclrtUnSubscribeReport(thread_.id(), held_), ACL_SUCCESS);
    EXPECT_EQ(aclrtDestroyStream(held_), ACL_SUCCESS);
    EXPECT_EQ(aclrtDestroyStream(other_), ACL_SUCCESS);
    Runtime::TearDown();
  }
  Gate gate_;
  ReportThread thread_;
  aclrtStream held_ = nullptr, other_ = nullptr;
};

TEST_F(Streams, TimeoutsAndQueries) {
  aclrtStreamStatus status;
  EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(held_, 0), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
  EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(held_, 5), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
  EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(held_, -2), ACL_ERROR_RT_PARAM_INVALID);
  ASSERT_EQ(aclrtStreamQuery(held_, &status), ACL_SUCCESS);
  EXPECT_EQ(status, ACL_STREAM_STATUS_NOT_READY);
  ASSERT_EQ(aclrtStreamQuery(other_, &status), ACL_SUCCESS);
  EXPECT_EQ(status, ACL_STREAM_STATUS_COMPLETE);
  gate_.Open();
  EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(held_, -1), ACL_SUCCESS);
  aclrtStream stream;
  EXPECT_EQ(aclrtCreateStreamWithConfig(&stream, 8, 0), ACL_ERROR_RT_PARAM_INVALID);
}

TEST_F(Streams, DeviceWaitsForAllOfThem) {
  EXPECT_EQ(aclrtSynchronizeDeviceWithTimeout(5), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
  EXPECT_EQ(aclrtSynchronizeDeviceWithTimeout(0), ACL_ERROR_RT_PARAM_INVALID);
  gate_.Open();
  EXPECT_EQ(aclrtSynchronizeDevice(), ACL_SUCCESS);
}

TEST_F(Streams, EventsOrderStreams) {
  aclrtEvent event = nullptr, second = nullptr;
  aclrtEventStatus status;
  aclrtEventRecordedStatus recorded;
  ASSERT_EQ(aclrtCreateEvent(&event), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateEventWithFlag(&second, ACL_EVENT_SYNC), ACL_SUCCESS);
  ASSERT_EQ(aclrtQueryEventStatus(event, &recorded), ACL_SUCCESS);
  EXPECT_EQ(recorded, ACL_EVENT_RECORDED_STATUS_NOT_READY);
  ASSERT_EQ(aclrtRecordEvent(event, held_), ACL_SUCCESS);
  ASSERT_EQ(aclrtStreamWaitEvent(other_, event), ACL_SUCCESS);
  ASSERT_EQ(aclrtRecordEvent(second, other_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeEventWithTimeout(event, 0), ACL_ERROR_RT_EVENT_SYNC_TIMEOUT);
  EXPECT_EQ(aclrtSynchronizeEventWithTimeout(second, 5), ACL_ERROR_RT_EVENT_SYNC_TIMEOUT);
  EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(other_, 5), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
  ASSERT_EQ(aclrtQueryEvent(event, &status), ACL_SUCCESS);
  EXPECT_EQ(status, ACL_EVENT_STATUS_NOT_READY);
  gate_.Open();
  EXPECT_EQ(aclrtSynchronizeStream(other_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeEvent(second), ACL_SUCCESS);
  ASSERT_EQ(aclrtQueryEventStatus(event, &recorded), ACL_SUCCESS);
  EXPECT_EQ(recorded, ACL_EVENT_RECORDED_STATUS_COMPLETE);
  ASSERT_EQ(aclrtResetEvent(event, other_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(other_), ACL_SUCCESS);
  ASSERT_EQ(aclrtQueryEventStatus(event, &recorded), ACL_SUCCESS);
  EXPECT_EQ(recorded, ACL_EVENT_RECORDED_STATUS_NOT_READY);
  EXPECT_EQ(aclrtDestroyEvent(event), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyEvent(event), ACL_ERROR_RT_INVALID_HANDLE);
  EXPECT_EQ(aclrtRecordEvent(event, other_), ACL_ERROR_RT_INVALID_HANDLE);
  EXPECT_EQ(aclrtDestroyEvent(second), ACL_SUCCESS);
}

TEST_F(Streams, TimeBetweenEvents) {
  aclrtEvent start = nullptr, end = nullptr, untimed = nullptr;
  float ms = -1;
  ASSERT_EQ(aclrtCreateEvent(&start), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateEventWithFlag(&end, ACL_EVENT_TIME_LINE), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateEventWithFlag(&untimed, ACL_EVENT_SYNC), ACL_SUCCESS);
  EXPECT_EQ(aclrtEventElapsedTime(&ms, start, end), ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID);
  ASSERT_EQ(aclrtRecordEvent(start, other_), ACL_SUCCESS);
  ASSERT_EQ(aclrtRecordEvent(end, other_), ACL_SUCCESS);
  ASSERT_EQ(aclrtRecordEvent(untimed, other_), ACL_SUCCESS);
  ASSERT_EQ(aclrtSynchronizeStream(other_), ACL_SUCCESS);
  EXPECT_EQ(aclrtEventElapsedTime(&ms, start, end), ACL_SUCCESS);
  EXPECT_GE(ms, 0);
  EXPECT_EQ(aclrtEventElapsedTime(&ms, end, start), ACL_ERROR_RT_EVENT_TIMESTAMP_REVERSAL);
  EXPECT_EQ(aclrtEventElapsedTime(&ms, start, untimed), ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID);
  aclrtEvent none;
  EXPECT_EQ(aclrtCreateEventWithFlag(&none, 0), ACL_ERROR_RT_PARAM_INVALID);
  for (aclrtEvent event : {start, end, untimed}) EXPECT_EQ(aclrtDestroyEvent(event), ACL_SUCCESS);
}

TEST_F(Streams, ForceDropsWhatHasNotBegun) {
  aclrtStream stream = nullptr;
  aclrtEvent event = nullptr, never = nullptr;
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateEvent(&event), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateEvent(&never), ACL_SUCCESS);
  ASSERT_EQ(aclrtRecordEvent(event, held_), ACL_SUCCESS);
  ASSERT_EQ(aclrtStreamWaitEvent(stream, event), ACL_SUCCESS);
  ASSERT_EQ(aclrtRecordEvent(never, stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStreamForce(stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeEvent(never), ACL_SUCCESS);  // Nobody waits for ever.
  EXPECT_EQ(aclrtDestroyEvent(event), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyEvent(never), ACL_SUCCESS);
}

// Work that fails: its memory is freed while it waits.
class FailingStreams : public Streams {
 protected:
  void SetUp() override {
    Streams::SetUp();
    for (void*& memory : memory_) {
      ASSERT_EQ(aclrtMalloc(&memory, 64, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
      ASSERT_EQ(aclrtMemset(memory, 64, 1, 64), ACL_SUCCESS);
    }
  }
  void TearDown() override {
    EXPECT_EQ(aclrtFree(memory_[1]), ACL_SUCCESS);
    Streams::TearDown();
  }
  // The first of two fills fails. What the second block holds then.
  int FailThenFill() {
    EXPECT_EQ(aclrtMemsetAsync(memory_[0], 64, 7, 64, held_), ACL_SUCCESS);
    EXPECT_EQ(aclrtMemsetAsync(memory_[1], 64, 8, 64, held_), ACL_SUCCESS);
    EXPECT_EQ(aclrtFree(memory_[0]), ACL_SUCCESS);
    gate_.Open();
    EXPECT_EQ(aclrtSynchronizeStream(held_), ACL_ERROR_RT_SYS_DMA);
    unsigned char byte = 0;
    EXPECT_EQ(aclrtMemcpy(&byte, 1, memory_[1], 1, ACL_MEMCPY_DEVICE_TO_HOST), ACL_SUCCESS);
    return byte;
  }
  void* memory_[2];
};

struct Seen {
  std::atomic<uint32_t> stream{0}, device{99}, thread{0}, code{0};
};
Seen g_seen;

TEST_F(FailingStreams, TheRestRunsAndTheExceptionCallbackIsTold) {
  ASSERT_EQ(aclrtSetExceptionInfoCallback([](aclrtExceptionInfo* info) {
              g_seen.stream = aclrtGetStreamIdFromExceptionInfo(info);
              g_seen.device = aclrtGetDeviceIdFromExceptionInfo(info);
              g_seen.thread = aclrtGetThreadIdFromExceptionInfo(info);
              g_seen.code = aclrtGetErrorCodeFromExceptionInfo(info);
            }),
            ACL_SUCCESS);
  EXPECT_EQ(FailThenFill(), 8);
  EXPECT_NE(Recent().find("aclrtMemsetAsync failed"), std::string::npos);
  EXPECT_EQ(g_seen.code, static_cast<uint32_t>(ACL_ERROR_RT_SYS_DMA));
  EXPECT_EQ(g_seen.device, 0u);
  EXPECT_NE(g_seen.stream, 0u);
  EXPECT_NE(g_seen.thread, 0u);
  EXPECT_EQ(aclrtGetTaskIdFromExceptionInfo(nullptr), 0xFFFFFFFF);
  EXPECT_EQ(aclrtSetExceptionInfoCallback(nullptr), ACL_SUCCESS);
}

TEST_F(FailingStreams, MayStop) {
  EXPECT_EQ(aclrtSetStreamFailureMode(held_, 2), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(aclrtSetStreamFailureMode(nullptr, 1), ACL_ERROR_RT_PARAM_INVALID);
  ASSERT_EQ(aclrtSetStreamFailureMode(held_, ACL_STOP_ON_FAILURE), ACL_SUCCESS);
  EXPECT_EQ(FailThenFill(), 1);
  // It stays stopped, and says so.
  ASSERT_EQ(aclrtMemsetAsync(memory_[1], 64, 9, 64, held_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(held_), ACL_ERROR_RT_SYS_DMA);
  ASSERT_EQ(aclrtSetStreamFailureMode(held_, ACL_CONTINUE_ON_FAILURE), ACL_SUCCESS);
  ASSERT_EQ(aclrtMemsetAsync(memory_[1], 64, 9, 64, held_), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(held_), ACL_SUCCESS);
}

TEST_F(Streams, WaitsForEventsHaveALimit) {
  aclrtEvent event = nullptr;
  ASSERT_EQ(aclrtCreateEvent(&event), ACL_SUCCESS);
  ASSERT_EQ(aclrtRecordEvent(event, held_), ACL_SUCCESS);
  ASSERT_EQ(aclrtSetOpWaitTimeout(1), ACL_SUCCESS);
  ASSERT_EQ(aclrtStreamWaitEvent(other_, event), ACL_SUCCESS);
  EXPECT_EQ(aclrtSetOpWaitTimeout(0), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(other_), ACL_ERROR_RT_EVENT_SYNC_TIMEOUT);
  EXPECT_EQ(aclrtDestroyEvent(event), ACL_SUCCESS);
}

}  // namespace
}  // namespace acl_test
