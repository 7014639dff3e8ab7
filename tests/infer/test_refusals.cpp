// SPDX-License-Identifier: Apache-2.0
// What is said to programs that use the API wrongly: each call that refuses says why, in the log if
// nowhere else, and none takes long about it.
#include <cstdlib>
#include <utility>

#include "devices/base/log.h"
#include "tests/files.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::NumberDesc;
using test::Numbers;
using ::testing::Test;

std::string* g_said = nullptr;

// Keeps what is logged. For one thread.
class Refusal : public Test {
 protected:
  Refusal() {
    g_said = &said_;
    devices::SetLogSink([](devices::LogLevel level, const char*, const char* message) {
      if (level <= devices::LogLevel::kWarning) *g_said += std::string(message) + "\n";
    });
  }
  ~Refusal() override { devices::SetLogSink(nullptr); }

  // Whether that was logged since the last call.
  bool Said(const std::string& text) {
    const std::string said = std::exchange(said_, std::string());
    if (said.find(text) != std::string::npos) return true;
    ADD_FAILURE() << "not said: " << text << "\nbut: " << said;
    return false;
  }
  std::string WhyNot(const SessionDesc& desc) {
    std::string error;
    EXPECT_EQ(nullptr, server_.CreateSession(desc, nullptr, &error));
    return error;
  }
  // Its answer's status; STATUS_COUNT when it is refused.
  Status Ask(Session_t session, const PackagePtr& input) {
    Status status = Status::STATUS_COUNT;
    const bool sent = server_.RequestSync(session, input, &status, std::make_shared<Package>());
    return sent ? status : Status::STATUS_COUNT;
  }

  InferServer server_{0};
  std::string said_;
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Refusal, ARequestThatIsRefusedSaysWhy) {
  Session_t sync = server_.CreateSyncSession(NumberDesc(FakeModel()));
  Session_t async =
      server_.CreateSession(NumberDesc(FakeModel()), std::make_shared<test::ThreadRecorder>());
  auto response = std::make_shared<Package>();
  Status status = Status::SUCCESS;

  EXPECT_FALSE(server_.Request(sync, Numbers({1}), nullptr));
  EXPECT_TRUE(Said("use RequestSync()"));
  EXPECT_FALSE(server_.RequestSync(async, Numbers({1}), &status, response));
  EXPECT_TRUE(Said("use Request()"));
  EXPECT_FALSE(server_.RequestSync(sync, Numbers({1}), nullptr, response));
  EXPECT_TRUE(Said("the pointer to the status is null"));
  EXPECT_FALSE(server_.RequestSync(sync, Numbers({1}), &status, nullptr));
  EXPECT_TRUE(Said("the response is null"));
  EXPECT_FALSE(server_.RequestSync(sync, Numbers({}), &status, response));
  EXPECT_TRUE(Said("the package has no items"));
  EXPECT_FALSE(server_.Request(nullptr, Numbers({1}), nullptr));
  EXPECT_TRUE(Said("Request: the session is null"));
  EXPECT_FALSE(InferServer("nowhere:0").Request(sync, Numbers({1}), nullptr));
  EXPECT_TRUE(Said("the InferServer has no device"));

  EXPECT_TRUE(server_.DestroySession(sync));
  EXPECT_TRUE(server_.DestroySession(async));
  EXPECT_FALSE(server_.RequestSync(sync, Numbers({1}), &status, response));
  EXPECT_TRUE(Said("RequestSync: there is no such session on this device: it is destroyed"));
  EXPECT_FALSE(server_.DestroySession(sync));
  EXPECT_TRUE(Said("DestroySession: there is no such session"));
}

class DestroysItself : public Observer {
 public:
  void Response(Status, PackagePtr, any) override { refused = !server->DestroySession(session); }
  InferServer* server = nullptr;
  Session_t session = nullptr;
  bool refused = false;
};

TEST_F(Refusal, AResponseThatDestroysItsSessionIsToldWhereToDoThat) {
  auto observer = std::make_shared<DestroysItself>();
  observer->server = &server_;
  observer->session = server_.CreateSession(NumberDesc(FakeModel()), observer);
  ASSERT_TRUE(server_.Request(observer->session, Numbers({1}, "x"), nullptr));
  server_.WaitTaskDone(observer->session, "x");
  EXPECT_TRUE(observer->refused);
  EXPECT_TRUE(Said("destroy it from another thread"));
  EXPECT_TRUE(server_.DestroySession(observer->session));
}

TEST_F(Refusal, TooManyEnginesAreRefusedAtOnce) {
  SessionDesc desc = NumberDesc(FakeModel());
  desc.engine_num = 257;
  EXPECT_EQ("session '" + desc.name + "': SessionDesc::engine_num is 257; expected 1 to 256",
            WhyNot(desc));
  desc.engine_num = 0xffffffff;
  EXPECT_TRUE(Has(WhyNot(desc), "expected 1 to 256"));
}

