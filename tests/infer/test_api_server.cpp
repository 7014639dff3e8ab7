// SPDX-License-Identifier: Apache-2.0
// Buffers, models, processors and the server itself with the signatures that versions 0.6, 0.7 and
// 1.0 document.
#include <cstring>
#include <type_traits>

#include "cnis/buffer.h"
#include "cnis/infer_server.h"
#include "cnis/processor.h"
#include "cnis/shape.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

TEST(Api, BuffersOfTheHost) {
  EXPECT_EQ(0, static_cast<int>(MemoryType::CPU));
  EXPECT_EQ(1, static_cast<int>(MemoryType::MLU));
  Buffer buffer(16);
  EXPECT_FALSE(buffer.OwnMemory()) << "allocated when first written";
  EXPECT_THROW(buffer.Data(), BufferError);
  EXPECT_EQ(16u, buffer.MemorySize());
  EXPECT_EQ(-1, buffer.DeviceId());
  EXPECT_EQ(MemoryType::CPU, buffer.Type());
  EXPECT_FALSE(buffer.OnMlu());
  std::memset(buffer.MutableData(), 'a', 16);
  EXPECT_TRUE(buffer.OwnMemory());
  Buffer copy = buffer;
  EXPECT_EQ(buffer.Data(), copy.Data()) << "copies share";
  const Buffer view = buffer(12);
  EXPECT_EQ(4u, view.MemorySize());
  EXPECT_EQ(static_cast<const char*>(buffer.Data()) + 12, view.Data());
  EXPECT_THROW(buffer(17), BufferError);
  EXPECT_THROW(Buffer(0), BufferError);
  Buffer unusable;
  EXPECT_THROW(unusable.MutableData(), BufferError);
  EXPECT_EQ(0u, unusable.MemorySize());
  unusable = buffer;
  EXPECT_EQ(16u, unusable.MemorySize());
}

TEST(Api, BuffersOfADevice) {
  Buffer buffer(16, 0);
  EXPECT_FALSE(buffer.OwnMemory());
  EXPECT_EQ(0, buffer.DeviceId());
  EXPECT_TRUE(buffer.OnMlu());
  EXPECT_EQ(0, buffer(8).DeviceId()) << "views stay on the device";
  const char text[] = "0123456789abcde";
  char back[16] = "";
  Buffer host(16);
  buffer.CopyFrom(text, 16);  // host to device
  Buffer other(16, 0);
  other.CopyFrom(buffer, 16);  // device to device
  other.CopyTo(&host, 16);     // device to host
  host.CopyTo(back, 16);       // host to host
  EXPECT_STREQ(text, back);
  EXPECT_THROW(host.CopyTo(back, 17), BufferError);
  EXPECT_THROW(Buffer(16, 100), BufferError);
}

TEST(Api, BuffersAroundMemoryOfOnesOwn) {
  char bytes[8] = "mine";
  int freed = 0, device = -7;
  {
    Buffer host(bytes, 8, [&](void* memory) { freed += memory == bytes; });
    Buffer copy = host(2);
    host = Buffer();
    EXPECT_EQ(0, freed) << "a view keeps it";
    EXPECT_STREQ("ne", static_cast<const char*>(copy.Data()));
  }
  EXPECT_EQ(1, freed);
  {
    // 1.0 has one deallocator for both.
    Buffer host(bytes, 8, [&](void* memory, int id) { freed += memory == bytes, device = id; });
    EXPECT_EQ(-1, host.DeviceId());
  }
  EXPECT_EQ(2, freed);
  EXPECT_EQ(-1, device);
  {
    Buffer::MluMemoryDeallocator free_it = [&](void*, int id) { ++freed, device = id; };
    Buffer on_device(bytes, 8, free_it, 0);
    EXPECT_TRUE(on_device.OnMlu());
  }
  EXPECT_EQ(3, freed);
  EXPECT_EQ(0, device);
  Buffer::CpuMemoryDeallocator nothing;
  Buffer lent(bytes, 8, nothing), also_lent(bytes, 8, nullptr), on_device(bytes, 8, nullptr, 0);
  EXPECT_EQ(bytes, lent.MutableData());
  EXPECT_THROW(Buffer(nullptr, 8, nullptr), BufferError);
}

TEST(Api, PoolsOfDeviceBuffers) {
  MluMemoryPool pool(32, 2, 0);
  EXPECT_EQ(32u, pool.MemorySize());
  EXPECT_EQ(0u, pool.BufferNum());
  EXPECT_EQ(0, pool.DeviceId());
  Buffer first = pool.Request();
  {
    const Buffer second = pool.Request(10);
    EXPECT_EQ(2u, pool.BufferNum());
    EXPECT_THROW(pool.Request(10), BufferError);
  }
  EXPECT_EQ(32u, pool.Request(10).MemorySize());
  EXPECT_THROW(MluMemoryPool(32, 2, 9), BufferError);
}

