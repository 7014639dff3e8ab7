// SPDX-License-Identifier: Apache-2.0
// The callbacks of a stream of the acl device.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>

#include "devices/acl/acl_card.h"
#include "devices/base/clock.h"
#include "devices/base/mutex.h"
#include "devices/base/status.h"

namespace infer_server::devices {

// What aclrtSynchronizeStreamWithTimeout returns when the time was over.
inline constexpr aclError kAclSyncTimeout = 507046;

// Thread-safe. What the callbacks of one stream do: those of Callback() call the user's functions,
// those of Synchronize() count.
class AclReports final : public AclReportTarget {
 public:
  // `card` outlives it: its thread, which the card joins, may be the last to hold this.
  explicit AclReports(AclCard* card) : card_(card) {}

  void Called() override;
  // To be followed by AclCard::Launch(); when that fails, by Withdraw().
  void Expect(std::function<void(Status)> done);
  void Withdraw();
  void WorkQueued();
  // Whether all callbacks launched so far have been called by `deadline`.
  bool Wait(TimePoint deadline);
  // The last callback saw the end of all work, and took the failure if there was one.
  bool settled();
  void KeepFirst(Status status);
  bool failed();
  Status TakeFailure();
  // Calls the functions that AscendCL will not call any more.
  void Abandon();
  void set_stream(aclrtStream stream) { stream_ = stream; }

 private:
  // `*settled`: nothing was queued behind the callback that asks, and AscendCL told all.
  Status StateNow(bool* settled);
  void Run(const std::function<void(Status)>& done, const Status& state);

  AclCard* const card_;
  aclrtStream stream_ = nullptr;
  Mutex mutex_;
  std::condition_variable called_;
  std::deque<std::function<void(Status)>> expected_ INFER_GUARDED_BY(mutex_);
  std::uint64_t running_ INFER_GUARDED_BY(mutex_) = 0;  // Functions being called.
  std::uint64_t behind_ INFER_GUARDED_BY(mutex_) = 0;  // Pieces queued since the last callback was.
  bool settled_ INFER_GUARDED_BY(mutex_) = false;
  Status failure_ INFER_GUARDED_BY(mutex_);  // The first since it was taken.
};

}  // namespace infer_server::devices
