// SPDX-License-Identifier: Apache-2.0
// Many threads at once: every accepted request that was not discarded is answered once, in order.
#include <atomic>
#include <random>

#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

// Checks order as answers come.
template <typename Base>
class InOrder final : public Base {
 public:
  void Response(Status status, PackagePtr output, any user_data) override {
    const int number = any_cast<int>(user_data);
    if (number <= last_.exchange(number)) ++wrong_;
    if (status == Status::SUCCESS && !output->data.empty() &&
        output->data.back()->template Get<float>() != static_cast<float>(number))
      ++wrong_;
    ++answered_;
  }
  std::atomic<int> last_{-1}, answered_{0}, wrong_{0};
};

template <typename Base>
void Use(InferServer* server, const SessionDesc& desc, int seed, int requests) {
  auto observer = std::make_shared<InOrder<Base>>();
  Session_t session = server->CreateSession(desc, observer);
  ASSERT_NE(nullptr, session);
  std::mt19937 random(static_cast<unsigned>(seed));
  int accepted = 0;
  bool discards = false;
  for (int i = 0; i < requests; ++i) {
    const std::vector<int> items(random() % 6, i);
    const std::string tag = "t" + std::to_string(random() % 3);
    if (server->Request(session, Numbers(items, tag), i, random() % 8 == 0 ? 1 : -1)) ++accepted;
    if (random() % 64 == 0) server->WaitTaskDone(session, tag);
    if (seed % 2 == 0 && random() % 64 == 0) {
      discards = true;
      server->DiscardTask(session, tag);
    }
  }
  EXPECT_TRUE(server->DestroySession(session));
  EXPECT_EQ(0, observer->wrong_);
  if (discards)
    EXPECT_LE(observer->answered_, accepted);
  else
    EXPECT_EQ(accepted, observer->answered_);
}

TEST(Stress, TenThreadsCreateUseAndDestroySessions) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 10; ++t)
    threads.emplace_back([t] {
      InferServer server(0);
      for (int round = 0; round < 10; ++round) {
        SessionDesc desc = NumberDesc(FakeModel("jitter=0.1,fail-every=97", 4));
        desc.batch_timeout = 1;
        desc.engine_num = 1 + static_cast<std::uint32_t>(t % 3);
        desc.priority = t % 2;
        if (t % 2 == 0)
          Use<Observer>(&server, desc, t * 100 + round, 60);
        else
          Use<DirectObserver>(&server, desc, t * 100 + round, 60);
      }
    });
  for (auto& thread : threads) thread.join();
}

// A request that is accepted while its session is being destroyed must not wait for others: nobody
// would flush it. Another session keeps the executor busy, so that the two meet there.
TEST(Stress, DestroySessionFlushesWhatIsJustBeingQueued) {
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel("", 4));
  desc.batch_timeout = 0;
  Session_t other = server.CreateSession(desc, std::make_shared<InOrder<Observer>>());
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) server.DiscardTask(other, "");
  });
  for (int round = 0; round < 300; ++round) {
    auto observer = std::make_shared<InOrder<DirectObserver>>();
    Session_t session = server.CreateSession(desc, observer);
    std::atomic<int> accepted{0};
    std::thread producer([&] {
      while (server.Request(session, Numbers({accepted}), accepted.load(), -1)) ++accepted;
    });
    while (accepted < 2) std::this_thread::yield();
    EXPECT_TRUE(server.DestroySession(session));
    producer.join();
    EXPECT_EQ(accepted, observer->answered_);
    EXPECT_EQ(0, observer->wrong_);
  }
  stop = true;
  busy.join();
  EXPECT_TRUE(server.DestroySession(other));
}

TEST(Stress, SynchronousCallersWithTimeoutsAndDiscardsGetAnswersOfTheirOwn) {
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel("jitter=1", 2));
  desc.batch_timeout = 1;
  Session_t session = server.CreateSyncSession(desc);
  std::atomic<int> answered{0}, late{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        auto response = std::make_shared<Package>();
        Status status = Status::INVALID_PARAM;
        const bool sent = server.RequestSync(session, Numbers({t * 1000 + i}, std::to_string(t)),
                                             &status, response, i % 3 == 0 ? 1 : -1);
        if (sent && status == Status::SUCCESS) {
          EXPECT_EQ(static_cast<float>(t * 1000 + i), response->data[0]->Get<float>());
          ++answered;
        } else {
          EXPECT_EQ(Status::TIMEOUT, status);
          EXPECT_TRUE(response->data.empty());
          ++late;
        }
        if (i % 16 == 0) server.DiscardTask(session, std::to_string((t + 1) % 6));
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(600, answered + late);
  EXPECT_TRUE(server.DestroySession(session));
}

TEST(Stress, ManyProducersOnOneSession) {
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel("", 4));
  desc.engine_num = 2;
  desc.batch_timeout = 1;
  auto recorder = std::make_shared<test::DirectRecorder>();
  Session_t session = server.CreateSession(desc, recorder);
  std::vector<std::thread> producers;
  for (int p = 0; p < 8; ++p)
    producers.emplace_back([&, p] {
      for (int i = 0; i < 500; ++i)
        EXPECT_TRUE(server.Request(session, Numbers({i}, std::to_string(p)), i));
    });
  for (auto& producer : producers) producer.join();
  EXPECT_TRUE(server.DestroySession(session));
  std::vector<int> next(8, 0);  // Each producer's own requests stay in order.
  for (const auto& answer : recorder->Now())
    EXPECT_EQ(next[static_cast<std::size_t>(std::stoi(answer.tag))]++, answer.user_data);
  for (const int count : next) EXPECT_EQ(500, count);
}

}  // namespace
}  // namespace infer_server
