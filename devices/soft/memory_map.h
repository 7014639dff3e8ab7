// SPDX-License-Identifier: Apache-2.0
// Which address is whose: every allocation, found by any address inside it.
//
// Device memory lies in one reserved range of addresses, so an address in there that belongs to no
// block is one that was freed or is wrong, and is told so. Any other address that is not in the map
// is plain host memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "devices/base/mutex.h"
#include "devices/soft/arena.h"

namespace infer_server::devices::soft {

// kDvpp: memory of a device that another pair of functions allocates and frees.
enum class MemoryKind { kDevice, kDvpp, kHost };

// Where an address lies.
struct Place {
  enum class Where { kPlain, kBlock, kNowhere };
  Where where = Where::kPlain;
  MemoryKind kind = MemoryKind::kHost;  // Of the block.
  int device = -1;                      // Of the block.
  size_t offset = 0;                    // Bytes from the start of the block to the address.
  size_t left = SIZE_MAX;               // Bytes from the address to the end of the block.
  // Device memory, or what should be.
  bool on_device() const {
    return where == Where::kNowhere || (where == Where::kBlock && kind != MemoryKind::kHost);
  }
};

// Thread-safe.
class MemoryMap {
 public:
  struct Request {
    MemoryKind kind = MemoryKind::kDevice;
    int device = 0;
    size_t size = 0;       // Bytes; 0 is refused.
    size_t padding = 0;    // Bytes behind the block that may be read.
    size_t alignment = 0;  // A power of two of at least 64.
    size_t limit = 0;      // Bytes of the device.
    int devices = 1;       // How many there are: the first request reserves addresses for all.
  };
  // Contents are not initialised; `reserved` (may be nullptr) receives the bytes that may be
  // written. nullptr: no room.
  void* Allocate(const Request& request, size_t* reserved);
  // False: not the start of a block of that kind.
  bool Free(MemoryKind kind, void* memory);
  // Frees all device memory of the device.
  void FreeDevice(int device);
  size_t Used(int device) const;
  Place Find(const void* address) const;
  // Grows whenever memory is freed: while it is the same, what Find() said of a block holds.
  uint64_t Frees() const { return frees_.load(std::memory_order_acquire); }

 private:
  struct Block {
    size_t size = 0;
    size_t reserved = 0;
    MemoryKind kind = MemoryKind::kHost;
    int device = -1;
  };
  void Release(std::map<uintptr_t, Block>::iterator block) INFER_REQUIRES(mutex_);

  std::atomic<uint64_t> frees_{0};
  mutable Mutex mutex_;
  std::unique_ptr<Arena> arena_ INFER_GUARDED_BY(mutex_);
  std::map<uintptr_t, Block> blocks_ INFER_GUARDED_BY(mutex_);
  std::map<int, size_t> used_ INFER_GUARDED_BY(mutex_);
};

}  // namespace infer_server::devices::soft