TEST_F(Refusal, StagesInEachOthersPlaceAreRefused) {
  SessionDesc desc = NumberDesc(FakeModel());
  std::swap(desc.preproc, desc.postproc);
  EXPECT_TRUE(Has(WhyNot(desc), "preproc is a Postprocessor; expected a PreprocessorHost"));
  desc.preproc = Predictor::Create();
  EXPECT_TRUE(Has(WhyNot(desc), "preproc is a Predictor"));
  desc = NumberDesc(FakeModel());
  desc.postproc = PreprocessorHost::Create();
  EXPECT_TRUE(Has(WhyNot(desc), "postproc is a PreprocessorHost; expected null, a Postprocessor"));
}

TEST_F(Refusal, AParameterThatNothingReadsIsNamedOnce) {
  SessionDesc desc = NumberDesc(FakeModel());
  desc.preproc->SetParams("proces_function", 5);
  desc.engine_num = 3;
  Session_t session = server_.CreateSyncSession(desc);
  ASSERT_NE(nullptr, session) << "it may be meant for something else";
  EXPECT_EQ(std::string::npos, said_.find("proces_function", said_.find("proces_function") + 1))
      << said_;
  EXPECT_TRUE(Said("PreprocessorHost: parameter 'proces_function' is not known"));
  EXPECT_TRUE(server_.DestroySession(session));
  EXPECT_EQ("", said_);
}

// A stage that does as it is told.
class Moody : public Processor {
 public:
  enum Mood { kInitFails, kForkFails, kDropsItems, kAddsItems, kLeavesNothing, kFails };
  explicit Moody(Mood mood) : Processor("Moody"), mood_(mood) {}
  Status Init() override { return mood_ == kInitFails ? Status::ERROR_MEMORY : Status::SUCCESS; }
  Status Process(PackagePtr data) override {
    if (mood_ == kDropsItems) data->data.clear();
    if (mood_ == kAddsItems) data->data.push_back(std::make_shared<InferData>());
    return mood_ == kFails ? Status::ERROR_READWRITE : Status::SUCCESS;
  }
  std::shared_ptr<Processor> Fork() override { return nullptr; }

 private:
  const Mood mood_;
};

TEST_F(Refusal, AProcessorOfTheUserThatDoesNotStartIsNamedWithItsStatus) {
  SessionDesc desc = NumberDesc(FakeModel());
  desc.preproc = std::make_shared<Moody>(Moody::kInitFails);
  EXPECT_TRUE(Has(WhyNot(desc), "Init() of Moody failed: it returned ERROR_MEMORY"));
  desc.preproc = std::make_shared<Moody>(Moody::kForkFails);
  desc.engine_num = 2;
  EXPECT_TRUE(Has(WhyNot(desc), "Fork() of Moody failed: it returned null; engine_num above 1"));
}

TEST_F(Refusal, AProcessorOfTheUserThatBreaksTheRulesIsNamedWithTheRule) {
  const std::pair<Moody::Mood, std::string> cases[] = {
      {Moody::kDropsItems, "Moody::Process() left 0 items of 1; it must leave them all"},
      {Moody::kAddsItems, "Moody::Process() left 2 items of 1; it must leave them all"},
      {Moody::kLeavesNothing, "the preprocessor left no predict_io"},
      {Moody::kFails, "Moody::Process() returned ERROR_READWRITE"}};
  for (const auto& [mood, why] : cases) {
    SessionDesc desc = NumberDesc(FakeModel());
    desc.preproc = std::make_shared<Moody>(mood);
    Session_t session = server_.CreateSyncSession(desc);
    ASSERT_NE(nullptr, session);
    EXPECT_NE(Status::SUCCESS, Ask(session, Numbers({1})));
    EXPECT_TRUE(Has(server_.LastError(session), why)) << server_.LastError(session);
    EXPECT_TRUE(Said(why));
    EXPECT_TRUE(server_.DestroySession(session));
  }
}

struct Picture {};

TEST_F(Refusal, AnItemWithoutAFunctionForItIsToldItsType) {
  SessionDesc desc = NumberDesc(FakeModel());
  desc.preproc = PreprocessorHost::Create();
  Session_t session = server_.CreateSyncSession(desc);
  auto package = Package::Create(1);
  package->data[0]->Set(Picture());
  EXPECT_EQ(Status::WRONG_TYPE, Ask(session, package));
  EXPECT_TRUE(Said("it holds infer_server::(anonymous namespace)::Picture"));
  EXPECT_TRUE(server_.DestroySession(session));
}

ModelIO OneNumber() {
  ModelIO io;
  io.buffers.emplace_back(sizeof(float));
  const float one = 1;
  io.buffers[0].CopyFrom(&one, sizeof one);
  return io;
}

