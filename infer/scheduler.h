// SPDX-License-Identifier: Apache-2.0
// The workers of one device, and the order in which they take its work.
#pragma once

#include <array>
#include <condition_variable>
#include <vector>

#include "devices/base/mutex.h"
#include "devices/base/thread.h"
#include "infer/task.h"

namespace infer_server {

// Thread-safe. Tasks run in the order of RunsBefore() on `slots` workers named is-work-0, ...
// A task is not interrupted, but its worker goes on with the task it returns only while no task of
// a higher priority waits. When all slots are busy, one task of a higher priority than one of those
// running may run on an extra worker, so that it waits for nobody.
class Scheduler {
 public:
  // REQUIRES: slots ≥ 1. Throws std::system_error when the threads cannot be had.
  explicit Scheduler(int slots);
  // Runs what is queued, then joins. REQUIRES: no Push() from elsewhere any more.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Never blocks for long, never runs a task itself. Allocates only when more tasks wait than ever
  // before.
  void Push(Task* task) INFER_EXCLUDES(mutex_);
  // Takes all of `tasks`.
  void Push(TaskList* tasks) INFER_EXCLUDES(mutex_);

  int slots() const { return slots_; }

 private:
  void Work() INFER_EXCLUDES(mutex_);
  Task* Continue(Task* next) INFER_REQUIRES(mutex_);
  void Add(Task* task) INFER_REQUIRES(mutex_);
  Task* Take() INFER_REQUIRES(mutex_);
  bool MayStart(int priority) const INFER_REQUIRES(mutex_);
  void WakeOne() INFER_REQUIRES(mutex_);

  const int slots_;
  devices::Mutex mutex_;
  std::condition_variable work_;
  std::vector<Task*> heap_ INFER_GUARDED_BY(mutex_);  // The next one in front.
  int running_ INFER_GUARDED_BY(mutex_) = 0;
  std::array<int, kPriorities> running_of_ INFER_GUARDED_BY(mutex_){};
  int idle_ INFER_GUARDED_BY(mutex_) = 0;
  bool stop_ INFER_GUARDED_BY(mutex_) = false;
  std::vector<devices::Thread> workers_;  // slots + 1. Last: they use all the above.
};

}  // namespace infer_server
