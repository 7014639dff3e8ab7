// SPDX-License-Identifier: Apache-2.0
// Mutex that clang's thread-safety analysis can see (std::mutex is not annotated in libstdc++).
// The attributes are empty for other compilers.
//
// Wait in a `while (!condition)` loop, not with a lambda: the analysis does not see the lock
// inside a lambda, and every wait may wake without cause.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define INFER_TSA(x) __attribute__((x))
#else
#define INFER_TSA(x)
#endif
#define INFER_GUARDED_BY(mutex) INFER_TSA(guarded_by(mutex))
#define INFER_PT_GUARDED_BY(mutex) INFER_TSA(pt_guarded_by(mutex))
#define INFER_REQUIRES(...) INFER_TSA(requires_capability(__VA_ARGS__))
#define INFER_EXCLUDES(...) INFER_TSA(locks_excluded(__VA_ARGS__))
#define INFER_NO_THREAD_SAFETY_ANALYSIS INFER_TSA(no_thread_safety_analysis)

namespace infer_server::devices {

class INFER_TSA(capability("mutex")) Mutex {
 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a Mutex for a scope. Unlock() and Lock() open a gap in it, to call out without the lock.
class INFER_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) INFER_TSA(acquire_capability(mutex)) : lock_(mutex->mutex_) {}
  ~MutexLock() INFER_TSA(release_capability()) = default;

  void Unlock() INFER_TSA(release_capability()) { lock_.unlock(); }
  void Lock() INFER_TSA(acquire_capability()) { lock_.lock(); }

  // Releases the mutex while asleep. May wake without cause.
  void Wait(std::condition_variable* cv) { cv->wait(lock_); }
  // As Wait(), until `deadline` at the latest. Returns false when the deadline has passed.
  template <typename ClockType, typename Duration>
  bool WaitUntil(std::condition_variable* cv,
                 const std::chrono::time_point<ClockType, Duration>& deadline) {
    return cv->wait_until(lock_, deadline) == std::cv_status::no_timeout;
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace infer_server::devices
