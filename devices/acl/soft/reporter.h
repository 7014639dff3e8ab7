// SPDX-License-Identifier: Apache-2.0
// The user threads that run callbacks, and what waits for each of them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>

#include "acl/acl_rt.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {

class Stream;

// One such thread. Thread-safe; its lock is never held while a callback runs.
class Reporter {
 public:
  Reporter(uint64_t thread, int device) : thread_(thread), device_(device) {}

  uint64_t thread() const { return thread_; }
  int device() const { return device_; }

  // Queues a call. With `blocked` the stream is resumed when `fn` has returned. False: the thread
  // is unsubscribed, nothing was queued.
  bool Deliver(aclrtCallback fn, void* user, const Stream* stream, std::shared_ptr<Stream> blocked);
  // Takes back the stream's blocking call that has not begun. False: there is none.
  bool Withdraw(const Stream* stream);

  // Runs what is ready, or waits for it: 0 when at least one ran, 507012 after `timeout_ms` (-1: no
  // limit), 107012 when unsubscribed. REQUIRES: the thread subscribed.
  aclError Process(int timeout_ms);

  // No more calls; those there are run when the thread comes by. True: there are none. Wake() tells
  // the thread.
  bool Close();
  void Wake();
  bool closed() const;
  // Whether nothing will come of it any more for the calling thread: closed, and empty or of a
  // thread that is gone.
  bool Finished() const;

 private:
  struct Call {
    aclrtCallback fn;
    void* user;
    const Stream* stream;
    std::shared_ptr<Stream> blocked;
  };

  const uint64_t thread_;
  const int device_;
  mutable Mutex mutex_;
  std::condition_variable ready_;
  std::deque<Call> calls_ INFER_GUARDED_BY(mutex_);
  bool waiting_ INFER_GUARDED_BY(mutex_) = false;
  bool closed_ INFER_GUARDED_BY(mutex_) = false;
  // Ids of threads are used again; this number is not.
  uint64_t served_by_ INFER_GUARDED_BY(mutex_) = 0;
};

// Reports failures in the name of `function`.
aclError Subscribe(uint64_t thread, const std::shared_ptr<Stream>& stream, const char* function);
aclError Unsubscribe(uint64_t thread, const std::shared_ptr<Stream>& stream, const char* function);
aclError ProcessReports(int timeout_ms, const char* function);
// The stream is no more: as Unsubscribe of whatever thread it has.
void UnsubscribeStream(const std::shared_ptr<Stream>& stream);

}  // namespace infer_server::devices::acl
