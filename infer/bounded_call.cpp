// SPDX-License-Identifier: Apache-2.0
#include "infer/bounded_call.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <utility>

#include "devices/base/call_name.h"
#include "devices/base/mutex.h"
#include "devices/base/thread.h"
#include "infer/lost_threads.h"

namespace infer_server {

using devices::MutexLock;

namespace {

// Held by both threads.
struct Call {
  devices::Mutex mutex;
  std::condition_variable changed;
  bool returned INFER_GUARDED_BY(mutex) = false;
  std::atomic<const char*> function{nullptr};
  std::atomic<bool> over{false};
};

void Run(Call* call, std::function<void()> work) {
  devices::CallName::TellTo(&call->function);
  work();
  work = nullptr;  // What it owns may call the device in the end.
  devices::CallName::TellTo(nullptr);
  {
    MutexLock lock(&call->mutex);
    call->returned = true;
  }
  call->changed.notify_one();
  LostThreads::Count();  // Joins those that came back before.
}

}  // namespace

bool CallWithin(const std::string& thread, std::chrono::milliseconds limit,
                std::function<void()> work, std::string* inside) {
  inside->clear();
  if (limit <= std::chrono::milliseconds::zero()) {
    work();
    return true;
  }
  const auto call = std::make_shared<Call>();
  devices::Thread runner(thread, [call, work = std::move(work)]() mutable {
    Run(call.get(), std::move(work));
    call->over.store(true);
  });
  const auto deadline = std::chrono::steady_clock::now() + limit;
  {
    MutexLock lock(&call->mutex);
    while (!call->returned && lock.WaitUntil(&call->changed, deadline)) {
    }
    if (call->returned) {
      lock.Unlock();
      runner.Join();
      return true;
    }
  }
  if (const char* function = call->function.load()) *inside = function;
  LostThreads::Keep(std::move(runner), {call, &call->over});
  return false;
}

}  // namespace infer_server
