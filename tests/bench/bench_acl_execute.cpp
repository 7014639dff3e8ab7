// SPDX-License-Identifier: Apache-2.0
// What aclmdlExecuteAsync and a callback cost above the engine that they run. Goals: at most 15 us
// an item with 8 outstanding, 40 us with one at a time (three wake-ups: to the stream's thread, to
// the callback's, and back). The engine is measured between, with one of its own; medians of rounds
// that take turns.
#include <pthread.h>

#include <atomic>
#include <memory>
#include <string>

#include "devices/runtime.h"
#include "tests/bench/acl_bench.h"
#include "tests/files.h"

namespace {

using namespace acl_bench;
namespace devices = infer_server::devices;
constexpr int kRounds = 15, kItems = 2000, kMost = 8;

// Items that may be sent; their callbacks give them back.
class Free {
 public:
  void Put() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++count_;
    }
    more_.notify_one();
  }
  void Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (count_ == 0) more_.wait(lock);
    --count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  int count_ = 0;
};

struct Item {
  aclmdlDataset* input = aclmdlCreateDataset();
  aclmdlDataset* output = aclmdlCreateDataset();
};

void AddBuffer(aclmdlDataset* dataset, size_t bytes) {
  void* memory = nullptr;
  Check(aclrtMalloc(&memory, bytes, ACL_MEM_MALLOC_HUGE_FIRST), "aclrtMalloc");
  Check(aclmdlAddDatasetBuffer(dataset, aclCreateDataBuffer(memory, bytes)),
        "aclmdlAddDatasetBuffer");
}

void DestroyDataset(aclmdlDataset* dataset) {
  for (size_t i = 0; i < aclmdlGetDatasetNumBuffers(dataset); ++i) {
    aclDataBuffer* buffer = aclmdlGetDatasetBuffer(dataset, i);
    Check(aclrtFree(aclGetDataBufferAddr(buffer)), "aclrtFree");
    Check(aclDestroyDataBuffer(buffer), "aclDestroyDataBuffer");
  }
  Check(aclmdlDestroyDataset(dataset), "aclmdlDestroyDataset");
}

// Of an item, in us.
struct Cost {
  double time, cpu;
};

template <typename F>
Cost OfAnItem(F all) {
  const double cpu = CpuSeconds();
  const auto start = Clock::now();
  all();
  return {Seconds(start) / kItems * 1e6, (CpuSeconds() - cpu) / kItems * 1e6};
}

// With `outstanding` items under way.
Cost Asynchronous(uint32_t model, aclrtStream stream, const std::vector<Item>& items,
                  int outstanding) {
  Free free;
  for (int i = 0; i < outstanding; ++i) free.Put();
  return OfAnItem([&] {
    for (int i = 0; i < kItems; ++i) {
      free.Take();
      const Item& item = items[static_cast<size_t>(i % outstanding)];
      Check(aclmdlExecuteAsync(model, item.input, item.output, stream), "aclmdlExecuteAsync");
      Check(aclrtLaunchCallback([](void* user) { static_cast<Free*>(user)->Put(); }, &free,
                                ACL_CALLBACK_NO_BLOCK, stream),
            "aclrtLaunchCallback");
    }
    for (int i = 0; i < outstanding; ++i) free.Take();
  });
}

Cost Synchronous(uint32_t model, const Item& item) {
  return OfAnItem([&] {
    for (int i = 0; i < kItems; ++i)
      Check(aclmdlExecute(model, item.input, item.output), "aclmdlExecute");
  });
}

Cost Bare(devices::Engine* engine, const Item& item) {
  const void* input = aclGetDataBufferAddr(aclmdlGetDatasetBuffer(item.input, 0));
  void* output = aclGetDataBufferAddr(aclmdlGetDatasetBuffer(item.output, 0));
  return OfAnItem([&] {
    for (int i = 0; i < kItems; ++i)
      if (!engine->Run(&input, &output, 1).ok()) std::exit(1);
  });
}

