// SPDX-License-Identifier: Apache-2.0
// What benchmarks of the software AscendCL share.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

#include "acl/acl.h"

namespace acl_bench {

using Clock = std::chrono::steady_clock;

inline double Seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

// Processor time of the process in seconds.
inline double CpuSeconds() {
  std::timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

inline double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

inline void Check(aclError code, const char* what) {
  if (code == ACL_SUCCESS) return;
  const char* text = aclGetRecentErrMsg();
  std::fprintf(stderr, "%s: %d %s\n", what, code, text == nullptr ? "" : text);
  std::exit(1);
}

// Seconds for one notify to wake a waiting thread: half of a round trip.
inline double Hop() {
  constexpr int kTrips = 5000;
  std::mutex mutex;
  std::condition_variable changed;
  int turn = 0;
  const auto play = [&](int me) {
    std::unique_lock<std::mutex> lock(mutex);
    for (int i = 0; i < kTrips; ++i) {
      while (turn != me) changed.wait(lock);
      turn = 1 - me;
      changed.notify_one();
    }
  };
  const auto start = Clock::now();
  std::thread other(play, 1);
  play(0);
  other.join();
  return Seconds(start) / kTrips / 2;
}

}  // namespace acl_bench
