// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/memory_map.h"

#include <cstring>

#include "devices/acl/soft/config.h"
#include "devices/acl/soft/error.h"

namespace infer_server::devices::acl {
namespace {

// What strict mode fills new memory with: floats of it are about -2e-13, bytes 165.
constexpr int kPoison = 0xA5;

soft::MemoryMap& Map() {
  static soft::MemoryMap& map = *new soft::MemoryMap;
  return map;
}

}  // namespace

aclError AllocateMemory(MemoryKind kind, int device, size_t size, size_t padding, size_t alignment,
                        void** memory) {
  const Config& config = GetConfig();
  size_t reserved = 0;
  void* const made = Map().Allocate(
      {kind, device, size, padding, alignment, config.device_memory, config.devices}, &reserved);
  if (made == nullptr) return ACL_ERROR_RT_MEMORY_ALLOCATION;
  if (config.strict) std::memset(made, kPoison, reserved);
  *memory = made;
  return ACL_SUCCESS;
}

aclError FreeMemory(MemoryKind kind, void* memory) {
  return Map().Free(kind, memory) ? ACL_SUCCESS : ACL_ERROR_RT_PARAM_INVALID;
}

void FreeDeviceMemory(int device) { Map().FreeDevice(device); }

size_t DeviceMemoryUsed(int device) { return Map().Used(device); }

Place FindPlace(const void* address) { return Map().Find(address); }

uint64_t MemoryFrees() { return Map().Frees(); }

std::string WhyNotFreed(const void* address) {
  const Place place = FindPlace(address);
  if (place.where != Place::Where::kBlock) return "it was freed already, or never allocated";
  if (place.offset > 0)
    return "it lies " + std::to_string(place.offset) + " bytes behind the start of its block";
  switch (place.kind) {
    case MemoryKind::kDevice:
      return "it is memory of aclrtMalloc, which aclrtFree frees";
    case MemoryKind::kDvpp:
      return "it is memory of acldvppMalloc, which acldvppFree frees";
    case MemoryKind::kHost:
      break;
  }
  return "it is memory of aclrtMallocHost, which aclrtFreeHost frees";
}

aclError CheckDeviceSpan(const char* function, const char* what, const void* address,
                         size_t bytes) {
  if (address == nullptr)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "%s must not be NULL", what);
  const Place place = FindPlace(address);
  if (place.where == Place::Where::kNowhere)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "%s %p is device memory that was freed or never allocated", what, address);
  if (place.where == Place::Where::kPlain && GetConfig().host_mode)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "%s %p is plain host memory; it must come from aclrtMalloc, acldvppMalloc or "
                "aclrtMallocHost",
                what, address);
  if (bytes > place.left)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "%s %p: %zu bytes are asked for, the allocation has %zu from there on", what,
                address, bytes, place.left);
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
