// SPDX-License-Identifier: Apache-2.0
// Requests and answers: order, tags, user data, empty packages, discards, destruction.
#include <atomic>
#include <thread>
#include <vector>

#include "infer/server_core.h"
#include "infer/session.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::Answer;
using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

TEST(Session, AnswersEveryRequestWithItsOwnItems) {
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server.CreateSession(NumberDesc(FakeModel("", 4)), recorder);
  ASSERT_NE(nullptr, session);
  ASSERT_TRUE(server.Request(session, Numbers({1, 2, 3, 4, 5}, "a"), 7));
  server.WaitTaskDone(session, "a");
  const auto answers = recorder->Now();
  ASSERT_EQ(1u, answers.size());
  EXPECT_EQ(Status::SUCCESS, answers[0].status);
  EXPECT_EQ("a", answers[0].tag);
  EXPECT_EQ(7, answers[0].user_data);
  EXPECT_EQ((std::vector<float>{1, 2, 3, 4, 5}), answers[0].values);
  EXPECT_TRUE(server.DestroySession(session));
}

template <typename Recorder>
void ExpectOrder() {
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel("jitter=0.2", 4));
  desc.engine_num = 3;
  desc.batch_timeout = 1;
  auto recorder = std::make_shared<Recorder>();
  Session_t session = server.CreateSession(desc, recorder);
  ASSERT_NE(nullptr, session);
  for (int i = 0; i < 1000; ++i) {
    std::vector<int> numbers;  // Empty ones too.
    for (int j = 0; j < i % 7; ++j) numbers.push_back(i * 10 + j);
    ASSERT_TRUE(server.Request(session, Numbers(numbers, "tag" + std::to_string(i % 5)), i));
  }
  EXPECT_TRUE(server.DestroySession(session));
  const auto answers = recorder->Now();
  ASSERT_EQ(1000u, answers.size());
  for (int i = 0; i < 1000; ++i) {
    const Answer& answer = answers[static_cast<std::size_t>(i)];
    EXPECT_EQ(i, answer.user_data);
    EXPECT_EQ("tag" + std::to_string(i % 5), answer.tag);
    ASSERT_EQ(static_cast<std::size_t>(i % 7), answer.values.size());
    for (int j = 0; j < i % 7; ++j)
      EXPECT_EQ(static_cast<float>(i * 10 + j), answer.values[static_cast<std::size_t>(j)]);
  }
}

TEST(Session, AnswersInTheOrderOfTheRequestsAcrossTags) { ExpectOrder<test::ThreadRecorder>(); }
TEST(Session, AnswersADirectObserverInOrderToo) { ExpectOrder<test::DirectRecorder>(); }

TEST(Session, SynchronousRequestReturnsTheAnswer) {
  InferServer server(0);
  Session_t session = server.CreateSyncSession(NumberDesc(FakeModel()));
  ASSERT_NE(nullptr, session);
  auto response = std::make_shared<Package>();
  Status status = Status::TIMEOUT;
  ASSERT_TRUE(server.RequestSync(session, Numbers({4, 5}, "x"), &status, response));
  EXPECT_EQ(Status::SUCCESS, status);
  EXPECT_EQ("x", response->tag);
  ASSERT_EQ(2u, response->data.size());
  EXPECT_EQ(5, response->data[1]->Get<float>());
  EXPECT_TRUE(server.DestroySession(session));
}

class Count final : public DirectObserver {
 public:
  void Response(Status status, PackagePtr, any) override {
    if (status == Status::SUCCESS) ++answered;
  }
  std::atomic<int> answered{0};
};

// Those who keep the session full pass a waiting request for a turn, and not for ever; not even one
// that needs the whole room.
TEST(Session, AWaitingRequestIsNotPassedForEver) {
  constexpr int kEnough = 200000;
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel());
  desc.show_perf = false;
  auto count = std::make_shared<Count>();
  Session_t session = server.CreateSession(desc, count);
  ASSERT_NE(nullptr, session);
  std::atomic<bool> in{false};
  std::atomic<int> sent{0};
  std::vector<std::thread> producers;
  for (int p = 0; p < 3; ++p)
    producers.emplace_back([&] {
      while (!in && sent < kEnough)
        if (server.Request(session, Numbers({1}), any())) ++sent;
    });
  while (sent < 100) std::this_thread::yield();
  for (int i = 0; i < 20; ++i)
    if (server.Request(session, Numbers(std::vector<int>(i % 2 == 0 ? 1 : 12, 5)), any())) ++sent;
  EXPECT_LT(sent, kEnough);
  in = true;
  for (auto& producer : producers) producer.join();
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_EQ(sent, count->answered);
}

// A producer that is let in and sends no more does not keep its turn from the others.
TEST(Session, ProducersOfOneRequestEachAreAllLetIn) {
  test::Gate gate;
  InferServer server(0);
  SessionDesc desc = NumberDesc(
      FakeModel(),
      [&gate](ModelIO* io, const InferData& item, const ModelInfo& info) {
        gate.Pass();
        return test::WriteNumber(io, item, info);
      },
      &test::ReadNumber);
  desc.show_perf = false;
  auto count = std::make_shared<Count>();
  Session_t session = server.CreateSession(desc, count);
  ASSERT_NE(nullptr, session);
  std::vector<std::thread> producers;
  for (int p = 0; p < 60; ++p)  // Five times the room.
    producers.emplace_back([&] { EXPECT_TRUE(server.Request(session, Numbers({1}), any())); });
  gate.Open();
  for (auto& producer : producers) producer.join();
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_EQ(60, count->answered);
}

