// SPDX-License-Identifier: Apache-2.0
// Asynchronous inference with callbacks, as a program of AscendCL's user: built by
// test_install_acl.py with what is installed, for a network that gives the mean of each of three
// channels.
//
//   async_inference MODEL INTERVAL    INTERVAL: executions for each callback; 0 = none, then the
//                                     stream is synchronised every 100.
// Prints what it did; exits with 0 when every result is right.
#include <pthread.h>

#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <vector>

#include "acl/acl.h"

namespace {

constexpr size_t kPool = 100;
constexpr int kExecutions = 1000;
constexpr int kChannels = 3;

void Check(aclError code, const char* call) {
  if (code == ACL_SUCCESS) return;
  const char* why = aclGetRecentErrMsg();
  std::fprintf(stderr, "%s: %d\n%s\n", call, code, why == nullptr ? "" : why);
  std::exit(1);
}
#define CHECK(call) Check(call, #call)

// Pairs of datasets that are free. Whoever takes one waits until there is one.
class Pool {
 public:
  void Give(aclmdlDataset* input, aclmdlDataset* output) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      free_[input] = output;
    }
    given_.notify_one();
  }
  std::pair<aclmdlDataset*, aclmdlDataset*> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (free_.empty()) ++waits_;
    given_.wait(lock, [this] { return !free_.empty(); });
    const auto pair = *free_.begin();
    free_.erase(free_.begin());
    return pair;
  }
  size_t size() const { return free_.size(); }
  int waits() const { return waits_; }

 private:
  std::mutex mutex_;
  std::condition_variable given_;
  std::map<aclmdlDataset*, aclmdlDataset*> free_;
  int waits_ = 0;
};

Pool g_pool;
std::map<aclmdlDataset*, float> g_expected;  // Of channel 0, by output.
bool g_copies = true;                        // The host cannot read device memory.
std::atomic<int> g_right{0}, g_wrong{0};
std::atomic<bool> g_exit{false};

using Batch = std::map<aclmdlDataset*, aclmdlDataset*>;

void* NewDeviceMemory(const void* content, size_t bytes) {
  void* memory = nullptr;
  CHECK(aclrtMalloc(&memory, bytes, ACL_MEM_MALLOC_NORMAL_ONLY));
  if (content != nullptr)
    CHECK(aclrtMemcpy(memory, bytes, content, bytes,
                      g_copies ? ACL_MEMCPY_HOST_TO_DEVICE : ACL_MEMCPY_DEVICE_TO_DEVICE));
  return memory;
}

void CheckResult(aclmdlDataset* output) {
  aclDataBuffer* buffer = aclmdlGetDatasetBuffer(output, 0);
  const size_t bytes = aclGetDataBufferSizeV2(buffer);
  void* host = aclGetDataBufferAddr(buffer);
  if (g_copies) {
    CHECK(aclrtMallocHost(&host, bytes));
    CHECK(aclrtMemcpy(host, bytes, aclGetDataBufferAddr(buffer), bytes, ACL_MEMCPY_DEVICE_TO_HOST));
  }
  const auto* means = static_cast<const float*>(host);
  bool right = true;
  for (int c = 0; c < kChannels; ++c)
    right = right && std::fabs(means[c] - (g_expected[output] + static_cast<float>(c))) < 1e-3f;
  ++(right ? g_right : g_wrong);
  if (g_copies) CHECK(aclrtFreeHost(host));
}

void CallBack(void* argument) {
  auto* batch = static_cast<Batch*>(argument);
  for (const auto& pair : *batch) {
    CheckResult(pair.second);
    g_pool.Give(pair.first, pair.second);
  }
  delete batch;
}

void* ProcessCallback(void* argument) {
  CHECK(aclrtSetCurrentContext(argument));
  // Before the thread is subscribed this fails, which does not matter.
  while (!g_exit) (void)aclrtProcessReport(100);
  return nullptr;
}

aclmdlDataset* NewDataset(void* memory, size_t bytes) {
  aclmdlDataset* dataset = aclmdlCreateDataset();
  CHECK(aclmdlAddDatasetBuffer(dataset, aclCreateDataBuffer(memory, bytes)));
  return dataset;
}

