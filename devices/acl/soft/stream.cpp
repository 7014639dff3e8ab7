// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/stream.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <utility>

#include "devices/acl/soft/context.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/event.h"
#include "devices/acl/soft/exception_info.h"
#include "devices/acl/soft/reporter.h"

namespace infer_server::devices::acl {
namespace {

uint32_t NextId() {
  static std::atomic<uint32_t> last{0};
  return ++last;
}

}  // namespace

std::shared_ptr<Stream> Stream::Create(const std::shared_ptr<Context>& context, uint32_t priority,
                                       uint32_t flags) {
  return std::shared_ptr<Stream>(new Stream(context, priority, flags));
}

// Priorities and the flags of fast launches have nothing to act on here.
Stream::Stream(const std::shared_ptr<Context>& context, uint32_t, uint32_t)
    : context_(context), context_raw_(context.get()), device_(context->device()), id_(NextId()) {}

Stream::~Stream() = default;

int Stream::device() const { return device_; }

void Stream::PushWork(const char* name, const QueuedFault& fault, Work work) {
  Task task;
  task.kind = Task::Kind::kWork;
  task.name = name;
  task.fault = fault;
  task.work = std::move(work);
  Push(std::move(task));
}

void Stream::PushInstant(Work work) {
  Task task;
  task.work = std::move(work);
  Push(std::move(task));
}

void Stream::PushCallback(std::shared_ptr<Reporter> reporter, aclrtCallback fn, void* user,
                          bool block) {
  Task task;
  task.kind = Task::Kind::kCallback;
  task.block = block;
  task.fn = fn;
  task.user = user;
  task.reporter = std::move(reporter);
  Push(std::move(task));
}

void Stream::PushRecord(std::shared_ptr<Event> event) {
  Task task;
  task.kind = Task::Kind::kRecord;
  task.record = event->BeginRecord();
  task.event = std::move(event);
  Push(std::move(task));
}

void Stream::PushWait(std::shared_ptr<Event> event, uint64_t record, int timeout_ms) {
  Task task;
  task.kind = Task::Kind::kWait;
  task.name = "aclrtStreamWaitEvent";
  task.event = std::move(event);
  task.record = record;
  task.timeout_ms = timeout_ms;
  Push(std::move(task));
}

void Stream::Push(Task task) {
  {
    MutexLock lock(&mutex_);
    if (!closed_) {
      tasks_.push_back(std::move(task));
      ++pushed_;
      if (std::exchange(owned_, true)) return;
      lock.Unlock();
      Run(false);
      return;
    }
  }
  Drop(&task);
}

void Stream::Drop(Task* task) {
  if (task->kind == Task::Kind::kRecord) task->event->Complete(task->record);
}

void Stream::Run(bool own_thread) {
  MutexLock lock(&mutex_);
  while (!tasks_.empty()) {
    const Task& head = tasks_.front();
    const bool takes_time = head.kind == Task::Kind::kWork || head.timeout_ms >= 0;
    if (takes_time && !own_thread) {
      for_thread_ = true;
      if (!thread_.joinable()) thread_ = Thread("acl-stream", [this] { ThreadBody(); });
      lock.Unlock();  // Or the thread would wake to wait for the lock.
      wake_thread_.notify_one();
      return;
    }
    aclError code = ACL_SUCCESS;
    std::string why;
    {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      task.aborts = aborts_;
      if (task.kind == Task::Kind::kWork) code = stopped_by_;
      lock.Unlock();
      if (code == ACL_SUCCESS && !RunTask(&task, &code, &why))
        return;  // Who has the head now may be through with it already.
    }
    lock.Lock();
    if (Done(code, std::move(why))) {
      lock.Unlock();
      done_changed_.notify_all();
      lock.Lock();
    }
  }
  owned_ = false;
  const bool closing = closed_;
  lock.Unlock();
  if (closing) done_changed_.notify_all();
}

bool Stream::RunTask(Task* task, aclError* code, std::string* why) {
  switch (task->kind) {
    case Task::Kind::kWork:
      if (task->fault.any()) *code = Suffer(*task);
      try {
        if (*code == ACL_SUCCESS) *code = task->work();
      } catch (const std::exception& error) {
        *code = Fail(ACL_ERROR_INTERNAL_ERROR, task->name, "%s", error.what());
      }
      if (*code != ACL_SUCCESS) {
        if (const char* text = TakeRecentMessages()) *why = text;
        TellException(id_, device_, *code);
      }
      return true;
    case Task::Kind::kInstant:
      *code = task->work();
      return true;
    case Task::Kind::kCallback: {
      if (task->block) SetOwner(task->reporter, nullptr);
      if (task->reporter->Deliver(task->fn, task->user, this,
                                  task->block ? shared_from_this() : nullptr))
        return !task->block;
      *code = ACL_ERROR_RT_STREAM_NO_CB_REG;
      return true;
    }
    case Task::Kind::kRecord:
      task->event->Complete(task->record);
      return true;
    case Task::Kind::kWait:
      if (task->timeout_ms >= 0) {
        if (!task->event->Wait(task->record, task->timeout_ms))
          *code = ACL_ERROR_RT_EVENT_SYNC_TIMEOUT;
        return true;
      }
      SetOwner(nullptr, task->event);
      return task->event->DoneOrResume(task->record, shared_from_this());
  }
  return true;
}

aclError Stream::Suffer(const Task& task) {
  Faults::Delay(task.fault.delay_ms);
  if (!task.fault.hang) return ACL_SUCCESS;
  MutexLock lock(&mutex_);
  while (aborts_ == task.aborts) lock.Wait(&done_changed_);
  return ACL_ERROR_RT_AICORE_TIMEOUT;
}

void Stream::SetOwner(std::shared_ptr<Reporter> reporter, std::shared_ptr<Event> event) {
  MutexLock lock(&mutex_);
  calling_.swap(reporter);
  waiting_for_.swap(event);
}

bool Stream::Done(aclError code, std::string why) {
  ++done_;
  if (code != ACL_SUCCESS) {
    if (error_ == ACL_SUCCESS) {
      error_ = code;
      error_text_ = std::move(why);
    }
    if (stop_on_failure_) stopped_by_ = code;
  }
  if (done_ < wake_at_) return false;
  wake_at_ = UINT64_MAX;
  return true;
}

void Stream::Resume(aclError code) {
  bool wake = false;
  {
    MutexLock lock(&mutex_);
    wake = Done(code);
  }
  if (wake) done_changed_.notify_all();
  Run(false);
}

void Stream::ThreadBody() {
  SetCurrentContext(context());
  MutexLock lock(&mutex_);
  while (true) {
    while (!for_thread_ && !(closed_ && !owned_)) lock.Wait(&wake_thread_);
    if (!for_thread_) return;
    for_thread_ = false;
    lock.Unlock();
    Run(true);
    lock.Lock();
  }
}

bool Stream::WaitLocked(int timeout_ms, MutexLock* lock) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms > 0 ? timeout_ms : 0);
  const uint64_t target = pushed_;
  bool in_time = true;
  while (done_ < target && in_time) {
    wake_at_ = std::min(wake_at_, target);
    if (timeout_ms < 0)
      lock->Wait(&done_changed_);
    else
      in_time = timeout_ms > 0 && (lock->WaitUntil(&done_changed_, deadline) || done_ >= target);
  }
  return in_time;
}

