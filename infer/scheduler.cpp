// SPDX-License-Identifier: Apache-2.0
#include "infer/scheduler.h"

#include <algorithm>
#include <string>

namespace infer_server {

using devices::MutexLock;

namespace {

bool RunsAfter(const Task* a, const Task* b) { return RunsBefore(b->order, a->order); }

}  // namespace

Scheduler::Scheduler(int slots) : slots_(slots) {
  {
    MutexLock lock(&mutex_);
    heap_.reserve(64);
  }
  workers_.reserve(static_cast<std::size_t>(slots) + 1);
  for (int i = 0; i <= slots; ++i)
    workers_.emplace_back("is-work-" + std::to_string(i), [this] { Work(); });
}

Scheduler::~Scheduler() {
  {
    MutexLock lock(&mutex_);
    stop_ = true;
    work_.notify_all();
  }
  workers_.clear();
}

void Scheduler::Push(Task* task) {
  MutexLock lock(&mutex_);
  Add(task);
  WakeOne();
}

void Scheduler::Push(TaskList* tasks) {
  if (tasks->empty()) return;
  MutexLock lock(&mutex_);
  while (Task* task = tasks->PopFront()) {
    Add(task);
    WakeOne();
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
    if (running_of_[static_cast<std::size_t>(lower)] > 0) return true;
  return false;
}

void Scheduler::WakeOne() {
  if (idle_ > 0 && !heap_.empty() && MayStart(heap_.front()->order.priority)) work_.notify_one();
}

void Scheduler::Work() {
  MutexLock lock(&mutex_);
  Task* task = nullptr;
  while (true) {
    while (task == nullptr && (heap_.empty() ? !stop_ : !MayStart(heap_.front()->order.priority))) {
      ++idle_;
      lock.Wait(&work_);
      --idle_;
    }
    if (task == nullptr && heap_.empty()) {
      work_.notify_all();  // Another worker may have looked while this one was still busy.
      return;
    }
    if (task == nullptr) task = Take();
    const auto priority = static_cast<std::size_t>(task->order.priority);
    ++running_;
    ++running_of_[priority];
    lock.Unlock();
    Task* next = task->Run();
    lock.Lock();
    --running_;
    --running_of_[priority];
    task = Continue(next);
  }
}

// `next`, or null when something more important waits: `next` then waits too.
Task* Scheduler::Continue(Task* next) {
  if (next == nullptr) return nullptr;
  const bool overtaken = !heap_.empty() && heap_.front()->order.priority > next->order.priority;
  if (!overtaken && MayStart(next->order.priority)) return next;
  Add(next);
  WakeOne();
  return nullptr;
}

}  // namespace infer_server
