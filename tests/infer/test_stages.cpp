// SPDX-License-Identifier: Apache-2.0
// What the guide promises of the stages: parallelism, data on its way through, stages of one's own,
// contiguous input, what user code throws.
#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "infer/processors/stage_params.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::Gate;
using test::NumberDesc;
using test::Numbers;

TEST(Stages, ParallelIsTwoUnlessSetAndAtMostEight) {
  PreprocessorHost stage;
  int parallel = 0;
  EXPECT_EQ(Status::SUCCESS, ReadParallel(stage, &parallel));
  EXPECT_EQ(2, parallel);
  const int expected[][2] = {{-5, 2}, {0, 2}, {1, 1}, {2, 2}, {8, 8}, {9, 8}, {1 << 30, 8}};
  for (const auto& [set, read] : expected) {
    stage.SetParams("parallel", set);
    EXPECT_EQ(Status::SUCCESS, ReadParallel(stage, &parallel));
    EXPECT_EQ(read, parallel) << set;
  }
}

TEST(Stages, InitTellsWhatIsWrongByItsStatus) {
  const ModelPtr model = FakeModel();
  const auto init = [&](const char* name, const any& value) {
    PreprocessorHost stage;
    stage.SetParams("model_info", model, "device_id", 0);
    if (const auto* layout = any_cast<DataLayout>(&value)) stage.SetParams(name, *layout);
    if (const int* number = any_cast<int>(&value)) stage.SetParams(name, *number);
    return stage.Init();
  };
  EXPECT_EQ(Status::SUCCESS, init("parallel", 100));
  EXPECT_EQ(Status::WRONG_TYPE, init("process_function", 5));
  EXPECT_EQ(Status::WRONG_TYPE, init("host_input_layout", 5));
  EXPECT_EQ(Status::NOT_IMPLEMENTED,
            init("host_input_layout", DataLayout{DataType::INVALID, DimOrder::NHWC}));
  EXPECT_EQ(Status::NOT_IMPLEMENTED,
            init("host_input_layout", DataLayout{DataType::UINT8, DimOrder::INVALID}));
  EXPECT_EQ(Status::WRONG_TYPE, init("model_info", 5));
}

// Two items are worked on at once if nothing is set, and never more.
TEST(Stages, ItemsOfABatchAreWorkedOnSideBySide) {
  for (const int parallel : {0, 1}) {
    std::atomic<int> inside{0}, most{0};
    Gate pair;
    const auto pre = [&](ModelIO* io, const InferData& item, const ModelInfo& info) {
      const int now = ++inside;
      int seen = most;
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      if (parallel == 0 && now == 2) pair.Open();
      if (parallel == 0) pair.Pass();  // The first waits for a second beside it.
      --inside;
      return test::WriteNumber(io, item, info);
    };
    InferServer server(0);
    SessionDesc desc = NumberDesc(FakeModel("", 6), pre, &test::ReadNumber);
    desc.preproc->SetParams("parallel", parallel);
    Session_t session = server.CreateSyncSession(desc);
    Status status = Status::STATUS_COUNT;
    auto response = std::make_shared<Package>();
    EXPECT_TRUE(server.RequestSync(session, Numbers({1, 2, 3, 4, 5, 6}), &status, response));
    EXPECT_EQ(Status::SUCCESS, status);
    for (int i = 0; i < 6; ++i)
      EXPECT_EQ(static_cast<float>(i + 1),
                response->data[static_cast<std::size_t>(i)]->Get<float>());
    EXPECT_EQ(parallel == 0 ? 2 : 1, most);
    EXPECT_TRUE(server.DestroySession(session));
  }
}

