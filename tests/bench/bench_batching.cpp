// SPDX-License-Identifier: Apache-2.0
// How full batches get, and what waiting for that costs: an engine of 5 ms and batch 8 with a
// batch_timeout of 40 ms. Goals: 8 sources at 30 a second fill a batch with 7 items or more on
// average; an item of one source at 5 a second waits 45 ms at most (p99) before it is preprocessed.
#include <benchmark/benchmark.h>

#include "tests/bench/load.h"

namespace infer_server::bench {
namespace {

struct Seen {
  std::atomic<int> batches{0}, items{0};
  Times waited;
};

// Notes what comes, and when it was sent.
class Watching final : public ProcessorForkable<Watching> {
 public:
  Watching() : ProcessorForkable("Watching") {}
  Status Init() override {
    seen_ = GetParam<Seen*>("seen");
    idle_.CopyParamsFrom(*this);
    return idle_.Init();
  }
  Status Process(PackagePtr package) override {
    ++seen_->batches;
    seen_->items += static_cast<int>(package->data.size());
    for (const InferDataPtr& item : package->data)
      seen_->waited.Add(MsBetween(item->Get<Moment>(), Now()));
    return idle_.Process(package);
  }

 private:
  Seen* seen_ = nullptr;
  test::IdlePreprocessor idle_;
};

// Arguments: sources, and how many items a second each sends. Phases are spread evenly.
void Fill(benchmark::State& state) {
  const auto sources = static_cast<int>(state.range(0));
  const auto rate = static_cast<double>(state.range(1));
  InferServer server(0);
  for (auto _ : state) {
    Seen seen;
    SessionDesc desc = IdleDesc(Fake("latency=5", 8));
    desc.preproc = std::make_shared<Watching>();
    desc.preproc->SetParams("seen", &seen);
    desc.batch_timeout = 40;
    Session_t session = server.CreateSession(desc, std::make_shared<Stopwatch>());
    {
      Crowd crowd;
      const Moment end = After(10);
      for (int i = 0; i < sources; ++i)
        crowd.Add([&, i] {
          SendSteadily(&server, session, rate, static_cast<double>(i) / sources, end,
                       "source " + std::to_string(i));
        });
    }
    server.DestroySession(session);
    state.counters["mean_fill"] =
        static_cast<double>(seen.items) / static_cast<double>(std::max(1, seen.batches.load()));
    state.counters["wait_p50_ms"] = seen.waited.Quantile(0.5);
    state.counters["wait_p99_ms"] = seen.waited.Quantile(0.99);
  }
}
BENCHMARK(Fill)
    ->ArgNames({"sources", "rate"})
    ->Args({8, 30})
    ->Args({1, 5})
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kSecond);

}  // namespace
}  // namespace infer_server::bench

BENCHMARK_MAIN();
