// SPDX-License-Identifier: Apache-2.0
// The workers of one device, and the order in which they take its work.
#pragma once

#include <array>
#include <condition_variable>
#include <memory>
#include <string>
#include <vector>

#include "devices/base/mutex.h"
#include "devices/base/thread.h"
#include "infer/call_watch.h"
#include "infer/task.h"
#include "infer/worker_class.h"

namespace infer_server {

// Thread-safe. Tasks run in the order of RunsBefore() in `slots` slots. A task is not interrupted,
// but its worker goes on with the task it returns only while no task of a higher priority waits.
// When all slots are busy, one task of a higher priority than one of those running may run besides,
// so that it waits for nobody.
//
// That one then shares the cores with the others; so that it has them first, the priorities in use
// have workers of their own, the lower the nicer to others (kNiceSteps). A step of workers is
// started when it is first needed: slots + 1 threads, named is-work-0, ... for the first and
// is-low1-0, ... for the next.
class Scheduler {
 public:
  // REQUIRES: slots ≥ 1. Throws std::system_error when the threads cannot be had.
  explicit Scheduler(int slots);
  // Runs what is queued, then joins. REQUIRES: no Push() from elsewhere any more.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Tasks of `priority` (0..9) will come, or come no more. A priority that nobody announced is
  // served, by the workers of the next higher one in use. Throws std::system_error, with nothing
  // changed, when threads cannot be had.
  void AddUser(int priority) INFER_EXCLUDES(mutex_);
  void RemoveUser(int priority) INFER_EXCLUDES(mutex_);

  // Never blocks for long, never runs a task itself. Allocates only when more tasks wait than ever
  // before.
  void Push(Task* task) INFER_EXCLUDES(mutex_);
  // Takes all of `tasks`.
  void Push(TaskList* tasks) INFER_EXCLUDES(mutex_);

  // The task that the worker of `watch` runs does not return: another worker takes the place of
  // this one, whose thread is left to LostThreads.
  void Replace(CallWatch* watch) INFER_EXCLUDES(mutex_);

  int slots() const { return slots_; }

 private:
  // Workers of one operating-system priority.
  struct Step {
    std::condition_variable work;
    int idle = 0;
    bool waking = false;  // One of the idle ones was notified and is not there yet.
  };

  void Stop() INFER_EXCLUDES(mutex_);
  struct Worker {
    std::shared_ptr<CallWatch> watch;
    std::string name;
    std::size_t step = 0;
    devices::Thread thread;
  };
  void Start(Worker* worker);
  // REQUIRES: it is one of those here.
  Worker* WorkerOf(const CallWatch* watch) INFER_REQUIRES(mutex_);
  void Work(std::size_t step, CallWatch* watch) INFER_EXCLUDES(mutex_);
  void Grow(std::size_t steps) INFER_REQUIRES(mutex_);
  void Assign() INFER_REQUIRES(mutex_);
  Task* Continue(std::size_t step, Task* next) INFER_REQUIRES(mutex_);
  void Add(Task* task) INFER_REQUIRES(mutex_);
  Task* Take() INFER_REQUIRES(mutex_);
  bool MayStart(int priority) const INFER_REQUIRES(mutex_);
  bool MayTake(std::size_t step) const INFER_REQUIRES(mutex_);
  std::condition_variable* WorkerToWake() INFER_REQUIRES(mutex_);
  void WakeOne() INFER_REQUIRES(mutex_);
  void WakeOther() INFER_REQUIRES(mutex_);
  void WakeAll() INFER_REQUIRES(mutex_);

  const int slots_;
  const int nice_;
  devices::Mutex mutex_;
  std::vector<Task*> heap_ INFER_GUARDED_BY(mutex_);  // The next one in front.
  int running_ INFER_GUARDED_BY(mutex_) = 0;
  std::array<int, kPriorities> running_of_ INFER_GUARDED_BY(mutex_){};
  std::array<Step, kNiceSteps.size()> step_ INFER_GUARDED_BY(mutex_);
  std::size_t steps_ INFER_GUARDED_BY(mutex_) = 0;  // That have all their workers.
  std::array<int, kPriorities> users_ INFER_GUARDED_BY(mutex_){};
  std::array<std::size_t, kPriorities> step_of_ INFER_GUARDED_BY(mutex_){};  // By priority.
  bool stop_ INFER_GUARDED_BY(mutex_) = false;
  std::vector<Worker> workers_ INFER_GUARDED_BY(mutex_);  // By steps.
};

}  // namespace infer_server
