// SPDX-License-Identifier: Apache-2.0
// Counts every operator new of the process. Include it in exactly one source file of a program: it
// replaces the operators.
#pragma once

#include <atomic>
#include <cstdlib>
#include <new>

namespace infer_server::test {

inline std::atomic<long> allocation_count{0};

// All threads together, since the process began.
inline long Allocations() { return allocation_count.load(); }

}  // namespace infer_server::test

// Not inlined: GCC would take the free() in one for a mismatch of the other.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++infer_server::test::allocation_count;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++infer_server::test::allocation_count;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  ++infer_server::test::allocation_count;
  void* memory = nullptr;
  if (posix_memalign(&memory, static_cast<std::size_t>(alignment), size) == 0) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
