// SPDX-License-Identifier: Apache-2.0
// Memory of DVPP: what there is on a card, and pools of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "devices/base/mutex.h"
#include "devices/base/status.h"
#include "devices/memory.h"
#include "devices/memory_pool.h"

namespace infer_server::devices {

class AclCard;

// Which addresses are memory of DVPP. Thread-safe.
class AclPictureRanges {
 public:
  void Add(const void* data, std::size_t bytes) INFER_EXCLUDES(mutex_);
  void Remove(const void* data) INFER_EXCLUDES(mutex_);
  bool Contain(const void* data, std::size_t bytes) INFER_EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::map<std::uintptr_t, std::size_t> bytes_at_ INFER_GUARDED_BY(mutex_);
};

// By acldvppMalloc, 128-byte aligned. The block keeps the card open. Fails with kOutOfMemory.
Result<Memory> AllocateAclPicture(const std::shared_ptr<AclCard>& card, std::size_t bytes);

// Blocks for pictures on their way, in sizes of powers of two. One thread at a time; blocks may be
// dropped on others.
class AclPicturePools {
 public:
  explicit AclPicturePools(std::shared_ptr<AclCard> card) : card_(std::move(card)) {}
  // Of at least `bytes`. Fails with kOutOfMemory, and kUnavailable when work that is not done
  // holds too many.
  Result<MemoryPool::Block> Acquire(std::size_t bytes);

 private:
  const std::shared_ptr<AclCard> card_;
  std::map<std::size_t, std::unique_ptr<MemoryPool>> pools_;
};

}  // namespace infer_server::devices
