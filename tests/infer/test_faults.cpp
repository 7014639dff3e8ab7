// SPDX-License-Identifier: Apache-2.0
// What fails, fails its own request only, once, and says why.
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "devices/thread_budget.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

constexpr int kBad = 13;

bool RefuseBad(ModelIO* io, const InferData& item, const ModelInfo& model) {
  return item.Get<int>() != kBad && test::WriteNumber(io, item, model);
}
bool ThrowOnBad(ModelIO* io, const InferData& item, const ModelInfo& model) {
  if (item.Get<int>() == kBad) throw std::runtime_error("thirteen");
  return test::WriteNumber(io, item, model);
}
bool RefuseBadResult(InferData* item, const ModelIO& io, const ModelInfo& model) {
  return test::ReadNumber(item, io, model) && item->Get<float>() != kBad;
}
bool ThrowOnBadResult(InferData* item, const ModelIO& io, const ModelInfo& model) {
  test::ReadNumber(item, io, model);
  if (item->Get<float>() == kBad) throw 42;
  return true;
}

// A stage that fails the whole package when the bad item is in it.
class WholePackage final : public ProcessorForkable<WholePackage> {
 public:
  WholePackage() : ProcessorForkable("WholePackage") {}
  Status Init() override {
    pre_.CopyParamsFrom(*this);
    pre_.SetParams("process_function", &test::WriteNumber, "parallel", 1);
    return pre_.Init();
  }
  Status Process(PackagePtr package) override {
    for (const InferDataPtr& item : package->data)
      if (item->Get<int>() == kBad) {
        if (GetParam<bool>("throws")) throw std::runtime_error("thirteen");
        return Status::WRONG_TYPE;
      }
    return pre_.Process(package);
  }

 private:
  PreprocessorHost pre_;
};

// Three requests in one batch, the second with a bad item among good ones.
void ExpectOnlyTheSecondFails(const SessionDesc& desc, Status status) {
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  std::string error;
  Session_t session = server.CreateSession(desc, recorder, &error);
  ASSERT_NE(nullptr, session) << error;
  ASSERT_TRUE(server.Request(session, Numbers({1, 2}), 1));
  ASSERT_TRUE(server.Request(session, Numbers({3, kBad, 4}), 2));
  ASSERT_TRUE(server.Request(session, Numbers({5, 6, 7}), 3));
  const auto answers = recorder->Wait(3);
  EXPECT_EQ(Status::SUCCESS, answers[0].status);
  EXPECT_EQ((std::vector<float>{1, 2}), answers[0].values);
  EXPECT_EQ(status, answers[1].status);
  EXPECT_EQ((std::vector<float>{3, -1, 4}), answers[1].values);
  EXPECT_EQ(Status::SUCCESS, answers[2].status);
  EXPECT_EQ((std::vector<float>{5, 6, 7}), answers[2].values);
  EXPECT_NE("", server.LastError(session));
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_EQ(3u, recorder->Now().size());
}

TEST(Faults, AFalsePreprocessFunctionFailsItsRequestOnly) {
  ExpectOnlyTheSecondFails(NumberDesc(FakeModel("", 8), &RefuseBad, &test::ReadNumber),
                           Status::ERROR_BACKEND);
}
TEST(Faults, AThrowingPreprocessFunctionFailsItsRequestOnly) {
  ExpectOnlyTheSecondFails(NumberDesc(FakeModel("", 8), &ThrowOnBad, &test::ReadNumber),
                           Status::ERROR_BACKEND);
}
TEST(Faults, AFalsePostprocessFunctionFailsItsRequestOnly) {
  ExpectOnlyTheSecondFails(NumberDesc(FakeModel("", 8), &test::WriteNumber, &RefuseBadResult),
                           Status::ERROR_BACKEND);
}
TEST(Faults, AThrowingPostprocessFunctionFailsItsRequestOnly) {
  ExpectOnlyTheSecondFails(NumberDesc(FakeModel("", 8), &test::WriteNumber, &ThrowOnBadResult),
                           Status::ERROR_BACKEND);
}
TEST(Faults, ParallelHelpersFailTheSameWay) {
  SessionDesc desc = NumberDesc(FakeModel("", 8), &ThrowOnBad, &test::ReadNumber);
  desc.preproc->SetParams("parallel", 4);
  ExpectOnlyTheSecondFails(desc, Status::ERROR_BACKEND);
}

// Two items, each on a thread of its own; the one on the helper fails.
std::atomic<int> g_inside{0};
bool RefuseOnHelpers(InferData* item, const ModelIO& io, const ModelInfo& model) {
  ++g_inside;
  while (g_inside < 2) std::this_thread::yield();
  char name[16] = "";
  pthread_getname_np(pthread_self(), name, sizeof name);
  return std::string(name).rfind("is-host-", 0) != 0 && test::ReadNumber(item, io, model);
}
TEST(Faults, WhatFailsOnAHelperSaysWhyToo) {
  SessionDesc desc = NumberDesc(FakeModel("", 2), &test::WriteNumber, &RefuseOnHelpers);
  desc.postproc->SetParams("parallel", 2);
  InferServer server(0);
  Session_t session = server.CreateSyncSession(desc);
  Status status = Status::SUCCESS;
  auto response = std::make_shared<Package>();
  g_inside = 0;
  ASSERT_TRUE(server.RequestSync(session, Numbers({1, 2}), &status, response));
  EXPECT_EQ(Status::ERROR_BACKEND, status);
  EXPECT_EQ("Postprocessor: process_function returned false", server.LastError(session));
  EXPECT_TRUE(server.DestroySession(session));
}