TEST(Api, AModelTellsAllOfItself) {
  ModelOptions options;
  options.engine = "fake:inputs=3x2x2:u8,outputs=7";
  options.batch_size = 4;
  const ModelPtr model = InferServer::LoadModel("api", options);
  ASSERT_NE(nullptr, model);
  static_assert(std::is_same_v<ModelPtr, std::shared_ptr<ModelInfo>>);
  const Shape& in = model->InputShape(0);
  EXPECT_EQ((Shape{4, 3, 2, 2}), in);
  EXPECT_EQ((Shape{4, 7}), model->OutputShape(0));
  EXPECT_EQ(DataType::UINT8, model->InputLayout(0).dtype);
  EXPECT_EQ(DataType::FLOAT32, model->OutputLayout(0).dtype);
  EXPECT_EQ(1u, model->InputNum());
  EXPECT_EQ(1u, model->OutputNum());
  EXPECT_EQ(4u, model->BatchSize());
  EXPECT_NE("", model->GetKey());
  EXPECT_EQ("api", model->Path());
  EXPECT_EQ("subnet0", model->FunctionName());
  EXPECT_TRUE(model->FixedOutputShape());

  std::vector<Buffer> inputs = model->AllocMluInput(0);
  const std::vector<Buffer> outputs = model->AllocMluOutput(0);
  ASSERT_EQ(1u, inputs.size());
  ASSERT_EQ(1u, outputs.size());
  EXPECT_EQ(48u, inputs[0].MemorySize());
  EXPECT_EQ(4u * 7 * sizeof(float), outputs[0].MemorySize());
  EXPECT_TRUE(outputs[0].OnMlu());
  EXPECT_TRUE(outputs[0].OwnMemory());
  EXPECT_TRUE(model->AllocMluInput(100).empty()) << "no such device";
}

class Whole final : public ProcessorForkable<Whole> {
 public:
  Whole() : ProcessorForkable<Whole>("Whole") {}
  Status Init() noexcept override {
    return HaveParam("bad") ? Status::INVALID_PARAM : Status::SUCCESS;
  }
  Status Process(PackagePtr) noexcept override { return Status::SUCCESS; }
};

TEST(Api, ProcessorsForkWithTheirParameters) {
  const std::shared_ptr<Whole> whole = Whole::Create();
  EXPECT_EQ("Whole", whole->TypeName());
  whole->SetParams("n", 5);
  const std::shared_ptr<Processor> fork = whole->Fork();
  EXPECT_EQ(5, whole->PopParam<int>("n"));
  EXPECT_EQ(5, fork->GetParam<int>("n")) << "independent of where it came from";
  whole->SetParams("bad", true);
  EXPECT_EQ(nullptr, whole->Fork()) << "Init() fails";

  EXPECT_EQ("PreprocessorHost", PreprocessorHost().TypeName());
  EXPECT_EQ("Postprocessor", Postprocessor().TypeName());
  EXPECT_EQ("Predictor", Predictor().TypeName());
  EXPECT_EQ("cpu", Predictor::Backend());
  EXPECT_EQ(Status::INVALID_PARAM, Predictor().Init()) << "no model_info";
  EXPECT_EQ(Status::INVALID_PARAM, PreprocessorHost().Init());
  EXPECT_EQ(Status::INVALID_PARAM, Postprocessor().Init());
  Predictor wrong;
  wrong.SetParams("model_info", 1, "device_id", 0);
  EXPECT_EQ(Status::WRONG_TYPE, wrong.Init());
  static_assert(std::is_same_v<PreprocessorHost::ProcessFunction,
                               std::function<bool(ModelIO*, const InferData&, const ModelInfo&)>>);
  static_assert(std::is_same_v<Postprocessor::ProcessFunction,
                               std::function<bool(InferData*, const ModelIO&, const ModelInfo&)>>);
  Whole typed;
  typed.SetParams<PreprocessorHost::ProcessFunction>(
      "process_function", [](ModelIO*, const InferData&, const ModelInfo&) { return true; });
  EXPECT_TRUE(typed.GetParam<PreprocessorHost::ProcessFunction>("process_function"));
}

// Notes the parameters that the session sets before Init().
class Curious final : public ProcessorForkable<Curious> {
 public:
  Curious() : ProcessorForkable("Curious") {}
  Status Init() override {
    GetParam<std::function<void(const Curious&)>>("look")(*this);
    return Status::SUCCESS;
  }
  Status Process(PackagePtr) override { return Status::SUCCESS; }
};

