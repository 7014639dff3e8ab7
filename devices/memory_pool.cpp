// SPDX-License-Identifier: Apache-2.0
#include "devices/memory_pool.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "devices/base/clock.h"
#include "devices/base/mutex.h"

namespace infer_server::devices {
namespace {

// One call of Acquire() asleep. Lives on that call's stack and is linked into the pool's queue, so
// that waiting allocates nothing. Guarded by the pool's mutex.
struct Waiter {
  std::condition_variable wake;
  Memory memory;              // The block handed over,
  bool may_allocate = false;  // or leave to allocate one.
  bool linked = false;
  Waiter* next = nullptr;
};

Result<Memory> CallAllocate(const MemoryPool::Allocate& allocate, std::size_t bytes) {
  try {
    Result<Memory> memory = allocate(bytes);
    if (memory.ok() && !memory.value())
      return Status(Code::kOutOfMemory, "the allocator gave no memory");
    return memory;
  } catch (const std::exception& e) {
    return Status(Code::kOutOfMemory, std::string("the allocator threw: ") + e.what());
  } catch (...) {
    return Status(Code::kOutOfMemory, "the allocator threw");
  }
}

Status Closed() { return Status(Code::kCancelled, "memory pool was closed"); }

}  // namespace

// Held by the pool and by every lent block. Invariants, under the mutex:
//   lent + free.size() + (blocks being allocated) = total ≤ max_blocks;
//   nobody waits while a block is free or total < max_blocks.
struct MemoryPool::State {
  State(std::size_t bytes, std::size_t max, Allocate alloc)
      : block_bytes(bytes), max_blocks(max), allocate(std::move(alloc)) {}

  const std::size_t block_bytes;
  const std::size_t max_blocks;
  const Allocate allocate;

  Mutex mutex;
  std::vector<Memory> free INFER_GUARDED_BY(mutex);  // Last in, first out: caches are warm.
  std::size_t total INFER_GUARDED_BY(mutex) = 0;
  Waiter* first INFER_GUARDED_BY(mutex) = nullptr;
  Waiter* last INFER_GUARDED_BY(mutex) = nullptr;
  bool closed INFER_GUARDED_BY(mutex) = false;
  bool orphaned INFER_GUARDED_BY(mutex) = false;  // The pool is gone.
  PoolStats stats INFER_GUARDED_BY(mutex);

  void Link(Waiter* waiter) INFER_REQUIRES(mutex) {
    (first == nullptr ? first : last->next) = waiter;
    last = waiter;
    waiter->linked = true;
  }

  void Unlink(Waiter* waiter) INFER_REQUIRES(mutex) {
    Waiter* before = nullptr;
    for (Waiter* w = first; w != waiter; w = w->next) before = w;
    (before == nullptr ? first : before->next) = waiter->next;
    if (last == waiter) last = before;
    waiter->linked = false;
  }

  // Wakes the one who waited longest. Notifies under the lock: the waiter's stack may go right
  // after.
  Waiter* PopWaiter() INFER_REQUIRES(mutex) {
    Waiter* waiter = first;
    Unlink(waiter);
    waiter->wake.notify_one();
    return waiter;
  }

  void CountLent() INFER_REQUIRES(mutex) {
    ++stats.lent;
    stats.high_water = std::max(stats.high_water, stats.lent);
  }

  // Allocates the block already counted in `total`; on failure the right to try passes on.
  Result<Memory> AllocateCounted() INFER_EXCLUDES(mutex) {
    Result<Memory> memory = CallAllocate(allocate, block_bytes);
    MutexLock lock(&mutex);
    if (memory.ok()) {
      ++stats.misses;
      CountLent();
      free.reserve(total);  // Giving back never allocates.
      return memory;
    }
    if (first != nullptr) {
      PopWaiter()->may_allocate = true;
    } else {
      --total;
    }
    return Status(memory.status())
        .WithContext("allocate a pool block of " + std::to_string(block_bytes) + " bytes");
  }

