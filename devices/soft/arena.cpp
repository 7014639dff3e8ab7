// SPDX-License-Identifier: Apache-2.0
#include "devices/soft/arena.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) static_cast<void>(0)
#endif

namespace infer_server::devices::soft {
namespace {

constexpr size_t kSmallest = size_t{1} << 28;
// Freed pieces from here on go back to the system.
constexpr size_t kReturned = size_t{1} << 20;

}  // namespace

Arena::Arena(size_t bytes) {
  // A limit on the address space may refuse much and grant less.
  for (bytes = std::max(bytes, kSmallest); bytes >= kSmallest; bytes /= 2) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) continue;
    begin_ = reinterpret_cast<uintptr_t>(memory);
    size_ = bytes;
    Insert(begin_, size_);
    return;
  }
}

Arena::~Arena() {
  if (size_ != 0) munmap(reinterpret_cast<void*>(begin_), size_);
}

void Arena::Insert(uintptr_t address, size_t bytes) {
  by_address_.emplace(address, bytes);
  by_size_.emplace(bytes, address);
}

void Arena::Erase(std::map<uintptr_t, size_t>::iterator piece) {
  by_size_.erase({piece->second, piece->first});
  by_address_.erase(piece);
}

uintptr_t Arena::Allocate(size_t bytes, size_t alignment) {
  for (auto fit = by_size_.lower_bound({bytes, 0}); fit != by_size_.end(); ++fit) {
    const auto [size, address] = *fit;
    const uintptr_t start = (address + alignment - 1) & ~(static_cast<uintptr_t>(alignment) - 1);
    if (start + bytes > address + size) continue;
    Erase(by_address_.find(address));
    if (start > address) Insert(address, start - address);
    if (start + bytes < address + size) Insert(start + bytes, address + size - start - bytes);
    ASAN_UNPOISON_MEMORY_REGION(reinterpret_cast<void*>(start), bytes);
    return start;
  }
  return 0;
}

void Arena::Free(uintptr_t address, size_t bytes) {
  if (bytes >= kReturned) {
    const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    const uintptr_t first = (address + page - 1) & ~(page - 1),
                    last = (address + bytes) & ~(page - 1);
    madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  }
  ASAN_POISON_MEMORY_REGION(reinterpret_cast<void*>(address), bytes);
  auto next = by_address_.lower_bound(address);
  if (next != by_address_.end() && address + bytes == next->first) {
    bytes += next->second;
    const auto joined = next++;
    Erase(joined);
  }
  if (next != by_address_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == address) {
      address = before->first;
      bytes += before->second;
      Erase(before);
    }
  }
  Insert(address, bytes);
}

}  // namespace infer_server::devices::soft