TEST(Faults, AStageThatFailsItsPackageIsAskedItemByItem) {
  for (const bool throws : {false, true}) {
    SessionDesc desc = NumberDesc(FakeModel("", 8));
    desc.preproc = std::make_shared<WholePackage>();
    desc.preproc->SetParams("throws", throws);
    ExpectOnlyTheSecondFails(desc, throws ? Status::ERROR_BACKEND : Status::WRONG_TYPE);
  }
}

// What an item holds is the user's: he may count on having it back with the answer, such as a
// picture of a pool.
TEST(Faults, WhatFailedIsLetGoBeforeItsRequestIsAnswered) {
  using Picture = std::shared_ptr<int>;
  class Looker final : public DirectObserver {
   public:
    void Response(Status status, PackagePtr, any user_data) override {
      if (status == Status::SUCCESS) return;
      ++failed;
      if (!any_cast<std::weak_ptr<int>>(user_data).expired()) ++held;
    }
    std::atomic<int> failed{0}, held{0};
  };
  const auto refuse = [](ModelIO*, const InferData& item, const ModelInfo&) {
    return *item.GetLref<Picture>() != kBad;
  };
  for (const std::uint32_t batch : {1u, 4u}) {
    InferServer server(0);
    auto looker = std::make_shared<Looker>();
    Session_t session =
        server.CreateSession(NumberDesc(FakeModel("", batch), refuse, &test::ReadNumber), looker);
    for (int i = 0; i < 8; ++i) {
      auto picture = std::make_shared<int>(i % 4 == 3 ? kBad : i);
      const std::weak_ptr<int> seen = picture;
      PackagePtr package = Package::Create(1);
      package->data[0]->Set(std::move(picture));
      ASSERT_TRUE(server.Request(session, package, seen));
    }
    EXPECT_TRUE(server.DestroySession(session));
    EXPECT_EQ(2, looker->failed.load());
    EXPECT_EQ(0, looker->held.load()) << "batch " << batch;
  }
}

// While a failed batch goes through item by item, a batch decided behind it holds the first stage
// and then finds its items discarded.
TEST(Faults, ABatchAskedItemByItemOutlivesADiscardedOneBehindIt) {
  test::Gate item_gate, other_gate;
  const auto stop_at_first = [&](InferData* item, const ModelIO& io, const ModelInfo& model) {
    test::ReadNumber(item, io, model);
    if (item->Get<float>() == 1) item_gate.Pass();
    return true;
  };
  const auto stop = [&](ModelIO* io, const InferData& item, const ModelInfo& model) {
    other_gate.Pass();
    return test::WriteNumber(io, item, model);
  };
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  auto other = std::make_shared<test::ThreadRecorder>();
  Session_t session =
      server.CreateSession(NumberDesc(FakeModel("", 2), &RefuseBad, stop_at_first), recorder);
  ASSERT_NE(nullptr, session);
  ASSERT_TRUE(server.Request(session, Numbers({1, kBad}, "failed"), 1));
  item_gate.WaitFor(1);  // Its first item is at the last stage: the first stage is free again.
  // All other workers are kept busy, so that the next batch is decided and not taken up.
  const int others = devices::CpuBudget() - 1;
  SessionDesc desc = NumberDesc(FakeModel("", 1), stop, &test::ReadNumber);
  desc.engine_num = static_cast<std::uint32_t>(std::max(others, 1));
  Session_t blockers = server.CreateSession(desc, other);
  ASSERT_NE(nullptr, blockers);
  for (int i = 0; i < others; ++i) ASSERT_TRUE(server.Request(blockers, Numbers({i}), 0));
  other_gate.WaitFor(others);
  ASSERT_TRUE(server.Request(session, Numbers({5, 6}, "discarded"), 2));
  server.DiscardTask(session, "discarded");
  item_gate.Open();
  const auto answers = recorder->Wait(1);
  EXPECT_EQ("failed", answers[0].tag);
  EXPECT_EQ((std::vector<float>{1, -1}), answers[0].values);
  other_gate.Open();
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_TRUE(server.DestroySession(blockers));
  EXPECT_EQ(1u, recorder->Now().size());
  EXPECT_EQ(static_cast<std::size_t>(others), other->Now().size());
}

TEST(Faults, AnEngineThatFailsOneCallLosesNothing) {
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  // The second batch fails as a whole, then goes through item by item.
  Session_t session = server.CreateSession(NumberDesc(FakeModel("fail-at=2", 4)), recorder);
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(server.Request(session, Numbers({i}), i));
  EXPECT_TRUE(server.DestroySession(session));
  const auto answers = recorder->Now();
  ASSERT_EQ(12u, answers.size());
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(Status::SUCCESS, answers[static_cast<std::size_t>(i)].status);
    EXPECT_EQ(std::vector<float>{static_cast<float>(i)},
              answers[static_cast<std::size_t>(i)].values);
  }
}