std::unique_ptr<devices::Engine> NewEngine(const std::string& path) {
  devices::ModelSource source;
  source.path = path;
  auto device = devices::OpenDevice({"cpu", 0});
  if (!device.ok()) std::exit(1);
  auto model = device.value()->LoadModel(source, {});
  if (!model.ok()) std::exit(1);
  auto engine = model.value()->NewEngine();
  if (!engine.ok()) std::exit(1);
  return std::move(engine).value();
}

// What a way costs above the engine, by rounds.
struct Way {
  void Add(const Cost& cost, const Cost& engine) {
    time.push_back(cost.time - engine.time);
    cpu.push_back(cost.cpu - engine.cpu);
  }
  void Print(const char* name, const char* goal) const {
    std::printf("%-44s%8.2f us, of the processors %8.2f us%s\n", name, Median(time), Median(cpu),
                goal);
  }
  std::vector<double> time, cpu;
};

void Measure(uint32_t model, devices::Engine* engine, aclrtStream stream,
             const std::vector<Item>& items) {
  std::vector<double> hop;
  Way bare, synchronous, many, alone;
  for (int round = 0; round < kRounds; ++round) {
    hop.push_back(Hop() * 1e6);
    const Cost first = Bare(engine, items[0]);
    const Cost with_many = Asynchronous(model, stream, items, kMost);
    const Cost with_one = Asynchronous(model, stream, items, 1);
    const Cost called = Synchronous(model, items[0]);
    const Cost last = Bare(engine, items[0]);
    const Cost mean{(first.time + last.time) / 2, (first.cpu + last.cpu) / 2};
    bare.Add(mean, {0, 0});
    many.Add(with_many, mean);
    alone.Add(with_one, mean);
    synchronous.Add(called, mean);
  }
  std::printf("%-44s%8.2f us\n", "condition-variable hop", Median(hop));
  bare.Print("the bare engine", "");
  synchronous.Print("aclmdlExecute above it", "");
  many.Print("ExecuteAsync + callback above it, 8 at once", " (goal 15)");
  alone.Print("ExecuteAsync + callback above it, alone", " (goal 40)");
}

}  // namespace

int main() {
  const std::string path = infer_server::DataPath("mean_rgb.onnx");
  Check(aclInit(nullptr), "aclInit");
  Check(aclrtSetDevice(0), "aclrtSetDevice");
  uint32_t model = 0;
  Check(aclmdlLoadFromFile(path.c_str(), &model), "aclmdlLoadFromFile");
  aclmdlDesc* desc = aclmdlCreateDesc();
  Check(aclmdlGetDesc(desc, model), "aclmdlGetDesc");
  std::vector<Item> items(kMost);
  for (const Item& item : items) {
    AddBuffer(item.input, aclmdlGetInputSizeByIndex(desc, 0));
    AddBuffer(item.output, aclmdlGetOutputSizeByIndex(desc, 0));
  }
  aclrtStream stream = nullptr;
  Check(aclrtCreateStream(&stream), "aclrtCreateStream");
  std::atomic<bool> stop{false};
  std::thread reporter([&] {
    while (!stop) aclrtProcessReport(100);
  });
  const auto id = static_cast<uint64_t>(reporter.native_handle());
  Check(aclrtSubscribeReport(id, stream), "aclrtSubscribeReport");

  Measure(model, NewEngine(path).get(), stream, items);

  Check(aclrtUnSubscribeReport(id, stream), "aclrtUnSubscribeReport");
  stop = true;
  reporter.join();
  Check(aclrtDestroyStream(stream), "aclrtDestroyStream");
  for (const Item& item : items) {
    DestroyDataset(item.input);
    DestroyDataset(item.output);
  }
  Check(aclmdlDestroyDesc(desc), "aclmdlDestroyDesc");
  Check(aclmdlUnload(model), "aclmdlUnload");
  Check(aclrtResetDevice(0), "aclrtResetDevice");
  Check(aclFinalize(), "aclFinalize");
}
