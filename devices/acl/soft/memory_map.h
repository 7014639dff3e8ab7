// SPDX-License-Identifier: Apache-2.0
// Which address is whose: every allocation, found by any address inside it.
//
// Device memory (aclrtMalloc, acldvppMalloc) lies in one reserved range of addresses, so an address
// in there that belongs to no block is one that was freed or is wrong, and is told so. Any other
// address that is not in the map is plain host memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "acl/acl_base.h"

namespace infer_server::devices::acl {

enum class MemoryKind { kDevice, kDvpp, kHost };

// Where an address lies.
struct Place {
  enum class Where { kPlain, kBlock, kNowhere };
  Where where = Where::kPlain;
  MemoryKind kind = MemoryKind::kHost;  // Of the block.
  int device = -1;                      // Of the block.
  size_t left = SIZE_MAX;               // Bytes from the address to the end of the block.
  // Device memory, or what should be.
  bool on_device() const {
    return where == Where::kNowhere || (where == Where::kBlock && kind != MemoryKind::kHost);
  }
};

// All thread-safe.

// `alignment` is a power of two; `padding` bytes behind the block may be read. Contents are not
// initialised. On failure nothing is reported: 207001 out of memory.
aclError AllocateMemory(MemoryKind kind, int device, size_t size, size_t padding, size_t alignment,
                        void** memory);
// 107000: not the start of a block of that kind (or of kDevice and kDvpp alike); nothing is
// reported.
aclError FreeMemory(MemoryKind kind, void* memory);
// Frees all device memory of the device.
void FreeDeviceMemory(int device);
size_t DeviceMemoryUsed(int device);

Place FindPlace(const void* address);
// Grows whenever memory is freed: while it is the same, what FindPlace() said of a block holds.
uint64_t MemoryFrees();

// Checks that `bytes` from `address` on may be given to work on a device: memory of aclrtMalloc,
// acldvppMalloc or aclrtMallocHost, any address inside a block. `what` names the argument. Reports
// 107000 in the name of `function`. In run mode ACL_DEVICE plain host memory is as good.
aclError CheckDeviceSpan(const char* function, const char* what, const void* address, size_t bytes);

}  // namespace infer_server::devices::acl
