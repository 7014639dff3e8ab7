// SPDX-License-Identifier: Apache-2.0
// One reserved range of addresses, cut into blocks: the smallest free piece that fits, neighbours
// joined when freed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace infer_server::devices::soft {

// Not thread-safe. Addresses cost nothing until they are written to.
class Arena {
 public:
  explicit Arena(size_t bytes);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  // `bytes` is a multiple of 64, `alignment` a power of two of at least 64. 0: no room.
  uintptr_t Allocate(size_t bytes, size_t alignment);
  // REQUIRES: [address, address + bytes) is what Allocate returned.
  void Free(uintptr_t address, size_t bytes);
  bool Contains(uintptr_t address) const { return address >= begin_ && address < begin_ + size_; }

 private:
  void Insert(uintptr_t address, size_t bytes);
  void Erase(std::map<uintptr_t, size_t>::iterator piece);

  uintptr_t begin_ = 0;
  size_t size_ = 0;
  std::map<uintptr_t, size_t> by_address_;
  std::set<std::pair<size_t, uintptr_t>> by_size_;
};

}  // namespace infer_server::devices::soft
