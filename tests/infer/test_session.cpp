// SPDX-License-Identifier: Apache-2.0
// Requests and answers: order, tags, user data, empty packages, discards, destruction.
#include <atomic>
#include <thread>
#include <vector>

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

}  // namespace
}  // namespace infer_server
