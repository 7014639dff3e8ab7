// SPDX-License-Identifier: Apache-2.0
#include "devices/soft/work_queue.h"

#include <system_error>
#include <utility>

namespace infer_server::devices::soft {

WorkQueue::~WorkQueue() { Close(false); }

bool WorkQueue::Push(const QueuedFault& fault, Work work, std::function<void()> dropped) {
  {
    MutexLock lock(&mutex_);
    if (!closed_) {
      tasks_.push_back({fault, std::move(work), std::move(dropped)});
      ++pushed_;
      if (!thread_.joinable() && !StartThread()) {
        Task task = std::move(tasks_.back());
        tasks_.pop_back();
        --pushed_;
        lock.Unlock();
        if (task.dropped) task.dropped();
        return false;
      }
      lock.Unlock();  // Or the thread would wake to wait for the lock.
      wake_thread_.notify_one();
      return true;
    }
  }
  if (dropped) dropped();
  return false;
}

bool WorkQueue::StartThread() {
  try {
    thread_ = Thread(thread_name_, [this] { ThreadBody(); });
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

void WorkQueue::ThreadBody() {
  MutexLock lock(&mutex_);
  while (true) {
    while (tasks_.empty() && !closed_) lock.Wait(&wake_thread_);
    if (tasks_.empty()) return;
    int code = 0;
    {
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.Unlock();
      code = RunTask(task);
    }
    lock.Lock();
    ++done_;
    if (first_code_ == 0) first_code_ = code;
    done_changed_.notify_all();
  }
}

int WorkQueue::RunTask(const Task& task) {
  FaultOrders::Delay(task.fault.delay_ms);
  if (task.fault.hang) {
    MutexLock lock(&mutex_);
    while (!aborted_) lock.Wait(&done_changed_);
    return hang_code_;
  }
  return task.work();
}

void WorkQueue::Wait() {
  MutexLock lock(&mutex_);
  const uint64_t target = pushed_;
  while (done_ < target) lock.Wait(&done_changed_);
}

int WorkQueue::Synchronize() {
  Wait();
  MutexLock lock(&mutex_);
  return std::exchange(first_code_, 0);
}

bool WorkQueue::Idle() const {
  MutexLock lock(&mutex_);
  return done_ == pushed_;
}

void WorkQueue::Abort() {
  std::deque<Task> dropped;  // Destroyed without the lock.
  {
    MutexLock lock(&mutex_);
    closed_ = aborted_ = true;
    dropped.swap(tasks_);
    done_ += dropped.size();
  }
  wake_thread_.notify_all();
  done_changed_.notify_all();
  for (const Task& task : dropped)
    if (task.dropped) task.dropped();
}

void WorkQueue::Close(bool drain) {
  if (drain) {
    MutexLock lock(&mutex_);
    closed_ = true;
    wake_thread_.notify_all();
    while (done_ < pushed_) lock.Wait(&done_changed_);
  }
  Abort();
  MutexLock lock(&join_mutex_);
  thread_.Join();
}

}  // namespace infer_server::devices::soft
