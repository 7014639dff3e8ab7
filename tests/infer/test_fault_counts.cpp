// SPDX-License-Identifier: Apache-2.0
// When something keeps failing or stands still: the counts add up, and other sessions go on.
#include <atomic>
#include <utility>

#include "infer/server_core.h"
#include "infer/session.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

// How many of these answers, to requests 0, 1, ... of one item, were fine, and how many not.
std::pair<int, int> SuccessesAndFailures(const std::vector<test::Answer>& answers) {
  std::pair<int, int> counts{0, 0};
  int number = 0;
  for (const auto& answer : answers) {
    EXPECT_EQ(number++, answer.user_data);  // In order, each once.
    ++(answer.status == Status::SUCCESS ? counts.first : counts.second);
  }
  return counts;
}

TEST(FaultCounts, AnEngineThatFailsEverySeventhCallFailsWhatIsInItAndNoMore) {
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server.CreateSession(NumberDesc(FakeModel("fail-every=7", 1)), recorder);
  for (int i = 0; i < 70; ++i) ASSERT_TRUE(server.Request(session, Numbers({i}), i));
  EXPECT_TRUE(server.DestroySession(session));
  const auto answers = recorder->Now();
  for (const auto& answer : answers) {
    const bool seventh = answer.user_data % 7 == 6;
    EXPECT_EQ(seventh ? Status::ERROR_BACKEND : Status::SUCCESS, answer.status);
    EXPECT_EQ(seventh ? -1 : answer.user_data, answer.values.at(0));
  }
  EXPECT_EQ(std::make_pair(60, 10), SuccessesAndFailures(answers));
}

// Calls that fail are made again item by item, and those fail every seventh time, too.
TEST(FaultCounts, WithBatchesAnEngineThatFailsEverySeventhCallLosesNothing) {
  for (const std::uint32_t engines : {1u, 3u}) {
    InferServer server(0);
    auto recorder = std::make_shared<test::DirectRecorder>();
    SessionDesc desc = NumberDesc(FakeModel("fail-every=7", 4));
    desc.engine_num = engines;
    desc.batch_timeout = 1;
    Session_t session = server.CreateSession(desc, recorder);
    for (int i = 0; i < 400; ++i) ASSERT_TRUE(server.Request(session, Numbers({i}), i));
    EXPECT_TRUE(server.DestroySession(session));
    const auto answers = recorder->Now();
    for (const auto& answer : answers)
      EXPECT_EQ(answer.status == Status::SUCCESS ? answer.user_data : -1, answer.values.at(0));
    const auto [fine, failed] = SuccessesAndFailures(answers);
    EXPECT_EQ(400, fine + failed);
    EXPECT_GE(fine, 300) << "isolating a failed batch saves most of it";
  }
}

// A session beside which another stands still answers as if it were not there: all its answers
// come before the other's door opens.
void ExpectOthersGoOn(InferServer* server) {
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server->CreateSession(NumberDesc(FakeModel("seed=99")), recorder);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(server->Request(session, Numbers({i}), i));
  EXPECT_EQ(std::make_pair(200, 0), SuccessesAndFailures(recorder->Wait(200)));
  EXPECT_TRUE(server->DestroySession(session));
}

// On a device of two slots: a processor that blocks holds one of them.
TEST(FaultCounts, AProcessorThatBlocksStopsItsOwnSessionOnly) {
  auto core = std::make_shared<ServerCore>(devices::DeviceName{"cpu", 0},
                                           devices::OpenDevice({"cpu", 0}).value(), 2,
                                           devices::Clock::Steady());
  test::Gate gate;
  const auto blocked = [&gate](ModelIO* io, const InferData& item, const ModelInfo& model) {
    gate.Pass();
    return test::WriteNumber(io, item, model);
  };
  auto slow = std::make_shared<test::ThreadRecorder>(),
       other = std::make_shared<test::ThreadRecorder>();
  Session_t session =
      core->CreateSession(NumberDesc(FakeModel(), blocked, &test::ReadNumber), slow).value();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(session->Request(Numbers({i}), i, -1));
  gate.WaitFor(1);
  Session_t beside = core->CreateSession(NumberDesc(FakeModel("seed=99")), other).value();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(beside->Request(Numbers({i}), i, -1));
  EXPECT_EQ(std::make_pair(200, 0), SuccessesAndFailures(other->Wait(200)));
  EXPECT_EQ(1, gate.arrived()) << "one batch at a time in a processor";
  EXPECT_TRUE(slow->Now().empty());
  gate.Open();
  EXPECT_TRUE(core->DestroySession(session));
  EXPECT_TRUE(core->DestroySession(beside));
  EXPECT_EQ(std::make_pair(3, 0), SuccessesAndFailures(slow->Now()));
}

TEST(FaultCounts, AnObserverThatBlocksStopsItsOwnSessionOnly) {
  class Blocked final : public Observer {
   public:
    void Response(Status, PackagePtr, any) override {
      gate.Pass();
      ++calls;
    }
    test::Gate gate;
    std::atomic<int> calls{0};
  };
  InferServer server(0);
  auto blocked = std::make_shared<Blocked>();
  Session_t session = server.CreateSession(NumberDesc(FakeModel()), blocked);
  int accepted = 0;
  while (server.Request(session, Numbers({accepted}), accepted, 1)) ++accepted;
  EXPECT_GE(accepted, 4) << "as many as the session may have";
  blocked->gate.WaitFor(1);
  ExpectOthersGoOn(&server);
  EXPECT_EQ(0, blocked->calls.load());
  blocked->gate.Open();
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_EQ(accepted, blocked->calls.load());
}

// A processor that takes its memory from a pool whose buffers the answers keep: it fails until they
// are given back, and then goes on.
TEST(FaultCounts, AnExhaustedPoolFailsWhatNeedsItUntilBuffersComeBack) {
  MluMemoryPool pool(64, 3);
  class Holder final : public ProcessorForkable<Holder> {
   public:
    Holder() : ProcessorForkable("Holder") {}
    Status Init() override {
      post_.CopyParamsFrom(*this);
      post_.SetParams("process_function", &test::ReadNumber, "parallel", 1);
      return post_.Init();
    }
    Status Process(PackagePtr package) override {
      const Status status = post_.Process(package);
      if (status != Status::SUCCESS) return status;
      auto* pool = GetParam<MluMemoryPool*>("pool");
      for (const InferDataPtr& item : package->data) item->Set(pool->Request(0));  // May throw.
      return Status::SUCCESS;
    }

   private:
    Postprocessor post_;
  };
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel());
  desc.postproc = std::make_shared<Holder>();
  desc.postproc->SetParams("pool", &pool);
  Session_t session = server.CreateSyncSession(desc);
  std::vector<PackagePtr> kept;
  const auto request = [&] {
    Status status = Status::TIMEOUT;
    kept.push_back(std::make_shared<Package>());
    EXPECT_TRUE(server.RequestSync(session, Numbers({1}), &status, kept.back()));
    return status;
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Status::SUCCESS, request());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Status::ERROR_BACKEND, request());
  EXPECT_NE(std::string::npos, server.LastError(session).find("MluMemoryPool"))
      << server.LastError(session);
  ExpectOthersGoOn(&server);
  kept.clear();
  EXPECT_EQ(Status::SUCCESS, request());
  EXPECT_TRUE(server.DestroySession(session));
}

}  // namespace
}  // namespace infer_server
