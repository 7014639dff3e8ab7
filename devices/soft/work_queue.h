// SPDX-License-Identifier: Apache-2.0
// A queue of work that one thread of its own does in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "devices/base/mutex.h"
#include "devices/base/thread.h"
#include "devices/soft/fault_orders.h"

namespace infer_server::devices::soft {

// Thread-safe. No lock is held while work runs or is destroyed. The thread is made when work is
// first queued.
class WorkQueue {
 public:
  // Returns 0, or the code of what went wrong; does not throw.
  using Work = std::function<int()>;

  // `thread_name` is static. Work that hangs on order ends with `hang_code`.
  WorkQueue(const char* thread_name, int hang_code)
      : thread_name_(thread_name), hang_code_(hang_code) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;
  // Ends as Close(false) does.
  ~WorkQueue();

  // Never blocks. When the queue is closed, `dropped` (may be empty) is called instead, at once or
  // later. False: the queue is closed already, or there is no thread to be had.
  bool Push(const QueuedFault& fault, Work work, std::function<void()> dropped = nullptr);
  // Waits until everything queued before the call is done; then the first code other than 0 since
  // the last Synchronize().
  int Synchronize();
  // Whether nothing is left to do; takes no code away.
  bool Idle() const;
  // Waits as Synchronize() does; the code stays.
  void Wait();
  // Nothing may be queued any more; what has not begun is dropped, and a hang on order ends.
  void Abort();
  // Nothing may be queued any more. With `drain` what is queued is done first; without, it is
  // aborted. Joins the thread. Idempotent.
  // REQUIRES: not called by the queue's own work.
  void Close(bool drain);

 private:
  struct Task {
    QueuedFault fault;
    Work work;
    std::function<void()> dropped;
  };
  bool StartThread() INFER_REQUIRES(mutex_);
  void ThreadBody();
  int RunTask(const Task& task);

  const char* const thread_name_;
  const int hang_code_;
  mutable Mutex mutex_;
  std::deque<Task> tasks_ INFER_GUARDED_BY(mutex_);
  bool closed_ INFER_GUARDED_BY(mutex_) = false;
  bool aborted_ INFER_GUARDED_BY(mutex_) = false;
  uint64_t pushed_ INFER_GUARDED_BY(mutex_) = 0;
  uint64_t done_ INFER_GUARDED_BY(mutex_) = 0;
  int first_code_ INFER_GUARDED_BY(mutex_) = 0;
  std::condition_variable wake_thread_;
  std::condition_variable done_changed_;
  Mutex join_mutex_;
  Thread thread_;  // Made under mutex_, joined under join_mutex_ when closed.
};

}  // namespace infer_server::devices::soft
