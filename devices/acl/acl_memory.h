// SPDX-License-Identifier: Apache-2.0
// Memory of a card, and host memory that it copies from and to.
#pragma once

#include <cstddef>
#include <memory>

#include "devices/acl/acl_card.h"
#include "devices/memory.h"

namespace infer_server::devices {

// kDevice: aclrtMalloc; kPinned: aclrtMallocHost; kHost: the process's own. 64-byte aligned. The
// block keeps the card open. Fails with kInvalidArgument for 0 bytes, kOutOfMemory.
Result<Memory> AllocateAcl(const std::shared_ptr<AclCard>& card, std::size_t bytes,
                           MemoryKind kind);

}  // namespace infer_server::devices