TEST(Api, AProcessorIsToldModelDeviceAndLayoutBeforeInit) {
  const ModelPtr model = FakeModel();
  SessionDesc desc = NumberDesc(model);
  int looked = 0;
  const auto expect = [&](const char* layout, DimOrder order) {
    return std::function<void(const Curious&)>(
        [&looked, layout, order, model](const Curious& self) {
          ++looked;
          EXPECT_EQ(model, self.GetParam<ModelPtr>("model_info"));
          EXPECT_EQ(0, self.GetParam<int>("device_id"));
          EXPECT_EQ((DataLayout{DataType::INT16, order}), self.GetParam<DataLayout>(layout));
        });
  };
  desc.host_input_layout = {DataType::INT16, DimOrder::NCHW};
  desc.host_output_layout = {DataType::INT16, DimOrder::NHWC};
  desc.preproc = Curious::Create();
  desc.preproc->SetParams("look", expect("host_input_layout", DimOrder::NCHW));
  desc.postproc = Curious::Create();
  desc.postproc->SetParams("look", expect("host_output_layout", DimOrder::NHWC));
  desc.engine_num = 2;
  InferServer server(0);
  std::string error;
  Session_t session = server.CreateSession(desc, nullptr, &error);
  ASSERT_NE(nullptr, session) << error;
  EXPECT_EQ(4, looked) << "two engines of two";
  EXPECT_TRUE(server.DestroySession(session));
}

// The server's functions by their documented types, none of which lets an exception out.
TEST(Api, TheServersFunctionsHaveTheDocumentedTypes) {
  using Server = InferServer;
  static_assert(noexcept(Server(0)));
  static_assert(std::is_copy_constructible_v<Server> && std::is_copy_assignable_v<Server>);
  static_assert(std::is_same_v<Session_t, Session*>);
  static_assert(std::is_same_v<Session_t (Server::*)(SessionDesc) noexcept,
                               decltype(&Server::CreateSyncSession)>);
  static_assert(std::is_same_v<void (Server::*)(Session_t, const std::string&) noexcept,
                               decltype(&Server::WaitTaskDone)>);
  static_assert(std::is_same_v<void (Server::*)(Session_t, const std::string&) noexcept,
                               decltype(&Server::DiscardTask)>);
  static_assert(
      std::is_same_v<bool (Server::*)(Session_t) noexcept, decltype(&Server::DestroySession)>);
  static_assert(std::is_same_v<bool (Server::*)(Session_t, PackagePtr, any, int) noexcept,
                               decltype(&Server::Request)>);
  static_assert(
      std::is_same_v<bool (Server::*)(Session_t, PackagePtr, Status*, PackagePtr, int) noexcept,
                     decltype(&Server::RequestSync)>);
  static_assert(
      std::is_same_v<ModelPtr (Server::*)(Session_t) noexcept, decltype(&Server::GetModel)>);
  static_assert(
      std::is_same_v<bool (*)(const std::string&) noexcept, decltype(&Server::SetModelDir)>);
  static_assert(std::is_same_v<bool (*)(ModelPtr) noexcept, decltype(&Server::UnloadModel)>);
  static_assert(std::is_same_v<void (*)() noexcept, decltype(&Server::ClearModelCache)>);
  ModelPtr (*from_uri)(const std::string&, const std::string&) noexcept = &Server::LoadModel;
  ModelPtr (*from_memory)(void*, const std::string&) noexcept = &Server::LoadModel;
  ModelPtr (*with_size)(void*, std::size_t, const std::string&) noexcept = &Server::LoadModel;
  EXPECT_EQ(nullptr, from_uri("no such model", "subnet0"));
  EXPECT_EQ(nullptr, from_memory(nullptr, "subnet0"));
  EXPECT_EQ(nullptr, with_size(nullptr, 0, "subnet0"));
}

TEST(Api, TheServersFunctionsWorkTogether) {
  InferServer server(0);
  const ModelPtr model = FakeModel();
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server.CreateSession(NumberDesc(model), recorder);
  Session_t sync_session = server.CreateSyncSession(NumberDesc(model));
  ASSERT_NE(nullptr, session);
  ASSERT_NE(nullptr, sync_session);
  EXPECT_EQ(model, server.GetModel(session));
  EXPECT_TRUE(server.Request(session, Numbers({1}, "t"), 11));
  EXPECT_TRUE(server.Request(session, Numbers({2}, "t"), 12, 1000));
  server.WaitTaskDone(session, "t");
  EXPECT_EQ(2u, recorder->Now().size());
  Status status = Status::STATUS_COUNT;
  auto response = std::make_shared<Package>();
  EXPECT_TRUE(server.RequestSync(sync_session, Numbers({3}), &status, response, 10000));
  EXPECT_EQ(Status::SUCCESS, status);
  EXPECT_EQ(3, response->data[0]->Get<float>());
  server.DiscardTask(session, "t");
  const std::map<std::string, LatencyStatistic> latency = server.GetLatency(session);
  const ThroughoutStatistic rate = server.GetThroughout(session);
  EXPECT_EQ(latency.count("RequestLatency") == 0 ? 0u : 2u, rate.request_cnt);
  EXPECT_EQ(0u, server.GetThroughout(session, "no such tag").request_cnt);
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_TRUE(server.DestroySession(sync_session));
  EXPECT_TRUE(InferServer::UnloadModel(model));
  InferServer::ClearModelCache();
}

}  // namespace
}  // namespace infer_server
