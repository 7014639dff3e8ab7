// SPDX-License-Identifier: Apache-2.0
// Memory: allocation, the two address spaces, copies and fills, and what misuse returns.
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/devices/acl/acl_test.h"

namespace acl_test {
namespace {

constexpr size_t kSize = 1000;

class Memory : public Runtime {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    ASSERT_EQ(aclrtMalloc(&device_, kSize, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
    ASSERT_EQ(aclrtMallocHost(&pinned_, kSize), ACL_SUCCESS);
    ASSERT_EQ(aclrtCreateStream(&stream_), ACL_SUCCESS);
    for (size_t i = 0; i < kSize; ++i) host_[i] = static_cast<uint8_t>(i * 7);
  }
  void TearDown() override {
    EXPECT_EQ(aclrtDestroyStream(stream_), ACL_SUCCESS);
    EXPECT_EQ(device_ == nullptr ? ACL_SUCCESS : aclrtFree(device_), ACL_SUCCESS);
    EXPECT_EQ(aclrtFreeHost(pinned_), ACL_SUCCESS);
    Runtime::TearDown();
  }
  aclError Up(void* to, size_t bytes) {
    return aclrtMemcpy(to, bytes, host_.data(), bytes, ACL_MEMCPY_HOST_TO_DEVICE);
  }

  void* device_ = nullptr;
  void* pinned_ = nullptr;
  aclrtStream stream_ = nullptr;
  std::vector<uint8_t> host_ = std::vector<uint8_t>(kSize);
};

TEST_F(Memory, IsAlignedAndReadableBehindItsEnd) {
  for (const size_t size : {1, 31, 32, 33, 64, 1000}) {
    void* memory = nullptr;
    ASSERT_EQ(aclrtMalloc(&memory, size, ACL_MEM_MALLOC_NORMAL_ONLY), ACL_SUCCESS);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 64, 0u);
    volatile uint8_t last = static_cast<uint8_t*>(memory)[(size + 31) / 32 * 32 + 31];
    static_cast<void>(last);
    EXPECT_EQ(aclrtFree(memory), ACL_SUCCESS);
  }
}

TEST_F(Memory, Refusals) {
  void* memory = nullptr;
  EXPECT_EQ(aclrtMalloc(&memory, 0, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclrtMalloc(nullptr, 1, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclrtMalloc(&memory, 1, static_cast<aclrtMemMallocPolicy>(6)),
            ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(aclrtMalloc(&memory, size_t{1} << 45, ACL_MEM_MALLOC_HUGE_FIRST),
            ACL_ERROR_RT_MEMORY_ALLOCATION);
  EXPECT_NE(Recent().find("out of memory: 35184372088832 bytes"), std::string::npos);
  EXPECT_EQ(aclrtMallocHost(&memory, 0), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclrtFree(nullptr), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclrtFree(host_.data()), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(aclrtFree(pinned_), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_NE(Recent().find("it is memory of aclrtMallocHost, which aclrtFreeHost frees"),
            std::string::npos);
  EXPECT_EQ(aclrtFreeHost(device_), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_NE(Recent().find("it is memory of aclrtMalloc, which aclrtFree frees"), std::string::npos);
  EXPECT_EQ(aclrtFree(static_cast<uint8_t*>(device_) + 64), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_NE(Recent().find("it lies 64 bytes behind the start of its block"), std::string::npos);
}

TEST_F(Memory, FreedTwiceOrUsedAfterIsRefused) {
  ASSERT_EQ(aclrtFree(device_), ACL_SUCCESS);
  EXPECT_EQ(aclrtFree(device_), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_NE(Recent().find("it was freed already, or never allocated"), std::string::npos);
  EXPECT_EQ(Up(device_, kSize), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_NE(Recent().find("freed or never allocated"), std::string::npos);
  EXPECT_EQ(aclrtMemset(device_, kSize, 0, kSize), ACL_ERROR_RT_PARAM_INVALID);
  device_ = nullptr;
}

TEST_F(Memory, GoesUpAndDown) {
  std::vector<uint8_t> back(kSize);
  ASSERT_EQ(Up(device_, kSize), ACL_SUCCESS);
  EXPECT_EQ(aclrtMemcpy(back.data(), kSize, device_, kSize, ACL_MEMCPY_DEVICE_TO_HOST),
            ACL_SUCCESS);
  EXPECT_EQ(back, host_);
  EXPECT_EQ(aclrtMemcpy(pinned_, kSize, host_.data(), kSize, ACL_MEMCPY_HOST_TO_HOST), ACL_SUCCESS);
  EXPECT_EQ(aclrtMemcpy(pinned_, kSize, device_, kSize, ACL_MEMCPY_DEFAULT), ACL_SUCCESS);
  EXPECT_EQ(std::memcmp(pinned_, host_.data(), kSize), 0);
}

// Every kind for every pair of places: only the one that is true goes.
TEST_F(Memory, KindMustBeTrue) {
  void* const ends[] = {pinned_, device_};
  for (int to = 0; to < 2; ++to)
    for (int from = 0; from < 2; ++from)
      for (int kind = 0; kind < 4; ++kind) {
        const bool fits = (kind == ACL_MEMCPY_HOST_TO_DEVICE ||
                           kind == ACL_MEMCPY_DEVICE_TO_DEVICE) == (to == 1) &&
                          (kind == ACL_MEMCPY_DEVICE_TO_HOST ||
                           kind == ACL_MEMCPY_DEVICE_TO_DEVICE) == (from == 1);
        EXPECT_EQ(aclrtMemcpy(ends[to], 16, ends[from], 16, static_cast<aclrtMemcpyKind>(kind)),
                  fits ? ACL_SUCCESS : ACL_ERROR_RT_PARAM_INVALID)
            << "to " << to << " from " << from << " kind " << kind;
      }
  EXPECT_EQ(aclrtMemcpy(device_, 16, pinned_, 16, static_cast<aclrtMemcpyKind>(5)),
            ACL_ERROR_RT_PARAM_INVALID);
}

TEST_F(Memory, PiecesOfABlockAreMemoryToo) {
  uint8_t* piece = static_cast<uint8_t*>(device_) + 64;
  EXPECT_EQ(Up(piece, kSize - 64), ACL_SUCCESS);
  EXPECT_EQ(Up(piece, kSize - 63), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_NE(Recent().find("1000"), 0u);
}

TEST_F(Memory, CountsAndNulls) {
  EXPECT_EQ(aclrtMemcpy(device_, 10, host_.data(), 11, ACL_MEMCPY_HOST_TO_DEVICE),
            ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(aclrtMemcpy(nullptr, 10, host_.data(), 10, ACL_MEMCPY_HOST_TO_DEVICE),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclrtMemcpy(device_, 10, nullptr, 10, ACL_MEMCPY_HOST_TO_DEVICE),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclrtMemset(device_, 10, 0, 11), ACL_ERROR_RT_PARAM_INVALID);
}

TEST_F(Memory, QueuedCopiesRunInOrder) {
  std::vector<uint8_t> back(kSize);
  std::memcpy(pinned_, host_.data(), kSize);
  ASSERT_EQ(aclrtMemcpyAsync(device_, kSize, pinned_, kSize, ACL_MEMCPY_HOST_TO_DEVICE, stream_),
            ACL_SUCCESS);
  ASSERT_EQ(aclrtMemsetAsync(device_, kSize, 0x1FF, 10, stream_), ACL_SUCCESS);
  ASSERT_EQ(aclrtMemsetAsync(pinned_, kSize, 0, kSize, stream_),
            ACL_SUCCESS);  // Pinned memory, too.
  ASSERT_EQ(aclrtMemcpyAsync(pinned_, kSize, device_, kSize, ACL_MEMCPY_DEVICE_TO_HOST, stream_),
            ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  for (size_t i = 0; i < kSize; ++i)
    ASSERT_EQ(static_cast<uint8_t*>(pinned_)[i], i < 10 ? 0xFF : host_[i]) << i;
  EXPECT_EQ(aclrtMemcpyAsync(pinned_, kSize, host_.data(), kSize, ACL_MEMCPY_HOST_TO_HOST, stream_),
            ACL_ERROR_RT_FEATURE_NOT_SUPPORT);
}

TEST_F(Memory, PlainHostMemoryMayGoWhenAQueuedCopyReturns) {
  {
    const std::vector<uint8_t> brief = host_;
    ASSERT_EQ(
        aclrtMemcpyAsync(device_, kSize, brief.data(), kSize, ACL_MEMCPY_HOST_TO_DEVICE, stream_),
        ACL_SUCCESS);
  }
  std::vector<uint8_t> back(kSize);
  EXPECT_EQ(aclrtMemcpy(back.data(), kSize, device_, kSize, ACL_MEMCPY_DEVICE_TO_HOST),
            ACL_SUCCESS);
  EXPECT_EQ(back, host_);
}

TEST_F(Memory, RowsWithPitches) {
  ASSERT_EQ(aclrtMemset(device_, kSize, 0, kSize), ACL_SUCCESS);
  // 10 rows of 30 bytes, 50 apart on the host and 100 on the device.
  ASSERT_EQ(aclrtMemcpy2d(device_, 100, host_.data(), 50, 30, 10, ACL_MEMCPY_HOST_TO_DEVICE),
            ACL_SUCCESS);
  std::vector<uint8_t> back(kSize);
  ASSERT_EQ(
      aclrtMemcpy2dAsync(back.data(), 50, device_, 100, 30, 10, ACL_MEMCPY_DEVICE_TO_HOST, stream_),
      ACL_SUCCESS);
  ASSERT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  for (size_t row = 0; row < 10; ++row)
    EXPECT_EQ(std::memcmp(&back[row * 50], &host_[row * 50], 30), 0) << row;
  EXPECT_EQ(aclrtMemcpy2d(device_, 100, host_.data(), 20, 30, 10, ACL_MEMCPY_HOST_TO_DEVICE),
            ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(aclrtMemcpy2d(device_, 100, host_.data(), 50, 30, 11, ACL_MEMCPY_HOST_TO_DEVICE),
            ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(aclrtMemcpy2d(device_, 100, host_.data(), 50, 0, 10, ACL_MEMCPY_HOST_TO_DEVICE),
            ACL_ERROR_RT_PARAM_INVALID);
}

// Freed between the call and the copy: the synchronise says so, in words.
TEST_F(Memory, MemoryFreedUnderAQueuedCopy) {
  ReportThread thread;
  ASSERT_EQ(aclrtSubscribeReport(thread.id(), stream_), ACL_SUCCESS);
  Gate gate;
  ASSERT_EQ(aclrtLaunchCallback([](void* user) { static_cast<Gate*>(user)->Pass(); }, &gate,
                                ACL_CALLBACK_BLOCK, stream_),
            ACL_SUCCESS);
  ASSERT_EQ(aclrtMemcpyAsync(device_, kSize, pinned_, kSize, ACL_MEMCPY_HOST_TO_DEVICE, stream_),
            ACL_SUCCESS);
  ASSERT_EQ(aclrtFree(device_), ACL_SUCCESS);
  device_ = nullptr;
  gate.Open();
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_ERROR_RT_SYS_DMA);
  EXPECT_NE(Recent().find("aclrtMemcpyAsync failed"), std::string::npos);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  EXPECT_EQ(aclrtUnSubscribeReport(thread.id(), stream_), ACL_SUCCESS);
}

TEST_F(Memory, InfoCountsWhatIsInUse) {
  size_t free_before = 0, free_after = 0, total = 0;
  ASSERT_EQ(aclrtGetMemInfo(ACL_HBM_MEM, &free_before, &total), ACL_SUCCESS);
  EXPECT_GT(total, free_before);
  void* memory = nullptr;
  ASSERT_EQ(aclrtMalloc(&memory, 1 << 20, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  ASSERT_EQ(aclrtGetMemInfo(ACL_HBM_MEM, &free_after, &total), ACL_SUCCESS);
  EXPECT_GE(free_before - free_after, size_t{1} << 20);
  ASSERT_EQ(aclrtFree(memory), ACL_SUCCESS);
  // A 910 has no DDR of its own; programs ask for both and take an error for fatal.
  ASSERT_EQ(aclrtGetMemInfo(ACL_DDR_MEM, &free_after, &total), ACL_SUCCESS);
  EXPECT_EQ(total, 0u);
}

TEST_F(Memory, ManyPiecesJoinAgain) {
  std::vector<void*> blocks(1000);
  for (int round = 0; round < 3; ++round) {
    for (size_t i = 0; i < blocks.size(); ++i)
      ASSERT_EQ(aclrtMalloc(&blocks[i], 1 + i * 37 % 5000, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
    for (size_t i = 0; i < blocks.size(); ++i)
      ASSERT_EQ(aclrtFree(blocks[(i * 7 + 3) % blocks.size()]), ACL_SUCCESS);
  }
}

}  // namespace
}  // namespace acl_test
