// SPDX-License-Identifier: Apache-2.0
// What the original gets wrong about requests and sessions, or documents otherwise than it does:
// each test is named after one such trap, and says how it is here. test_traps_setup.cpp has those
// of models, parameters and devices.
#include <atomic>
#include <functional>

#include "infer/server_core.h"
#include "infer/session.h"
#include "tests/infer/fake_clock.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::Gate;
using test::NumberDesc;
using test::Numbers;

// The preprocessing of number 1 waits at the gate.
SessionDesc GatedDesc(const ModelPtr& model, Gate* gate) {
  const auto pre = [gate](ModelIO* io, const InferData& item, const ModelInfo& info) {
    if (item.Get<int>() == 1) gate->Pass();
    return test::WriteNumber(io, item, info);
  };
  return NumberDesc(model, pre, &test::ReadNumber);
}

Status Ask(InferServer* server, Session_t session, const PackagePtr& input, int timeout = -1) {
  Status status = Status::STATUS_COUNT;
  EXPECT_TRUE(server->RequestSync(session, input, &status, std::make_shared<Package>(), timeout));
  return status;
}

// Original: a timeout of 0 does not try once, but waits for ever, as a negative one does. The same
// here, as programs count on it.
TEST(Trap, ATimeoutOfZeroOrLessWaitsForEver) {
  Gate gate;
  InferServer server(0);
  Session_t session = server.CreateSyncSession(GatedDesc(FakeModel(), &gate));
  std::vector<std::thread> callers;
  for (const int timeout : {0, -1, -100})
    callers.emplace_back([&server, session, timeout] {
      EXPECT_EQ(Status::SUCCESS, Ask(&server, session, Numbers({1}), timeout));
    });
  gate.WaitFor(1);
  EXPECT_EQ(Status::TIMEOUT, Ask(&server, session, Numbers({1}), 30)) << "time has gone by";
  gate.Open();
  for (auto& caller : callers) caller.join();
  EXPECT_TRUE(server.DestroySession(session));
}

TEST(Trap, ARequestWithATimeoutOfZeroOrLessWaitsForRoomForEver) {
  Gate gate;
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server.CreateSession(GatedDesc(FakeModel(), &gate), recorder);
  std::size_t sent = 0;
  while (server.Request(session, Numbers({1}), 0, 1)) ++sent;  // Until it is full.
  std::vector<std::thread> callers;
  for (const int timeout : {0, -1, -100})
    callers.emplace_back([&server, session, timeout] {
      EXPECT_TRUE(server.Request(session, Numbers({2}), 0, timeout)) << timeout;
    });
  EXPECT_FALSE(server.Request(session, Numbers({2}), 0, 30)) << "time has gone by";
  gate.Open();
  for (auto& caller : callers) caller.join();
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_EQ(sent + 3, recorder->Now().size());
}

// Original: a late answer may still be written into the caller's objects, which may be gone.
TEST(Trap, ATimedOutRequestSyncReturnsTrueAndNeverTouchesTheCallersObjectsAgain) {
  Gate gate;
  InferServer server(0);
  Session_t session = server.CreateSyncSession(GatedDesc(FakeModel(), &gate));
  auto status = std::make_unique<Status>(Status::SUCCESS);
  auto response = Package::Create(1, "as it was");
  const std::weak_ptr<Package> gone = response;
  EXPECT_TRUE(server.RequestSync(session, Numbers({1}, "late"), status.get(), response, 1));
  EXPECT_EQ(Status::TIMEOUT, *status);
  EXPECT_EQ("as it was", response->tag);
  EXPECT_EQ(1u, response->data.size());
  status.reset();  // A write would be one to freed memory: AddressSanitizer sees it.
  response.reset();
  EXPECT_TRUE(gone.expired()) << "nobody holds the caller's package";
  gate.Open();
  server.WaitTaskDone(session, "late");
  EXPECT_TRUE(server.DestroySession(session));
}

// Original: order is kept by session, but answers to empty packages and the loss of discarded ones
// were fixed one by one.
TEST(Trap, AnswersKeepTheirOrderAcrossTagsWithEmptyPackagesAndWithoutDiscardedOnes) {
  Gate gate;
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  SessionDesc desc = GatedDesc(FakeModel("", 4), &gate);
  desc.engine_num = 2;
  Session_t session = server.CreateSession(desc, recorder);
  std::vector<int> expected;
  ASSERT_TRUE(server.Request(session, Numbers({1}, "a"), 0));
  expected.push_back(0);
  gate.WaitFor(1);
  for (int i = 1; i < 40; ++i) {
    const char* tag = i % 4 == 3 ? "gone" : i % 2 == 0 ? "a" : "b";
    const auto numbers = i % 5 == 0 ? std::vector<int>{} : std::vector<int>(1, i + 1);
    if (!server.Request(session, Numbers(numbers, tag), i, 1)) break;  // As far as there is room.
    if (i % 4 != 3) expected.push_back(i);
  }
  server.DiscardTask(session, "gone");
  gate.Open();
  EXPECT_TRUE(server.DestroySession(session));
  std::vector<int> order;
  for (const auto& answer : recorder->Now()) {
    order.push_back(answer.user_data);
    EXPECT_EQ(Status::SUCCESS, answer.status);
    EXPECT_EQ(answer.user_data % 5 == 0 && answer.user_data != 0 ? 0u : 1u, answer.values.size());
  }
  EXPECT_EQ(expected, order);
  EXPECT_GT(order.size(), 10u);
}