TEST_F(Refusal, ShapesAndTypesOfAnItemThatContradictTheModelAreRefused) {
  SessionDesc desc = NumberDesc(FakeModel());
  desc.preproc = PreprocessorHost::Create();
  Session_t session = server_.CreateSyncSession(desc);
  const auto ask = [&](const std::vector<Shape>& shapes, const std::vector<DataLayout>& layouts) {
    auto package = Package::Create(1);
    ModelIO io = OneNumber();
    io.shapes = shapes;
    io.layouts = layouts;
    package->data[0]->Set(io);
    return Ask(session, package);
  };
  const DataLayout floats{DataType::FLOAT32, DimOrder::NONE};
  EXPECT_EQ(Status::SUCCESS, ask({}, {}));
  EXPECT_EQ(Status::SUCCESS, ask({Shape{1, 1}}, {floats}));
  EXPECT_EQ(Status::INVALID_PARAM, ask({Shape{1, 7}}, {}));
  EXPECT_TRUE(Said("that it is Shape (1, 7); expected Shape (1, 1)"));
  EXPECT_EQ(Status::INVALID_PARAM, ask({}, {{DataType::UINT8, DimOrder::NONE}}));
  EXPECT_TRUE(Said("of another type than host_input_layout's"));
  EXPECT_TRUE(server_.DestroySession(session));
}

TEST_F(Refusal, ContiguousInputWhoseShapeIsNotTheModelsIsRefused) {
  SessionDesc desc = NumberDesc(FakeModel());
  desc.strategy = BatchStrategy::STATIC;
  desc.preproc = PreprocessorHost::Create();
  Session_t session = server_.CreateSyncSession(desc);
  for (const Shape& shape : {Shape{1, 7}, Shape{1, -1}, Shape{1, 1LL << 40, 1LL << 40}}) {
    auto package = Package::Create(1);
    ModelIO io = OneNumber();
    io.shapes = {shape};
    package->predict_io = std::make_shared<InferData>();
    package->predict_io->Set(io);
    EXPECT_EQ(Status::STATUS_COUNT, Ask(session, package));
    EXPECT_TRUE(Said("elements for input 0; expected 1"));
  }
  EXPECT_TRUE(server_.DestroySession(session));
}

template <typename F>
std::string What(F f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "nothing was thrown";
}

TEST_F(Refusal, WhatIsOfAnotherTypeIsNamedWithBothTypes) {
  InferData item;
  EXPECT_EQ("the item holds nothing; asked for int", What([&] { item.Get<int>(); }));
  item.Set(3);
  EXPECT_EQ("the item holds int; asked for float", What([&] { item.Get<float>(); }));
  EXPECT_EQ("the item holds int; asked for float", What([&] { item.GetLref<float>(); }));
  item.SetUserData(std::string("text"));
  EXPECT_EQ("the user data holds std::string; asked for int",
            What([&] { item.GetUserData<int>(); }));
  PreprocessorHost stage;
  EXPECT_EQ("no parameter 'gain'; none is set", What([&] { stage.GetParam<int>("gain"); }));
  stage.SetParams("gain", 1.0, "mode", 2);
  EXPECT_EQ("parameter 'gain' holds double; asked for float",
            What([&] { stage.GetParam<float>("gain"); }));
  EXPECT_EQ("no parameter 'again'; there are: 'gain', 'mode'",
            What([&] { stage.GetParam<int>("again"); }));
}

TEST_F(Refusal, ARuntimeInTheEnvironmentThatIsNoneIsNamedWithItsVariable) {
  setenv("INFERSERVER_RUNTIME", "cpu:0", 1);
  EXPECT_EQ(0u, TotalDeviceCount());
  unsetenv("INFERSERVER_RUNTIME");
  EXPECT_TRUE(Said("INFERSERVER_RUNTIME is 'cpu:0'; expected the name of a runtime, without a "));
}

TEST_F(Refusal, AUrlWithAMisspeltDigestIsRefused) {
  for (const char* fragment : {"#sha265=00", "#md5=00", "#SHA256=00"}) {
    const std::string url = "http://127.0.0.1:1/a.onnx";
    EXPECT_EQ(nullptr, InferServer::LoadModel(url + fragment));
    EXPECT_TRUE(Said("'" + std::string(fragment) + "' is not known; expected #sha256=DIGITS"));
  }
}

// A pointer to char would convert to void*, and a path be read as a model in memory.
TEST_F(Refusal, APointerToCharIsAPathUnlessAModelBegins) {
  char path[] = "/no/such/model.onnx";
  EXPECT_EQ(nullptr, InferServer::LoadModel(path));
  EXPECT_TRUE(Said("'/no/such/model.onnx' does not exist"));
  EXPECT_EQ(nullptr, InferServer::LoadModel("/no/such/model.onnx", "subnet0"));
  EXPECT_TRUE(Said("'/no/such/model.onnx' does not exist"));
  const char* none = nullptr;
  EXPECT_EQ(nullptr, InferServer::LoadModel(none));
  EXPECT_TRUE(Said("the name of the model is null"));

  std::string bytes = ReadFile(DataPath("mean_rgb.onnx"));
  ASSERT_FALSE(bytes.empty());
  const ModelPtr model = InferServer::LoadModel(bytes.data());
  ASSERT_NE(nullptr, model);
  EXPECT_EQ("memory", model->Path());
  const std::string& constant = bytes;
  EXPECT_EQ(model, InferServer::LoadModel(constant.data(), constant.size()));
}

}  // namespace
}  // namespace infer_server
