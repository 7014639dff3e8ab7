// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/reporter.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "devices/acl/soft/error.h"
#include "devices/acl/soft/stream.h"

namespace infer_server::devices::acl {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long a thread that is not subscribed yet waits for it: programs start the thread first and
// ignore what it returns.
constexpr int kPatienceMs = 10;

uint64_t NumberOfThread() {
  static std::atomic<uint64_t> last{0};
  thread_local const uint64_t number = ++last;
  return number;
}

struct Subscription {
  std::shared_ptr<Reporter> reporter;
  int streams = 0;
};

struct Registry {
  Mutex mutex;
  std::condition_variable subscribed;
  std::unordered_map<uint64_t, Subscription> by_thread INFER_GUARDED_BY(mutex);
};

Registry& Get() {
  static Registry& registry = *new Registry;
  return registry;
}

// One stream less. The last one ends the subscription, unless calls are left for the thread to run.
void Release(uint64_t thread, const std::shared_ptr<Reporter>& reporter) {
  Registry& registry = Get();
  {
    MutexLock lock(&registry.mutex);
    const auto found = registry.by_thread.find(thread);
    if (found == registry.by_thread.end() || found->second.reporter != reporter) return;
    if (--found->second.streams > 0) return;
    if (reporter->Close()) registry.by_thread.erase(found);
  }
  reporter->Wake();
}

void Detach(const std::shared_ptr<Reporter>& reporter, const std::shared_ptr<Stream>& stream) {
  // Nobody may be left to run it, and the stream must not wait for ever.
  if (reporter->Withdraw(stream.get())) stream->Resume(ACL_ERROR_RT_STREAM_NO_CB_REG);
  Release(reporter->thread(), reporter);
}

// Lets the stream that waits for a callback go on, also when the callback throws: the exception is
// its own thread's matter, which it reaches through aclrtProcessReport.
class Resumption {
 public:
  explicit Resumption(std::shared_ptr<Stream> blocked) : blocked_(std::move(blocked)) {}
  ~Resumption() {
    if (blocked_ != nullptr) blocked_->Resume(ACL_SUCCESS);
  }
  Resumption(const Resumption&) = delete;
  Resumption& operator=(const Resumption&) = delete;

 private:
  std::shared_ptr<Stream> blocked_;
};

}  // namespace

bool Reporter::Deliver(aclrtCallback fn, void* user, const Stream* stream,
                       std::shared_ptr<Stream> blocked) {
  bool wake = false;
  {
    MutexLock lock(&mutex_);
    if (closed_) return false;
    calls_.push_back({fn, user, stream, std::move(blocked)});
    wake = std::exchange(waiting_, false);
  }
  if (wake) ready_.notify_one();
  return true;
}

bool Reporter::Withdraw(const Stream* stream) {
  std::shared_ptr<Stream> held;  // The last reference may be the call's.
  MutexLock lock(&mutex_);
  const auto found = std::find_if(calls_.begin(), calls_.end(), [=](const Call& call) {
    return call.stream == stream && call.blocked != nullptr;
  });
  if (found == calls_.end()) return false;
  held = std::move(found->blocked);
  calls_.erase(found);
  lock.Unlock();
  held.reset();
  lock.Lock();
  return true;
}

aclError Reporter::Process(int timeout_ms) {
  const auto deadline = steady_clock::now() + milliseconds(std::max(timeout_ms, 0));
  MutexLock lock(&mutex_);
  served_by_ = NumberOfThread();
  while (calls_.empty() && !closed_) {
    waiting_ = true;
    if (timeout_ms < 0) {
      lock.Wait(&ready_);
    } else if (!lock.WaitUntil(&ready_, deadline) && calls_.empty() && !closed_) {
      waiting_ = false;
      return ACL_ERROR_RT_REPORT_TIMEOUT;
    }
  }
  waiting_ = false;
  if (calls_.empty()) return ACL_ERROR_RT_THREAD_SUBSCRIBE;
  // No more than are ready now, so that the thread's own loop gets its turn.
  for (size_t left = calls_.size(); left > 0 && !calls_.empty(); --left) {
    Call call = std::move(calls_.front());
    calls_.pop_front();
    lock.Unlock();
    {
      const Resumption after(std::move(call.blocked));
      call.fn(call.user);
    }
    lock.Lock();
  }
  return ACL_SUCCESS;
}

