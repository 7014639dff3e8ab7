// SPDX-License-Identifier: Apache-2.0
// One user's view of a chain: a first-in, first-out line of requests and their answers.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "devices/base/mutex.h"
#include "devices/base/thread.h"
#include "infer/perf_report.h"
#include "infer/request.h"
#include "infer/session_stats.h"
#include "infer/task.h"

namespace infer_server {

class Executor;
class Scheduler;

// How a session answers.
enum class AnswerMode {
  kSync,    // The caller of RequestSync() fetches the answer.
  kDirect,  // The worker that finished calls the observer (DirectObserver).
  kThread,  // A thread of the session's own calls the observer.
};

// Thread-safe. The lock is a leaf: nothing is called with it held, the executor's lock neither.
//
// Answers leave in the order of the requests, one at a time: whoever finds the first request done
// and nobody answering answers until the first is not done, and says so under the lock that the
// next one to finish takes: no wake-up is lost.
class Session {
 public:
  struct Config {
    SessionDesc desc;
    std::shared_ptr<Observer> observer;  // Null: synchronous.
    std::shared_ptr<Executor> executor;
    Scheduler* scheduler = nullptr;              // Outlives the session.
    std::atomic<std::uint64_t>* ages = nullptr;  // The device's count of requests; likewise.
    std::string id;                              // For thread names.
  };
  // Throws std::system_error when the thread of a kThread session cannot be had.
  explicit Session(Config config);
  ~Session();

  const SessionDesc& desc() const { return desc_; }
  bool sync() const { return mode_ == AnswerMode::kSync; }
  const std::shared_ptr<Executor>& executor() const { return executor_; }
  // Items that may be in flight; a larger request is let in alone.
  std::size_t bound() const { return bound_; }

  // Why `input` with predict_io cannot be taken; empty when it can.
  std::string WhyNotContiguous(const Package& input) const;
  // Why a batch of this session's chain failed last.
  std::string LastError() const;

  // As the calls of InferServer; `input` is checked already.
  bool Request(const PackagePtr& input, any user_data, int timeout_ms);
  bool RequestSync(const PackagePtr& input, Status* status, const PackagePtr& response,
                   int timeout_ms);
  void WaitTaskDone(const std::string& tag) INFER_EXCLUDES(mutex_);
  void DiscardTask(const std::string& tag) INFER_EXCLUDES(mutex_);
  // What is queued does not wait for others. `hold`: nor what comes later, until flushing_ falls by
  // as much.
  void Flush(int hold = 0);
  // Refuses new requests and waits for the answers of the others. False when called before, or
  // from the session's own observer.
  bool Close() INFER_EXCLUDES(mutex_);

  // Writes to the log while the session answers; the references must outlive the session. Call it
  // before the session is used.
  void StartReport(Timer* timer, const devices::Clock* clock);
  std::map<std::string, LatencyStatistic> Latency() const INFER_EXCLUDES(mutex_);
  LatencyStatistic Latency(const std::string& tag) const INFER_EXCLUDES(mutex_);
  ThroughoutStatistic Throughout(const std::string* tag) const INFER_EXCLUDES(mutex_);

  // All items of `request` are finished. `on_worker`: this thread may answer (kDirect).
  void Finished(infer_server::Request* request, bool on_worker) INFER_EXCLUDES(mutex_);

 private:
  using Req = infer_server::Request;
  // A thread waiting for room.
  struct Waiter : std::enable_shared_from_this<Waiter> {
    std::size_t cost = 0;
    bool admitted = false;
    std::condition_variable wake;
    Waiter* prev = nullptr;
    Waiter* next = nullptr;
  };
  using WaiterPtr = std::shared_ptr<Waiter>;
  // Answers what is ready, on a worker, for kDirect sessions when no worker is at hand.
  class AnswerTask final : public Task {
   public:
    explicit AnswerTask(Session* session) : session_(session) {}
    Task* Run() override;

   private:
    Session* const session_;
  };

