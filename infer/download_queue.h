// SPDX-License-Identifier: Apache-2.0
// Of the threads that want one file, one gets it and the others wait for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "devices/base/mutex.h"
#include "devices/base/status.h"

namespace infer_server {

// Thread-safe.
class DownloadQueue {
 public:
  // What those who wait know of a download.
  struct Ticket {
    std::string terms;                       // Constant.
    std::atomic<std::uint64_t> received{0};  // Bytes.
    std::atomic<std::uint64_t> total{0};     // 0 = not known.
    std::atomic<bool> done{false};
    devices::Status status;  // Constant once `done`.
  };

  // One thread's go at `path`. Whoever is first for it downloads and calls Done(); others call
  // Wait().
  class Turn {
   public:
    Turn(DownloadQueue* queue, const std::string& path, const std::string& terms);
    // Lets the others go, with a cancelled download, when Done() was not called.
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    bool first() const { return first_; }
    Ticket* ticket() const { return ticket_.get(); }
    void Done(const devices::Status& status);
    // Until the first is done. Calls `tick` with its bytes now and then; false when that says so.
    bool Wait(const std::function<bool(std::uint64_t, std::uint64_t)>& tick);

   private:
    DownloadQueue* const queue_;
    const std::string path_;
    bool first_ = false;
    std::shared_ptr<Ticket> ticket_;
  };

  // The one of the process. Never destroyed.
  static DownloadQueue& Shared();

 private:
  devices::Mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<Ticket>> under_way_ INFER_GUARDED_BY(mutex_);  // By path.
};

}  // namespace infer_server
