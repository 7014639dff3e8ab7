// SPDX-License-Identifier: Apache-2.0
// What a session of high priority notices of others that keep the machine busy, and how equal
// sessions share it. Goals:
//   Overload      p99 at most 44 ms: twice the engine's 20 ms and a tenth
//   EqualShares   spread at most 0.05: most answers less fewest, of the mean
//   TwoEngines    ratio at most 3: p99 beside a saturating low session over p99 alone
// TwoEngines needs the assets (INFERSERVER_ASSETS).
#include <benchmark/benchmark.h>

#include "devices/thread_budget.h"
#include "tests/assets.h"
#include "tests/bench/load.h"

namespace infer_server::bench {
namespace {

std::uint32_t Cores() { return static_cast<std::uint32_t>(devices::CpuBudget()); }

// Four sessions that are always full want far more than three times what there is.
void Overload(benchmark::State& state) {
  const ModelPtr model = Fake("latency=20");
  InferServer server(0);
  for (auto _ : state) {
    const auto watch = std::make_shared<Stopwatch>();
    SessionDesc desc = IdleDesc(model);
    desc.priority = 9;
    Session_t high = server.CreateSession(desc, watch);
    std::vector<Session_t> lows;
    const auto lost = std::make_shared<Stopwatch>();
    for (int i = 0; i < 4; ++i) {
      SessionDesc low = IdleDesc(Fake("latency=20,seed=" + std::to_string(i + 2)));
      low.engine_num = Cores();
      lows.push_back(server.CreateSession(low, lost));
    }
    {
      Crowd crowd;
      const Moment end = After(10);
      for (Session_t low : lows) crowd.Add([&, low] { Saturate(&server, low, end); });
      crowd.Add([&] { SendSteadily(&server, high, 30, 0, end); });
    }
    server.DestroySession(high);
    for (Session_t low : lows) server.DestroySession(low);
    state.counters["p50_ms"] = watch->times.Quantile(0.5);
    state.counters["p99_ms"] = watch->times.Quantile(0.99);
    state.counters["goal_ms"] = 44;
    state.counters["low_per_s"] = static_cast<double>(lost->times.Count()) / 10;
  }
}
BENCHMARK(Overload)->Iterations(1)->UseRealTime()->Unit(benchmark::kSecond);

// Argument: whether the sessions have engines of their own.
void EqualShares(benchmark::State& state) {
  InferServer server(0);
  for (auto _ : state) {
    std::vector<Session_t> sessions;
    std::vector<std::shared_ptr<Stopwatch>> watches;
    for (int i = 0; i < 4; ++i) {
      const int seed = state.range(0) != 0 ? i + 1 : 1;
      SessionDesc desc = IdleDesc(Fake("latency=20,seed=" + std::to_string(seed)));
      desc.engine_num = Cores();
      watches.push_back(std::make_shared<Stopwatch>());
      sessions.push_back(server.CreateSession(desc, watches.back()));
    }
    const auto counts_at = [&](Moment moment) {
      std::this_thread::sleep_until(moment);
      std::vector<double> counts;
      for (const auto& watch : watches) counts.push_back(static_cast<double>(watch->times.Count()));
      return counts;
    };
    std::vector<double> counts;
    {
      Crowd crowd;
      const Moment begin = After(2), end = After(22);  // Whoever filled his queue first was ahead.
      for (Session_t session : sessions)
        crowd.Add([&, session] { Saturate(&server, session, end); });
      const std::vector<double> before = counts_at(begin);
      counts = counts_at(end);
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i] -= before[i];
    }
    for (Session_t session : sessions) server.DestroySession(session);
    double sum = 0;
    for (const double count : counts) sum += count;
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    state.counters["spread"] = (*most - *least) / (sum / 4);
    state.counters["goal"] = 0.05;
    state.counters["answers"] = sum;
  }
}
BENCHMARK(EqualShares)
    ->ArgName("engines_of_their_own")
    ->Arg(0)
    ->Arg(1)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kSecond);

bool WriteGrey(ModelIO* io, const InferData&, const ModelInfo& model) {
  const auto count = static_cast<std::size_t>(model.InputShape(0).DataCount());
  std::fill_n(static_cast<float*>(io->buffers[0].MutableData()), count, 0.5f);
  return true;
}

SessionDesc NetworkDesc(const std::string& path) {
  SessionDesc desc = IdleDesc(InferServer::LoadModel(AssetPath(path)));
  desc.host_input_layout = {DataType::FLOAT32, DimOrder::NCHW};
  desc.preproc = PreprocessorHost::Create();
  desc.preproc->SetParams("process_function", &WriteGrey);
  return desc;
}

void TwoEngines(benchmark::State& state) {
  if (AssetFolder().empty()) {
    state.SkipWithError("no folder of models: set INFERSERVER_ASSETS");
    return;
  }
  InferServer server(0);
  SessionDesc desc = NetworkDesc("models/fastestdet_352.onnx");
  desc.priority = 9;
  SessionDesc low_desc = NetworkDesc("models/yolox_nano_416.onnx");
  low_desc.engine_num = Cores();
  for (auto _ : state) {
    const auto watch = std::make_shared<Stopwatch>(), low_watch = std::make_shared<Stopwatch>();
    Session_t high = server.CreateSession(desc, watch);
    // p50 and p99. The first two seconds do not count: engines get their memory then.
    const auto run = [&](Session_t low) {
      Crowd crowd;
      const Moment begin = After(2), end = After(12);
      if (low != nullptr) crowd.Add([&, low, end] { Saturate(&server, low, end); });
      SendSteadily(&server, high, 30, 0, begin);
      watch->times.Clear();
      low_watch->times.Clear();
      SendSteadily(&server, high, 30, 0, end);
      server.WaitTaskDone(high, "");
      return std::make_pair(watch->times.Quantile(0.5), watch->times.Quantile(0.99));
    };
    const auto [p50_alone, p99_alone] = run(nullptr);
    Session_t low = server.CreateSession(low_desc, low_watch);
    const auto [p50, p99] = run(low);
    const auto low_answers = static_cast<double>(low_watch->times.Count());
    server.DestroySession(low);
    server.DestroySession(high);
    state.counters["alone_p50_ms"] = p50_alone;
    state.counters["alone_p99_ms"] = p99_alone;
    state.counters["p50_ms"] = p50;
    state.counters["p99_ms"] = p99;
    state.counters["ratio"] = p99 / p99_alone;
    state.counters["goal"] = 3;
    state.counters["low_per_s"] = low_answers / 10;
  }
}
BENCHMARK(TwoEngines)->Iterations(1)->UseRealTime()->Unit(benchmark::kSecond);

}  // namespace
}  // namespace infer_server::bench

BENCHMARK_MAIN();
