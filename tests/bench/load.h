// SPDX-License-Identifier: Apache-2.0
// Sources of requests for benchmarks of scheduling and batching, and what their answers took.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "devices/base/mutex.h"
#include "infer/direct_observer.h"
#include "infer_server.h"
#include "tests/infer/idle_stages.h"

namespace infer_server::bench {

using Moment = std::chrono::steady_clock::time_point;
inline Moment Now() { return std::chrono::steady_clock::now(); }
inline double MsBetween(Moment from, Moment to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}
inline Moment After(double seconds) {
  return Now() +
         std::chrono::duration_cast<Moment::duration>(std::chrono::duration<double>(seconds));
}

// Times in ms. Thread-safe.
class Times {
 public:
  void Add(double ms) {
    devices::MutexLock lock(&mutex_);
    all_.push_back(ms);
  }
  void Clear() {
    devices::MutexLock lock(&mutex_);
    all_.clear();
  }
  // 0 without any.
  double Quantile(double q) const {
    devices::MutexLock lock(&mutex_);
    if (all_.empty()) return 0;
    std::vector<double> sorted = all_;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1) + 0.5)];
  }
  std::size_t Count() const {
    devices::MutexLock lock(&mutex_);
    return all_.size();
  }

 private:
  mutable devices::Mutex mutex_;
  std::vector<double> all_ INFER_GUARDED_BY(mutex_);
};

// Notes how long each request took, by the moment it came with.
class Stopwatch final : public DirectObserver {
 public:
  void Response(Status status, PackagePtr, any sent) override {
    if (status == Status::SUCCESS) times.Add(MsBetween(any_cast<Moment>(sent), Now()));
  }
  Times times;
};

inline ModelPtr Fake(const std::string& settings, std::uint32_t batch = 1) {
  ModelOptions options;
  options.engine = "fake:inputs=1,outputs=1,mode=zeros," + settings;
  options.batch_size = batch;
  return InferServer::LoadModel("", options);
}

// A session of `model` with stages that do nothing.
inline SessionDesc IdleDesc(const ModelPtr& model) {
  SessionDesc desc;
  desc.name = "bench";
  desc.model = model;
  desc.preproc = std::make_shared<test::IdlePreprocessor>();
  desc.postproc = std::make_shared<test::IdlePostprocessor>();
  desc.batch_timeout = 1;
  desc.show_perf = false;
  return desc;
}

// Waits for room in the session for `timeout` ms, for ever when it is negative.
inline bool Send(InferServer* server, Session_t session, const std::string& tag = "",
                 int timeout = -1) {
  const PackagePtr package = Package::Create(1, tag);
  package->data[0]->Set(Now());
  return server->Request(session, package, Now(), timeout);
}

// Sends an item `rate` times a second, the first after `phase` of a period, until `end`. What finds
// the session full for 10 ms is not sent, as a camera drops a frame.
inline void SendSteadily(InferServer* server, Session_t session, double rate, double phase,
                         Moment end, const std::string& tag = "") {
  const Moment start = Now();
  for (int i = 0;; ++i) {
    const Moment due = start + std::chrono::duration_cast<Moment::duration>(
                                   std::chrono::duration<double>((i + phase) / rate));
    if (due >= end) return;
    std::this_thread::sleep_until(due);
    Send(server, session, tag, 10);
  }
}

// Keeps the session full until `end`.
inline void Saturate(InferServer* server, Session_t session, Moment end) {
  while (Now() < end) Send(server, session);
}

// Runs functions on threads of their own; the destructor joins.
class Crowd {
 public:
  Crowd() = default;
  ~Crowd() {
    for (auto& thread : threads_) thread.join();
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  template <typename F>
  void Add(F body) {
    threads_.emplace_back(std::move(body));
  }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace infer_server::bench