  Result<Memory> Take(std::chrono::milliseconds timeout) INFER_EXCLUDES(mutex);
  // True when `waiter` was given something; false when the time is over or the pool closed.
  bool Sleep(Waiter* waiter, MutexLock* lock, TimePoint deadline) INFER_REQUIRES(mutex);
};

bool MemoryPool::State::Sleep(Waiter* waiter, MutexLock* lock, TimePoint deadline) {
  ++stats.waits;
  Link(waiter);
  while (waiter->linked) {
    if (deadline == TimePoint::max()) {
      lock->Wait(&waiter->wake);
    } else if (!lock->WaitUntil(&waiter->wake, deadline) && waiter->linked) {
      Unlink(waiter);
      return false;
    }
  }
  return waiter->memory || waiter->may_allocate;
}

Result<Memory> MemoryPool::State::Take(std::chrono::milliseconds timeout) {
  const TimePoint deadline = DeadlineAfter(timeout);
  MutexLock lock(&mutex);
  if (closed) return Closed();
  if (!free.empty()) {
    Memory memory = std::move(free.back());
    free.pop_back();
    ++stats.hits;
    CountLent();
    return memory;
  }
  if (total < max_blocks) {
    ++total;
    lock.Unlock();
    return AllocateCounted();
  }
  Waiter waiter;
  if (timeout.count() == 0 || !Sleep(&waiter, &lock, deadline)) {
    if (closed) return Closed();
    return Status(Code::kTimeout, "all " + std::to_string(max_blocks) +
                                      " blocks of the memory pool " + "were in use for " +
                                      std::to_string(timeout.count()) + " ms");
  }
  if (waiter.memory) {
    ++stats.hits;
    return std::move(waiter.memory);  // Still counted as lent: it went from hand to hand.
  }
  lock.Unlock();
  return AllocateCounted();
}

MemoryPool::MemoryPool(std::size_t block_bytes, std::size_t max_blocks, Allocate allocate)
    : state_(std::make_shared<State>(block_bytes, max_blocks, std::move(allocate))) {}

MemoryPool::~MemoryPool() {
  Close();
  std::vector<Memory> free;
  MutexLock lock(&state_->mutex);
  state_->orphaned = true;
  free.swap(state_->free);
  lock.Unlock();
  free.clear();  // Deleters run without the lock.
}

Result<MemoryPool::Block> MemoryPool::Acquire(std::chrono::milliseconds timeout) {
  const std::shared_ptr<State> state = state_;
  if (state->block_bytes == 0 || state->max_blocks == 0 || !state->allocate)
    return Status(Code::kInvalidArgument,
                  "memory pool of " + std::to_string(state->max_blocks) + " blocks of " +
                      std::to_string(state->block_bytes) +
                      " bytes: expected at least 1 block of 1 byte and an allocator");
  Result<Memory> memory = state->Take(timeout);
  if (!memory.ok()) return memory.status();
  return Block(state, std::move(memory).value());
}

void MemoryPool::Close() {
  MutexLock lock(&state_->mutex);
  state_->closed = true;
  while (state_->first != nullptr) state_->PopWaiter();
}

std::size_t MemoryPool::block_bytes() const { return state_->block_bytes; }

PoolStats MemoryPool::Stats() const {
  MutexLock lock(&state_->mutex);
  return state_->stats;
}

MemoryPool::Block::Block(std::shared_ptr<State> state, Memory memory)
    : state_(std::move(state)), memory_(std::move(memory)) {}

MemoryPool::Block::Block(Block&& other) noexcept
    : state_(std::move(other.state_)), memory_(std::move(other.memory_)) {}

MemoryPool::Block& MemoryPool::Block::operator=(Block&& other) noexcept {
  if (this != &other) {
    GiveBack();
    state_ = std::move(other.state_);
    memory_ = std::move(other.memory_);
  }
  return *this;
}

MemoryPool::Block::~Block() { GiveBack(); }

void MemoryPool::Block::GiveBack() {
  if (state_ == nullptr) return;
  const std::shared_ptr<State> state = std::move(state_);
  Memory memory = std::move(memory_);  // Freed here, without the lock, when nobody can use it.
  MutexLock lock(&state->mutex);
  if (state->first != nullptr) {
    state->PopWaiter()->memory = std::move(memory);
    return;
  }
  --state->stats.lent;
  if (!state->orphaned) state->free.push_back(std::move(memory));
}

}  // namespace infer_server::devices
