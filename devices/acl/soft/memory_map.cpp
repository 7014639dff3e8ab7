// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/memory_map.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "devices/acl/soft/arena.h"
#include "devices/acl/soft/config.h"
#include "devices/acl/soft/error.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {
namespace {

// What strict mode fills new memory with: floats of it are about -2e-13, bytes 165.
constexpr int kPoison = 0xA5;

struct Block {
  size_t size = 0;
  size_t reserved = 0;
  MemoryKind kind = MemoryKind::kHost;
  int device = -1;
};

struct State {
  Mutex mutex;
  std::unique_ptr<Arena> arena INFER_GUARDED_BY(mutex);
  std::map<uintptr_t, Block> blocks INFER_GUARDED_BY(mutex);
  std::map<int, size_t> used INFER_GUARDED_BY(mutex);
  std::atomic<uint64_t> frees{0};
};

State& Get() {
  static State& state = *new State;
  return state;
}

size_t RoundUp(size_t value, size_t to) { return (value + to - 1) / to * to; }

// Room for every device's memory twice, so that pieces between blocks do not matter; and for more
// than the environment asks for now, since the next aclInit may find another.
size_t ArenaBytes(const Config& config) {
  const size_t wanted = config.device_memory * 2 * static_cast<size_t>(std::max(config.devices, 1));
  return std::clamp(wanted, size_t{1} << 36, size_t{1} << 42);
}

void Release(State* state, std::map<uintptr_t, Block>::iterator block)
    INFER_REQUIRES(state->mutex) {
  state->frees.fetch_add(1, std::memory_order_release);
  if (block->second.kind == MemoryKind::kHost) {
    std::free(reinterpret_cast<void*>(block->first));
  } else {
    state->arena->Free(block->first, block->second.reserved);
    state->used[block->second.device] -= block->second.reserved;
  }
  state->blocks.erase(block);
}

}  // namespace

aclError AllocateMemory(MemoryKind kind, int device, size_t size, size_t padding, size_t alignment,
                        void** memory) {
  const Config& config = GetConfig();
  if (size == 0 || size > (size_t{1} << 46)) return ACL_ERROR_RT_MEMORY_ALLOCATION;
  const size_t reserved = RoundUp(RoundUp(size, 32) + padding, 64);
  State& state = Get();
  MutexLock lock(&state.mutex);
  uintptr_t address = 0;
  if (kind == MemoryKind::kHost) {
    address =
        reinterpret_cast<uintptr_t>(std::aligned_alloc(alignment, RoundUp(reserved, alignment)));
  } else {
    if (state.used[device] + reserved > config.device_memory) return ACL_ERROR_RT_MEMORY_ALLOCATION;
    if (state.arena == nullptr) state.arena = std::make_unique<Arena>(ArenaBytes(config));
    address = state.arena->Allocate(reserved, alignment);
  }
  if (address == 0) return ACL_ERROR_RT_MEMORY_ALLOCATION;
  if (kind != MemoryKind::kHost) state.used[device] += reserved;
  state.blocks.emplace(address, Block{size, reserved, kind, device});
  *memory = reinterpret_cast<void*>(address);
  if (config.strict) std::memset(*memory, kPoison, reserved);
  return ACL_SUCCESS;
}

aclError FreeMemory(MemoryKind kind, void* memory) {
  State& state = Get();
  MutexLock lock(&state.mutex);
  const auto found = state.blocks.find(reinterpret_cast<uintptr_t>(memory));
  if (found == state.blocks.end() || found->second.kind != kind) return ACL_ERROR_RT_PARAM_INVALID;
  Release(&state, found);
  return ACL_SUCCESS;
}

void FreeDeviceMemory(int device) {
  State& state = Get();
  MutexLock lock(&state.mutex);
  for (auto block = state.blocks.begin(); block != state.blocks.end();) {
    const auto next = std::next(block);
    if (block->second.kind != MemoryKind::kHost && block->second.device == device)
      Release(&state, block);
    block = next;
  }
}

size_t DeviceMemoryUsed(int device) {
  State& state = Get();
  MutexLock lock(&state.mutex);
  const auto used = state.used.find(device);
  return used == state.used.end() ? 0 : used->second;
}

Place FindPlace(const void* address) {
  const uintptr_t number = reinterpret_cast<uintptr_t>(address);
  State& state = Get();
  MutexLock lock(&state.mutex);
  auto after = state.blocks.upper_bound(number);
  Place place;
  if (after != state.blocks.begin()) {
    const auto& [start, block] = *std::prev(after);
    if (number < start + block.reserved) {
      place.where = Place::Where::kBlock;
      place.kind = block.kind;
      place.device = block.device;
      place.left = number < start + block.size ? start + block.size - number : 0;
      return place;
    }
  }
  if (state.arena != nullptr && state.arena->Contains(number)) place.where = Place::Where::kNowhere;
  return place;
}

uint64_t MemoryFrees() { return Get().frees.load(std::memory_order_acquire); }

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
