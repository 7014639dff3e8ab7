// SPDX-License-Identifier: Apache-2.0
// Blocks of one size, made once and lent again and again.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "devices/memory.h"

namespace infer_server::devices {

struct PoolStats {
  std::uint64_t hits = 0;      // Acquired without allocating.
  std::uint64_t misses = 0;    // Allocated.
  std::uint64_t waits = 0;     // Had to wait for a block.
  std::size_t lent = 0;        // Now with users.
  std::size_t high_water = 0;  // Most ever lent at once.
};

// Thread-safe. Grows one block at a time up to its limit, then Acquire() waits: that bound is what
// keeps device memory bounded. The pool may be destroyed while blocks are lent: they stay valid and
// are freed when given back. Waiters are woken first come, first served.
class INFER_API MemoryPool {
 public:
  using Allocate = std::function<Result<Memory>(std::size_t bytes)>;
  // A lent block; giving it back is dropping it. Move-only; safe to drop on any thread, after the
  // pool too.
  class Block;

  // `block_bytes` > 0, `max_blocks` > 0, else Acquire() fails with kInvalidArgument. `allocate` is
  // called without any lock held.
  MemoryPool(std::size_t block_bytes, std::size_t max_blocks, Allocate allocate);
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  // Waits for at most `timeout` (negative = for ever, zero = not at all). Fails with kTimeout, with
  // kOutOfMemory as `allocate` does, or with kCancelled once Close() has been called. Allocates
  // nothing of its own once the pool has reached its working size.
  Result<Block> Acquire(std::chrono::milliseconds timeout);

  // Makes every waiting and later Acquire() fail with kCancelled. Idempotent.
  void Close();

  std::size_t block_bytes() const;
  PoolStats Stats() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

class INFER_API MemoryPool::Block {
 public:
  Block() = default;
  Block(Block&& other) noexcept;
  Block& operator=(Block&& other) noexcept;
  ~Block();  // Gives the block back.

  void* data() const { return memory_.data(); }
  std::size_t size() const { return memory_.size(); }
  explicit operator bool() const { return static_cast<bool>(memory_); }

 private:
  friend class MemoryPool;
  Block(std::shared_ptr<State> state, Memory memory);
  void GiveBack();

  std::shared_ptr<State> state_;
  Memory memory_;
};

}  // namespace infer_server::devices
