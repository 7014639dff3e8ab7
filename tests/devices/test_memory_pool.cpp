// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>
#include <vector>

#include "devices/memory_pool.h"

namespace infer_server::devices {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kForEver{-1};
constexpr milliseconds kNow{0};

// Counts what is alive.
struct Heap {
  std::atomic<int> live{0}, made{0};
  std::atomic<bool> broken{false};
  Result<Memory> operator()(std::size_t bytes) {
    if (broken) return Status(Code::kOutOfMemory, "no more");
    ++live, ++made;
    return Memory(std::malloc(bytes), bytes, MemoryKind::kHost, [this](void* p) {
      std::free(p);
      --live;
    });
  }
};

MemoryPool::Allocate From(Heap* heap) {
  return [heap](std::size_t bytes) { return (*heap)(bytes); };
}

// Acquire() in a thread of its own.
struct Waiting {
  explicit Waiting(MemoryPool* pool, milliseconds timeout = kForEver)
      : thread([this, pool, timeout] { result.emplace(pool->Acquire(timeout)); }) {}
  MemoryPool::Block Join() {
    thread.join();
    return result->ok() ? std::move(*result).value() : MemoryPool::Block();
  }
  std::optional<Result<MemoryPool::Block>> result;
  std::thread thread;
};

void AwaitWaits(const MemoryPool& pool, std::uint64_t waits) {
  while (pool.Stats().waits < waits) std::this_thread::yield();
}

TEST(MemoryPool, LendsTheSameBlocksAgain) {
  Heap heap;
  {
    MemoryPool pool(100, 2, From(&heap));
    void* first = nullptr;
    {
      Result<MemoryPool::Block> block = pool.Acquire(kNow);
      ASSERT_TRUE(block.ok());
      EXPECT_EQ(100u, block.value().size());
      first = block.value().data();
    }
    for (int i = 0; i < 10; ++i) EXPECT_EQ(first, pool.Acquire(kNow).value().data());
    const PoolStats stats = pool.Stats();
    EXPECT_EQ(1u, stats.misses);
    EXPECT_EQ(10u, stats.hits);
    EXPECT_EQ(0u, stats.lent);
    EXPECT_EQ(1u, stats.high_water);
    EXPECT_EQ(0u, stats.waits);
    EXPECT_EQ(1, heap.made);
  }
  EXPECT_EQ(0, heap.live);
}

TEST(MemoryPool, NeverGrowsPastItsLimit) {
  Heap heap;
  MemoryPool pool(8, 2, From(&heap));
  const auto a = pool.Acquire(kNow), b = pool.Acquire(kNow);
  const Result<MemoryPool::Block> c = pool.Acquire(milliseconds(1));
  EXPECT_EQ("TIMEOUT: all 2 blocks of the memory pool were in use for 1 ms", c.status().ToString());
  EXPECT_EQ(Code::kTimeout, pool.Acquire(kNow).status().code());
  EXPECT_EQ(2, heap.made);
  EXPECT_EQ(2u, pool.Stats().high_water);
}

TEST(MemoryPool, ServesWaitersFirstComeFirstServed) {
  Heap heap;
  MemoryPool pool(8, 1, From(&heap));
  Result<MemoryPool::Block> held = pool.Acquire(kNow);
  MemoryPool::Block block = std::move(held).value();
  std::vector<std::unique_ptr<Waiting>> waiting;
  for (std::uint64_t i = 0; i < 4; ++i) {
    waiting.push_back(std::make_unique<Waiting>(&pool));
    AwaitWaits(pool, i + 1);
  }
  for (auto& waiter : waiting) {
    block = MemoryPool::Block();  // Given back: the one who waited longest must get it.
    block = waiter->Join();
    EXPECT_TRUE(block);
    EXPECT_EQ(1u, pool.Stats().lent);
  }
  EXPECT_EQ(4u, pool.Stats().hits);
}

TEST(MemoryPool, WaiterThatGivesUpLeavesTheQueue) {
  Heap heap;
  MemoryPool pool(8, 1, From(&heap));
  MemoryPool::Block block = std::move(pool.Acquire(kNow)).value();
  Waiting patient(&pool);
  AwaitWaits(pool, 1);
  EXPECT_EQ(Code::kTimeout, pool.Acquire(milliseconds(1)).status().code());
  Waiting last(&pool);
  AwaitWaits(pool, 3);
  block = MemoryPool::Block();
  EXPECT_TRUE(patient.Join());
  EXPECT_TRUE(last.Join());
}

TEST(MemoryPool, CloseWakesEverybody) {
  Heap heap;
  MemoryPool pool(8, 1, From(&heap));
  const auto held = pool.Acquire(kNow);
  Waiting a(&pool), b(&pool);
  AwaitWaits(pool, 2);
  pool.Close();
  pool.Close();
  EXPECT_FALSE(a.Join());
  EXPECT_FALSE(b.Join());
  EXPECT_EQ("CANCELLED: memory pool was closed", a.result->status().ToString());
  EXPECT_EQ(Code::kCancelled, pool.Acquire(kForEver).status().code());
}

TEST(MemoryPool, BlocksOutliveThePool) {
  Heap heap;
  MemoryPool::Block block;
  {
    MemoryPool pool(16, 3, From(&heap));
    block = std::move(pool.Acquire(kNow)).value();
    EXPECT_TRUE(pool.Acquire(kNow).ok());
    EXPECT_EQ(2, heap.live);
  }
  EXPECT_EQ(1, heap.live);  // The lent one alone.
  static_cast<char*>(block.data())[15] = 1;
  block = MemoryPool::Block();
  EXPECT_EQ(0, heap.live);
}

TEST(MemoryPool, FailedAllocationPassesOn) {
  Heap heap;
  MemoryPool pool(16, 1, From(&heap));
  heap.broken = true;
  EXPECT_EQ("OUT_OF_MEMORY: allocate a pool block of 16 bytes: no more",
            pool.Acquire(kForEver).status().ToString());
  heap.broken = false;
  EXPECT_TRUE(pool.Acquire(kNow).ok());
}

TEST(MemoryPool, ThrowingOrEmptyAllocatorIsAnError) {
  MemoryPool throws(16, 1, [](std::size_t) -> Result<Memory> { throw std::bad_alloc(); });
  EXPECT_EQ(Code::kOutOfMemory, throws.Acquire(kNow).status().code());
  MemoryPool empty(16, 1, [](std::size_t) -> Result<Memory> { return Memory(); });
  EXPECT_EQ(Code::kOutOfMemory, empty.Acquire(kNow).status().code());
}

TEST(MemoryPool, RefusesToBeEmpty) {
  Heap heap;
  EXPECT_EQ(Code::kInvalidArgument, MemoryPool(0, 1, From(&heap)).Acquire(kNow).status().code());
  EXPECT_EQ(Code::kInvalidArgument, MemoryPool(1, 0, From(&heap)).Acquire(kNow).status().code());
  EXPECT_EQ(Code::kInvalidArgument, MemoryPool(1, 1, nullptr).Acquire(kNow).status().code());
}

TEST(MemoryPool, MovedBlocksAreGivenBackOnce) {
  Heap heap;
  MemoryPool pool(8, 2, From(&heap));
  MemoryPool::Block a = std::move(pool.Acquire(kNow)).value();
  MemoryPool::Block b = std::move(a);
  EXPECT_FALSE(a);
  a = std::move(pool.Acquire(kNow)).value();
  a = std::move(b);  // Drops what it held.
  EXPECT_EQ(1u, pool.Stats().lent);
}

TEST(MemoryPool, ManyThreadsShareFewBlocks) {
  Heap heap;
  std::atomic<int> users{0}, failures{0};
  {
    MemoryPool pool(64, 3, From(&heap));
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 2000; ++i) {
          Result<MemoryPool::Block> block = pool.Acquire(t % 2 == 0 ? kForEver : milliseconds(1));
          if (!block.ok()) continue;
          if (++users > 3) ++failures;
          static_cast<char*>(block.value().data())[i % 64] = static_cast<char>(t);
          if (i % 100 == 0) std::this_thread::yield();
          --users;
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(0u, pool.Stats().lent);
    EXPECT_LE(pool.Stats().high_water, 3u);
    EXPECT_LE(heap.made, 3);
  }
  EXPECT_EQ(0, failures);
  EXPECT_EQ(0, heap.live);
}

}  // namespace
}  // namespace infer_server::devices
