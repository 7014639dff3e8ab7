// SPDX-License-Identifier: Apache-2.0
// How much of the machine's speed a pipeline keeps: frames per second of
//   decode ! cpuinfer ! fakesink
// divided by those of the same decoder beside the same engines, in a bare loop over a tensor that
// is ready. Same engines, same number of threads, interleaved in one process; 1 would mean that
// frames, tensors, scheduling and metadata cost nothing.
//
// Needs the assets (INFERSERVER_ASSETS). INFERSERVER_BENCH_FRAMES: frames of one run (default 100).
#include <benchmark/benchmark.h>
#include <gst/gst.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "devices/base/thread.h"
#include "devices/runtime.h"
#include "devices/thread_budget.h"
#include "tests/assets.h"
#include "tests/pipeline/pipeline.h"

namespace {

using infer_gst::test::Parse;
using infer_gst::test::Pipeline;
using infer_server::AssetPath;
using namespace infer_server::devices;

struct Case {
  const char* model;
  const char* settings;
};
constexpr Case kYolox = {"models/yolox_nano_416.onnx", "postprocess=yolox"};
constexpr Case kFastestDet = {"models/fastestdet_352.onnx", "postprocess=fastestdet"};

int Frames() {
  const char* text = std::getenv("INFERSERVER_BENCH_FRAMES");
  return text != nullptr && std::atoi(text) > 0 ? std::atoi(text) : 100;
}

std::string Decode() {
  return "filesrc location=" + AssetPath("videos/vtest_h264_30s.mp4") +
         " ! qtdemux ! h264parse ! avdec_h264 max-threads=1 ! identity name=in ! ";
}

double Seconds(std::chrono::steady_clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

// Seconds, and those of them that the process had of the processors: what a busy machine spoils
// less.
struct Cost {
  double time = 0, cpu = 0;
};

double CpuSeconds() {
  std::timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

// To EOS from READY, where the model is loaded and no frame has moved.
Cost Play(GstElement* pipeline) {
  infer_gst::test::EndAfter(pipeline, "in", Frames());
  gst_element_set_state(pipeline, GST_STATE_READY);
  const auto start = std::chrono::steady_clock::now();
  const double cpu = CpuSeconds();
  const std::string error = infer_gst::test::RunToEnd(pipeline, 600);
  if (!error.empty()) std::fprintf(stderr, "%s\n", error.c_str());
  if (!error.empty()) return {};
  return {Seconds(std::chrono::steady_clock::now() - start), CpuSeconds() - cpu};
}

Cost PlayCase(const Case& c, const char* infer = "cpuinfer engine=opencv") {
  Pipeline pipeline = Parse(Decode() + infer + " " + c.settings + " model=" + AssetPath(c.model) +
                            " ! fakesink sync=false");
  return Play(pipeline.get());
}

// The engines of a bare loop, made once.
class BareLoop {
 public:
  explicit BareLoop(const Case& c) {
    auto device = OpenDevice({"cpu", 0});
    ModelOptions options;
    options.engine = "opencv";
    auto model = device.value()->LoadModel({AssetPath(c.model), nullptr, 0}, options);
    model_ = model.value();
    for (int i = 0; i < CpuBudget(); ++i) engines_.push_back(model_->NewEngine().value());
  }

  // Seconds that decoding, beside as many runs of the engines as there are frames, takes.
  double Run() {
    std::atomic<int> left{Frames()};
    Pipeline decoder = Parse(Decode() + "fakesink sync=false");
    const auto start = std::chrono::steady_clock::now();
    {
      std::vector<Thread> threads;
      for (auto& engine : engines_)
        threads.emplace_back("bare-loop", [this, &left, &engine] { Loop(engine.get(), &left); });
      Play(decoder.get());
    }
    return Seconds(std::chrono::steady_clock::now() - start);
  }

 private:
  void Loop(Engine* engine, std::atomic<int>* left) const {
    std::vector<std::vector<char>> memory;
    std::vector<const void*> inputs;
    std::vector<void*> outputs;
    for (const TensorInfo& info : model_->Inputs()) memory.emplace_back(info.ItemBytes());
    for (const TensorInfo& info : model_->Outputs()) memory.emplace_back(info.ItemBytes());
    for (std::size_t i = 0; i < memory.size(); ++i)
      i < model_->Inputs().size() ? inputs.push_back(memory[i].data())
                                  : outputs.push_back(memory[i].data());
    while (left->fetch_sub(1) > 0) (void)engine->Run(inputs.data(), outputs.data(), 1).ok();
  }

  std::shared_ptr<Model> model_;
  std::vector<std::unique_ptr<Engine>> engines_;
};

void PipelineAgainstBareLoop(benchmark::State& state, const Case& c) {
  if (infer_server::AssetFolder().empty()) {
    state.SkipWithError("needs the assets: set INFERSERVER_ASSETS");
    return;
  }
  BareLoop bare(c);
  static bool pipeline_first = false;  // Turns with each repetition.
  for (auto _ : state) {
    pipeline_first = !pipeline_first;
    double a = 0, b = 0;
    if (pipeline_first) a = PlayCase(c).time;
    b = bare.Run();
    if (!pipeline_first) a = PlayCase(c).time;
    state.SetIterationTime(a);
    state.counters["pipeline_fps"] = Frames() / a;
    state.counters["bare_fps"] = Frames() / b;
    state.counters["ratio"] = b / a;
  }
}

// aclinfer through the software AscendCL, which runs the same engines, against cpuinfer.
void AclAgainstCpu(benchmark::State& state, const Case& c) {
  if (infer_server::AssetFolder().empty()) {
    state.SkipWithError("needs the assets: set INFERSERVER_ASSETS");
    return;
  }
  const char* const acl = "aclinfer flavour=software";
  static bool acl_first = false;  // Turns with each repetition.
  for (auto _ : state) {
    acl_first = !acl_first;
    Cost a;
    if (acl_first) a = PlayCase(c, acl);
    const Cost b = PlayCase(c);
    if (!acl_first) a = PlayCase(c, acl);
    state.SetIterationTime(a.time);
    state.counters["aclinfer_fps"] = Frames() / a.time;
    state.counters["cpuinfer_fps"] = Frames() / b.time;
    state.counters["ratio"] = b.time / a.time;
    state.counters["cpu_ratio"] = b.cpu / a.cpu;
  }
}

BENCHMARK_CAPTURE(AclAgainstCpu, yolox_nano, kYolox)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(5)
    ->ReportAggregatesOnly(false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(AclAgainstCpu, fastestdet, kFastestDet)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(5)
    ->ReportAggregatesOnly(false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(PipelineAgainstBareLoop, yolox_nano, kYolox)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(5)
    ->ReportAggregatesOnly(false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(PipelineAgainstBareLoop, fastestdet, kFastestDet)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(5)
    ->ReportAggregatesOnly(false)
    ->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
