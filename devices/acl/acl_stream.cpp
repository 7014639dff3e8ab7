// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_stream.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "devices/acl/acl_engine.h"
#include "devices/acl/acl_error.h"
#include "devices/acl/acl_image_processor.h"
#include "devices/acl/acl_reports.h"
#include "devices/base/clock.h"
#include "devices/base/log.h"

namespace infer_server::devices {
namespace {

Status Wrong(const std::string& what) { return Status(Code::kInvalidArgument, "stream: " + what); }

Status Gone() {
  return Status(Code::kDeviceError, "the stream could not be made again after it was stopped");
}

class AclStream final : public Stream {
 public:
  AclStream(std::shared_ptr<AclCard> card, std::chrono::milliseconds limit)
      : card_(std::move(card)), limit_(limit) {}
  ~AclStream() override;
  Status Start();

  Status CopyAsync(void* to, const void* from, std::size_t bytes, CopyKind kind) override;
  Status Execute(Engine* engine, const void* const* inputs, std::size_t input_count,
                 void* const* outputs, std::size_t output_count, int rows) override;
  Status Process(ImageProcessor* processor, const ImageTask* tasks, std::size_t count) override;
  Status Callback(std::function<void(Status)> done) override;
  Status Synchronize(std::chrono::milliseconds timeout) override;
  Status Stop() override;

 private:
  // In the card's context, as the next two.
  Status End();
  // Stops what is queued, and begins anew.
  Status Restart();
  // Begins anew where that failed.
  Status Ready() { return stream_ != nullptr ? Status() : Start(); }
  // The same after `limit_`.
  Status TooLate();
  // In the card's context. An empty function only tells Synchronize().
  Status Launch(std::function<void(Status)> done);

  const std::shared_ptr<AclCard> card_;
  const std::chrono::milliseconds limit_;
  // Of this stream_: another has another, so that callbacks of before are not taken for its own.
  std::shared_ptr<AclReports> reports_;
  aclrtStream stream_ = nullptr;
  std::uint64_t number_ = 0;
  bool work_ = false;             // Queued since the last Synchronize() that saw its end.
  bool fresh_ = false;            // Queued since the last callback was launched.
  bool overdue_ = false;          // The last Synchronize() timed out.
  AclEngine* running_ = nullptr;  // The last one.
  // What work uses whose end no callback will tell.
  std::vector<std::shared_ptr<AclVpcJob>> stranded_;
};

Status AclStream::Start() {
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  INFER_ACL_CALL(card_->api(), aclrtCreateStream, &stream_);
  reports_ = std::make_shared<AclReports>(card_.get());
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
  if (stream_ == nullptr) return;
  const Status ended = End();
  if (!ended.ok()) INFER_LOG(kWarning, "acl", ended.message());
}

Status AclStream::End() {
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
  running_ = nullptr;
  const Status ended = code == 0 ? Status() : AclFailed(api, function, code);
  reports_->Abandon();
  stranded_.clear();
  return ended;
}

Status AclStream::Restart() {
  overdue_ = true;
  const Status ended = End();
  overdue_ = work_ = fresh_ = false;
  const Status started = Start();
  return started.ok() ? ended : started;
}

Status AclStream::TooLate() {
  const Status late(Code::kTimeout, "the device did not finish within " +
                                        std::to_string(limit_.count()) +
                                        " ms; what it was doing was stopped");
  const Status started = Restart();
  if (started.ok()) return late;
  return Status(Code::kDeviceError, late.message() + "; " + started.message());
}

Status AclStream::Stop() {
  INFER_RETURN_IF_ERROR(Ready());
  if (card_->api().aclrtDestroyStreamForce == nullptr) return Stream::Stop();
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  return Restart();
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
  INFER_RETURN_IF_ERROR(Ready());
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
  INFER_RETURN_IF_ERROR(Ready());
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

Status AclStream::Process(ImageProcessor* processor, const ImageTask* tasks, std::size_t count) {
  auto* acl = dynamic_cast<AclImageProcessor*>(processor);
  if (acl == nullptr) return Wrong("process images without an image processor of an acl device");
  if (count == 0) return Status();
  if (tasks == nullptr) return Wrong("process images that are null");
  INFER_RETURN_IF_ERROR(Ready());
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  INFER_RETURN_IF_ERROR(acl->PlanAll(tasks, count));
  if (reports_->failed()) return Status();
  work_ = fresh_ = true;
  reports_->WorkQueued();
  auto job = std::make_shared<AclVpcJob>(card_);
  reports_->KeepFirst(acl->Enqueue(stream_, job.get()));
  // What it uses stays until the work is done, even if only some of it was queued.
  const Status launched =
      Launch([job, reports = reports_.get()](const Status&) { reports->KeepFirst(job->Check()); });
  if (!launched.ok()) stranded_.push_back(std::move(job));
  reports_->KeepFirst(launched);
  return Status();
}

Status AclStream::Callback(std::function<void(Status)> done) {
  if (!done) return Wrong("callback without a function");
  INFER_RETURN_IF_ERROR(Ready());
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
  if (reports_->settled() && reports_->Wait(deadline)) {
    work_ = fresh_ = overdue_ = false;
    running_ = nullptr;
    stranded_.clear();
    return reports_->TakeFailure();
  }
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  // After a timeout the callback of that time is still to come.
  const Status launched = overdue_ && !fresh_ ? Status() : Launch(nullptr);
  if (launched.ok() && !reports_->Wait(deadline)) {
    if (limited) return TooLate();
    overdue_ = true;
    return Status(Code::kTimeout, "the work of the stream was not done after " +
                                      std::to_string(timeout.count()) + " ms");
  }
  overdue_ = false;
  // Through by now, unless the callback could not be launched.
  const AclApi& api = card_->api();
  const bool bounded = limited && api.aclrtSynchronizeStreamWithTimeout != nullptr;
  const char* const function =
      bounded ? "aclrtSynchronizeStreamWithTimeout" : "aclrtSynchronizeStream";
  const aclError code = bounded ? api.aclrtSynchronizeStreamWithTimeout(
                                      stream_, static_cast<std::int32_t>(limit_.count()))
                                : api.aclrtSynchronizeStream(stream_);
  if (bounded && code == kAclSyncTimeout) return TooLate();
  work_ = false;
  running_ = nullptr;
  stranded_.clear();
  if (code != 0) reports_->KeepFirst(AclFailed(api, function, code));
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
