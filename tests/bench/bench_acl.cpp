// SPDX-License-Identifier: Apache-2.0
// What the software AscendCL's callbacks and copies cost, beside what a wake-up of this machine
// costs. Goals, without spinning: a million non-blocking callbacks a second and 40 000 blocking
// ones; 16 queued copies of 1 MB within 5 % of memcpy. Medians of rounds that take turns.
#include <pthread.h>

#include <atomic>
#include <cstring>
#include <functional>

#include "tests/bench/acl_bench.h"

namespace {

using namespace acl_bench;
constexpr int kRounds = 7;

// Runs what it is given, one at a time: the least that handing work to another thread can cost.
class Other {
 public:
  ~Other() {
    Hand(nullptr);
    thread_.join();
  }
  // Returns when `work` has been run.
  void Hand(const std::function<void()>& work) {
    std::unique_lock<std::mutex> lock(mutex_);
    work_ = &work;
    given_.notify_one();
    while (work_ != nullptr) done_.wait(lock);
  }

 private:
  void Body() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      while (work_ == nullptr) given_.wait(lock);
      const bool last = *work_ == nullptr;
      if (!last) (*work_)();
      work_ = nullptr;
      done_.notify_one();
      if (last) return;
    }
  }
  std::mutex mutex_;
  std::condition_variable given_, done_;
  const std::function<void()>* work_ = nullptr;
  std::thread thread_{[this] { Body(); }};
};

std::atomic<int> g_calls{0};
void Call(void*) { g_calls.fetch_add(1, std::memory_order_relaxed); }

// Notes when the stream has come so far.
void Note(void* moment) { *static_cast<Clock::time_point*>(moment) = Clock::now(); }

// Callbacks a second.
double Callbacks(aclrtCallbackBlockType block, int count, aclrtStream stream) {
  g_calls = 0;
  const auto start = Clock::now();
  for (int i = 0; i < count; ++i)
    Check(aclrtLaunchCallback(Call, nullptr, block, stream), "aclrtLaunchCallback");
  Check(aclrtSynchronizeStream(stream), "aclrtSynchronizeStream");
  while (g_calls < count) std::this_thread::yield();
  return count / Seconds(start);
}

// The same with work between: every callback is handed over and back.
double AlternatingCallbacks(int count, void* device, aclrtStream stream) {
  g_calls = 0;
  const auto start = Clock::now();
  for (int i = 0; i < count; ++i) {
    Check(aclrtMemsetAsync(device, 64, 0, 64, stream), "aclrtMemsetAsync");
    Check(aclrtLaunchCallback(Call, nullptr, ACL_CALLBACK_BLOCK, stream), "aclrtLaunchCallback");
  }
  Check(aclrtSynchronizeStream(stream), "aclrtSynchronizeStream");
  return count / Seconds(start);
}

}  // namespace

int main() {
  Check(aclInit(nullptr), "aclInit");
  Check(aclrtSetDevice(0), "aclrtSetDevice");
  aclrtStream stream = nullptr;
  Check(aclrtCreateStream(&stream), "aclrtCreateStream");
  std::atomic<bool> stop{false};
  std::thread reporter([&] {
    while (!stop) aclrtProcessReport(100);
  });
  Check(aclrtSubscribeReport(static_cast<uint64_t>(reporter.native_handle()), stream),
        "aclrtSubscribeReport");

  constexpr size_t kBytes = size_t{1} << 20;
  constexpr int kCopies = 16;
  void *device = nullptr, *pinned = nullptr;
  Check(aclrtMalloc(&device, kBytes * kCopies, ACL_MEM_MALLOC_HUGE_FIRST), "aclrtMalloc");
  Check(aclrtMallocHost(&pinned, kBytes * kCopies), "aclrtMallocHost");
  std::memset(pinned, 1, kBytes * kCopies);
  std::memset(device, 1, kBytes * kCopies);

  const std::function<void()> copy_all = [=] {
    for (int i = 0; i < kCopies; ++i)
      std::memcpy(static_cast<char*>(device) + i * kBytes, static_cast<char*>(pinned) + i * kBytes,
                  kBytes);
  };
  Other other;
  std::vector<double> hop, free_rate, block_rate, alternating, plain, handed, queued, alone, ratio;
  for (int round = 0; round < kRounds; ++round) {
    hop.push_back(Hop());
    free_rate.push_back(Callbacks(ACL_CALLBACK_NO_BLOCK, 500000, stream));
    block_rate.push_back(Callbacks(ACL_CALLBACK_BLOCK, 100000, stream));
    alternating.push_back(AlternatingCallbacks(20000, device, stream));
    for (int pair = 0; pair < 5; ++pair) {
      auto start = Clock::now();
      copy_all();
      plain.push_back(Seconds(start));
      start = Clock::now();
      other.Hand(copy_all);
      handed.push_back(Seconds(start) / plain.back());
      Clock::time_point first, last;
      start = Clock::now();
      Check(aclrtLaunchHostFunc(stream, Note, &first), "aclrtLaunchHostFunc");
      for (int i = 0; i < kCopies; ++i)
        Check(aclrtMemcpyAsync(static_cast<char*>(device) + i * kBytes, kBytes,
                               static_cast<char*>(pinned) + i * kBytes, kBytes,
                               ACL_MEMCPY_HOST_TO_DEVICE, stream),
              "aclrtMemcpyAsync");
      Check(aclrtLaunchHostFunc(stream, Note, &last), "aclrtLaunchHostFunc");
      Check(aclrtSynchronizeStream(stream), "aclrtSynchronizeStream");
      queued.push_back(Seconds(start));
      alone.push_back(std::chrono::duration<double>(last - first).count() / plain.back());
      ratio.push_back(queued.back() / plain.back());
    }
  }
  // Nothing may spin: what an idle stream and an idle reporter use of the CPU.
  const double before = CpuSeconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const double idle = (CpuSeconds() - before) * 1e3;

  std::printf("condition-variable hop                %8.2f us\n", Median(hop) * 1e6);
  std::printf("non-blocking callbacks                %8.0f /s\n", Median(free_rate));
  std::printf("blocking callbacks                    %8.0f /s\n", Median(block_rate));
  std::printf("blocking callbacks, work between      %8.0f /s\n", Median(alternating));
  std::printf("16 queued copies of 1 MB / memcpy     %8.3f (%.2f ms, %.2f ms)\n", Median(ratio),
              Median(queued) * 1e3, Median(plain) * 1e3);
  std::printf("the same without the two wake-ups     %8.3f\n", Median(alone));
  std::printf("the same memcpy on a bare thread / memcpy %7.3f\n", Median(handed));
  std::printf("CPU used in 500 ms of idleness        %8.3f ms\n", idle);

  Check(aclrtUnSubscribeReport(static_cast<uint64_t>(reporter.native_handle()), stream),
        "aclrtUnSubscribeReport");
  stop = true;
  reporter.join();
  Check(aclrtFree(device), "aclrtFree");
  Check(aclrtFreeHost(pinned), "aclrtFreeHost");
  Check(aclrtDestroyStream(stream), "aclrtDestroyStream");
  Check(aclrtResetDevice(0), "aclrtResetDevice");
  Check(aclFinalize(), "aclFinalize");
}
