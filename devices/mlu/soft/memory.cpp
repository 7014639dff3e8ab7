// SPDX-License-Identifier: Apache-2.0
#include "devices/mlu/soft/memory.h"

#include <cstring>

#include "devices/mlu/soft/error.h"

namespace infer_server::devices::mlu {
namespace {

const char* NameOf(Side side) { return side == Side::kDevice ? "device" : "host"; }

// What a direction says of its ends. False: there is no such direction.
bool SidesOf(cnrtMemTransDir_t dir, Side* to, Side* from) {
  switch (dir) {
    case CNRT_MEM_TRANS_DIR_HOST2DEV:
      *to = Side::kDevice, *from = Side::kHost;
      return true;
    case CNRT_MEM_TRANS_DIR_DEV2DEV:
    case CNRT_MEM_TRANS_DIR_PEER2PEER:
      *to = *from = Side::kDevice;
      return true;
    case CNRT_MEM_TRANS_DIR_DEV2HOST:
      *to = Side::kHost, *from = Side::kDevice;
      return true;
    case CNRT_MEM_TRANS_DIR_HOST2HOST:
      *to = *from = Side::kHost;
      return true;
    case CNRT_MEM_TRANS_DIR_NODIR:
      *to = *from = Side::kAny;
      return true;
  }
  return false;
}

}  // namespace

soft::MemoryMap& Memory() {
  static soft::MemoryMap& memory = *new soft::MemoryMap;
  return memory;
}

cnrtRet_t CheckSpan(const char* function, const char* what, const void* address, size_t bytes,
                    Side side, Place* place) {
  if (address == nullptr) return Fail(CNRT_RET_ERR_INVALID, function, "%s must not be NULL", what);
  const Place found = Memory().Find(address);
  if (place != nullptr) *place = found;
  if (found.where == Place::Where::kNowhere)
    return Fail(CNRT_RET_ERR_INVALID_POINTER, function,
                "%s %p is device memory that was freed or never allocated", what, address);
  if (side != Side::kAny && found.on_device() != (side == Side::kDevice))
    return Fail(CNRT_RET_ERR_INVALID_POINTER, function, "%s %p is %s memory, must be %s memory",
                what, address, NameOf(found.on_device() ? Side::kDevice : Side::kHost),
                NameOf(side));
  if (bytes > found.left)
    return Fail(CNRT_RET_ERR_OUT_RANGE, function,
                "%s %p: %zu bytes are asked for, the allocation has %zu from there on", what,
                address, bytes, found.left);
  return CNRT_RET_SUCCESS;
}

cnrtRet_t CheckDeviceSpan(const char* function, const char* what, const void* address, size_t bytes,
                          int device) {
  Place place;
  MLU_RETURN_IF_ERROR(CheckSpan(function, what, address, bytes, Side::kDevice, &place));
  if (place.device == device) return CNRT_RET_SUCCESS;
  return Fail(CNRT_RET_ERR_INVALID_POINTER, function, "%s %p is memory of device %d, must be of %d",
              what, address, place.device, device);
}

cnrtRet_t CheckCopy(const Copy& copy, const char* function) {
  Side to = Side::kAny, from = Side::kAny;
  if (!SidesOf(copy.dir, &to, &from))
    return Fail(CNRT_RET_ERR_INVALID, function, "dir is %d, must be 0 to 5 (cnrtMemTransDir_t)",
                static_cast<int>(copy.dir));
  Place dst, src;
  MLU_RETURN_IF_ERROR(CheckSpan(function, "dst", copy.dst, copy.bytes, to, &dst));
  MLU_RETURN_IF_ERROR(CheckSpan(function, "src", copy.src, copy.bytes, from, &src));
  if (copy.dir == CNRT_MEM_TRANS_DIR_DEV2DEV && dst.device != src.device)
    return Fail(CNRT_RET_ERR_INVALID_POINTER, function,
                "src is of device %d, dst of device %d; use CNRT_MEM_TRANS_DIR_PEER2PEER or "
                "cnrtMemcpyPeer",
                src.device, dst.device);
  return CNRT_RET_SUCCESS;
}

// The ends may overlap: both may be one allocation.
void DoCopy(const Copy& copy) { std::memmove(copy.dst, copy.src, copy.bytes); }

}  // namespace infer_server::devices::mlu