void InitMemPool(aclmdlDesc* desc) {
  const size_t in = aclmdlGetInputSizeByIndex(desc, 0), out = aclmdlGetOutputSizeByIndex(desc, 0);
  const size_t plane = in / sizeof(float) / kChannels;
  for (size_t i = 0; i < kPool; ++i) {
    std::vector<float> picture(in / sizeof(float));
    for (size_t p = 0; p < picture.size(); ++p)
      picture[p] = static_cast<float>(i) + static_cast<float>(p / plane);
    aclmdlDataset* output = NewDataset(NewDeviceMemory(nullptr, out), out);
    g_expected[output] = static_cast<float>(i);
    g_pool.Give(NewDataset(NewDeviceMemory(picture.data(), in), in), output);
  }
}

void Destroy(aclmdlDataset* dataset) {
  aclDataBuffer* buffer = aclmdlGetDatasetBuffer(dataset, 0);
  CHECK(aclrtFree(aclGetDataBufferAddr(buffer)));
  CHECK(aclDestroyDataBuffer(buffer));
  CHECK(aclmdlDestroyDataset(dataset));
}

void ExecuteAsync(uint32_t model, aclrtStream stream, int interval) {
  auto* batch = new Batch;
  for (int i = 1; i <= kExecutions; ++i) {
    const auto [input, output] = g_pool.Take();
    CHECK(aclmdlExecuteAsync(model, input, output, stream));
    (*batch)[input] = output;
    if (interval == 0 && i % static_cast<int>(kPool) == 0) {
      CHECK(aclrtSynchronizeStream(stream));
      CallBack(batch);
      batch = new Batch;
    } else if (interval != 0 && i % interval == 0) {
      CHECK(aclrtLaunchCallback(CallBack, batch, ACL_CALLBACK_BLOCK, stream));
      batch = new Batch;
    }
  }
  CHECK(aclrtSynchronizeStream(stream));
  CallBack(batch);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: async_inference MODEL INTERVAL\n");
    return 2;
  }
  const int interval = std::atoi(argv[2]);
  CHECK(aclInit(nullptr));
  CHECK(aclrtSetDevice(0));
  aclrtContext context = nullptr;
  CHECK(aclrtCreateContext(&context, 0));
  aclrtStream stream = nullptr;
  CHECK(aclrtCreateStream(&stream));
  aclrtRunMode mode = ACL_HOST;
  CHECK(aclrtGetRunMode(&mode));
  g_copies = mode == ACL_HOST;

  size_t work_size = 0, weight_size = 0;
  CHECK(aclmdlQuerySize(argv[1], &work_size, &weight_size));
  void *work = nullptr, *weight = nullptr;
  CHECK(aclrtMalloc(&work, work_size, ACL_MEM_MALLOC_HUGE_FIRST));
  CHECK(aclrtMalloc(&weight, weight_size, ACL_MEM_MALLOC_HUGE_FIRST));
  uint32_t model = 0;
  CHECK(aclmdlLoadFromFileWithMem(argv[1], &model, work, work_size, weight, weight_size));
  aclmdlDesc* desc = aclmdlCreateDesc();
  CHECK(aclmdlGetDesc(desc, model));
  InitMemPool(desc);

  pthread_t thread;
  if (pthread_create(&thread, nullptr, ProcessCallback, context) != 0) return 1;
  if (interval != 0) CHECK(aclrtSubscribeReport(static_cast<uint64_t>(thread), stream));
  ExecuteAsync(model, stream, interval);
  if (interval != 0) CHECK(aclrtUnSubscribeReport(static_cast<uint64_t>(thread), stream));
  g_exit = true;
  pthread_join(thread, nullptr);

  const size_t pool = g_pool.size();
  for (size_t i = 0; i < pool; ++i) {
    const auto [input, output] = g_pool.Take();
    Destroy(input);
    Destroy(output);
  }
  CHECK(aclmdlUnload(model));
  CHECK(aclmdlDestroyDesc(desc));
  CHECK(aclrtFree(work));
  CHECK(aclrtFree(weight));
  CHECK(aclrtDestroyStream(stream));
  CHECK(aclrtDestroyContext(context));
  CHECK(aclrtResetDevice(0));
  CHECK(aclFinalize());
  std::printf("interval %d: %d right, %d wrong, %zu pairs back, waited for one %d times\n",
              interval, g_right.load(), g_wrong.load(), pool, g_pool.waits());
  return g_right == kExecutions && g_wrong == 0 && pool == kPool ? 0 : 1;
}
