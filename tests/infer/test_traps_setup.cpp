// SPDX-License-Identifier: Apache-2.0
// What the original gets wrong about models, parameters, sharing and devices, or documents
// otherwise than it does: each test is named after one such trap, and says how it is here.
#include <cstdlib>

#include "tests/infer/far_runtime.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

float AskOne(InferServer* server, Session_t session, int number) {
  Status status = Status::STATUS_COUNT;
  auto response = std::make_shared<Package>();
  EXPECT_TRUE(server->RequestSync(session, Numbers({number}), &status, response));
  EXPECT_EQ(Status::SUCCESS, status) << server->LastError(session);
  return status == Status::SUCCESS ? response->data[0]->Get<float>() : -1;
}

template <int Factor>
bool ReadTimes(InferData* item, const ModelIO& io, const ModelInfo&) {
  item->Set(Factor * *static_cast<const float*>(io.buffers[0].Data()));
  return true;
}

// Original: the second session silently runs the first one's functions.
TEST(Trap, TwoSessionsOfOneModelRunTheirOwnFunctions) {
  InferServer server(0);
  const ModelPtr model = FakeModel();
  Session_t once = server.CreateSyncSession(NumberDesc(model, &test::WriteNumber, &ReadTimes<1>));
  Session_t twice = server.CreateSyncSession(NumberDesc(model, &test::WriteNumber, &ReadTimes<2>));
  EXPECT_EQ(5, AskOne(&server, once, 5));
  EXPECT_EQ(10, AskOne(&server, twice, 5));
  EXPECT_TRUE(server.DestroySession(once));
  EXPECT_EQ(10, AskOne(&server, twice, 5)) << "whoever goes first";
  EXPECT_TRUE(server.DestroySession(twice));
}

// Original: the session is made, then crashes, as the model is looked up in the cache.
TEST(Trap, AModelUnloadedOrClearedBeforeCreateSessionWorks) {
  InferServer server(0);
  for (const bool clear : {false, true}) {
    const ModelPtr model = FakeModel();
    if (clear)
      InferServer::ClearModelCache();
    else
      EXPECT_TRUE(InferServer::UnloadModel(model));
    Session_t session = server.CreateSyncSession(NumberDesc(model));
    ASSERT_NE(nullptr, session);
    EXPECT_EQ(7, AskOne(&server, session, 7));
    EXPECT_TRUE(server.DestroySession(session));
  }
}

// Original: a load evicts one arbitrary unused model at most, and the cache stays too large.
TEST(Trap, TheCacheComesBackToItsLimitAtOnce) {
  InferServer::ClearModelCache();
  setenv("CNIS_MODEL_CACHE_LIMIT", "2", 1);
  std::vector<std::weak_ptr<ModelInfo>> models;
  {
    std::vector<ModelPtr> used;
    for (int i = 0; i < 5; ++i) {
      used.push_back(FakeModel("seed=" + std::to_string(i)));
      models.push_back(used.back());
    }
    for (const auto& model : models) EXPECT_FALSE(model.expired()) << "in use";
  }
  const ModelPtr last = FakeModel("seed=5");
  int left = 0;
  for (const auto& model : models) left += model.expired() ? 0 : 1;
  EXPECT_EQ(1, left) << "and the new one are two";
  EXPECT_FALSE(models.back().expired()) << "the one that was used last";
  unsetenv("CNIS_MODEL_CACHE_LIMIT");
  InferServer::ClearModelCache();
}

// The guide writes data[0].Set(), the original has only data[0]->Set().
TEST(Trap, ItemsAreReachedWithADotAndWithAnArrow) {
  auto package = Package::Create(2);
  package->data[0].Set<int>(1);
  package->data[1]->Set<int>(2);
  EXPECT_EQ(1, package->data[0]->Get<int>());
  EXPECT_EQ(2, package->data[1].Get<int>());
  package->data[0] = nullptr;
  EXPECT_THROW(package->data[0].Set(1), std::logic_error) << "nothing there";
}

struct Functor {
  bool operator()(InferData* item, const ModelIO& io, const ModelInfo& info) const {
    return ReadTimes<4>(item, io, info);
  }
};

