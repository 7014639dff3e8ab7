// SPDX-License-Identifier: Apache-2.0
// The memory of AscendCL: of aclrtMalloc (kDevice), acldvppMalloc (kDvpp) and aclrtMallocHost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "acl/acl_base.h"
#include "devices/soft/memory_map.h"

namespace infer_server::devices::acl {

using soft::MemoryKind;
using soft::Place;

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
// Why a call cannot free it: "it is memory of acldvppMalloc, which acldvppFree frees".
std::string WhyNotFreed(const void* address);

// Checks that `bytes` from `address` on may be given to work on a device: memory of aclrtMalloc,
// acldvppMalloc or aclrtMallocHost, any address inside a block. `what` names the argument. Reports
// 107000 in the name of `function`. In run mode ACL_DEVICE plain host memory is as good.
aclError CheckDeviceSpan(const char* function, const char* what, const void* address, size_t bytes);

}  // namespace infer_server::devices::acl