// What went in is let go as soon as it is preprocessed: frames are few. The user's data stays.
TEST(Stages, TheInputIsLetGoAfterPreprocessingAndUserDataGoesAllTheWay) {
  using Frame = std::shared_ptr<int>;
  std::weak_ptr<int> frame;
  std::atomic<int> checked{0};
  const auto pre = [](ModelIO* io, const InferData& item, const ModelInfo&) {
    EXPECT_EQ("of the item", item.GetUserData<std::string>());
    *static_cast<float*>(io->buffers[0].MutableData()) = static_cast<float>(*item.GetLref<Frame>());
    return true;
  };
  const auto post = [&](InferData* item, const ModelIO& io, const ModelInfo& info) {
    EXPECT_FALSE(item->HasValue());
    EXPECT_TRUE(frame.expired()) << "the frame is held while the network runs";
    EXPECT_EQ("of the item", item->GetUserData<std::string>());
    item->GetUserData<std::string&>() += ", seen";
    ++checked;
    return test::ReadNumber(item, io, info);
  };
  InferServer server(0);
  for (const int batch : {1, 4}) {
    Session_t session = server.CreateSyncSession(NumberDesc(FakeModel("", batch), pre, post));
    auto input = Package::Create(1);
    {
      const auto held = std::make_shared<int>(5);
      frame = held;
      input->data[0]->Set(held);
    }
    input->data[0]->SetUserData(std::string("of the item"));
    Status status = Status::STATUS_COUNT;
    auto response = std::make_shared<Package>();
    EXPECT_TRUE(server.RequestSync(session, input, &status, response));
    EXPECT_EQ(Status::SUCCESS, status) << server.LastError(session);
    EXPECT_EQ("of the item, seen", response->data[0]->GetUserData<std::string>());
    EXPECT_EQ(5, response->data[0]->Get<float>());
    EXPECT_TRUE(server.DestroySession(session));
  }
  EXPECT_EQ(2, checked);
}

// An engine that fails runs the items of its batch again: what they need for that is still there.
TEST(Stages, ABatchThatFailedInTheNetworkIsRunAgainWithoutItsInput) {
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  SessionDesc desc = NumberDesc(FakeModel("fail-at=1", 4));
  Session_t session = server.CreateSession(desc, recorder);
  ASSERT_TRUE(server.Request(session, Numbers({1, 2, 3, 4}), 0));
  const auto answers = recorder->Wait(1);
  EXPECT_EQ(Status::SUCCESS, answers[0].status);
  EXPECT_EQ((std::vector<float>{1, 2, 3, 4}), answers[0].values);
  EXPECT_TRUE(server.DestroySession(session));
}

// Writes the whole batch at once, into memory of its own.
class OwnPreprocessor final : public ProcessorForkable<OwnPreprocessor> {
 public:
  OwnPreprocessor() : ProcessorForkable("OwnPreprocessor") {}
  Status Init() noexcept override {
    if (!HaveParam("model_info") || !HaveParam("factor")) return Status::INVALID_PARAM;
    factor_ = GetParam<float>("factor");
    return Status::SUCCESS;
  }
  Status Process(PackagePtr package) noexcept override {
    ModelIO io;
    const auto rows = static_cast<std::int64_t>(package->data.size());
    io.shapes.push_back(Shape{rows, 1});
    io.buffers.emplace_back(package->data.size() * sizeof(float));
    auto* out = static_cast<float*>(io.buffers[0].MutableData());
    for (std::size_t i = 0; i < package->data.size(); ++i)
      out[i] = factor_ * static_cast<float>(package->data[i]->Get<int>());
    package->predict_io = std::make_shared<InferData>();
    package->predict_io->Set(std::move(io));
    return Status::SUCCESS;
  }

 private:
  float factor_ = 0;
};

class OwnPostprocessor final : public ProcessorForkable<OwnPostprocessor> {
 public:
  OwnPostprocessor() : ProcessorForkable("OwnPostprocessor") {}
  Status Init() noexcept override { return Status::SUCCESS; }
  Status Process(PackagePtr package) noexcept override {
    const auto& io = package->predict_io->GetLref<ModelIO>();
    EXPECT_EQ(static_cast<std::int64_t>(package->data.size()), io.shapes[0].BatchSize());
    std::vector<float> results(package->data.size());
    io.buffers[0].CopyTo(results.data(), results.size() * sizeof(float));
    for (std::size_t i = 0; i < results.size(); ++i) package->data[i]->Set(results[i] + 0.5f);
    return Status::SUCCESS;
  }
};

