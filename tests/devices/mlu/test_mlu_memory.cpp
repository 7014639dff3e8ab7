// SPDX-License-Identifier: Apache-2.0
// Initialisation, devices, memory and its misuse.
#include <cstring>
#include <random>
#include <thread>

#include "tests/devices/mlu/mlu_test.h"

namespace mlu_test {
namespace {

class Memory : public Runtime {
 protected:
  Memory() : Runtime({{"INFERSERVER_MLU_DEVICES", "2"}, {"INFERSERVER_DEVICE_MEMORY_MB", "4"}}) {}
};

TEST(BeforeInit, EverythingIsRefused) {
  Messages::Install();
  unsigned count = 7;
  void* memory = nullptr;
  cnrtQueue_t queue = nullptr;
  EXPECT_EQ(cnrtGetDeviceCount(&count), CNRT_RET_ERR_INIT);
  EXPECT_EQ(cnrtMalloc(&memory, 64), CNRT_RET_ERR_INIT);
  EXPECT_EQ(cnrtCreateQueue(&queue), CNRT_RET_ERR_INIT);
  EXPECT_EQ(cnrtGetLastErr(), CNRT_RET_ERR_INIT);
  EXPECT_TRUE(Contains(Messages::Take(), "cnrtInit(0)"));
  EXPECT_EQ(count, 7u);
  cnrtDestroy();  // Nothing to end.
  EXPECT_EQ(cnrtInit(1), CNRT_RET_ERR_UNSUPPORTED);
}

TEST(Words, EveryCodeHasSome) {
  EXPECT_STREQ(cnrtGetErrorStr(CNRT_RET_SUCCESS), "success");
  EXPECT_STREQ(cnrtGetErrorStr(CNRT_RET_ERR_NOMEM), "out of memory");
  EXPECT_STREQ(cnrtGetErrorStr(static_cast<cnrtRet_t>(12345)), "unknown error");
  for (int code = CNRT_RET_ERR_NOT_READY; code <= CNRT_RET_ERR_KERNEL_VERSION_TOO_HIGH; ++code)
    EXPECT_STRNE(cnrtGetErrorStr(static_cast<cnrtRet_t>(code)), "unknown error") << code;
}

TEST_F(Memory, DevicesAreCountedAndDescribed) {
  unsigned count = 0, version = 0;
  ASSERT_EQ(cnrtInit(0), CNRT_RET_SUCCESS);  // Again.
  ASSERT_EQ(cnrtGetDeviceCount(&count), CNRT_RET_SUCCESS);
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(cnrtGetVersion(&version), CNRT_RET_SUCCESS);
  EXPECT_EQ(version, static_cast<unsigned>(CNRT_VERSION));
  int major = 0, minor = 0, patch = 0;
  cnrtGetLibVersion(&major, &minor, &patch);
  EXPECT_EQ(major * 10000 + minor * 100 + patch, CNRT_VERSION);
  cnrtGetLibVersion(nullptr, nullptr, nullptr);
  cnrtDeviceInfo_t info;
  ASSERT_EQ(cnrtGetDeviceInfo(&info, 1), CNRT_RET_SUCCESS);
  EXPECT_STREQ(info.device_name, "MLU270");
  EXPECT_EQ(info.core_version, CNRT_MLU270);
  EXPECT_EQ(info.core_num, 16);
  EXPECT_EQ(cnrtGetDeviceInfo(&info, 2), CNRT_RET_ERR_NODEV);
  cnrtDev_t device = 0;
  EXPECT_EQ(cnrtGetDeviceHandle(&device, -1), CNRT_RET_ERR_NODEV);
  EXPECT_EQ(cnrtGetDeviceHandle(nullptr, 0), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtSetDeviceFlag(CNRT_QUEUE_SYNC_BLOCK), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtSetDeviceFlag(9), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtSetCurrentChannel(CNRT_CHANNEL_TYPE_2), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtSetCurrentChannel(static_cast<cnrtChannelType_t>(4)), CNRT_RET_ERR_INVALID);
  Messages::Take();
  EXPECT_EQ(cnrtSetCurrentDevice(1), CNRT_RET_ERR_NODEV);
  EXPECT_TRUE(Contains(Messages::Take(), "cnrtGetDeviceHandle, not the ordinal"));
}

TEST_F(Memory, EachThreadHasItsDevice) {
  cnrtDev_t first = 0, now = 0;
  ASSERT_EQ(cnrtGetCurrentDevice(&first), CNRT_RET_SUCCESS);
  std::thread([] {
    cnrtDev_t device = 0, mine = 0;
    void* memory = nullptr;
    EXPECT_EQ(cnrtGetCurrentDevice(&device), CNRT_RET_ERR_NODEV);
    EXPECT_EQ(cnrtMalloc(&memory, 64), CNRT_RET_ERR_NODEV);
    ASSERT_EQ(cnrtGetDeviceHandle(&device, 1), CNRT_RET_SUCCESS);
    ASSERT_EQ(cnrtSetCurrentDevice(device), CNRT_RET_SUCCESS);
    ASSERT_EQ(cnrtGetCurrentDevice(&mine), CNRT_RET_SUCCESS);
    EXPECT_EQ(mine, device);
  }).join();
  ASSERT_EQ(cnrtGetCurrentDevice(&now), CNRT_RET_SUCCESS);
  EXPECT_EQ(now, first);
  // After the end it must be set again.
  cnrtDestroy();
  ASSERT_EQ(cnrtInit(0), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtGetCurrentDevice(&now), CNRT_RET_ERR_NODEV);
}

TEST_F(Memory, CopiesOfAllDirections) {
  char there[100], back[100] = {};
  for (size_t i = 0; i < sizeof there; ++i) there[i] = static_cast<char>(i);
  DeviceBytes a(100), b(100);
  void* pinned = nullptr;
  ASSERT_EQ(cnrtMallocHost(&pinned, 100, CNRT_MEMTYPE_DEFAULT), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtMemcpy(a.at(), there, 100, CNRT_MEM_TRANS_DIR_HOST2DEV), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtMemcpy(b.at(), a.at(), 100, CNRT_MEM_TRANS_DIR_DEV2DEV), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtMemcpy(pinned, b.at(), 100, CNRT_MEM_TRANS_DIR_DEV2HOST), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtMemcpy(back, pinned, 100, CNRT_MEM_TRANS_DIR_HOST2HOST), CNRT_RET_SUCCESS);
  EXPECT_EQ(std::memcmp(back, there, 100), 0);
  // By the addresses.
  EXPECT_EQ(cnrtMemset(b.at(), 7, 100), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtMemcpy(back, b.at(), 100, CNRT_MEM_TRANS_DIR_NODIR), CNRT_RET_SUCCESS);
  EXPECT_EQ(back[99], 7);
  EXPECT_EQ(cnrtMemcpy(back, b.at(), 0, CNRT_MEM_TRANS_DIR_DEV2HOST), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtFreeHost(pinned), CNRT_RET_SUCCESS);
}

TEST_F(Memory, DirectionsAreChecked) {
  DeviceBytes device(64);
  char host[64] = {};
  const auto copy = [&](void* dst, void* src, int dir) {
    return cnrtMemcpy(dst, src, 64, static_cast<cnrtMemTransDir_t>(dir));
  };
  for (const int dir : {1, 2, 3, 4})
    EXPECT_EQ(copy(device.at(), host, dir), CNRT_RET_ERR_INVALID_POINTER) << dir;
  for (const int dir : {0, 1, 3, 4})
    EXPECT_EQ(copy(host, device.at(), dir), CNRT_RET_ERR_INVALID_POINTER) << dir;
  for (const int dir : {-1, 6, 1000})
    EXPECT_EQ(copy(host, device.at(), dir), CNRT_RET_ERR_INVALID) << dir;
  EXPECT_EQ(copy(nullptr, device.at(), 2), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(copy(host, nullptr, 2), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtMemset(host, 0, 64), CNRT_RET_ERR_INVALID_POINTER);
  Messages::Take();
  EXPECT_EQ(copy(device.at(), host, 2), CNRT_RET_ERR_INVALID_POINTER);
  EXPECT_TRUE(Contains(Messages::Take(), "is device memory, must be host memory"));
}

TEST_F(Memory, OverrunsAndUseAfterFreeAreFoundOut) {
  char host[256] = {};
  void* memory = nullptr;
  ASSERT_EQ(cnrtMalloc(&memory, 100), CNRT_RET_SUCCESS);
  char* const start = static_cast<char*>(memory);
  EXPECT_EQ(cnrtMemcpy(start, host, 101, CNRT_MEM_TRANS_DIR_HOST2DEV), CNRT_RET_ERR_OUT_RANGE);
  EXPECT_EQ(cnrtMemcpy(start + 60, host, 40, CNRT_MEM_TRANS_DIR_HOST2DEV), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtMemcpy(start + 60, host, 41, CNRT_MEM_TRANS_DIR_HOST2DEV), CNRT_RET_ERR_OUT_RANGE);
  EXPECT_EQ(cnrtMemset(start + 99, 1, 2), CNRT_RET_ERR_OUT_RANGE);
  EXPECT_EQ(cnrtFree(start + 1), CNRT_RET_ERR_INVALID_POINTER);
  EXPECT_EQ(cnrtFreeHost(start), CNRT_RET_ERR_INVALID_POINTER);
  EXPECT_EQ(cnrtFree(host), CNRT_RET_ERR_INVALID_POINTER);
  EXPECT_EQ(cnrtFree(nullptr), CNRT_RET_ERR_INVALID);
  ASSERT_EQ(cnrtFree(memory), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtFree(memory), CNRT_RET_ERR_INVALID_POINTER);
  Messages::Take();
  EXPECT_EQ(cnrtMemcpy(host, start, 1, CNRT_MEM_TRANS_DIR_DEV2HOST), CNRT_RET_ERR_INVALID_POINTER);
  EXPECT_TRUE(Contains(Messages::Take(), "freed or never allocated"));
  EXPECT_EQ(cnrtMalloc(nullptr, 1), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtMalloc(&memory, 0), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtMallocHost(&memory, 8, static_cast<cnrtMemType_t>(3)), CNRT_RET_ERR_INVALID);
}

TEST_F(Memory, IsLimitedAndCounted) {
  size_t free = 0, total = 0, later = 0;
  ASSERT_EQ(cnrtMemGetInfo(&free, &total), CNRT_RET_SUCCESS);
  EXPECT_EQ(total, size_t{4} << 20);
  EXPECT_EQ(free, total);
  void *most = nullptr, *more = nullptr;
  ASSERT_EQ(cnrtMallocFrameBuffer(&most, 3 << 20), CNRT_RET_SUCCESS);
  Messages::Take();
  EXPECT_EQ(cnrtMalloc(&more, 2 << 20), CNRT_RET_ERR_NOMEM);
  EXPECT_TRUE(Contains(Messages::Take(), "INFERSERVER_DEVICE_MEMORY_MB"));
  EXPECT_EQ(cnrtGetLastErr(), CNRT_RET_ERR_NOMEM);
  ASSERT_EQ(cnrtMemGetInfo(&later, &total), CNRT_RET_SUCCESS);
  EXPECT_EQ(later, size_t{1} << 20);
  // The other device has its own.
  ASSERT_EQ(SetDevice(1), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtMalloc(&more, 2 << 20), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtFree(most), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtFree(more), CNRT_RET_SUCCESS);
  // What is left at the end is freed.
  ASSERT_EQ(cnrtMalloc(&more, 3 << 20), CNRT_RET_SUCCESS);
  cnrtDestroy();
  ASSERT_EQ(cnrtInit(0), CNRT_RET_SUCCESS);
  ASSERT_EQ(SetDevice(1), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtFree(more), CNRT_RET_ERR_INVALID_POINTER);
  ASSERT_EQ(cnrtMemGetInfo(&free, &total), CNRT_RET_SUCCESS);
  EXPECT_EQ(free, total);
}

TEST_F(Memory, DevicesAreKeptApart) {
  DeviceBytes here(64);
  here.Put(std::vector<char>(64, 5));
  ASSERT_EQ(SetDevice(1), CNRT_RET_SUCCESS);
  DeviceBytes there(64);
  Messages::Take();
  EXPECT_EQ(cnrtMemcpy(there.at(), here.at(), 64, CNRT_MEM_TRANS_DIR_DEV2DEV),
            CNRT_RET_ERR_INVALID_POINTER);
  EXPECT_TRUE(Contains(Messages::Take(), "PEER2PEER"));
  unsigned can = 0;
  EXPECT_EQ(cnrtGetPeerAccessibility(&can, 0, 1), CNRT_RET_SUCCESS);
  EXPECT_EQ(can, 1u);
  EXPECT_EQ(cnrtGetPeerAccessibility(&can, 0, 2), CNRT_RET_ERR_NODEV);
  EXPECT_EQ(cnrtMemcpy(there.at(), here.at(), 64, CNRT_MEM_TRANS_DIR_PEER2PEER), CNRT_RET_SUCCESS);
  EXPECT_EQ(there.Get<char>(64), std::vector<char>(64, 5));
  EXPECT_EQ(cnrtMemset(there.at(), 6, 64), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtMemcpyPeer(here.at(), 0, there.at(), 1, 64), CNRT_RET_SUCCESS);
  EXPECT_EQ(here.Get<char>(64), std::vector<char>(64, 6));
  EXPECT_EQ(cnrtMemcpyPeer(here.at(), 1, there.at(), 1, 64), CNRT_RET_ERR_INVALID_POINTER);
  EXPECT_EQ(cnrtMemcpyPeer(here.at(), 0, there.at(), 7, 64), CNRT_RET_ERR_NODEV);
}

// Blocks of any size, copied into and read back at any offset; one of them does not touch another.
TEST_F(Memory, RandomBlocksKeepWhatIsTheirs) {
  std::mt19937 random(5);
  struct Block {
    char* memory;
    std::vector<char> bytes;
  };
  std::vector<Block> blocks;
  for (int step = 0; step < 2000; ++step) {
    const unsigned what = random() % 4;
    if (what == 0 || blocks.empty()) {
      const size_t size = random() % 3000 + 1;
      void* memory = nullptr;
      ASSERT_EQ(cnrtMalloc(&memory, size), CNRT_RET_SUCCESS);
      ASSERT_EQ(reinterpret_cast<uintptr_t>(memory) % 64, 0u);
      ASSERT_EQ(cnrtMemset(memory, step, size), CNRT_RET_SUCCESS);
      blocks.push_back(
          {static_cast<char*>(memory), std::vector<char>(size, static_cast<char>(step))});
      continue;
    }
    const size_t index = random() % blocks.size();
    Block& block = blocks[index];
    const size_t offset = random() % block.bytes.size();
    const size_t size = random() % (block.bytes.size() - offset) + 1;
    if (what == 1) {
      std::vector<char> part(size);
      for (char& byte : part) byte = static_cast<char>(random());
      ASSERT_EQ(cnrtMemcpy(block.memory + offset, part.data(), size, CNRT_MEM_TRANS_DIR_HOST2DEV),
                CNRT_RET_SUCCESS);
      std::copy(part.begin(), part.end(), block.bytes.begin() + static_cast<long>(offset));
      ASSERT_EQ(cnrtMemcpy(block.memory + offset, part.data(), block.bytes.size() - offset + 1,
                           CNRT_MEM_TRANS_DIR_HOST2DEV),
                CNRT_RET_ERR_OUT_RANGE);
    } else if (what == 2) {
      std::vector<char> all(block.bytes.size());
      ASSERT_EQ(cnrtMemcpy(all.data(), block.memory, all.size(), CNRT_MEM_TRANS_DIR_DEV2HOST),
                CNRT_RET_SUCCESS);
      ASSERT_EQ(all, block.bytes);
    } else if (blocks.size() > 20) {
      ASSERT_EQ(cnrtFree(block.memory), CNRT_RET_SUCCESS);
      blocks.erase(blocks.begin() + static_cast<long>(index));
    }
  }
  for (const Block& block : blocks) ASSERT_EQ(cnrtFree(block.memory), CNRT_RET_SUCCESS);
}

}  // namespace
}  // namespace mlu_test