// Original: one failed item fails every request of its batch.
TEST(Trap, AFailedItemFailsItsRequestAndNotItsBatchMates) {
  const auto pre = [](ModelIO* io, const InferData& item, const ModelInfo& info) {
    return item.Get<int>() != 13 && test::WriteNumber(io, item, info);
  };
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  SessionDesc desc = NumberDesc(FakeModel("", 4), pre, &test::ReadNumber);
  desc.batch_timeout = 0;  // One batch of four, from three requests.
  Session_t session = server.CreateSession(desc, recorder);
  ASSERT_TRUE(server.Request(session, Numbers({1}), 0));
  ASSERT_TRUE(server.Request(session, Numbers({2, 13}), 1));
  ASSERT_TRUE(server.Request(session, Numbers({3}), 2));
  const auto answers = recorder->Wait(3);
  EXPECT_EQ(Status::SUCCESS, answers[0].status);
  EXPECT_EQ(Status::ERROR_BACKEND, answers[1].status);
  EXPECT_EQ((std::vector<float>{2, -1}), answers[1].values) << "null where it failed";
  EXPECT_EQ(Status::SUCCESS, answers[2].status);
  EXPECT_TRUE(server.DestroySession(session));
}

// Original: a partial batch without a deadline is never run; both calls hang.
TEST(Trap, APartialBatchWithoutTimeLimitHangsNeitherWaitTaskDoneNorDestroySession) {
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  SessionDesc desc = NumberDesc(FakeModel("", 8));
  desc.batch_timeout = 0;
  Session_t session = server.CreateSession(desc, recorder);
  ASSERT_TRUE(server.Request(session, Numbers({1, 2, 3}, "a"), 0));
  server.WaitTaskDone(session, "a");
  EXPECT_EQ(1u, recorder->Now().size());
  ASSERT_TRUE(server.Request(session, Numbers({4}, "a"), 0));
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_EQ(2u, recorder->Now().size());
}

// Original: as long as one session is being destroyed, no other of the device comes or goes.
TEST(Trap, DestroyingASessionHoldsUpNoOther) {
  Gate gate;
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server.CreateSession(GatedDesc(FakeModel(), &gate), recorder);
  ASSERT_TRUE(server.Request(session, Numbers({1}), 0));
  gate.WaitFor(1);
  std::thread destroying([&] { EXPECT_TRUE(server.DestroySession(session)); });
  while (server.Request(session, Package::Create(0), 0)) {
  }  // Refused once the session is being destroyed; that stands until the gate opens.
  const auto comes_and_goes = [&] {
    Status status = Status::SUCCESS;
    Session_t other = server.CreateSyncSession(NumberDesc(FakeModel("seed=2")));
    EXPECT_TRUE(server.RequestSync(other, Numbers({5}), &status, std::make_shared<Package>()));
    EXPECT_EQ(Status::SUCCESS, status);
    return server.DestroySession(other);
  };
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(comes_and_goes());
  EXPECT_TRUE(recorder->Now().empty());
  gate.Open();
  destroying.join();
}

// "A timeout avoids high latency": 0 does not, it means never; what is not set means 100 ms.
TEST(Trap, ABatchTimeoutOfZeroMeansNeverAndTheDefaultIs100Milliseconds) {
  test::FakeClock clock;
  for (const bool limited : {false, true}) {
    auto core = std::make_shared<ServerCore>(devices::DeviceName{"cpu", 0},
                                             devices::OpenDevice({"cpu", 0}).value(), 1, clock);
    auto recorder = std::make_shared<test::DirectRecorder>();
    SessionDesc desc = NumberDesc(FakeModel("", 8));
    if (!limited) desc.batch_timeout = 0;
    auto session = core->Find(core->CreateSession(desc, recorder).value());
    ASSERT_TRUE(session->Request(Numbers({1}), any(), -1));
    clock.Move(limited ? std::chrono::milliseconds(99) : std::chrono::hours(24));
    core->timer().Wake();
    // A request of a whole batch of another session comes after all that the clock has set off.
    SessionDesc other = NumberDesc(FakeModel("seed=2"));
    other.strategy = BatchStrategy::STATIC;
    auto sync = core->Find(core->CreateSession(other, nullptr).value());
    Status status = Status::STATUS_COUNT;
    EXPECT_TRUE(sync->RequestSync(Numbers({2}), &status, std::make_shared<Package>(), -1));
    EXPECT_TRUE(recorder->Now().empty());
    if (limited) {
      clock.Move(std::chrono::milliseconds(1));
      core->timer().Wake();
      EXPECT_EQ(1u, recorder->Wait(1).size());
    }
    EXPECT_TRUE(core->DestroySession(sync.get()));
    EXPECT_TRUE(core->DestroySession(session.get()));
    EXPECT_EQ(1u, recorder->Now().size());
  }
}

