// SPDX-License-Identifier: Apache-2.0
// Sessions on a device whose memory the host cannot touch, and of two devices in one process.
#include <cstring>

#include "tests/infer/far_runtime.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

class FarDevice : public ::testing::Test {
 protected:
  void SetUp() override { test::RegisterFarRuntime(); }
  void TearDown() override {
    InferServer::ClearModelCache();
    EXPECT_EQ(0, test::FarBlocks());
    InferServer::SetDefaultRuntime("cpu");
  }
};

TEST_F(FarDevice, ItemsAreCopiedThereAndBack) {
  InferServer server("far:0");
  SessionDesc desc = NumberDesc(FakeModel("", 4, "far:0"));
  desc.batch_timeout = 1;
  auto recorder = std::make_shared<test::ThreadRecorder>();
  std::string error;
  Session_t session = server.CreateSession(desc, recorder, &error);
  ASSERT_NE(nullptr, session) << error;
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(server.Request(session, Numbers({i, i + 1, i + 2}), i));
  EXPECT_TRUE(server.DestroySession(session));
  const auto answers = recorder->Now();
  for (int i = 0; i < 50; ++i) {
    const auto f = static_cast<float>(i);
    EXPECT_EQ((std::vector<float>{f, f + 1, f + 2}), answers[static_cast<std::size_t>(i)].values);
  }
}

TEST_F(FarDevice, TypesAreConvertedOnTheWay) {
  InferServer server("far");
  ModelOptions options;
  options.engine = "fake:inputs=3x2x2,outputs=3x2x2,mode=copy";
  options.batch_size = 2;
  options.device = "far";
  SessionDesc desc;
  desc.model = InferServer::LoadModel("", options);
  ASSERT_NE(nullptr, desc.model);
  desc.host_input_layout = {DataType::UINT8, DimOrder::NONE};
  desc.host_output_layout = {DataType::INT16, DimOrder::NONE};
  desc.preproc = PreprocessorHost::Create();
  desc.preproc->SetParams(
      "process_function", +[](ModelIO* io, const InferData& item, const ModelInfo&) {
        EXPECT_EQ(12u, io->buffers[0].MemorySize());
        std::memset(io->buffers[0].MutableData(), item.Get<int>(), 12);
        return true;
      });
  Session_t session = server.CreateSyncSession(desc);
  ASSERT_NE(nullptr, session);
  Status status;
  auto response = std::make_shared<Package>();
  ASSERT_TRUE(server.RequestSync(session, Numbers({200, 3}), &status, response));
  ASSERT_EQ(Status::SUCCESS, status);
  for (const int i : {0, 1}) {
    const auto& io = response->data[static_cast<std::size_t>(i)]->GetLref<ModelIO>();
    EXPECT_EQ(MemoryType::CPU, io.buffers[0].Type());
    ASSERT_EQ(24u, io.buffers[0].MemorySize());
    for (int j = 0; j < 12; ++j)
      EXPECT_EQ(i == 0 ? 200 : 3, static_cast<const std::int16_t*>(io.buffers[0].Data())[j]);
  }
  EXPECT_TRUE(server.DestroySession(session));
}

TEST_F(FarDevice, SingleItemsAreRetriedThereToo) {
  InferServer server("far:0");
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session =
      server.CreateSession(NumberDesc(FakeModel("fail-at=1", 4, "far:0")), recorder);
  ASSERT_NE(nullptr, session);
  ASSERT_TRUE(server.Request(session, Numbers({5, 6, 7, 8}), 0));
  const auto answers = recorder->Wait(1);
  EXPECT_EQ(Status::SUCCESS, answers[0].status);
  EXPECT_EQ((std::vector<float>{5, 6, 7, 8}), answers[0].values);
  EXPECT_TRUE(server.DestroySession(session));
}

TEST_F(FarDevice, ASessionOfAnotherDeviceIsRefusedWithoutDamage) {
  InferServer cpu("cpu:0"), far("far:0"), far_again("far");
  Session_t session = cpu.CreateSyncSession(NumberDesc(FakeModel()));
  ASSERT_NE(nullptr, session);
  Status status = Status::SUCCESS;
  auto response = std::make_shared<Package>();
  EXPECT_FALSE(far.DestroySession(session));
  EXPECT_FALSE(far.RequestSync(session, Numbers({1}), &status, response));
  far.WaitTaskDone(session, "");
  far.DiscardTask(session, "");
  EXPECT_TRUE(cpu.RequestSync(session, Numbers({1}), &status, response));
  EXPECT_EQ(Status::SUCCESS, status);
  EXPECT_TRUE(cpu.DestroySession(session));

  std::string error;
  EXPECT_EQ(nullptr, far.CreateSession(NumberDesc(FakeModel()), nullptr, &error));
  EXPECT_NE(std::string::npos, error.find("cpu:0")) << error;
  Session_t mine = far.CreateSyncSession(NumberDesc(FakeModel("", 1, "far:0")));
  EXPECT_TRUE(far_again.DestroySession(mine)) << "handles of one device are the same";
}

TEST_F(FarDevice, TheDefaultRuntimeDecidesWhatNumbersMean) {
  EXPECT_FALSE(InferServer::SetDefaultRuntime("no such runtime"));
  ASSERT_TRUE(InferServer::SetDefaultRuntime("far"));
  Buffer buffer(16, 0);
  EXPECT_TRUE(buffer.OnMlu());
  EXPECT_EQ(0, buffer.DeviceId());
  EXPECT_FALSE(buffer.OwnMemory());
  EXPECT_THROW(buffer.Data(), BufferError);
  const char text[] = "0123456789abcde";
  buffer.CopyFrom(text, sizeof text);
  Buffer view = buffer(10), host(6), far_copy(6, 0);
  EXPECT_EQ(6u, view.MemorySize());
  view.CopyTo(&far_copy, 6);
  far_copy.CopyTo(&host, 6);
  EXPECT_STREQ("abcde", static_cast<const char*>(host.Data()));
  EXPECT_THROW(buffer.CopyTo(&host, 7), BufferError);
  EXPECT_THROW(buffer(17), BufferError);
  EXPECT_THROW(Buffer(16, 5), BufferError);
}

TEST_F(FarDevice, APoolLendsAFixedNumberOfBuffersAndMayGoFirst) {
  ASSERT_TRUE(InferServer::SetDefaultRuntime("far"));
  Buffer kept;
  {
    MluMemoryPool pool(32, 2);
    kept = pool.Request();
    {
      Buffer second = pool.Request();
      EXPECT_EQ(2u, pool.BufferNum());
      try {
        pool.Request(1);
        ADD_FAILURE() << "a third";
      } catch (const BufferError& e) {
        EXPECT_EQ(BufferError::TIMEOUT, e.code());
      }
    }
    Buffer again = pool.Request(0);
    EXPECT_EQ(2u, pool.BufferNum());
    EXPECT_EQ(32u, again.MemorySize());
  }
  const char text[] = "still there";
  kept.CopyFrom(text, sizeof text);
  char back[sizeof text];
  kept.CopyTo(back, sizeof text);
  EXPECT_STREQ(text, back);
  EXPECT_THROW(MluMemoryPool(0, 1), BufferError);
  EXPECT_THROW(MluMemoryPool(1, 0), BufferError);
  EXPECT_THROW(MluMemoryPool(1, 1, 7), BufferError);
}

}  // namespace
}  // namespace infer_server
