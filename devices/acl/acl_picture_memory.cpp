// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_picture_memory.h"

#include <string>
#include <utility>

#include "devices/acl/acl_card.h"
#include "devices/acl/acl_error.h"
#include "devices/base/log.h"

namespace infer_server::devices {
namespace {

constexpr std::size_t kSmallest = std::size_t{1} << 16;
constexpr std::size_t kMostBlocks = 4096;  // Of one size; more are a mistake.

void Free(AclCard* card, void* data) {
  card->pictures().Remove(data);
  const AclCard::Use use(*card);
  const aclError code = card->api().acldvppFree(data);
  if (code != 0) INFER_LOG(kWarning, "acl", AclFailed(card->api(), "acldvppFree", code).message());
}

}  // namespace

void AclPictureRanges::Add(const void* data, std::size_t bytes) {
  MutexLock lock(&mutex_);
  bytes_at_[reinterpret_cast<std::uintptr_t>(data)] = bytes;
}

void AclPictureRanges::Remove(const void* data) {
  MutexLock lock(&mutex_);
  bytes_at_.erase(reinterpret_cast<std::uintptr_t>(data));
}

bool AclPictureRanges::Contain(const void* data, std::size_t bytes) {
  const auto at = reinterpret_cast<std::uintptr_t>(data);
  MutexLock lock(&mutex_);
  auto behind = bytes_at_.upper_bound(at);
  if (behind == bytes_at_.begin()) return false;
  --behind;
  const std::size_t offset = at - behind->first;
  return offset <= behind->second && bytes <= behind->second - offset;
}

Result<Memory> AllocateAclPicture(const std::shared_ptr<AclCard>& card, std::size_t bytes) {
  const AclCard::Use use(*card);
  INFER_RETURN_IF_ERROR(use.status());
  void* data = nullptr;
  const aclError code = card->api().acldvppMalloc(&data, bytes);
  if (code != 0)
    return AclFailed(card->api(), "acldvppMalloc", code)
        .WithContext("allocate " + std::to_string(bytes) + " bytes");
  card->pictures().Add(data, bytes);
  return Memory(data, bytes, MemoryKind::kDevice, [card](void* block) { Free(card.get(), block); });
}

Result<MemoryPool::Block> AclPicturePools::Acquire(std::size_t bytes) {
  std::size_t size = kSmallest;
  while (size < bytes) size *= 2;
  std::unique_ptr<MemoryPool>& pool = pools_[size];
  if (pool == nullptr)
    pool = std::make_unique<MemoryPool>(
        size, kMostBlocks, [card = card_](std::size_t n) { return AllocateAclPicture(card, n); });
  Result<MemoryPool::Block> block = pool->Acquire(std::chrono::milliseconds(0));
  if (block.ok() || block.status().code() != Code::kTimeout) return block;
  return Status(Code::kUnavailable, "image: " + std::to_string(kMostBlocks) + " pictures of " +
                                        std::to_string(size) +
                                        " bytes are in work; synchronise the stream");
}

}  // namespace infer_server::devices