// Original: two threads that wait for one request terminate the process, and within Response() the
// call never returns.
TEST(Trap, WaitTaskDoneTakesSeveralThreadsAndReturnsWithinResponse) {
  class Waiter final : public Observer {
   public:
    Waiter(InferServer* server, Gate* gate) : server_(server), gate_(gate) {}
    void Response(Status, PackagePtr output, any) override {
      gate_->Pass();
      server_->WaitTaskDone(session, output->tag);
      ++answered;
    }
    std::atomic<int> answered{0};
    Session_t session = nullptr;  // Set before the first request.

   private:
    InferServer* const server_;
    Gate* const gate_;
  };
  Gate gate;
  InferServer server(0);
  auto observer = std::make_shared<Waiter>(&server, &gate);
  Session_t session = server.CreateSession(NumberDesc(FakeModel()), observer);
  observer->session = session;
  ASSERT_TRUE(server.Request(session, Numbers({1}, "a"), 0));
  gate.WaitFor(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      server.WaitTaskDone(session, "a");
      EXPECT_EQ(1, observer->answered);
    });
  gate.Open();
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(server.DestroySession(session));
}

// Original: the tensors of an answer belong to a pool that DestroySession() waits for.
TEST(Trap, DeviceTensorsOfAnAnswerOutliveTheSession) {
  class KeepTensors final : public ProcessorForkable<KeepTensors> {
   public:
    KeepTensors() : ProcessorForkable("KeepTensors") {}
    Status Init() override { return Status::SUCCESS; }
    Status Process(PackagePtr package) override {
      for (const InferDataPtr& item : package->data) item->Set(package->predict_io->Get<ModelIO>());
      return Status::SUCCESS;
    }
  };
  std::vector<ModelIO> kept;
  {
    InferServer server(0);
    SessionDesc desc = NumberDesc(FakeModel("", 2));
    desc.postproc = KeepTensors::Create();
    desc.engine_num = 2;
    Session_t session = server.CreateSyncSession(desc);
    for (int i = 0; i < 20; ++i) {
      Status status = Status::STATUS_COUNT;
      auto response = std::make_shared<Package>();
      ASSERT_TRUE(server.RequestSync(session, Numbers({i, 100 + i}), &status, response));
      kept.push_back(response->data[1]->Get<ModelIO>());
    }
    EXPECT_TRUE(server.DestroySession(session));
  }
  for (int i = 0; i < 20; ++i) {
    float values[2];
    kept[static_cast<std::size_t>(i)].buffers[0].CopyTo(values, sizeof values);
    EXPECT_EQ(static_cast<float>(i), values[0]);
    EXPECT_EQ(static_cast<float>(100 + i), values[1]);
  }
}

// Original before 1.0: the answer's tag is empty. The items are the very ones that were sent.
TEST(Trap, TheAnswerCarriesTheTagAndTheItemsThatWereSent) {
  struct Look final : public Observer {
    void Response(Status, PackagePtr output, any) override { answer = output; }
    PackagePtr answer;  // Read after WaitTaskDone().
  };
  InferServer server(0);
  auto look = std::make_shared<Look>();
  Session_t session = server.CreateSession(NumberDesc(FakeModel("", 2)), look);
  auto input = Numbers({1, 2, 3}, "tagged");
  const InferData* const second = input->data[1].get();
  input->data[1]->SetUserData(std::string("mine"));
  ASSERT_TRUE(server.Request(session, input, 0));
  ASSERT_EQ(3u, input->data.size()) << "as long as before";
  for (const auto& item : input->data) EXPECT_EQ(nullptr, item) << "taken over";
  server.WaitTaskDone(session, "tagged");
  EXPECT_EQ("tagged", look->answer->tag);
  ASSERT_EQ(3u, look->answer->data.size());
  EXPECT_EQ(second, look->answer->data[1].get());
  EXPECT_EQ("mine", look->answer->data[1]->GetUserData<std::string>());
  EXPECT_EQ(2, look->answer->data[1]->Get<float>());
  EXPECT_TRUE(server.DestroySession(session));
}

// Original: rates by tag are gone once WaitTaskDone() or DiscardTask() was called for it.
TEST(Trap, WaitTaskDoneForgetsNoRates) {
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server.CreateSession(NumberDesc(FakeModel()), recorder);
  ASSERT_TRUE(server.Request(session, Numbers({1}, "a"), 0));
  server.WaitTaskDone(session, "a");
  server.DiscardTask(session, "a");
  EXPECT_EQ(server.GetThroughout(session).request_cnt,
            server.GetThroughout(session, "a").request_cnt);
  EXPECT_TRUE(server.DestroySession(session));
}

}  // namespace
}  // namespace infer_server
