// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_stream.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <string>
#include <utility>

#include "devices/acl/acl_engine.h"
#include "devices/acl/acl_error.h"
#include "devices/base/clock.h"
#include "devices/base/log.h"
#include "devices/base/mutex.h"

namespace infer_server::devices {
namespace {

constexpr aclError kSyncTimeout = 507046;

Status Wrong(const std::string& what) { return Status(Code::kInvalidArgument, "stream: " + what); }

Status Gone() {
  return Status(Code::kDeviceError, "the stream could not be made again after it was stopped");
}

// What the callbacks of one stream do: those of Callback() call the user's functions, those of
// Synchronize() count.
class Reports final : public AclReportTarget {
 public:
  // `card` outlives it: its thread, which the card joins, may be the last to hold this.
  explicit Reports(AclCard* card) : card_(card) {}

  void Called() override;
  // To be followed by AclCard::Launch(); when that fails, by Withdraw().
  void Expect(std::function<void(Status)> done);
  void Withdraw();
  void WorkQueued();
  // Whether all callbacks launched so far have been called by `deadline`.
  bool Wait(TimePoint deadline);
  void KeepFirst(Status status);
  bool failed();
  Status TakeFailure();
  // Calls the functions that AscendCL will not call any more.
  void Abandon();
  void set_stream(aclrtStream stream) { stream_ = stream; }

 private:
  Status StateNow();
  void Run(const std::function<void(Status)>& done, const Status& state);