TEST(Stages, BothMayBeWrittenByTheUser) {
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel("", 4));
  desc.preproc = OwnPreprocessor::Create();
  desc.postproc = OwnPostprocessor::Create();
  EXPECT_EQ(nullptr, server.CreateSyncSession(desc)) << "Init() misses a parameter";
  desc.preproc->SetParams("factor", 3.0f);
  desc.engine_num = 2;
  auto recorder = std::make_shared<test::ThreadRecorder>();
  std::string error;
  Session_t session = server.CreateSession(desc, recorder, &error);
  ASSERT_NE(nullptr, session) << error;
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(server.Request(session, Numbers({i, i + 1, i + 2}), i));
  const auto latency = server.GetLatency(session);
  EXPECT_TRUE(server.DestroySession(session));
  const auto answers = recorder->Now();
  ASSERT_EQ(50u, answers.size());
  for (int i = 0; i < 50; ++i) {
    const float n = static_cast<float>(3 * i) + 0.5f;
    EXPECT_EQ((std::vector<float>{n, n + 3, n + 6}), answers[static_cast<std::size_t>(i)].values);
  }
}

class Thrower final : public ProcessorForkable<Thrower> {
 public:
  Thrower() : ProcessorForkable("Thrower") {}
  Status Init() override {
    const auto where = GetParam<std::string>("where");
    if (where == "Init") throw std::runtime_error("not today");
    if (where == "Fork" && ++inits_ > 1) throw 42;
    return Status::SUCCESS;
  }
  Status Process(PackagePtr) override { throw std::out_of_range("too far"); }
  static std::atomic<int> inits_;
};
std::atomic<int> Thrower::inits_{0};

TEST(Stages, WhatUserCodeThrowsBecomesAnErrorWithItsText) {
  InferServer server(0);
  const auto create = [&](const char* where, std::string* error) {
    SessionDesc desc = NumberDesc(FakeModel());
    desc.preproc = Thrower::Create();
    desc.preproc->SetParams("where", std::string(where));
    desc.engine_num = 2;
    Thrower::inits_ = 0;
    return server.CreateSession(desc, nullptr, error);
  };
  std::string error;
  EXPECT_EQ(nullptr, create("Init", &error));
  EXPECT_NE(std::string::npos, error.find("not today")) << error;
  EXPECT_EQ(nullptr, create("Fork", &error));
  EXPECT_NE(std::string::npos, error.find("Fork() of Thrower")) << error;
  Session_t session = create("Process", &error);
  ASSERT_NE(nullptr, session) << error;
  Status status = Status::SUCCESS;
  auto response = std::make_shared<Package>();
  EXPECT_TRUE(server.RequestSync(session, Numbers({1}), &status, response));
  EXPECT_EQ(Status::ERROR_BACKEND, status);
  EXPECT_NE(std::string::npos, server.LastError(session).find("too far"));
  EXPECT_EQ(nullptr, response->data[0]);
  EXPECT_TRUE(server.DestroySession(session));
}