// Numbers of which 1 waits at a gate before the network.
SessionDesc GatedDesc(const ModelPtr& model, test::Gate* gate) {
  const auto pre = [gate](ModelIO* io, const InferData& item, const ModelInfo& info) {
    if (item.Get<int>() == 1) gate->Pass();
    return test::WriteNumber(io, item, info);
  };
  return NumberDesc(model, pre, &test::ReadNumber);
}

// There is always a request of the tag, but never the same for long.
TEST(Session, WaitTaskDoneWaitsForWhatWasThereWhenItWasCalled) {
  class Endless final : public Observer {
   public:
    explicit Endless(InferServer* server) : server_(server) {}
    void Response(Status, PackagePtr, any) override {
      if (!stop) server_->Request(session, Numbers({2}, "endless"), 0);
      ++answered;
    }
    std::atomic<bool> stop{false};
    std::atomic<int> answered{0};
    Session_t session = nullptr;  // Set before the first request.

   private:
    InferServer* const server_;
  };
  InferServer server(0);
  auto endless = std::make_shared<Endless>(&server);
  Session_t session = server.CreateSession(NumberDesc(FakeModel()), endless);
  endless->session = session;
  ASSERT_TRUE(server.Request(session, Numbers({2}, "endless"), 0));
  for (int i = 1; i < 20; ++i) {
    server.WaitTaskDone(session, "endless");
    EXPECT_GE(endless->answered, i);
  }
  endless->stop = true;
  EXPECT_TRUE(server.DestroySession(session));
}

// What nobody waits for any more does not stand in the way of others.
TEST(Session, ARequestThatWasGivenUpInAPartialBatchGivesItsRoomBack) {
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel("", 4));
  desc.batch_timeout = 0;  // Only four items are ever run.
  Session_t session = server.CreateSyncSession(desc);
  Status status = Status::SUCCESS;
  for (int i = 0; i < 100; ++i) {  // More than the session may have in flight.
    ASSERT_TRUE(server.RequestSync(session, Numbers({i}), &status, std::make_shared<Package>(), 1));
    ASSERT_EQ(Status::TIMEOUT, status);
  }
  auto response = std::make_shared<Package>();
  EXPECT_TRUE(server.RequestSync(session, Numbers({5, 6, 7, 8}), &status, response));
  EXPECT_EQ(Status::SUCCESS, status);
  EXPECT_EQ(5, response->data[0]->Get<float>()) << "no item of theirs was run with it";
  EXPECT_TRUE(server.DestroySession(session));
}

TEST(Session, ASynchronousRequestThatWaitsForRoomIsRefusedWhenTheSessionGoes) {
  test::Gate gate;
  InferServer server(0);
  Session_t session = server.CreateSyncSession(GatedDesc(FakeModel(), &gate));
  std::thread first([&] {
    Status status = Status::TIMEOUT;
    EXPECT_TRUE(server.RequestSync(session, Numbers(std::vector<int>(1000, 1)), &status,
                                   std::make_shared<Package>()));
    EXPECT_EQ(Status::SUCCESS, status);
  });
  gate.WaitFor(1);
  auto input = Numbers({7});
  std::thread second([&] {
    Status status = Status::STATUS_COUNT;
    EXPECT_FALSE(server.RequestSync(session, input, &status, std::make_shared<Package>()));
    EXPECT_EQ(Status::STATUS_COUNT, status) << "untouched";
    EXPECT_EQ(7, input->data[0]->Get<int>()) << "not taken";
  });
  std::thread destroying([&] { EXPECT_TRUE(server.DestroySession(session)); });
  second.join();  // While the first is still at the gate.
  gate.Open();
  first.join();
  destroying.join();
}

TEST(Session, EnginesWorkSideBySide) {
  test::Gate gate;
  auto core = std::make_shared<ServerCore>(devices::DeviceName{"cpu", 0},
                                           devices::OpenDevice({"cpu", 0}).value(), 4,
                                           devices::Clock::Steady());
  auto recorder = std::make_shared<test::ThreadRecorder>();
  SessionDesc desc = GatedDesc(FakeModel(), &gate);
  desc.engine_num = 3;
  Session_t session = core->CreateSession(desc, recorder).value();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(session->Request(Numbers({1}), i, -1));
  gate.WaitFor(3);  // All at once in the stage that one engine has once.
  EXPECT_EQ(3, gate.arrived());
  gate.Open();
  EXPECT_TRUE(core->DestroySession(session));
  EXPECT_EQ(5u, recorder->Now().size());
}

// What is scheduled is a stage: while a batch is at one, the next may be at the one before it.
TEST(Session, AnEngineHasABatchAtEachStage) {
  test::Gate pre_gate, post_gate;
  const auto pre = [&](ModelIO* io, const InferData& item, const ModelInfo& info) {
    if (item.Get<int>() == 3) pre_gate.Pass();
    return test::WriteNumber(io, item, info);
  };
  const auto post = [&](InferData* item, const ModelIO& io, const ModelInfo& info) {
    test::ReadNumber(item, io, info);
    if (item->Get<float>() == 1) post_gate.Pass();
    return true;
  };
  auto core = std::make_shared<ServerCore>(devices::DeviceName{"cpu", 0},
                                           devices::OpenDevice({"cpu", 0}).value(), 3,
                                           devices::Clock::Steady());
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = core->CreateSession(NumberDesc(FakeModel(), pre, post), recorder).value();
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(session->Request(Numbers({i}), i, -1));
  post_gate.WaitFor(1);
  pre_gate.WaitFor(1);  // The second is between them.
  EXPECT_TRUE(recorder->Now().empty());
  post_gate.Open();
  EXPECT_EQ(2, recorder->Wait(2)[1].user_data) << "while the third is still at the first stage";
  pre_gate.Open();
  EXPECT_TRUE(core->DestroySession(session));
  EXPECT_EQ(4u, recorder->Now().size());
}

}  // namespace
}  // namespace infer_server