  AclCard* const card_;
  aclrtStream stream_ = nullptr;
  Mutex mutex_;
  std::condition_variable called_;
  std::deque<std::function<void(Status)>> expected_ INFER_GUARDED_BY(mutex_);
  std::uint64_t running_ INFER_GUARDED_BY(mutex_) = 0;  // Functions being called.
  std::uint64_t behind_ INFER_GUARDED_BY(mutex_) = 0;  // Pieces queued since the last callback was.
  Status failure_ INFER_GUARDED_BY(mutex_);            // The first since it was taken.
};

void Reports::Expect(std::function<void(Status)> done) {
  MutexLock lock(&mutex_);
  expected_.push_back(std::move(done));
  behind_ = 0;
}

void Reports::Withdraw() {
  std::function<void(Status)> done;
  MutexLock lock(&mutex_);
  done.swap(expected_.back());
  expected_.pop_back();
  lock.Unlock();
  done = nullptr;
  lock.Lock();
}

void Reports::WorkQueued() {
  MutexLock lock(&mutex_);
  ++behind_;
}

void Reports::KeepFirst(Status status) {
  MutexLock lock(&mutex_);
  if (failure_.ok() && !status.ok()) failure_ = std::move(status);
}

bool Reports::failed() {
  MutexLock lock(&mutex_);
  return !failure_.ok();
}

Status Reports::TakeFailure() {
  MutexLock lock(&mutex_);
  return std::exchange(failure_, Status());
}

// Callbacks are told nothing by AscendCL: the stream has to be asked, which takes the failure away.
Status Reports::StateNow() {
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
    if (code == kSyncTimeout) code = 0;  // There is work behind.
  } else if (last) {
    function = "aclrtSynchronizeStream";
    code = api.aclrtSynchronizeStream(stream_);
  }
  if (code == 0) return Status();
  const Status failure = AclFailed(api, function, code);
  KeepFirst(failure);
  return failure;
}

void Reports::Run(const std::function<void(Status)>& done, const Status& state) {
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

void Reports::Called() {
  std::function<void(Status)> done;
  {
    MutexLock lock(&mutex_);
    if (expected_.empty()) return;  // Abandoned.
    done.swap(expected_.front());
    expected_.pop_front();
    if (done) ++running_;
  }
  if (done) {
    Run(done, StateNow());
    done = nullptr;  // What it holds is let go of before Synchronize() returns.
    MutexLock lock(&mutex_);
    --running_;
  }
  called_.notify_all();
}

bool Reports::Wait(TimePoint deadline) {
  MutexLock lock(&mutex_);
  while (!expected_.empty() || running_ > 0) {
    if (deadline == TimePoint::max())
      lock.Wait(&called_);
    else if (!lock.WaitUntil(&called_, deadline))
      return expected_.empty() && running_ == 0;
  }
  return true;
}

void Reports::Abandon() {
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

class AclStream final : public Stream {
 public:
  AclStream(std::shared_ptr<AclCard> card, std::chrono::milliseconds limit)
      : card_(std::move(card)), limit_(limit), reports_(std::make_shared<Reports>(card_.get())) {}
  ~AclStream() override;
  Status Start();

  Status CopyAsync(void* to, const void* from, std::size_t bytes, CopyKind kind) override;
  Status Execute(Engine* engine, const void* const* inputs, std::size_t input_count,
                 void* const* outputs, std::size_t output_count, int rows) override;
  Status Callback(std::function<void(Status)> done) override;
  Status Synchronize(std::chrono::milliseconds timeout) override;

 private:
  // In the card's context, as the next two.
  void End();
  // Stops what is queued, and begins anew.
  Status Restart(std::chrono::milliseconds after);
  // In the card's context. An empty function only tells Synchronize().
  Status Launch(std::function<void(Status)> done);

  const std::shared_ptr<AclCard> card_;
  const std::chrono::milliseconds limit_;
  const std::shared_ptr<Reports> reports_;
  aclrtStream stream_ = nullptr;
  std::uint64_t number_ = 0;
  bool work_ = false;             // Queued since the last Synchronize() that saw its end.
  bool fresh_ = false;            // Queued since the last callback was launched.
  bool overdue_ = false;          // The last Synchronize() timed out.
  AclEngine* running_ = nullptr;  // The last one.
};

Status AclStream::Start() {
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  INFER_ACL_CALL(card_->api(), aclrtCreateStream, &stream_);
  reports_->set_stream(stream_);
  const Status subscribed = card_->Subscribe(stream_, reports_, &number_);
  if (subscribed.ok()) return subscribed;
  static_cast<void>(card_->api().aclrtDestroyStream(stream_));
  stream_ = nullptr;
  return subscribed;
}

AclStream::~AclStream() {
  if (stream_ == nullptr) return;
  if (!overdue_ && work_) static_cast<void>(Synchronize(std::chrono::milliseconds(-1)));
  if (overdue_ && running_ != nullptr) running_->Cancel();
  const AclCard::Use use(*card_);
  if (stream_ != nullptr) End();
}

void AclStream::End() {
  const AclApi& api = card_->api();
  aclError code = 0;
  const char* function = "aclrtDestroyStream";
  if (overdue_ && api.aclrtDestroyStreamForce != nullptr) {
    function = "aclrtDestroyStreamForce";
    code = api.aclrtDestroyStreamForce(stream_);
    card_->Forget(number_);
  } else {
    card_->Unsubscribe(stream_, number_);
    code = api.aclrtDestroyStream(stream_);
  }
  stream_ = nullptr;
  if (code != 0) INFER_LOG(kWarning, "acl", AclFailed(api, function, code).message());
  reports_->Abandon();
}

Status AclStream::Restart(std::chrono::milliseconds after) {
  overdue_ = true;
  End();
  overdue_ = work_ = fresh_ = false;
  static_cast<void>(reports_->TakeFailure());
  const Status late(Code::kTimeout, "the device did not finish within " +
                                        std::to_string(after.count()) +
                                        " ms; what it was doing was stopped");
  const Status started = Start();
  if (started.ok()) return late;
  return Status(Code::kDeviceError, late.message() + "; " + started.message());
}

Status AclStream::Launch(std::function<void(Status)> done) {
  fresh_ = false;
  reports_->Expect(std::move(done));
  const Status launched = card_->Launch(stream_, number_);
  if (!launched.ok()) reports_->Withdraw();
  return launched;
}

Status AclStream::CopyAsync(void* to, const void* from, std::size_t bytes, CopyKind kind) {
  if (bytes == 0) return Status();
  if (to == nullptr || from == nullptr) return Wrong("copy with a null pointer");
  if (stream_ == nullptr) return Gone();
  if (reports_->failed()) return Status();
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  if (kind == CopyKind::kHostToHost) return Wrong("copies from host to host are not for a card");
  const aclrtMemcpyKind acl_kind = kind == CopyKind::kHostToDevice   ? ACL_MEMCPY_HOST_TO_DEVICE
                                   : kind == CopyKind::kDeviceToHost ? ACL_MEMCPY_DEVICE_TO_HOST
                                                                     : ACL_MEMCPY_DEVICE_TO_DEVICE;
  work_ = fresh_ = true;
  reports_->WorkQueued();
  INFER_ACL_CALL(card_->api(), aclrtMemcpyAsync, to, bytes, from, bytes, acl_kind, stream_);
  return Status();
}

Status AclStream::Execute(Engine* engine, const void* const* inputs, std::size_t input_count,
                          void* const* outputs, std::size_t output_count, int rows) {
  auto* acl = dynamic_cast<AclEngine*>(engine);
  if (acl == nullptr) return Wrong("execute without an engine of an acl device");
  if (input_count != acl->input_count() || output_count != acl->output_count())
    return Wrong("execute with " + std::to_string(input_count) + " inputs and " +
                 std::to_string(output_count) + " outputs; the model has " +
                 std::to_string(acl->input_count()) + " and " +
                 std::to_string(acl->output_count()));
  for (std::size_t i = 0; i < input_count; ++i)
    if (inputs[i] == nullptr) return Wrong("input " + std::to_string(i) + " is null");
  for (std::size_t i = 0; i < output_count; ++i)
    if (outputs[i] == nullptr) return Wrong("output " + std::to_string(i) + " is null");
  if (stream_ == nullptr) return Gone();
  if (reports_->failed()) return Status();
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  running_ = acl;
  work_ = fresh_ = true;
  reports_->WorkQueued();
  const Status queued = acl->Enqueue(stream_, inputs, outputs, rows);
  if (queued.code() == Code::kInvalidArgument) return queued;  // Nothing was queued.
  reports_->KeepFirst(queued);
  return Status();
}

Status AclStream::Callback(std::function<void(Status)> done) {
  if (!done) return Wrong("callback without a function");
  if (stream_ == nullptr) return Gone();
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  work_ = true;
  return Launch(std::move(done));
}

Status AclStream::Synchronize(std::chrono::milliseconds timeout) {
  const bool limited = limit_.count() > 0 && (timeout.count() < 0 || timeout > limit_) &&
                       card_->api().aclrtDestroyStreamForce != nullptr;
  const TimePoint deadline = DeadlineAfter(limited ? limit_ : timeout);
  if (stream_ == nullptr) return Gone();
  if (!work_) return reports_->TakeFailure();
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  // After a timeout the callback of that time is still to come.
  const Status launched = overdue_ && !fresh_ ? Status() : Launch(nullptr);
  if (launched.ok() && !reports_->Wait(deadline)) {
    if (limited) return Restart(limit_);
    overdue_ = true;
    return Status(Code::kTimeout, "the work of the stream was not done after " +
                                      std::to_string(timeout.count()) + " ms");
  }
  overdue_ = false;
  // Through by now, unless the callback could not be launched.
  const AclApi& api = card_->api();
  const bool bounded = limited && api.aclrtSynchronizeStreamWithTimeout != nullptr;
  const aclError code = bounded ? api.aclrtSynchronizeStreamWithTimeout(
                                      stream_, static_cast<std::int32_t>(limit_.count()))
                                : api.aclrtSynchronizeStream(stream_);
  if (bounded && code == kSyncTimeout) return Restart(limit_);
  work_ = false;
  if (code != 0) reports_->KeepFirst(AclFailed(api, "aclrtSynchronizeStream", code));
  reports_->KeepFirst(launched);
  return reports_->TakeFailure();
}

}  // namespace

Result<std::unique_ptr<Stream>> NewAclStream(std::shared_ptr<AclCard> card,
                                             std::chrono::milliseconds limit) {
  auto stream = std::make_unique<AclStream>(std::move(card), limit);
  INFER_RETURN_IF_ERROR(stream->Start());
  return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace infer_server::devices