bool Reporter::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
  return calls_.empty();
}

void Reporter::Wake() { ready_.notify_all(); }

bool Reporter::closed() const {
  MutexLock lock(&mutex_);
  return closed_;
}

bool Reporter::Finished() const {
  MutexLock lock(&mutex_);
  return closed_ && (calls_.empty() || (served_by_ != 0 && served_by_ != NumberOfThread()));
}

aclError Subscribe(uint64_t thread, const std::shared_ptr<Stream>& stream, const char* function) {
  Registry& registry = Get();
  std::shared_ptr<Reporter> reporter;
  {
    MutexLock lock(&registry.mutex);
    Subscription& subscription = registry.by_thread[thread];
    if (subscription.reporter == nullptr || subscription.reporter->closed()) {
      subscription.reporter = std::make_shared<Reporter>(thread, stream->device());
      subscription.streams = 0;
    }
    reporter = subscription.reporter;
    if (reporter->device() == stream->device()) ++subscription.streams;
  }
  if (reporter->device() != stream->device())
    return Fail(ACL_ERROR_RT_THREAD_SUBSCRIBE, function,
                "thread %llu serves streams of device %d; this stream is of device %d",
                static_cast<unsigned long long>(thread), reporter->device(), stream->device());
  if (!stream->SetReporter(reporter)) {
    Release(thread, reporter);
    return Fail(
        ACL_ERROR_RT_STREAM_SUBSCRIBE, function,
        "the stream has a thread for its callbacks already; call aclrtUnSubscribeReport first");
  }
  registry.subscribed.notify_all();
  return ACL_SUCCESS;
}

aclError Unsubscribe(uint64_t thread, const std::shared_ptr<Stream>& stream, const char* function) {
  std::shared_ptr<Reporter> reporter;
  {
    Registry& registry = Get();
    MutexLock lock(&registry.mutex);
    const auto found = registry.by_thread.find(thread);
    if (found != registry.by_thread.end() && found->second.streams > 0)
      reporter = found->second.reporter;
  }
  if (reporter == nullptr)
    return Fail(ACL_ERROR_RT_THREAD_SUBSCRIBE, function, "thread %llu is subscribed to no stream",
                static_cast<unsigned long long>(thread));
  if (!stream->ClearReporter(reporter.get()))
    return Fail(ACL_ERROR_RT_STREAM_SUBSCRIBE, function,
                "thread %llu is not subscribed to this stream",
                static_cast<unsigned long long>(thread));
  Detach(reporter, stream);
  return ACL_SUCCESS;
}

void UnsubscribeStream(const std::shared_ptr<Stream>& stream) {
  const std::shared_ptr<Reporter> reporter = stream->reporter();
  if (reporter != nullptr && stream->ClearReporter(reporter.get())) Detach(reporter, stream);
}

aclError ProcessReports(int timeout_ms, const char* function) {
  const uint64_t thread = static_cast<uint64_t>(pthread_self());
  const auto patience =
      steady_clock::now() +
      milliseconds(timeout_ms < 0 ? kPatienceMs : std::min(timeout_ms, kPatienceMs));
  Registry& registry = Get();
  std::shared_ptr<Reporter> reporter;
  {
    MutexLock lock(&registry.mutex);
    while (true) {
      const auto found = registry.by_thread.find(thread);
      if (found != registry.by_thread.end()) {
        if (!found->second.reporter->Finished()) {
          reporter = found->second.reporter;
          break;
        }
        registry.by_thread.erase(found);
      }
      if (!lock.WaitUntil(&registry.subscribed, patience) && registry.by_thread.count(thread) == 0)
        break;
    }
  }
  aclError code = ACL_ERROR_RT_THREAD_SUBSCRIBE;
  if (reporter != nullptr) code = reporter->Process(timeout_ms);
  if (code == ACL_ERROR_RT_THREAD_SUBSCRIBE)
    return Fail(
        code, function,
        "this thread is subscribed to no stream; call aclrtSubscribeReport with its pthread id");
  if (code == ACL_ERROR_RT_REPORT_TIMEOUT)
    return Fail(code, function, "no callback within %d ms", timeout_ms);
  return code;
}

}  // namespace infer_server::devices::acl
