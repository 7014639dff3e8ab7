// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_reports.h"

#include <exception>
#include <string>
#include <utility>

#include "devices/acl/acl_error.h"

namespace infer_server::devices {

void AclReports::Expect(std::function<void(Status)> done) {
  MutexLock lock(&mutex_);
  expected_.push_back(std::move(done));
  behind_ = 0;
  settled_ = false;
}

void AclReports::Withdraw() {
  std::function<void(Status)> done;
  MutexLock lock(&mutex_);
  done.swap(expected_.back());
  expected_.pop_back();
  lock.Unlock();
  done = nullptr;
  lock.Lock();
}

void AclReports::WorkQueued() {
  MutexLock lock(&mutex_);
  ++behind_;
  settled_ = false;
}

bool AclReports::settled() {
  MutexLock lock(&mutex_);
  return settled_;
}

void AclReports::KeepFirst(Status status) {
  MutexLock lock(&mutex_);
  if (failure_.ok() && !status.ok()) failure_ = std::move(status);
}

bool AclReports::failed() {
  MutexLock lock(&mutex_);
  return !failure_.ok();
}

Status AclReports::TakeFailure() {
  MutexLock lock(&mutex_);
  return std::exchange(failure_, Status());
}

// Callbacks are told nothing by AscendCL: the stream has to be asked, which takes the failure away.
Status AclReports::StateNow(bool* settled) {
  bool last = false;
  {
    MutexLock lock(&mutex_);
    if (!failure_.ok()) return failure_;
    last = behind_ == 0 && expected_.empty();
  }
  if (!card_->callbacks_let_pass()) return Status();
  const AclApi& api = card_->api();
  aclError code = 0;
  const char* function = "aclrtSynchronizeStreamWithTimeout";
  if (api.aclrtSynchronizeStreamWithTimeout != nullptr) {
    code = api.aclrtSynchronizeStreamWithTimeout(stream_, 0);
  } else if (last) {
    function = "aclrtSynchronizeStream";
    code = api.aclrtSynchronizeStream(stream_);
  } else {
    return Status();
  }
  if (code == kAclSyncTimeout) return Status();  // There is work behind.
  *settled = last;
  if (code == 0) return Status();
  const Status failure = AclFailed(api, function, code);
  KeepFirst(failure);
  return failure;
}

void AclReports::Run(const std::function<void(Status)>& done, const Status& state) {
  std::string what;
  try {
    done(state);
    return;
  } catch (const std::exception& e) {
    what = std::string(": ") + e.what();
  } catch (...) {
  }
  KeepFirst(Status(Code::kDeviceError, "a stream callback threw" + what));
}

void AclReports::Called() {
  std::function<void(Status)> done;
  {
    MutexLock lock(&mutex_);
    if (expected_.empty()) return;  // Abandoned.
    done.swap(expected_.front());
    expected_.pop_front();
    if (done) ++running_;
  }
  if (done) {
    bool settled = false;
    const Status state = StateNow(&settled);
    if (settled) {
      MutexLock lock(&mutex_);
      settled_ = behind_ == 0 && expected_.empty();
    }
    Run(done, state);
    done = nullptr;  // What it holds is let go of before Synchronize() returns.
    MutexLock lock(&mutex_);
    --running_;
  }
  called_.notify_all();
}

bool AclReports::Wait(TimePoint deadline) {
  MutexLock lock(&mutex_);
  while (!expected_.empty() || running_ > 0) {
    if (deadline == TimePoint::max())
      lock.Wait(&called_);
    else if (!lock.WaitUntil(&called_, deadline))
      return expected_.empty() && running_ == 0;
  }
  return true;
}

void AclReports::Abandon() {
  std::deque<std::function<void(Status)>> left;
  {
    MutexLock lock(&mutex_);
    left.swap(expected_);
  }
  for (const auto& done : left)
    if (done) Run(done, Status(Code::kCancelled, "the stream was closed"));
  MutexLock lock(&mutex_);
  while (running_ > 0) lock.Wait(&called_);
}

}  // namespace infer_server::devices
