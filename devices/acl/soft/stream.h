// SPDX-License-Identifier: Apache-2.0
// A stream: tasks in order, each run when the one before it is done.
//
// The head of the queue always has one owner: a thread that runs tasks (Run), the stream's own
// thread (work), the thread that processes a blocking callback, or the event that is waited for.
// Hand-overs and event records cost no thread switch: whoever owns the head does them. Nothing here
// holds a lock while a task, a callback or another object runs.
//
// How to queue work from another file:
//   const std::shared_ptr<Stream> stream = FindStream(handle, &code, __func__);   // NULL = default
//   stream; context.h if (stream == nullptr) return code; stream->PushWork(__func__, fault, [=]()
//   -> aclError { ...; return 0; });
// The work runs on the stream's thread with the stream's context current. What it returns, or what
// it reports by Fail() with another code than 0, comes out of the next synchronise of the stream
// (the first such code of several).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "acl/acl_rt.h"
#include "devices/acl/soft/fault.h"
#include "devices/base/mutex.h"
#include "devices/base/thread.h"

namespace infer_server::devices::acl {

class Context;
class Event;
class Reporter;

// Thread-safe. Made by Stream::Create, kept by its context and the table of handles until it is
// destroyed.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  using Work = std::function<aclError()>;

  static std::shared_ptr<Stream> Create(const std::shared_ptr<Context>& context, uint32_t priority,
                                        uint32_t flags);
  // REQUIRES: Close() was called.
  ~Stream();

  // Queues work. `name` (static storage) is the API function it is reported under. Never blocks.
  void PushWork(const char* name, const QueuedFault& fault, Work work);
  // The same for what takes next to no time, calls no one and cannot fail: run by whoever owns the
  // head, often at once.
  void PushInstant(Work work);
  // Queues one call of `fn` on `reporter`'s thread; with `block` later tasks wait for its end.
  void PushCallback(std::shared_ptr<Reporter> reporter, aclrtCallback fn, void* user, bool block);
  // The event is done when the stream gets here, or drops it.
  void PushRecord(std::shared_ptr<Event> event);
  // Later tasks wait until the event's record number `record` is done; 507047 after `timeout_ms`
  // (-1: never).
  void PushWait(std::shared_ptr<Event> event, uint64_t record, int timeout_ms);

  // Waits until everything queued before the call is done: 507046 when that is not within
  // `timeout_ms` (-1 = no limit, 0 = look only), else the first error since the last synchronise,
  // which it also takes away.
  // `why`: what the failed work reported (may be empty); nullptr: not wanted.
  aclError Synchronize(int timeout_ms, std::string* why = nullptr);
  // The same without the errors. False: not in time.
  bool Wait(int timeout_ms);
  bool Idle() const;

  // The owner of the head, where it is another than the stream, says that the head's task is done
  // and goes on from there.
  void Resume(aclError code);

  // Drops what has not begun, blocking callbacks included, ends a hang that a fault ordered, and
  // keeps the stream usable.
  void Abort();
  // Aborts unless `drain`, joins the thread. Nothing may be pushed afterwards: such tasks are
  // dropped. Idempotent.
  void Close(bool drain);

  uint32_t id() const { return id_; }
  // The number given out for it; nullptr for a default stream, which has none.
  void* handle() const { return handle_; }
  void set_handle(void* handle) { handle_ = handle; }  // Before it is known to others.
  int device() const;
  std::shared_ptr<Context> context() const { return context_.lock(); }
  bool BelongsTo(const Context* context) const { return context_raw_ == context; }

  // Who runs the stream's callbacks; nullptr: nobody has subscribed.
  std::shared_ptr<Reporter> reporter() const;
  // False: there is one already.
  bool SetReporter(std::shared_ptr<Reporter> reporter);
  // False: it is another one.
  bool ClearReporter(const Reporter* reporter);

  void set_stop_on_failure(bool stop);
  void set_overflow_switch(uint32_t flag);
  uint32_t overflow_switch() const;

 private:
  struct Task {
    enum class Kind { kWork, kInstant, kCallback, kRecord, kWait };
    Kind kind = Kind::kInstant;
    bool block = false;
    const char* name = nullptr;
    QueuedFault fault;
    Work work;
    aclrtCallback fn = nullptr;
    void* user = nullptr;
    std::shared_ptr<Reporter> reporter;
    std::shared_ptr<Event> event;
    uint64_t record = 0;
    int timeout_ms = -1;
    uint64_t aborts = 0;  // When it began.
  };

  Stream(const std::shared_ptr<Context>& context, uint32_t priority, uint32_t flags);
  void Push(Task task);
  bool WaitLocked(int timeout_ms, MutexLock* lock) INFER_REQUIRES(mutex_);
  // What comes of a task that is not run.
  static void Drop(Task* task);
  // Runs tasks until the queue is empty or the head goes to another owner. REQUIRES: the caller
  // owns the head.
  void Run(bool own_thread);
  // Whether the task is done; false: the head has another owner now.
  bool RunTask(Task* task, aclError* code, std::string* why);
  // What the fault orders: 507014 for a hang, which Abort() ends.
  aclError Suffer(const Task& task);
  // Who is to be asked to let go of the head.
  void SetOwner(std::shared_ptr<Reporter> reporter, std::shared_ptr<Event> event);
  // Counts a task. True: somebody waits for this one; notify them without the lock.
  bool Done(aclError code, std::string why = {}) INFER_REQUIRES(mutex_);
  void ThreadBody();

  const std::weak_ptr<Context> context_;
  const Context* const context_raw_;  // For comparisons only.
  const int device_;
  const uint32_t id_;
  void* handle_ = nullptr;

  mutable Mutex mutex_;
  std::deque<Task> tasks_ INFER_GUARDED_BY(mutex_);
  bool owned_ INFER_GUARDED_BY(mutex_) = false;       // Somebody owns the head.
  bool for_thread_ INFER_GUARDED_BY(mutex_) = false;  // The stream's thread does, or will.
  bool closed_ INFER_GUARDED_BY(mutex_) = false;
  bool stop_on_failure_ INFER_GUARDED_BY(mutex_) = false;
  // With stop_on_failure_: what failed; work is skipped and fails with the same.
  aclError stopped_by_ INFER_GUARDED_BY(mutex_) = 0;
  uint32_t overflow_switch_ INFER_GUARDED_BY(mutex_) = 0;
  uint64_t pushed_ INFER_GUARDED_BY(mutex_) = 0;
  uint64_t done_ INFER_GUARDED_BY(mutex_) = 0;
  uint64_t aborts_ INFER_GUARDED_BY(mutex_) = 0;
  uint64_t wake_at_ INFER_GUARDED_BY(mutex_) =
      UINT64_MAX;  // The first number that somebody waits for.
  aclError error_ INFER_GUARDED_BY(mutex_) = 0;
  std::string error_text_ INFER_GUARDED_BY(mutex_);
  std::shared_ptr<Reporter> reporter_ INFER_GUARDED_BY(mutex_);
  std::shared_ptr<Reporter> calling_
      INFER_GUARDED_BY(mutex_);  // Who was last given a blocking call,
  std::shared_ptr<Event> waiting_for_ INFER_GUARDED_BY(mutex_);  // or what was last waited for.
  std::condition_variable wake_thread_;
  std::condition_variable done_changed_;
  Thread thread_;
};

}  // namespace infer_server::devices::acl