// The answer's ModelIO is the item's alone, on the host, in the layout asked for.
TEST(Stages, WithoutAFunctionThePostprocessorGivesModelIOOnTheHost) {
  ModelOptions options;
  options.engine = "fake:inputs=2x1x3,outputs=2x1x3,mode=copy";
  options.batch_size = 3;
  for (const bool no_object : {false, true}) {
    SessionDesc desc;
    desc.model = InferServer::LoadModel("", options);
    ASSERT_NE(nullptr, desc.model);
    desc.host_input_layout = {DataType::FLOAT32, DimOrder::NONE};
    desc.host_output_layout = {DataType::INT32, DimOrder::NONE};
    desc.preproc = PreprocessorHost::Create();
    desc.preproc->SetParams(
        "process_function", +[](ModelIO* io, const InferData& item, const ModelInfo&) {
          EXPECT_EQ(1, io->shapes[0].BatchSize());
          auto* out = static_cast<float*>(io->buffers[0].MutableData());
          for (int i = 0; i < 6; ++i) out[i] = static_cast<float>(item.Get<int>() + i) + 0.25f;
          return true;
        });
    if (!no_object) desc.postproc = Postprocessor::Create();
    InferServer server(0);
    Session_t session = server.CreateSyncSession(desc);
    ASSERT_NE(nullptr, session);
    Status status = Status::STATUS_COUNT;
    auto response = std::make_shared<Package>();
    ASSERT_TRUE(server.RequestSync(session, Numbers({10, 20, 30, 40}), &status, response));
    ASSERT_EQ(Status::SUCCESS, status) << server.LastError(session);
    ASSERT_EQ(4u, response->data.size());
    for (int n = 0; n < 4; ++n) {
      const auto io = response->data[static_cast<std::size_t>(n)]->Get<ModelIO>();
      ASSERT_EQ(1u, io.buffers.size());
      EXPECT_EQ(MemoryType::CPU, io.buffers[0].Type());
      EXPECT_EQ((Shape{1, 2, 1, 3}), io.shapes[0]);
      ASSERT_EQ(6 * sizeof(std::int32_t), io.buffers[0].MemorySize());
      for (int i = 0; i < 6; ++i)
        EXPECT_EQ(10 * (n + 1) + i, static_cast<const std::int32_t*>(io.buffers[0].Data())[i]);
    }
    EXPECT_TRUE(server.DestroySession(session));
  }
}

// Requests of contiguous input are not mixed, and answered in order with those of single items.
TEST(Stages, ContiguousInputGoesPastPreprocessingInOrder) {
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel("", 4));
  desc.preproc = PreprocessorHost::Create();
  desc.strategy = BatchStrategy::STATIC;
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server.CreateSession(desc, recorder);
  ASSERT_NE(nullptr, session);
  const auto contiguous = [](const std::vector<float>& values, std::uint32_t items) {
    ModelIO io;
    io.buffers.emplace_back(values.size() * sizeof(float), 0);  // Device memory.
    io.buffers[0].CopyFrom(values.data(), values.size() * sizeof(float));
    io.shapes.push_back(Shape{static_cast<Shape::value_type>(values.size()), 1});
    auto package = Package::Create(items, "contiguous");
    package->predict_io = std::make_shared<InferData>();
    package->predict_io->Set(io);
    return package;
  };
  ASSERT_TRUE(server.Request(session, contiguous({1, 2, 3, 4}, 4), 0));
  ASSERT_TRUE(server.Request(session, contiguous({5}, 1), 1));
  EXPECT_FALSE(server.Request(session, contiguous({6, 7}, 3), 2)) << "two for three items";
  auto nothing = contiguous({6}, 1);
  nothing->predict_io->Set(6);
  EXPECT_FALSE(server.Request(session, nothing, 2)) << "no ModelIO";
  ASSERT_TRUE(server.Request(session, contiguous({6, 7, 0}, 2), 2)) << "more than needed";
  ASSERT_TRUE(server.Request(session, Package::Create(0), 3));
  ASSERT_TRUE(server.Request(session, contiguous({8, 9}, 2), 4));
  const auto answers = recorder->Wait(5);
  EXPECT_EQ((std::vector<float>{1, 2, 3, 4}), answers[0].values);
  EXPECT_EQ((std::vector<float>{5}), answers[1].values);
  EXPECT_EQ((std::vector<float>{6, 7}), answers[2].values);
  EXPECT_EQ(Status::SUCCESS, answers[3].status);
  EXPECT_EQ((std::vector<float>{8, 9}), answers[4].values);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(i, answers[static_cast<std::size_t>(i)].user_data);
  EXPECT_TRUE(server.DestroySession(session));

  desc.preproc = PreprocessorHost::Create();
  desc.preproc->SetParams("process_function", &test::WriteNumber);
  Session_t with_function = server.CreateSession(desc, recorder);
  EXPECT_FALSE(server.Request(with_function, contiguous({1}, 1), 0)) << "it would be ignored";
  EXPECT_TRUE(server.DestroySession(with_function));
}

}  // namespace
}  // namespace infer_server
