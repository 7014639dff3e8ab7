// SPDX-License-Identifier: Apache-2.0
// Models and streams side by side: each execution gets its own result. And the rules of strict
// mode.
#include <cstdlib>

#include "tests/devices/acl/acl_model_test.h"

namespace acl_test {
namespace {

constexpr int kStreams = 4, kModels = 4, kRounds = 25;

class ModelThreads : public Runtime {};

void Fill(ModelIo* io, float value) {
  const size_t count = aclmdlGetInputSizeByIndex(io->desc, 0) / sizeof(float);
  std::fill_n(io->in(0), count, value);
}

// kRounds executions on a stream of its own, each with another input.
void ExecuteOnOneStream(uint32_t id, float first) {
  ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
  aclrtStream stream = nullptr;
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  {
    ModelIo io(id);
    for (int round = 0; round < kRounds; ++round) {
      const float value = first + static_cast<float>(round);
      Fill(&io, value);
      ASSERT_EQ(aclmdlExecuteAsync(id, io.input, io.output, stream), ACL_SUCCESS) << Recent();
      ASSERT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
      for (int c = 0; c < 3; ++c) ASSERT_FLOAT_EQ(io.out(0)[c], value);
    }
  }
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
}

TEST_F(ModelThreads, FourModelsOnFourStreamsEach) {
  std::vector<uint32_t> ids;
  for (int m = 0; m < kModels; ++m) ids.push_back(LoadData("mean_rgb.onnx"));
  std::vector<std::thread> threads;
  for (int m = 0; m < kModels; ++m)
    for (int s = 0; s < kStreams; ++s)
      threads.emplace_back(ExecuteOnOneStream, ids[static_cast<size_t>(m)],
                           static_cast<float>(1000 * m + 100 * s));
  for (std::thread& thread : threads) thread.join();
  for (const uint32_t id : ids) EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

TEST_F(ModelThreads, LoadingAndUnloadingBesideExecution) {
  const uint32_t id = LoadData("mean_rgb.onnx");
  std::thread beside([=] { ExecuteOnOneStream(id, 7); });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(aclmdlUnload(LoadData("mean_rgb.onnx")), ACL_SUCCESS);
  beside.join();
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

// A model id on one stream at a time, and in the context of its load only.
class StrictModel : public Runtime {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    setenv("INFERSERVER_ACL_STRICT", "1", 1);
    BeginAgain();
  }
  void TearDown() override {
    unsetenv("INFERSERVER_ACL_STRICT");
    BeginAgain();
    Runtime::TearDown();
  }

 private:
  // The environment is read at the first aclInit.
  static void BeginAgain() {
    EXPECT_EQ(aclrtResetDevice(0), ACL_SUCCESS);
    EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
    EXPECT_EQ(aclInit(nullptr), ACL_SUCCESS);
    EXPECT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
  }
};

TEST_F(StrictModel, ASecondStreamIsRefusedWhileTheFirstIsNotThrough) {
  const uint32_t id = LoadData("mean_rgb.onnx");
  ModelIo io(id), other(id);
  ReportThread thread;
  aclrtStream first = nullptr, second = nullptr;
  ASSERT_EQ(aclrtCreateStream(&first), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateStream(&second), ACL_SUCCESS);
  ASSERT_EQ(aclrtSubscribeReport(thread.id(), first), ACL_SUCCESS);
  Gate gate;
  ASSERT_EQ(aclrtLaunchCallback([](void* user) { static_cast<Gate*>(user)->Pass(); }, &gate,
                                ACL_CALLBACK_BLOCK, first),
            ACL_SUCCESS);
  ASSERT_EQ(aclmdlExecuteAsync(id, io.input, io.output, first), ACL_SUCCESS);
  EXPECT_EQ(aclmdlExecuteAsync(id, other.input, other.output, second),
            ACL_ERROR_GE_EXEC_MODEL_ID_INVALID);
  EXPECT_NE(Recent().find("is being executed on another stream"), std::string::npos);
  EXPECT_EQ(aclmdlExecute(id, other.input, other.output), ACL_ERROR_GE_EXEC_MODEL_ID_INVALID);
  EXPECT_EQ(aclmdlExecuteAsync(id, other.input, other.output, first), ACL_SUCCESS);
  gate.Open();
  ASSERT_EQ(aclrtSynchronizeStream(first), ACL_SUCCESS);
  EXPECT_EQ(aclmdlExecuteAsync(id, other.input, other.output, second), ACL_SUCCESS) << Recent();
  ASSERT_EQ(aclrtSynchronizeStream(second), ACL_SUCCESS);
  EXPECT_EQ(aclrtUnSubscribeReport(thread.id(), first), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStream(first), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStream(second), ACL_SUCCESS);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

TEST_F(StrictModel, AnotherContextIsRefused) {
  const uint32_t id = LoadData("mean_rgb.onnx");
  ModelIo io(id);
  aclrtContext own = nullptr, other = nullptr;
  ASSERT_EQ(aclrtGetCurrentContext(&own), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateContext(&other, 0), ACL_SUCCESS);
  EXPECT_EQ(aclmdlExecute(id, io.input, io.output), ACL_ERROR_RT_MODEL_CONTEXT);
  EXPECT_EQ(aclmdlExecuteAsync(id, io.input, io.output, nullptr), ACL_ERROR_RT_MODEL_CONTEXT);
  EXPECT_EQ(aclmdlUnload(id), ACL_ERROR_RT_MODEL_CONTEXT);
  EXPECT_NE(Recent().find("was loaded in another context"), std::string::npos);
  // Streams likewise.
  aclrtStream stream = nullptr;
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  ASSERT_EQ(aclrtSetCurrentContext(own), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_ERROR_RT_STREAM_CONTEXT);
  EXPECT_NE(Recent().find("belongs to another context"), std::string::npos);
  EXPECT_EQ(aclmdlExecuteAsync(id, io.input, io.output, stream), ACL_ERROR_RT_STREAM_CONTEXT);
  EXPECT_EQ(aclrtDestroyContext(other), ACL_SUCCESS);
  ASSERT_EQ(aclrtSetCurrentContext(own), ACL_SUCCESS);
  EXPECT_EQ(aclmdlExecute(id, io.input, io.output), ACL_SUCCESS);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

}  // namespace
}  // namespace acl_test
