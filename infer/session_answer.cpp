// SPDX-License-Identifier: Apache-2.0
// Answers going out.
#include <exception>
#include <utility>

#include "devices/base/log.h"
#include "infer/executor.h"
#include "infer/recycle.h"
#include "infer/session.h"
#include "infer/sync_call.h"

namespace infer_server {

using devices::MutexLock;

namespace {

// The Response() calls under way on this thread, innermost first.
struct AnswerScope {
  explicit AnswerScope(const Session* s) : session(s), outer(innermost) { innermost = this; }
  ~AnswerScope() { innermost = outer; }
  AnswerScope(const AnswerScope&) = delete;
  AnswerScope& operator=(const AnswerScope&) = delete;

  const Session* const session;
  AnswerScope* const outer;
  static thread_local AnswerScope* innermost;
};
thread_local AnswerScope* AnswerScope::innermost = nullptr;

}  // namespace

bool Session::AnsweringHere() const {
  for (const AnswerScope* scope = AnswerScope::innermost; scope != nullptr; scope = scope->outer)
    if (scope->session == this) return true;
  return false;
}

void Session::Finished(Req* request, bool on_worker) {
  MutexLock lock(&mutex_);
  request->done = true;
  if (request->discarded.load(std::memory_order_relaxed)) {
    lock.Unlock();
    Clear(request);
    lock.Lock();
    dropped_.Remove(request);
    const WaiterPtr next = Release(request);
    lock.Unlock();
    Wake(next);
    return;
  }
  if (mode_ == AnswerMode::kSync) {
    request->caller->answered = true;
    request->caller->wake.notify_one();
    return;
  }
  if (mode_ == AnswerMode::kDirect && on_worker) {
    if (answering_ || !HeadReady()) return;
    answering_ = true;
    lock.Unlock();
    AnswerReady();
    return;
  }
  const bool needs_task = Wake();
  lock.Unlock();
  if (needs_task) scheduler_->Push(&answer_task_);
}

// Sees to it that somebody answers what is ready.
void Session::Kick() {
  bool needs_task = false;
  {
    MutexLock lock(&mutex_);
    needs_task = Wake();
  }
  if (needs_task) scheduler_->Push(&answer_task_);
}

// Wakes the session's thread, or tells that the answer task is needed.
bool Session::Wake() {
  if (!HeadReady()) return false;
  if (mode_ == AnswerMode::kDirect) return !std::exchange(answering_, true);
  if (std::exchange(asleep_, false)) ready_.notify_one();
  return false;
}

Task* Session::AnswerTask::Run() {
  session_->AnswerReady();
  return nullptr;
}

void Session::AnswerLoop() {
  MutexLock lock(&mutex_);
  while (true) {
    while (!stop_ && !HeadReady()) {
      asleep_ = true;
      lock.Wait(&ready_);
    }
    asleep_ = false;
    if (!HeadReady()) return;
    answering_ = true;
    lock.Unlock();
    AnswerReady();
    lock.Lock();
  }
}

bool Session::HeadReady() const {
  return mode_ != AnswerMode::kSync && !queue_.empty() && queue_.front()->done;
}

// REQUIRES: answering_ was set by this thread, or for it.
void Session::AnswerReady() {
  WaiterPtr next;
  MutexLock lock(&mutex_);
  while (HeadReady()) {
    Req* request = queue_.PopFront();
    answered_now_ = request;
    Measure(request);
    lock.Unlock();
    Wake(std::exchange(next, nullptr));
    MakePerf(request);
    Answer(request);
    Clear(request);
    lock.Lock();
    answered_now_ = nullptr;
    next = Release(request);
  }
  answering_ = false;
  if (release_waiters_ > 0) released_.notify_all();
  lock.Unlock();
  Wake(next);
}

void Session::Answer(Req* request) {
  const AnswerScope scope(this);
  const char* what = "an exception of unknown type";
  std::string text;
  try {
    observer_->Response(request->status.load(std::memory_order_relaxed), request->output,
                        std::move(request->user_data));
    return;
  } catch (const std::exception& e) {
    text = e.what();
    what = text.c_str();
  } catch (...) {
  }
  INFER_LOG(kError, "session",
            "Observer::Response() of session '" + desc_.name + "' threw: " + what);
}

// Lets go of what is the user's; without the lock, since that may call user code. When the user
// keeps the package, it is left to him.
void Session::Clear(Req* request) {
  request->user_data.reset();
  if (!Unshared(request->output)) {
    request->output.reset();
    return;
  }
  request->output->data.clear();
  request->output->predict_io.reset();
}

Session::WaiterPtr Session::Release(Req* request) {
  in_flight_ -= request->items == 0 ? 1 : request->items;
  free_.PushBack(request);
  if (request->discarded.load(std::memory_order_relaxed)) MeasureDropped(request);
  if (release_waiters_ > 0) released_.notify_all();
  return AdmitNext();
}

}  // namespace infer_server
