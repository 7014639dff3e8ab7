// SPDX-License-Identifier: Apache-2.0
// For long: every accepted request that was not discarded is answered exactly once, in order, with
// its own result, whatever else happens. SOAK_REQUESTS sets how many (default 30000).
#include <dirent.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "devices/base/log.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

constexpr int kTags = 3;
constexpr long kWrap = 1000000;  // A float holds what is below.

// What request n of a session is made of: pure functions, so that nobody has to remember.
std::uint64_t Hash(long n) {
  std::uint64_t h = static_cast<std::uint64_t>(n) * 0x9E3779B97F4A7C15u;
  return h ^ (h >> 29);
}
std::size_t TagOf(long n) { return Hash(n) % kTags; }
std::size_t ItemsOf(long n) {
  const std::uint64_t kind = Hash(n) / kTags % 16;
  return kind == 0 ? 0 : kind == 1 ? 5 : 1;
}
int NumberOf(long n) { return static_cast<int>(n % kWrap); }
bool BadNumber(int number) { return number % 1009 == 13; }
bool Fails(long n) { return ItemsOf(n) > 0 && BadNumber(NumberOf(n)); }
PackagePtr PackageOf(long n) {
  return Numbers(std::vector<int>(ItemsOf(n), NumberOf(n)), std::string(1, "abc"[TagOf(n)]));
}

bool RefuseBad(ModelIO* io, const InferData& item, const ModelInfo& model) {
  return !BadNumber(item.Get<int>()) && test::WriteNumber(io, item, model);
}

// Compares the answers of a session with what was accepted, as they come: what is missing between
// two answers must have been discarded.
template <typename Base>
class Ledger final : public Base {
 public:
  explicit Ledger(bool engine_fails) : engine_fails_(engine_fails) {}

  void Response(Status status, PackagePtr output, any user_data) override {
    const long n = any_cast<long>(user_data);
    if (n < next_) ++wrong;  // Twice, or too late.
    Missing(n);
    next_ = n + 1;
    ++answered;
    if (status != Status::SUCCESS) ++failed;
    if (Fails(n) ? status != Status::ERROR_BACKEND : status != Status::SUCCESS && !engine_fails_)
      ++wrong;
    if (output->data.size() != ItemsOf(n)) ++wrong;
    if (status != Status::SUCCESS) return;
    for (const InferDataPtr& item : output->data)
      if (item->Get<float>() != static_cast<float>(NumberOf(n))) ++wrong;
  }
  // Before DiscardTask(): requests of `tag` below `n` need not be answered from here on.
  void Discard(std::size_t tag, long n) { discarded_below_[tag] = n; }
  // After DestroySession(), with the number of requests accepted.
  void Finish(long accepted) {
    Missing(accepted);
    EXPECT_EQ(0, wrong.load());
    EXPECT_EQ(accepted, answered + dropped);
  }

  std::atomic<long> answered{0}, dropped{0}, failed{0}, wrong{0};

 private:
  void Missing(long until) {
    for (long k = next_; k < until; ++k) ++(k < discarded_below_[TagOf(k)] ? dropped : wrong);
  }

  const bool engine_fails_;
  std::array<std::atomic<long>, kTags> discarded_below_{};
  std::atomic<long> next_{0};  // One thread at a time writes it.
};

// What became of the requests of all sessions.
struct Totals {
  std::atomic<long> answered{0}, failed{0}, dropped{0}, refused{0}, sync{0}, late{0};
};

struct Kind {
  std::uint32_t batch, engines;
  BatchStrategy strategy;
  int priority;
  bool engine_fails;
};

SessionDesc DescOf(const Kind& kind) {
  SessionDesc desc = NumberDesc(FakeModel(kind.engine_fails ? "fail-every=7" : "", kind.batch),
                                &RefuseBad, &test::ReadNumber);
  desc.batch_timeout = 1;
  desc.engine_num = kind.engines;
  desc.strategy = kind.strategy;
  desc.priority = kind.priority;
  return desc;
}

// Sends requests while `more` says so, with timeouts, waits and discards in between.
template <typename Base, typename More>
void Send(InferServer* server, const Kind& kind, unsigned seed, More more, Totals* totals) {
  auto ledger = std::make_shared<Ledger<Base>>(kind.engine_fails);
  Session_t session = server->CreateSession(DescOf(kind), ledger);
  ASSERT_NE(nullptr, session);
  std::mt19937 random(seed);
  long n = 0;
  while (more()) {
    while (!server->Request(session, PackageOf(n), n, random() % 16 == 0 ? 1 : -1))
      ++totals->refused;
    ++n;
    const auto draw = random() % 2048;
    const std::size_t tag = random() % kTags;
    if (draw == 0) {
      server->WaitTaskDone(session, std::string(1, "abc"[tag]));
    } else if (draw < 4) {
      ledger->Discard(tag, n);
      server->DiscardTask(session, std::string(1, "abc"[tag]));
    }
  }
  EXPECT_TRUE(server->DestroySession(session));
  ledger->Finish(n);
  totals->answered += ledger->answered;
  totals->failed += ledger->failed;
  totals->dropped += ledger->dropped;
}

