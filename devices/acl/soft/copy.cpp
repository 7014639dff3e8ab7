// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/copy.h"

#include <cstring>
#include <set>
#include <utility>

#include "devices/acl/soft/config.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/memory_map.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {
namespace {

struct Peers {
  Mutex mutex;
  std::set<std::pair<int, int>> enabled INFER_GUARDED_BY(mutex);
};

Peers& Get() {
  static Peers& peers = *new Peers;
  return peers;
}

// Bytes from the first to the last; SIZE_MAX when that overflows.
size_t Span(size_t pitch, size_t width, size_t rows) {
  size_t bytes = 0;
  if (rows == 0 || __builtin_mul_overflow(pitch, rows - 1, &bytes) ||
      __builtin_add_overflow(bytes, width, &bytes))
    return rows == 0 ? 0 : SIZE_MAX;
  return bytes;
}

const char* SideName(bool device) { return device ? "device" : "host"; }

// `wants_device`: what the kind says of this end; -1: anything.
aclError CheckEnd(const char* function, const char* what, const void* address, size_t bytes,
                  const Place& place, int wants_device) {
  if (place.where == Place::Where::kNowhere)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "%s %p is device memory that was freed or never allocated", what, address);
  if (bytes > place.left)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "%s %p: %zu bytes are asked for, the allocation has %zu from there on", what,
                address, bytes, place.left);
  if (wants_device >= 0 && GetConfig().host_mode && place.on_device() != (wants_device == 1))
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function, "%s %p is %s memory, and kind says %s", what,
                address, SideName(place.on_device()), SideName(wants_device == 1));
  return ACL_SUCCESS;
}

}  // namespace

aclError CheckCopy(const Copy& copy, const char* function) {
  if (copy.kind < ACL_MEMCPY_HOST_TO_HOST || copy.kind > ACL_MEMCPY_DEFAULT)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "kind is %d, must be 0 to 4 (aclrtMemcpyKind)", copy.kind);
  const bool any = copy.kind == ACL_MEMCPY_DEFAULT;
  const int to_device =
      any ? -1 : copy.kind == ACL_MEMCPY_HOST_TO_DEVICE || copy.kind == ACL_MEMCPY_DEVICE_TO_DEVICE;
  const int from_device =
      any ? -1 : copy.kind == ACL_MEMCPY_DEVICE_TO_HOST || copy.kind == ACL_MEMCPY_DEVICE_TO_DEVICE;
  const Place to = FindPlace(copy.to), from = FindPlace(copy.from);
  ACL_RETURN_IF_ERROR(CheckEnd(function, "dst", copy.to, Span(copy.to_pitch, copy.width, copy.rows),
                               to, to_device));
  ACL_RETURN_IF_ERROR(CheckEnd(function, "src", copy.from,
                               Span(copy.from_pitch, copy.width, copy.rows), from, from_device));
  if (to.on_device() && from.on_device() && to.device != from.device &&
      !HasPeerAccess(from.device, to.device))
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "src is of device %d, dst of device %d; call aclrtDeviceEnablePeerAccess first",
                from.device, to.device);
  return ACL_SUCCESS;
}

bool TouchesPlainMemory(const Copy& copy) {
  return FindPlace(copy.to).where == Place::Where::kPlain ||
         FindPlace(copy.from).where == Place::Where::kPlain;
}

void DoCopy(const Copy& copy) {
  auto* to = static_cast<unsigned char*>(copy.to);
  auto* from = static_cast<const unsigned char*>(copy.from);
  // The ends may overlap: both may be one allocation.
  for (size_t row = 0; row < copy.rows; ++row)
    std::memmove(to + row * copy.to_pitch, from + row * copy.from_pitch, copy.width);
}

void SetPeerAccess(int device, int peer, bool enabled) {
  Peers& peers = Get();
  MutexLock lock(&peers.mutex);
  if (enabled)
    peers.enabled.emplace(device, peer);
  else
    peers.enabled.erase({device, peer});
}

bool HasPeerAccess(int device, int peer) {
  Peers& peers = Get();
  MutexLock lock(&peers.mutex);
  return peers.enabled.count({device, peer}) != 0;
}

}  // namespace infer_server::devices::acl
