// SPDX-License-Identifier: Apache-2.0
// The order in which a device's work is done: strict priority, then the oldest request first.
#pragma once

#include <algorithm>
#include <cstdint>

namespace infer_server {

inline constexpr int kPriorities = 10;  // 0..9, 9 first.

inline int ClampPriority(int priority) { return std::clamp(priority, 0, kPriorities - 1); }

// What a piece of work is ordered by. Ages are one device-wide count of accepted requests, so that
// over all models and sessions the older goes first, whenever its session was made.
struct OrderKey {
  int priority = 0;
  std::uint64_t age = 0;  // Smaller is older.
};

inline bool RunsBefore(const OrderKey& a, const OrderKey& b) {
  return a.priority != b.priority ? a.priority > b.priority : a.age < b.age;
}

}  // namespace infer_server