template <typename More>
void Call(InferServer* server, Session_t session, unsigned seed, More more, Totals* totals) {
  std::mt19937 random(seed);
  for (long n = seed; more(); ++n) {
    while (ItemsOf(n) == 0) ++n;
    ++totals->sync;
    Status status = Status::NOT_IMPLEMENTED;
    auto response = std::make_shared<Package>();
    const int timeout = random() % 16 == 0 ? 1 : -1;
    const bool sent = server->RequestSync(session, PackageOf(n), &status, response, timeout);
    if (status == Status::SUCCESS && sent) {
      ASSERT_EQ(ItemsOf(n), response->data.size());
      EXPECT_EQ(static_cast<float>(NumberOf(n)), response->data.back()->Get<float>());
    } else if (Fails(n) && sent) {
      EXPECT_TRUE(status == Status::ERROR_BACKEND || status == Status::TIMEOUT);
    } else {
      EXPECT_EQ(Status::TIMEOUT, status);
      ++totals->late;
    }
    if (random() % 1024 == 0) server->DiscardTask(session, "a");
  }
}

TEST(Soak, EveryRequestIsAnsweredOnceAndInOrder) {
  devices::SetLogLevel(devices::LogLevel::kNone);  // Failures are part of it.
  const char* wanted = std::getenv("SOAK_REQUESTS");
  const long requests = wanted != nullptr ? std::atol(wanted) : 30000;
  const auto share = [&] { return [left = requests / 10]() mutable { return left-- > 0; }; };
  Totals totals;
  InferServer server(0);
  constexpr Kind kKinds[] = {{1, 1, BatchStrategy::DYNAMIC, 0, false},
                             {4, 2, BatchStrategy::DYNAMIC, 0, true},
                             {8, 1, BatchStrategy::STATIC, 5, false},
                             {32, 3, BatchStrategy::DYNAMIC, 9, false}};
  Session_t sync = server.CreateSyncSession(DescOf({1, 2, BatchStrategy::DYNAMIC, 1, false}));
  std::vector<std::thread> threads;
  unsigned seed = 1;
  for (const Kind& kind : kKinds) {
    threads.emplace_back([&, seed] { Send<Observer>(&server, kind, seed, share(), &totals); });
    threads.emplace_back(
        [&, seed] { Send<DirectObserver>(&server, kind, seed + 100, share(), &totals); });
    ++seed;
  }
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&, seed] { Call(&server, sync, seed, share(), &totals); });
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(server.DestroySession(sync));
  EXPECT_EQ(requests / 10 * 10, totals.answered + totals.dropped + totals.sync);
  if (requests >= 1000000) {  // Then all of it has happened, else it shows nothing.
    EXPECT_GT(totals.failed, 0);
    EXPECT_GT(totals.dropped, 0);
    EXPECT_GT(totals.refused, 0);
    EXPECT_GT(totals.late, 0);
  }
  std::printf(
      "%ld answered, %ld of them failed; %ld discarded; %ld times no room in time; %ld "
      "synchronous, %ld of them too late or discarded\n",
      totals.answered.load(), totals.failed.load(), totals.dropped.load(), totals.refused.load(),
      totals.sync.load(), totals.late.load());
}

int Threads() {
  DIR* tasks = opendir("/proc/self/task");
  int count = 0;
  while (readdir(tasks) != nullptr) ++count;
  closedir(tasks);
  return count;
}

TEST(Soak, AThousandSessionsWithWorkInFlightComeAndGo) {
  devices::SetLogLevel(devices::LogLevel::kNone);
  const int before = Threads();
  Totals totals;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 10; ++t)
    threads.emplace_back([&, t] {
      for (unsigned cycle = 0; cycle < 100; ++cycle) {
        InferServer server(0);
        const Kind kind{1 + cycle % 4, 1 + t % 2, BatchStrategy::DYNAMIC,
                        static_cast<int>(cycle % 3) * 4, cycle % 5 == 0};
        int left = static_cast<int>(cycle % 23);
        const auto more = [&left] { return --left >= 0; };
        if (cycle % 2 == 0)
          Send<Observer>(&server, kind, t * 100 + cycle, more, &totals);
        else
          Send<DirectObserver>(&server, kind, t * 100 + cycle, more, &totals);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(10 * 1040, totals.answered + totals.dropped);
  // The system may show a thread for a moment after it was joined.
  for (int i = 0; i < 1000 && Threads() > before; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(before, Threads());
}

}  // namespace
}  // namespace infer_server
