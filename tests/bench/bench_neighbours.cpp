// SPDX-License-Identifier: Apache-2.0
// What sessions cost that do nothing, and what a session notices of others that go wrong. Goals:
//   IdleSessions   8 of them take at most 0.5 % of a core
//   BesideFault    kept at least 0.95: the rate beside the other over the rate alone
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <stdexcept>

#include "tests/bench/load.h"

namespace infer_server::bench {
namespace {

double CpuMs() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) * 1e-3;
  };
  return ms(use.ru_utime) + ms(use.ru_stime);
}

class Ignore final : public Observer {
 public:
  void Response(Status, PackagePtr, any) override {}
};

void IdleSessions(benchmark::State& state) {
  InferServer server(0);
  std::vector<Session_t> sessions;
  for (int i = 0; i < 8; ++i) {
    SessionDesc desc = IdleDesc(Fake("seed=" + std::to_string(i + 1), 4));
    desc.priority = i;
    desc.show_perf = true;
    sessions.push_back(server.CreateSession(desc, std::make_shared<Ignore>()));
    Send(&server, sessions.back());
    server.WaitTaskDone(sessions.back(), "");
  }
  for (auto _ : state) {
    const Moment start = Now();
    const double before = CpuMs();
    std::this_thread::sleep_for(std::chrono::seconds(5));
    state.counters["cpu_percent"] = (CpuMs() - before) / MsBetween(start, Now()) * 100;
    state.counters["goal"] = 0.5;
  }
  for (Session_t session : sessions) server.DestroySession(session);
}
BENCHMARK(IdleSessions)->Iterations(1)->UseRealTime()->Unit(benchmark::kSecond);

enum Fault {
  kProcessorFails,
  kProcessorThrows,
  kProcessorBlocks,
  kEngineFails,
  kPoolExhausted,
  kSlowObserver
};
constexpr const char* kFaultNames[] = {"processor fails",  "processor throws",
                                       "processor blocks", "engine fails every 7th call",
                                       "pool exhausted",   "slow observer"};

// Its package is wrong in the way asked for.
class Faulty final : public ProcessorForkable<Faulty> {
 public:
  Faulty() : ProcessorForkable("Faulty") {}
  Status Init() override {
    idle_.CopyParamsFrom(*this);
    return idle_.Init();
  }
  Status Process(PackagePtr package) override {
    const auto fault = GetParam<Fault>("fault");
    if (fault == kProcessorFails) return Status::ERROR_BACKEND;
    if (fault == kProcessorThrows) throw std::runtime_error("no");
    if (fault == kProcessorBlocks) std::this_thread::sleep_for(std::chrono::seconds(5));
    if (fault == kPoolExhausted) GetParam<MluMemoryPool*>("pool")->Request(100);  // Throws.
    return idle_.Process(package);
  }

 private:
  test::IdlePreprocessor idle_;
};

class Slow final : public Observer {
 public:
  void Response(Status, PackagePtr, any) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
};

// Answers a second of a session that is kept full, of an engine of 5 ms, beside `other` or alone.
double Rate(InferServer* server, Session_t other) {
  const auto watch = std::make_shared<Stopwatch>();
  Session_t session = server->CreateSession(IdleDesc(Fake("latency=5")), watch);
  double rate = 0;
  {
    Crowd crowd;
    const Moment start = Now(), end = After(5);
    if (other != nullptr) crowd.Add([=] { SendSteadily(server, other, 30, 0, end); });
    Saturate(server, session, end);
    rate = static_cast<double>(watch->times.Count()) / MsBetween(start, Now()) * 1e3;
  }
  server->DestroySession(session);
  return rate;
}

void BesideFault(benchmark::State& state) {
  const auto fault = static_cast<Fault>(state.range(0));
  state.SetLabel(kFaultNames[fault]);
  InferServer server(0);
  for (auto _ : state) {
    const double alone = Rate(&server, nullptr);
    MluMemoryPool pool(64, 1);
    const Buffer all = pool.Request();
    SessionDesc desc = IdleDesc(Fake(fault == kEngineFails ? "seed=2,fail-every=7" : "seed=2"));
    desc.preproc = std::make_shared<Faulty>();
    desc.preproc->SetParams("fault", fault, "pool", &pool);
    std::shared_ptr<Observer> observer = std::make_shared<Ignore>();
    if (fault == kSlowObserver) observer = std::make_shared<Slow>();
    Session_t other = server.CreateSession(desc, observer);
    const double beside = Rate(&server, other);
    server.DiscardTask(other, "");
    server.DestroySession(other);
    state.counters["alone_per_s"] = alone;
    state.counters["kept"] = beside / alone;
    state.counters["goal"] = 0.95;
  }
}
BENCHMARK(BesideFault)
    ->ArgName("fault")
    ->DenseRange(kProcessorFails, kSlowObserver)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kSecond);

}  // namespace
}  // namespace infer_server::bench

BENCHMARK_MAIN();
