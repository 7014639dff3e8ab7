// SPDX-License-Identifier: Apache-2.0
// A card in use: its context, and the thread that runs the callbacks of its streams.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "devices/acl/acl_api.h"
#include "devices/acl/acl_picture_memory.h"
#include "devices/acl/loader.h"
#include "devices/base/mutex.h"
#include "devices/base/status.h"
#include "devices/base/thread.h"

namespace infer_server::devices {

// Who hears of a stream's callbacks. Called by the card's thread, in the order of the stream.
class AclReportTarget {
 public:
  virtual ~AclReportTarget() = default;
  virtual void Called() = 0;
};

// Thread-safe. Held by the device and all that was made of it. There is one context for a card,
// which threads share: AscendCL wants a model used in the context it was loaded in.
class AclCard {
 public:
  static Result<std::shared_ptr<AclCard>> Open(const AclLibrary& library, int id);
  ~AclCard();

  const AclApi& api() const { return library_.api; }
  const AclLibrary& library() const { return library_; }
  AclPictureRanges& pictures() { return pictures_; }

  // Makes the card's context the calling thread's, and the one before again in the end: the thread
  // may be an application's that uses AscendCL itself.
  class Use;

  // Has the card's thread serve the callbacks of `stream`, each of which calls `target`. `number`
  // is what Launch() takes. In the card's context.
  Status Subscribe(aclrtStream stream, std::shared_ptr<AclReportTarget> target,
                   std::uint64_t* number) INFER_EXCLUDES(mutex_);
  // `target` is called no more once this has returned, but for a call under way.
  void Unsubscribe(aclrtStream stream, std::uint64_t number) INFER_EXCLUDES(mutex_);
  // The same for a stream that is destroyed.
  void Forget(std::uint64_t number) INFER_EXCLUDES(mutex_);
  // Queues a call of the target. In the card's context.
  Status Launch(aclrtStream stream, std::uint64_t number);
  // False: callbacks hold their stream up, so that nothing may wait for it inside one.
  bool callbacks_let_pass() const { return block_type_.load() == ACL_CALLBACK_NO_BLOCK; }

 private:
  explicit AclCard(const AclLibrary& library, int id) : library_(library), id_(id) {}
  struct Graveyard;
  static Graveyard& TheGraveyard();
  static std::vector<std::unique_ptr<AclCard>> Buried();
  static void Drop(AclCard* card);
  Status Start();
  void Serve() INFER_EXCLUDES(mutex_);
  static void OnCallback(void* key);

  const AclLibrary& library_;
  const int id_;
  bool device_set_ = false;
  aclrtContext context_ = nullptr;
  std::atomic<aclrtCallbackBlockType> block_type_{ACL_CALLBACK_NO_BLOCK};
  AclPictureRanges pictures_;
  std::uint64_t thread_id_ = 0;  // As aclrtSubscribeReport wants it.

  Mutex mutex_;
  std::condition_variable changed_;
  int streams_ INFER_GUARDED_BY(mutex_) = 0;
  bool stop_ INFER_GUARDED_BY(mutex_) = false;
  Thread thread_;
};

class AclCard::Use {
 public:
  explicit Use(const AclCard& card);
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  const Status& status() const { return status_; }

 private:
  const AclCard& card_;
  aclrtContext before_ = nullptr;
  Status status_;
};

}  // namespace infer_server::devices
