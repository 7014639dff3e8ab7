// SPDX-License-Identifier: Apache-2.0
// Helper threads for processors that work on several items at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <vector>

#include "devices/base/mutex.h"
#include "devices/base/thread.h"
#include "infer/intrusive_list.h"
#include "infer/worker_class.h"

namespace infer_server {

// Thread-safe. Threads are named is-host-0, ...
class WorkerPool {
 public:
  // The one of the process, with CpuBudget() threads; it lives while somebody holds it.
  static std::shared_ptr<WorkerPool> Shared();

  explicit WorkerPool(int threads);
  ~WorkerPool();  // REQUIRES: no For() under way.
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Calls f(i) once for every i below `count`, on this thread and at most width - 1 helpers, and
  // returns when all calls have returned. Helpers busy elsewhere are not waited for. A worker of
  // lower priority does all by itself: the helpers are not as nice as it is. `f` must not throw.
  // Allocates nothing.
  template <typename F>
  void For(std::size_t count, std::size_t width, F f) {
    Job job;
    job.call = [](void* context, std::size_t i) { (*static_cast<F*>(context))(i); };
    job.context = &f;
    job.count = count;
    job.room = OnLowWorker() ? 0 : (width > count ? count : width) - 1;
    Run(&job);
  }

 private:
  // On the stack of the caller of For().
  struct Job {
    void (*call)(void*, std::size_t) = nullptr;
    void* context = nullptr;
    std::size_t count = 0;
    std::atomic<std::size_t> next{0};
    std::size_t room = 0;     // Helpers that may still join. Pool's lock.
    std::size_t helpers = 0;  // That have joined and not left. Pool's lock.
    std::condition_variable left;
    Job* prev_job = nullptr;
    Job* next_job = nullptr;
  };

  void Run(Job* job) INFER_EXCLUDES(mutex_);
  void Work() INFER_EXCLUDES(mutex_);
  static void DoItems(Job* job);

  devices::Mutex mutex_;
  std::condition_variable work_;
  IntrusiveList<Job, &Job::prev_job, &Job::next_job> jobs_ INFER_GUARDED_BY(mutex_);  // With room.
  bool stop_ INFER_GUARDED_BY(mutex_) = false;
  std::vector<devices::Thread> threads_;  // Last: they use all the above.
};

}  // namespace infer_server
