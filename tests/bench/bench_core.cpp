// SPDX-License-Identifier: Apache-2.0
// What the InferServer core itself costs: stages and an engine that do nothing, a full queue.
// Goals: an item at batch 32 at most 2 us, a request at batch 1 at most 10 us, a synchronous round
// trip at most 50 us (about seven hops between threads, measured beside it).
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <thread>
#include <vector>

#include "devices/base/mutex.h"
#include "infer/direct_observer.h"
#include "infer_server.h"
#include "tests/infer/idle_stages.h"

namespace infer_server {
namespace {

class Counter final : public DirectObserver {
 public:
  void Response(Status, PackagePtr, any) override {
    devices::MutexLock lock(&mutex_);
    if (++answered_ == awaited_) changed_.notify_all();
  }
  void Wait(long count) {
    devices::MutexLock lock(&mutex_);
    awaited_ = count;
    while (answered_ < count) lock.Wait(&changed_);
  }

 private:
  devices::Mutex mutex_;
  std::condition_variable changed_;
  long answered_ INFER_GUARDED_BY(mutex_) = 0;
  long awaited_ INFER_GUARDED_BY(mutex_) = -1;
};

// What the process has used: processor time in seconds, and how often a thread of it went to sleep.
struct Usage {
  static Usage Now() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return {seconds(usage.ru_utime) + seconds(usage.ru_stime), static_cast<double>(usage.ru_nvcsw)};
  }
  double cpu_s = 0, sleeps = 0;
};

SessionDesc Desc(std::uint32_t batch) {
  ModelOptions options;
  options.engine = "fake:inputs=1,outputs=1,mode=zeros";
  options.batch_size = batch;
  SessionDesc desc;
  desc.name = "bench";
  desc.model = InferServer::LoadModel("", options);
  desc.preproc = std::make_shared<test::IdlePreprocessor>();
  desc.postproc = std::make_shared<test::IdlePostprocessor>();
  desc.batch_timeout = 1;
  desc.engine_num = 2;
  return desc;
}

// Arguments: batch size, items of a request, producers. Time and the counters are those of one
// item; cpu_us and sleeps say on a busy machine, too, what it costs.
void Throughput(benchmark::State& state) {
  const auto items = static_cast<std::size_t>(state.range(1));
  const auto producers = static_cast<int>(state.range(2));
  InferServer server(0);
  auto counter = std::make_shared<Counter>();
  Session_t session =
      server.CreateSession(Desc(static_cast<std::uint32_t>(state.range(0))), counter);
  const long each = 20000 / static_cast<long>(items) / producers;
  const auto produce = [&] {
    const PackagePtr package = Package::Create(0, "source");
    std::vector<InferDataPtr> own(items);
    for (auto& item : own) item = std::make_shared<InferData>();
    for (long i = 0; i < each; ++i) {
      package->data.assign(own.begin(), own.end());
      server.Request(session, package, nullptr);
    }
  };
  long sent = 0;
  const Usage before = Usage::Now();
  for (auto _ : state) {
    std::vector<std::thread> others;
    for (int p = 1; p < producers; ++p) others.emplace_back(produce);
    produce();
    for (auto& other : others) other.join();
    sent += each * producers;
    counter->Wait(sent);
  }
  const Usage after = Usage::Now();
  const double done = static_cast<double>(sent) * static_cast<double>(items);
  state.counters["cpu_us"] = (after.cpu_s - before.cpu_s) * 1e6 / done;
  state.counters["sleeps"] = (after.sleeps - before.sleeps) / done;
  state.counters["us_per_item"] =
      benchmark::Counter(done * 1e-6, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  server.DestroySession(session);
}
BENCHMARK(Throughput)
    ->ArgNames({"batch", "items", "producers"})
    ->Args({32, 32, 1})
    ->Args({32, 1, 1})
    ->Args({32, 1, 8})
    ->Args({1, 1, 1})
    ->Args({1, 1, 8})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void RequestSyncRoundTrip(benchmark::State& state) {
  InferServer server(0);
  Session_t session = server.CreateSyncSession(Desc(1));
  const PackagePtr input = Package::Create(1), response = std::make_shared<Package>();
  const InferDataPtr item = input->data[0];
  Status status = Status::SUCCESS;
  for (auto _ : state) {
    input->data[0] = item;
    server.RequestSync(session, input, &status, response);
  }
  if (status != Status::SUCCESS) state.SkipWithError(StatusStr(status));
  server.DestroySession(session);
}
BENCHMARK(RequestSyncRoundTrip)->UseRealTime()->Unit(benchmark::kMicrosecond);

// From one thread to another by a condition variable: half of there and back.
void ConditionVariableHop(benchmark::State& state) {
  devices::Mutex mutex;
  std::condition_variable changed;
  bool ball = false, stop = false;
  std::thread other([&] {
    devices::MutexLock lock(&mutex);
    while (true) {
      while (!ball && !stop) lock.Wait(&changed);
      if (stop) return;
      ball = false;
      changed.notify_one();
    }
  });
  for (auto _ : state) {
    devices::MutexLock lock(&mutex);
    ball = true;
    changed.notify_one();
    while (ball) lock.Wait(&changed);
  }
  {
    devices::MutexLock lock(&mutex);
    stop = true;
    changed.notify_one();
  }
  other.join();
  state.counters["us_per_hop"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 2e-6,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(ConditionVariableHop)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace infer_server

BENCHMARK_MAIN();
