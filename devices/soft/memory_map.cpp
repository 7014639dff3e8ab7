// SPDX-License-Identifier: Apache-2.0
#include "devices/soft/memory_map.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace infer_server::devices::soft {
namespace {

size_t RoundUp(size_t value, size_t to) { return (value + to - 1) / to * to; }

// Room for every device's memory twice, so that pieces between blocks do not matter; and for more
// than is asked for now, since the next initialisation may find more.
size_t ArenaBytes(size_t limit, int devices) {
  const size_t wanted = limit * 2 * static_cast<size_t>(std::max(devices, 1));
  return std::clamp(wanted, size_t{1} << 36, size_t{1} << 42);
}

}  // namespace

void MemoryMap::Release(std::map<uintptr_t, Block>::iterator block) {
  frees_.fetch_add(1, std::memory_order_release);
  if (block->second.kind == MemoryKind::kHost) {
    std::free(reinterpret_cast<void*>(block->first));
  } else {
    arena_->Free(block->first, block->second.reserved);
    used_[block->second.device] -= block->second.reserved;
  }
  blocks_.erase(block);
}

void* MemoryMap::Allocate(const Request& request, size_t* bytes) {
  if (request.size == 0 || request.size > (size_t{1} << 46)) return nullptr;
  const size_t reserved = RoundUp(RoundUp(request.size, 32) + request.padding, 64);
  MutexLock lock(&mutex_);
  uintptr_t address = 0;
  if (request.kind == MemoryKind::kHost) {
    address = reinterpret_cast<uintptr_t>(
        std::aligned_alloc(request.alignment, RoundUp(reserved, request.alignment)));
  } else {
    if (used_[request.device] + reserved > request.limit) return nullptr;
    if (arena_ == nullptr)
      arena_ = std::make_unique<Arena>(ArenaBytes(request.limit, request.devices));
    address = arena_->Allocate(reserved, request.alignment);
  }
  if (address == 0) return nullptr;
  if (request.kind != MemoryKind::kHost) used_[request.device] += reserved;
  blocks_.emplace(address, Block{request.size, reserved, request.kind, request.device});
  if (bytes != nullptr) *bytes = reserved;
  return reinterpret_cast<void*>(address);
}

bool MemoryMap::Free(MemoryKind kind, void* memory) {
  MutexLock lock(&mutex_);
  const auto found = blocks_.find(reinterpret_cast<uintptr_t>(memory));
  if (found == blocks_.end() || found->second.kind != kind) return false;
  Release(found);
  return true;
}

void MemoryMap::FreeDevice(int device) {
  MutexLock lock(&mutex_);
  for (auto block = blocks_.begin(); block != blocks_.end();) {
    const auto next = std::next(block);
    if (block->second.kind != MemoryKind::kHost && block->second.device == device) Release(block);
    block = next;
  }
}

size_t MemoryMap::Used(int device) const {
  MutexLock lock(&mutex_);
  const auto used = used_.find(device);
  return used == used_.end() ? 0 : used->second;
}

Place MemoryMap::Find(const void* address) const {
  const uintptr_t number = reinterpret_cast<uintptr_t>(address);
  MutexLock lock(&mutex_);
  const auto after = blocks_.upper_bound(number);
  Place place;
  if (after != blocks_.begin()) {
    const auto& [start, block] = *std::prev(after);
    if (number < start + block.reserved) {
      place.where = Place::Where::kBlock;
      place.kind = block.kind;
      place.device = block.device;
      place.offset = number - start;
      place.left = number < start + block.size ? start + block.size - number : 0;
      return place;
    }
  }
  if (arena_ != nullptr && arena_->Contains(number)) place.where = Place::Where::kNowhere;
  return place;
}

}  // namespace infer_server::devices::soft