  Req* Accept(const PackagePtr& input, any user_data, devices::TimePoint deadline, SyncCall* caller)
      INFER_EXCLUDES(mutex_);
  bool Admit(std::size_t cost, devices::TimePoint deadline, devices::MutexLock* lock,
             WaiterPtr* next) INFER_REQUIRES(mutex_);
  // Whom to Wake(), best without the lock. Null for nobody.
  [[nodiscard]] WaiterPtr AdmitNext() INFER_REQUIRES(mutex_);
  static void Wake(const WaiterPtr& waiter);
  bool Fits(std::size_t cost) const INFER_REQUIRES(mutex_);
  Req* Fetch() INFER_REQUIRES(mutex_);
  void Submit(Req* request);
  bool Await(Req* request, SyncCall* call, devices::TimePoint deadline) INFER_EXCLUDES(mutex_);
  void Drop(Req* request) INFER_REQUIRES(mutex_);

  void Kick() INFER_EXCLUDES(mutex_);
  bool Wake() INFER_REQUIRES(mutex_);
  bool HeadReady() const INFER_REQUIRES(mutex_);
  void AnswerReady() INFER_EXCLUDES(mutex_);
  void Answer(Req* request);
  void AnswerLoop() INFER_EXCLUDES(mutex_);
  // As AdmitNext().
  [[nodiscard]] WaiterPtr Release(Req* request) INFER_REQUIRES(mutex_);
  static void Clear(Req* request);
  void Measure(Req* request) INFER_REQUIRES(mutex_);
  void MeasureDropped(const Req* request) INFER_REQUIRES(mutex_);
  void MakePerf(Req* request);
  std::string Figures() const INFER_EXCLUDES(mutex_);
  bool AnsweringHere() const;
  bool AnyOf(const std::string& tag, std::uint64_t until) const INFER_REQUIRES(mutex_);

  const SessionDesc desc_;
  const std::shared_ptr<Observer> observer_;
  const AnswerMode mode_;
  const std::shared_ptr<Executor> executor_;
  Scheduler* const scheduler_;
  std::atomic<std::uint64_t>* const ages_;
  const std::size_t bound_;
  std::shared_ptr<PerfReport> report_;  // Null for none.
  Timer* report_timer_ = nullptr;
  std::atomic<int> flushing_{0};  // While positive, no item waits for others.

  mutable devices::Mutex mutex_;
  std::condition_variable ready_;                 // The thread of a kThread session waits here.
  std::condition_variable released_;              // A request is gone.
  RequestList queue_ INFER_GUARDED_BY(mutex_);    // To be answered, oldest first.
  RequestList dropped_ INFER_GUARDED_BY(mutex_);  // Discarded, items still under way.
  RequestList free_ INFER_GUARDED_BY(mutex_);
  const Req* answered_now_ INFER_GUARDED_BY(mutex_) = nullptr;  // Its Response() is running.
  bool answering_ INFER_GUARDED_BY(mutex_) = false;
  bool asleep_ INFER_GUARDED_BY(mutex_) = false;  // The thread waits for ready_.
  bool closed_ INFER_GUARDED_BY(mutex_) = false;
  bool stop_ INFER_GUARDED_BY(mutex_) = false;
  int release_waiters_ INFER_GUARDED_BY(mutex_) = 0;
  std::size_t in_flight_ INFER_GUARDED_BY(mutex_) = 0;  // Cost of what is accepted and not gone.
  IntrusiveList<Waiter, &Waiter::prev, &Waiter::next> waiters_ INFER_GUARDED_BY(mutex_);
  bool waking_ INFER_GUARDED_BY(mutex_) = false;   // One was let in and is not there yet.
  std::size_t turn_ INFER_GUARDED_BY(mutex_) = 0;  // Cost of what may still pass those who wait.
  std::vector<std::unique_ptr<Req>> requests_ INFER_GUARDED_BY(mutex_);
  SessionStats stats_ INFER_GUARDED_BY(mutex_);
  AnswerTask answer_task_{this};
  devices::Thread thread_;  // Last: it uses all the above.
};

}  // namespace infer_server
