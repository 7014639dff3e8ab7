// SPDX-License-Identifier: Apache-2.0
// Whether making and ending something many times leaves anything on the heap.
#pragma once

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Of the sanitizers' allocator; GCC has no header for it.
extern "C" size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace acl_test {

// Bytes in use.
inline size_t HeapInUse() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return __sanitizer_get_current_allocated_bytes();
#else
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
}

template <typename Once>
void ExpectNoGrowth(const char* what, const Once& once) {
  for (int i = 0; i < 100; ++i) once();  // These make what stays for good.
  const size_t before = HeapInUse();
  for (int i = 0; i < 10000; ++i) once();
  EXPECT_LT(HeapInUse(), before + (16 << 10)) << what;  // Tables keep their buckets.
}

}  // namespace acl_test
