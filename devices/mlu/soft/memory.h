// SPDX-License-Identifier: Apache-2.0
// The memory of the devices and of cnrtMallocHost(), and what may be done with an address.
#pragma once

#include <cstddef>

#include "cnrt.h"
#include "devices/soft/memory_map.h"

namespace infer_server::devices::mlu {

using soft::MemoryKind;
using soft::Place;

soft::MemoryMap& Memory();

enum class Side { kHost, kDevice, kAny };

// Checks `bytes` from `address` on. Reports in the name of `function`: CNRT_RET_ERR_INVALID (NULL),
// CNRT_RET_ERR_INVALID_POINTER (on the other side, freed or never allocated),
// CNRT_RET_ERR_OUT_RANGE (goes past its allocation). `what` names the argument. `place` (may be
// nullptr) receives where it lies.
cnrtRet_t CheckSpan(const char* function, const char* what, const void* address, size_t bytes,
                    Side side, Place* place);

// The same with memory of `device`.
cnrtRet_t CheckDeviceSpan(const char* function, const char* what, const void* address, size_t bytes,
                          int device);

// A copy between the address spaces. REQUIRES of Do: Check said yes.
struct Copy {
  void* dst;
  const void* src;
  size_t bytes;
  cnrtMemTransDir_t dir;
};
cnrtRet_t CheckCopy(const Copy& copy, const char* function);
void DoCopy(const Copy& copy);

}  // namespace infer_server::devices::mlu
