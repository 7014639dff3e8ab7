// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_card.h"

#include <pthread.h>

#include <chrono>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "devices/acl/acl_error.h"
#include "devices/base/log.h"

namespace infer_server::devices {
namespace {

constexpr aclError kFeatureNotSupported = 207000;
constexpr aclError kReportTimeout = 507012, kOldReportTimeout = 100036;
constexpr aclError kNotSubscribed = 107012, kOldNotSubscribed = 100035;
// How long the thread waits in AscendCL at a time. Not for ever: not every version wakes it when
// its last stream goes.
constexpr int kReportMs = 200;
constexpr std::chrono::milliseconds kPause(10);  // After a failure.

// Streams of all cards by number. A callback is given a number and no pointer: when a stream is
// destroyed by force AscendCL may drop its callbacks or call them later.
struct Targets {
  Mutex mutex;
  std::uint64_t last INFER_GUARDED_BY(mutex) = 0;
  std::unordered_map<std::uint64_t, std::shared_ptr<AclReportTarget>> by_number
      INFER_GUARDED_BY(mutex);
};

Targets& TheTargets() {
  static auto* const targets = new Targets;
  return *targets;
}

std::shared_ptr<AclReportTarget> Take(std::uint64_t number) {
  Targets& all = TheTargets();
  MutexLock lock(&all.mutex);
  const auto at = all.by_number.find(number);
  if (at == all.by_number.end()) return nullptr;
  std::shared_ptr<AclReportTarget> target = std::move(at->second);
  all.by_number.erase(at);
  return target;
}

void Warn(const AclApi& api, const char* function, aclError code) {
  if (code != 0) INFER_LOG(kWarning, "acl", AclFailed(api, function, code).message());
}

}  // namespace

AclCard::Use::Use(const AclCard& card) : card_(card) {
  const AclApi& api = card.api();
  aclrtContext current = nullptr;
  if (api.aclrtGetCurrentContext(&current) != 0) current = nullptr;  // The thread has none.
  if (current == card.context_) return;
  const aclError code = api.aclrtSetCurrentContext(card.context_);
  if (code != 0)
    status_ = AclFailed(api, "aclrtSetCurrentContext", code);
  else
    before_ = current;
}

AclCard::Use::~Use() {
  if (before_ != nullptr)
    Warn(card_.api(), "aclrtSetCurrentContext", card_.api().aclrtSetCurrentContext(before_));
}

struct AclCard::Graveyard {
  Mutex mutex;
  std::vector<std::unique_ptr<AclCard>> cards INFER_GUARDED_BY(mutex);
};

AclCard::Graveyard& AclCard::TheGraveyard() {
  static auto* const graveyard = new Graveyard;
  return *graveyard;
}

std::vector<std::unique_ptr<AclCard>> AclCard::Buried() {
  Graveyard& graveyard = TheGraveyard();
  MutexLock lock(&graveyard.mutex);
  return std::move(graveyard.cards);
}

Result<std::shared_ptr<AclCard>> AclCard::Open(const AclLibrary& library, int id) {
  Buried();  // Closed here.
  std::shared_ptr<AclCard> card(new AclCard(library, id), &AclCard::Drop);
  INFER_RETURN_IF_ERROR(card->Start());
  return card;
}

Status AclCard::Start() {
  aclrtContext before = nullptr;
  if (api().aclrtGetCurrentContext(&before) != 0) before = nullptr;
  INFER_ACL_CALL(api(), aclrtSetDevice, id_);
  device_set_ = true;
  const aclError code = api().aclrtCreateContext(&context_, id_);
  const Status made = code == 0 ? Status() : AclFailed(api(), "aclrtCreateContext", code);
  if (before != nullptr)
    Warn(api(), "aclrtSetCurrentContext", api().aclrtSetCurrentContext(before));
  if (!made.ok()) {
    context_ = nullptr;
    return made;
  }
  std::promise<std::uint64_t> id;
  std::future<std::uint64_t> known = id.get_future();
  try {
    thread_ = Thread("acl-report", [this, &id] {
      id.set_value(static_cast<std::uint64_t>(pthread_self()));
      Serve();
    });
  } catch (const std::system_error& e) {
    return Status(Code::kUnavailable,
                  std::string("cannot start the thread for callbacks: ") + e.what());
  }
  thread_id_ = known.get();
  return Status();
}

// A callback that held the last of a card leaves the card to whoever opens the next one: the
// callback's thread cannot join itself.
void AclCard::Drop(AclCard* card) {
  std::unique_ptr<AclCard> owned(card);
  if (static_cast<std::uint64_t>(pthread_self()) != card->thread_id_) return;
  Graveyard& graveyard = TheGraveyard();
  MutexLock lock(&graveyard.mutex);
  graveyard.cards.push_back(std::move(owned));
}

AclCard::~AclCard() {
  {
    MutexLock lock(&mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.Join();
  if (context_ != nullptr) {
    Warn(api(), "aclrtDestroyContext", api().aclrtDestroyContext(context_));
  }
  if (device_set_) Warn(api(), "aclrtResetDevice", api().aclrtResetDevice(id_));
}

Status AclCard::Subscribe(aclrtStream stream, std::shared_ptr<AclReportTarget> target,
                          std::uint64_t* number) {
  {
    Targets& all = TheTargets();
    MutexLock lock(&all.mutex);
    *number = ++all.last;
    all.by_number.emplace(*number, std::move(target));
  }
  const aclError code = api().aclrtSubscribeReport(thread_id_, stream);
  if (code != 0) {
    Take(*number);
    return AclFailed(api(), "aclrtSubscribeReport", code);
  }
  {
    MutexLock lock(&mutex_);
    ++streams_;
  }
  changed_.notify_all();
  return Status();
}

void AclCard::Unsubscribe(aclrtStream stream, std::uint64_t number) {
  Warn(api(), "aclrtUnSubscribeReport", api().aclrtUnSubscribeReport(thread_id_, stream));
  Forget(number);
}

void AclCard::Forget(std::uint64_t number) {
  {
    MutexLock lock(&mutex_);
    --streams_;
  }
  Take(number);  // Destroyed here, without the lock.
}

Status AclCard::Launch(aclrtStream stream, std::uint64_t number) {
  void* key = reinterpret_cast<void*>(static_cast<std::uintptr_t>(number));
  const aclrtCallbackBlockType type = block_type_.load();
  aclError code = api().aclrtLaunchCallback(&AclCard::OnCallback, key, type, stream);
  if (code == kFeatureNotSupported && type == ACL_CALLBACK_NO_BLOCK) {
    // Cards of the 310 class know blocking callbacks only.
    block_type_.store(ACL_CALLBACK_BLOCK);
    code = api().aclrtLaunchCallback(&AclCard::OnCallback, key, ACL_CALLBACK_BLOCK, stream);
  }
  return code == 0 ? Status() : AclFailed(api(), "aclrtLaunchCallback", code);
}

void AclCard::OnCallback(void* key) {
  std::shared_ptr<AclReportTarget> target;
  {
    Targets& all = TheTargets();
    MutexLock lock(&all.mutex);
    const auto at = all.by_number.find(reinterpret_cast<std::uintptr_t>(key));
    if (at != all.by_number.end()) target = at->second;
  }
  if (target != nullptr) target->Called();
}

void AclCard::Serve() {
  Warn(api(), "aclrtSetCurrentContext", api().aclrtSetCurrentContext(context_));
  bool told = false;
  MutexLock lock(&mutex_);
  while (!stop_) {
    if (streams_ == 0) {
      lock.Wait(&changed_);
      continue;
    }
    lock.Unlock();
    const aclError code = api().aclrtProcessReport(kReportMs);
    const bool idle = code == kReportTimeout || code == kOldReportTimeout;
    const bool between = code == kNotSubscribed || code == kOldNotSubscribed;
    if (code != 0 && !idle && !between && !std::exchange(told, true))
      Warn(api(), "aclrtProcessReport", code);  // Once: it is tried again, and callbacks wait.
    lock.Lock();
    if (code != 0 && !idle && !stop_)
      lock.WaitUntil(&changed_, std::chrono::steady_clock::now() + kPause);
  }
}

}  // namespace infer_server::devices
