// SPDX-License-Identifier: Apache-2.0
#include "infer/scheduler.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "devices/base/log.h"
#include "infer/lost_threads.h"

namespace infer_server {

using devices::MutexLock;

namespace {

bool RunsAfter(const Task* a, const Task* b) { return RunsBefore(b->order, a->order); }

std::size_t Index(int priority) { return static_cast<std::size_t>(priority); }

}  // namespace

Scheduler::Scheduler(int slots) : slots_(slots), nice_(NiceOfThisThread()) {
  try {
    MutexLock lock(&mutex_);
    heap_.reserve(64);
    Grow(1);
  } catch (...) {
    Stop();  // Those that could be had.
    throw;
  }
}

Scheduler::~Scheduler() {
  Stop();
  LostThreads::Count();
}

void Scheduler::Stop() {
  std::vector<Worker> workers;  // Joined without the lock.
  MutexLock lock(&mutex_);
  stop_ = true;
  WakeAll();
  workers.swap(workers_);
  lock.Unlock();
}

void Scheduler::AddUser(int priority) {
  MutexLock lock(&mutex_);
  const std::array<int, kPriorities> before = users_;
  ++users_[Index(priority)];
  const auto classes = static_cast<std::size_t>(
      std::count_if(users_.begin(), users_.end(), [](int users) { return users > 0; }));
  try {
    Grow(std::min(classes, kNiceSteps.size()));
  } catch (...) {
    users_ = before;
    throw;
  }
  Assign();
}

void Scheduler::RemoveUser(int priority) {
  MutexLock lock(&mutex_);
  --users_[Index(priority)];
  Assign();
}

// Starts workers until there are `steps` steps of them. They are kept: they only sleep.
void Scheduler::Grow(std::size_t steps) {
  const auto each = static_cast<std::size_t>(slots_) + 1;
  while (workers_.size() < steps * each) {
    const std::size_t step = workers_.size() / each;
    const std::string name = step == 0 ? "is-work-" : "is-low" + std::to_string(step) + "-";
    Worker worker;
    worker.name = name + std::to_string(workers_.size() % each);
    worker.step = step;
    Start(&worker);
    workers_.push_back(std::move(worker));
  }
  steps_ = std::max(steps_, steps);
}

void Scheduler::Start(Worker* worker) {
  worker->watch = std::make_shared<CallWatch>();
  worker->thread = devices::Thread(
      worker->name, [this, nice = nice_, step = worker->step, watch = worker->watch] {
        BecomeWorkerOfStep(step, nice);
        CallWatch::Bind(watch.get());
        Work(step, watch.get());
        CallWatch::Bind(nullptr);
        if (!watch->given_up()) return;
        watch->Return();
        LostThreads::Count();  // Joins those that came back before.
        watch->over.store(true);
      });
}

Scheduler::Worker* Scheduler::WorkerOf(const CallWatch* watch) {
  return &*std::find_if(workers_.begin(), workers_.end(),
                        [&](const Worker& worker) { return worker.watch.get() == watch; });
}

void Scheduler::Replace(CallWatch* watch) {
  devices::Thread lost;
  {
    MutexLock lock(&mutex_);
    lost = std::move(WorkerOf(watch)->thread);
  }
  // In the list before anybody can see that it was replaced.
  LostThreads::Keep(std::move(lost), {watch->shared_from_this(), &watch->over});
  MutexLock lock(&mutex_);
  --running_;
  --running_of_[Index(watch->priority)];
  try {
    Start(WorkerOf(watch));
  } catch (const std::system_error& e) {
    INFER_LOG(kError, "session", "no worker in place of one that hangs: " + std::string(e.what()));
  }
  WakeOne();
}

// The highest class in use has the first step, the next the second.
void Scheduler::Assign() {
  std::size_t step = 0;
  for (int priority = kPriorities - 1; priority >= 0; --priority) {
    step_of_[Index(priority)] = std::min(step, steps_ - 1);
    if (users_[Index(priority)] > 0) ++step;
  }
  WakeOne();  // The task in front may be another step's now.
}

// The worker is notified without the lock, or it would wake to wait for that.
void Scheduler::Push(Task* task) {
  TaskList one;
  one.PushBack(task);
  Push(&one);
}

void Scheduler::Push(TaskList* tasks) {
  while (Task* task = tasks->PopFront()) {
    std::condition_variable* worker = nullptr;
    {
      MutexLock lock(&mutex_);
      Add(task);
      worker = WorkerToWake();
    }
    if (worker != nullptr) worker->notify_one();
  }
}

void Scheduler::Add(Task* task) {
  heap_.push_back(task);
  std::push_heap(heap_.begin(), heap_.end(), RunsAfter);
}

Task* Scheduler::Take() {
  std::pop_heap(heap_.begin(), heap_.end(), RunsAfter);
  Task* task = heap_.back();
  heap_.pop_back();
  return task;
}

// A slot is free, or all are taken and one of them by less important work.
bool Scheduler::MayStart(int priority) const {
  if (running_ < slots_) return true;
  if (running_ > slots_) return false;
  for (int lower = 0; lower < priority; ++lower)
    if (running_of_[Index(lower)] > 0) return true;
  return false;
}

bool Scheduler::MayTake(std::size_t step) const {
  if (heap_.empty()) return false;
  const int priority = heap_.front()->order.priority;
  return step_of_[Index(priority)] == step && MayStart(priority);
}

// When the task in front may not start, none may: it is the most important one. Null for nobody,
// and while one is on its way: that one wakes the next when it is there.
std::condition_variable* Scheduler::WorkerToWake() {
  if (heap_.empty()) return nullptr;
  const int priority = heap_.front()->order.priority;
  Step& step = step_[step_of_[Index(priority)]];
  if (step.waking || step.idle == 0 || !MayStart(priority)) return nullptr;
  step.waking = true;
  return &step.work;
}

void Scheduler::WakeOne() {
  if (std::condition_variable* worker = WorkerToWake()) worker->notify_one();
}

void Scheduler::WakeAll() {
  for (Step& step : step_) step.work.notify_all();
}

void Scheduler::Work(std::size_t step, CallWatch* watch) {
  MutexLock lock(&mutex_);
  Task* task = nullptr;
  while (true) {
    while (task == nullptr && !MayTake(step)) {
      if (stop_ && heap_.empty() && running_ == 0) {
        WakeAll();  // Others may have looked while this one was still busy.
        return;
      }
      ++step_[step].idle;
      lock.Wait(&step_[step].work);
      --step_[step].idle;
      step_[step].waking = false;
    }
    if (task == nullptr) task = Take();
    const std::size_t priority = Index(task->order.priority);
    ++running_;
    ++running_of_[priority];
    watch->priority = task->order.priority;
    std::condition_variable* const other = WorkerToWake();
    lock.Unlock();
    if (other != nullptr) other->notify_one();
    Task* next = task->Run();
    if (watch->given_up()) return;  // Another is in its place; this object may be gone.
    lock.Lock();
    --running_;
    --running_of_[priority];
    task = Continue(step, next);
    if (task == nullptr) WakeOther();
  }
}

// Whoever was woken for the task in front may have found another step's there and gone to sleep
// again. Workers of one step alone look for themselves.
void Scheduler::WakeOther() {
  if (steps_ > 1) WakeOne();
}

// `next`, or null when something more important waits, or its class has another step now: `next`
// then waits too.
Task* Scheduler::Continue(std::size_t step, Task* next) {
  if (next == nullptr) return nullptr;
  const int priority = next->order.priority;
  const bool overtaken = !heap_.empty() && heap_.front()->order.priority > priority;
  if (!overtaken && step_of_[Index(priority)] == step && MayStart(priority)) return next;
  Add(next);
  WakeOne();
  return nullptr;
}

}  // namespace infer_server