TEST(Faults, AnEngineThatKeepsFailingIsReportedForEveryRequest) {
  InferServer server(0);
  auto recorder = std::make_shared<test::DirectRecorder>();
  Session_t session = server.CreateSession(NumberDesc(FakeModel("fail-every=1", 4)), recorder);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(server.Request(session, Numbers({i, i}), i));
  const auto answers = (server.WaitTaskDone(session, ""), recorder->Now());
  ASSERT_EQ(10u, answers.size());
  for (const auto& answer : answers) {
    EXPECT_EQ(Status::ERROR_BACKEND, answer.status);
    EXPECT_EQ((std::vector<float>{-1, -1}), answer.values);
  }
  EXPECT_NE(std::string::npos, server.LastError(session).find("fake engine"))
      << server.LastError(session);
  EXPECT_TRUE(server.DestroySession(session));
}

TEST(Faults, AnObserverThatThrowsStillGetsTheRest) {
  class Thrower final : public Observer {
   public:
    void Response(Status, PackagePtr, any) override {
      ++calls;
      throw std::runtime_error("no");
    }
    std::atomic<int> calls{0};
  };
  InferServer server(0);
  auto thrower = std::make_shared<Thrower>();
  Session_t session = server.CreateSession(NumberDesc(FakeModel()), thrower);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(server.Request(session, Numbers({i}), i));
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_EQ(5, thrower->calls.load());
}

TEST(Faults, WrongInputIsRefusedAndNotTaken) {
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server.CreateSession(NumberDesc(FakeModel()), recorder);
  auto sent = Numbers({1, 2});
  EXPECT_FALSE(server.Request(session, nullptr, 0));
  EXPECT_FALSE(server.Request(nullptr, sent, 0));
  EXPECT_FALSE(server.Request(reinterpret_cast<Session_t>(&server), sent, 0));
  EXPECT_EQ(1, sent->data[0]->Get<int>());
  EXPECT_TRUE(server.Request(session, sent, 0));
  ASSERT_EQ(2u, sent->data.size());
  EXPECT_EQ(nullptr, sent->data[0]);
  EXPECT_FALSE(server.Request(session, sent, 0)) << "its items are gone";
  auto contiguous = Numbers({1});
  contiguous->predict_io = std::make_shared<InferData>();
  EXPECT_FALSE(server.Request(session, contiguous, 0)) << "needs STATIC";
  Status status = Status::SUCCESS;
  EXPECT_FALSE(server.RequestSync(session, Numbers({1}), &status, Package::Create(0)))
      << "asynchronous";
  EXPECT_EQ(Status::SUCCESS, status);
  EXPECT_TRUE(server.DestroySession(session));
}

TEST(Faults, BadDescriptionsAreRefusedWithAReason) {
  InferServer server(0);
  const ModelPtr model = FakeModel();
  const auto error_of = [&](void (*change)(SessionDesc*)) {
    SessionDesc desc = NumberDesc(model);
    change(&desc);
    std::string error;
    EXPECT_EQ(nullptr, server.CreateSession(desc, nullptr, &error));
    return error;
  };
  const auto expect = [](const std::string& error, const char* part) {
    EXPECT_NE(std::string::npos, error.find(part)) << error;
  };
  expect(error_of([](SessionDesc* d) { d->model = nullptr; }), "model is null");
  expect(error_of([](SessionDesc* d) { d->preproc = nullptr; }), "preproc is null");
  expect(error_of([](SessionDesc* d) { d->engine_num = 0; }), "engine_num is 0");
  expect(error_of([](SessionDesc* d) { d->strategy = BatchStrategy::SEQUENCE; }), "SEQUENCE");
  expect(error_of([](SessionDesc* d) { d->postproc = d->preproc; }), "one object");
  expect(error_of([](SessionDesc* d) { d->preproc->SetParams("process_function", 7); }),
         "process_function");
  expect(error_of([](SessionDesc* d) { d->preproc->SetParams("parallel", "two"); }), "parallel");
  expect(error_of([](SessionDesc* d) { d->host_input_layout.order = DimOrder::INVALID; }),
         "order INVALID");
  expect(error_of([](SessionDesc* d) { d->host_output_layout.dtype = DataType::INVALID; }),
         "INVALID");
}

TEST(Faults, AServerWithoutADeviceDoesNoHarm) {
  InferServer server(99);
  std::string error;
  EXPECT_EQ(nullptr, server.CreateSession(NumberDesc(FakeModel()), nullptr, &error));
  EXPECT_NE("", error);
  EXPECT_FALSE(server.DestroySession(nullptr));
  EXPECT_FALSE(server.Request(nullptr, Numbers({1}), 0));
  server.WaitTaskDone(nullptr, "");
  server.DiscardTask(nullptr, "");
  EXPECT_EQ(nullptr, server.GetModel(nullptr));
}

}  // namespace
}  // namespace infer_server