// The guide passes a function, a sample a lambda: the original takes neither.
TEST(Trap, AProcessFunctionMayBeAnythingThatCanBeCalled) {
  InferServer server(0);
  const auto expect = [&](float factor, auto&& function) {
    SessionDesc desc = NumberDesc(FakeModel());
    desc.postproc = Postprocessor::Create();
    desc.postproc->SetParams("process_function", std::forward<decltype(function)>(function));
    std::string error;
    Session_t session = server.CreateSession(desc, nullptr, &error);
    ASSERT_NE(nullptr, session) << error;
    EXPECT_EQ(3 * factor, AskOne(&server, session, 3));
    EXPECT_TRUE(server.DestroySession(session));
  };
  expect(1, ReadTimes<1>);
  expect(2, &ReadTimes<2>);
  expect(3, [](InferData* item, const ModelIO& io, const ModelInfo& info) {
    return ReadTimes<3>(item, io, info);
  });
  expect(4, Functor());
  expect(2, Postprocessor::ProcessFunction(&ReadTimes<2>));
}

// Other parameters are of exactly one type: a wrong one refuses the session, and says which.
TEST(Trap, AParameterOfTheWrongTypeRefusesTheSessionWithAReason) {
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel());
  desc.postproc->SetParams("parallel", 2u);
  std::string error;
  EXPECT_EQ(nullptr, server.CreateSession(desc, nullptr, &error));
  EXPECT_NE(std::string::npos, error.find("'parallel' has the wrong type; expected int")) << error;
}

// A sample of the vendor's guide writes "process_func".
TEST(Trap, AMisspeltProcessFunctionIsMissedWithAReason) {
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel());
  desc.preproc = PreprocessorHost::Create();
  desc.preproc->SetParams("process_func", &test::WriteNumber);
  Session_t session = server.CreateSyncSession(desc);
  ASSERT_NE(nullptr, session);
  Status status = Status::SUCCESS;
  EXPECT_TRUE(server.RequestSync(session, Numbers({1}), &status, std::make_shared<Package>()));
  EXPECT_EQ(Status::WRONG_TYPE, status);
  EXPECT_NE(std::string::npos, server.LastError(session).find("'process_function'"))
      << server.LastError(session);
  EXPECT_TRUE(server.DestroySession(session));
}

// The vendor's guide has integers, and GetPerformance(), which is GetLatency() since 0.6.
TEST(Trap, LatenciesAreFloatingPoint) {
  static_assert(std::is_same_v<double, decltype(LatencyStatistic::total)>);
  static_assert(std::is_same_v<float, decltype(LatencyStatistic::max)>);
  static_assert(std::is_same_v<float, decltype(LatencyStatistic::min)>);
  const InferServer server(0);
  EXPECT_TRUE(server.GetLatency(nullptr).empty());
}

// Original: all of these abort the process.
TEST(Trap, NothingAborts) {
  InferServer server(0), nowhere(-1);
  auto response = std::make_shared<Package>();
  Status status = Status::SUCCESS;
  EXPECT_EQ(nullptr, nowhere.CreateSyncSession(NumberDesc(FakeModel())));
  EXPECT_EQ(nullptr, server.CreateSyncSession(SessionDesc()));
  SessionDesc desc = NumberDesc(FakeModel());
  desc.strategy = BatchStrategy::SEQUENCE;
  std::string error;
  EXPECT_EQ(nullptr, server.CreateSession(desc, nullptr, &error));
  EXPECT_NE(std::string::npos, error.find("SEQUENCE")) << error;
  EXPECT_FALSE(server.Request(nullptr, Numbers({1}), nullptr));
  EXPECT_FALSE(server.RequestSync(nullptr, Numbers({1}), &status, response));
  EXPECT_FALSE(server.DestroySession(nullptr));
  EXPECT_EQ(0u, server.GetThroughout(nullptr).request_cnt);
}

// Original: engine groups are compared by name, and the other device's is corrupted.
TEST(Trap, ASessionOfAnotherDeviceIsNotDestroyed) {
  test::RegisterFarRuntime();
  {
    InferServer cpu("cpu:0"), far("far:0");
    Session_t here = cpu.CreateSyncSession(NumberDesc(FakeModel()));
    Session_t there = far.CreateSyncSession(NumberDesc(FakeModel("", 1, "far:0")));
    ASSERT_NE(nullptr, here);
    ASSERT_NE(nullptr, there);
    EXPECT_FALSE(far.DestroySession(here));
    EXPECT_FALSE(cpu.DestroySession(there));
    EXPECT_EQ(1, AskOne(&cpu, here, 1));
    EXPECT_EQ(2, AskOne(&far, there, 2));
    EXPECT_TRUE(cpu.DestroySession(here));
    EXPECT_TRUE(far.DestroySession(there));
  }
  InferServer::ClearModelCache();
  EXPECT_EQ(0, test::FarBlocks());
}

}  // namespace
}  // namespace infer_server
