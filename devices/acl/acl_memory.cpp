// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_memory.h"

#include <cstdlib>
#include <limits>
#include <string>

#include "devices/acl/acl_error.h"
#include "devices/base/log.h"

namespace infer_server::devices {
namespace {

constexpr std::size_t kAlignment = 64;
// Beyond this no card has memory, and not every AscendCL computes with such sizes safely.
constexpr std::size_t kMost = std::size_t{1} << 48;

void Free(const AclCard& card, void* data, MemoryKind kind) {
  const AclCard::Use use(card);
  const AclApi& api = card.api();
  const bool device = kind == MemoryKind::kDevice;
  const aclError code = device ? api.aclrtFree(data) : api.aclrtFreeHost(data);
  if (code != 0)
    INFER_LOG(kWarning, "acl",
              AclFailed(api, device ? "aclrtFree" : "aclrtFreeHost", code).message());
}

}  // namespace

Result<Memory> AllocateAcl(const std::shared_ptr<AclCard>& card, std::size_t bytes,
                           MemoryKind kind) {
  if (bytes == 0)
    return Status(Code::kInvalidArgument, "cannot allocate 0 bytes; expected at least 1");
  if (bytes > kMost)
    return Status(Code::kOutOfMemory, "cannot allocate " + std::to_string(bytes) + " bytes");
  void* data = nullptr;
  if (kind == MemoryKind::kHost) {
    if (posix_memalign(&data, kAlignment, bytes) != 0)
      return Status(Code::kOutOfMemory, "cannot allocate " + std::to_string(bytes) + " bytes");
    return Memory(data, bytes, kind, &std::free);
  }
  const AclCard::Use use(*card);
  INFER_RETURN_IF_ERROR(use.status());
  const AclApi& api = card->api();
  const aclError code = kind == MemoryKind::kDevice
                            ? api.aclrtMalloc(&data, bytes, ACL_MEM_MALLOC_HUGE_FIRST)
                            : api.aclrtMallocHost(&data, bytes);
  if (code != 0)
    return AclFailed(api, kind == MemoryKind::kDevice ? "aclrtMalloc" : "aclrtMallocHost", code)
        .WithContext("allocate " + std::to_string(bytes) + " bytes");
  return Memory(data, bytes, kind, [card, kind](void* block) { Free(*card, block, kind); });
}

}  // namespace infer_server::devices