bool Stream::Wait(int timeout_ms) {
  MutexLock lock(&mutex_);
  return WaitLocked(timeout_ms, &lock);
}

aclError Stream::Synchronize(int timeout_ms, std::string* why) {
  MutexLock lock(&mutex_);
  if (!WaitLocked(timeout_ms, &lock)) return ACL_ERROR_RT_STREAM_SYNC_TIMEOUT;
  if (why != nullptr) *why = std::move(error_text_);
  error_text_.clear();
  return std::exchange(error_, ACL_SUCCESS);
}

bool Stream::Idle() const {
  MutexLock lock(&mutex_);
  return done_ == pushed_;
}

void Stream::Abort() {
  std::deque<Task> dropped;  // Destroyed without the lock.
  std::shared_ptr<Reporter> calling;
  std::shared_ptr<Event> waiting_for;
  {
    MutexLock lock(&mutex_);
    ++aborts_;
    dropped.swap(tasks_);
    done_ += dropped.size();
    stopped_by_ = ACL_SUCCESS;
    calling = calling_;
    waiting_for = waiting_for_;
  }
  done_changed_.notify_all();
  for (Task& task : dropped) Drop(&task);
  if (calling != nullptr && calling->Withdraw(this)) Resume(ACL_SUCCESS);
  if (waiting_for != nullptr && waiting_for->Withdraw(this)) Resume(ACL_SUCCESS);
}

void Stream::Close(bool drain) {
  if (drain) Synchronize(-1);
  {
    MutexLock lock(&mutex_);
    closed_ = true;
  }
  UnsubscribeStream(shared_from_this());
  MutexLock lock(&mutex_);
  while (owned_) {
    lock.Unlock();
    Abort();  // Again and again: the head may just be on its way to another owner.
    lock.Lock();
    if (owned_)
      lock.WaitUntil(&done_changed_,
                     std::chrono::steady_clock::now() + std::chrono::milliseconds(10));
  }
  lock.Unlock();
  wake_thread_.notify_all();
  thread_.Join();
}

std::shared_ptr<Reporter> Stream::reporter() const {
  MutexLock lock(&mutex_);
  return reporter_;
}

bool Stream::SetReporter(std::shared_ptr<Reporter> reporter) {
  MutexLock lock(&mutex_);
  if (reporter_ != nullptr || closed_) return false;
  reporter_ = std::move(reporter);
  return true;
}

bool Stream::ClearReporter(const Reporter* reporter) {
  std::shared_ptr<Reporter> held;
  MutexLock lock(&mutex_);
  if (reporter_.get() != reporter) return false;
  held.swap(reporter_);
  return true;
}

void Stream::set_stop_on_failure(bool stop) {
  MutexLock lock(&mutex_);
  stop_on_failure_ = stop;
  if (!stop) stopped_by_ = ACL_SUCCESS;
}

void Stream::set_overflow_switch(uint32_t flag) {
  MutexLock lock(&mutex_);
  overflow_switch_ = flag;
}

uint32_t Stream::overflow_switch() const {
  MutexLock lock(&mutex_);
  return overflow_switch_;
}

}  // namespace infer_server::devices::acl
