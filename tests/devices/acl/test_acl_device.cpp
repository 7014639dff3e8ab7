// SPDX-License-Identifier: Apache-2.0
// The runtime `acl` over the software AscendCL, as the layers above see it.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <future>
#include <thread>
#include <vector>

#include "devices/acl/acl_card.h"
#include "devices/acl/acl_error.h"
#include "devices/acl/loader.h"
#include "devices/memory_pool.h"
#include "devices/runtime.h"

namespace infer_server::devices {
namespace {

using std::chrono::milliseconds;

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

AclPlaces SoftwareOnly() {
  AclPlaces places = DefaultAclPlaces();
  places.vendor = {"/no/such/libascendcl.so"};
  return places;
}

TEST(AclLoader, AutoTakesOursWhereThereIsNoVendors) {
  const auto library = OpenAcl(AclFlavour::kAuto, SoftwareOnly());
  ASSERT_TRUE(library.ok()) << library.status().ToString();
  EXPECT_EQ("software", library.value().flavour);
  EXPECT_TRUE(Has(library.value().path, "libinferserver-acl.so.0"));
  EXPECT_TRUE(library.value().api.aclrtMalloc != nullptr);
}

TEST(AclLoader, VendorNeverFallsBack) {
  const auto library = OpenAcl(AclFlavour::kVendor, SoftwareOnly());
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(Code::kUnavailable, library.status().code());
  EXPECT_TRUE(Has(library.status().message(), "/no/such/libascendcl.so"))
      << library.status().message();
  EXPECT_TRUE(Has(library.status().message(), "CANN")) << library.status().message();
}

TEST(AclLoader, OursIsNotTakenForTheVendors) {
  AclPlaces places = DefaultAclPlaces();
  places.vendor = places.software;
  const auto library = OpenAcl(AclFlavour::kVendor, places);
  ASSERT_FALSE(library.ok());
  EXPECT_TRUE(Has(library.status().message(), "is the software AscendCL"))
      << library.status().message();
}

TEST(AclLoader, SaysWhichFunctionsALibraryLacks) {
  AclPlaces places;
  places.vendor = {"libpthread.so.0"};
  const auto library = OpenAcl(AclFlavour::kVendor, places);
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(Code::kUnsupported, library.status().code());
  EXPECT_TRUE(Has(library.status().message(), "'libpthread.so.0' has no aclInit, "))
      << library.status().message();
}

TEST(AclLoader, AProcessHasOneFlavour) {
  const auto used = ChooseFlavour("acl", "software");
  ASSERT_TRUE(used.ok()) << used.status().ToString();
  EXPECT_EQ("software", used.value());
  EXPECT_EQ("software", ChooseFlavour("acl", "auto").value());
  const auto other = ChooseFlavour("acl", "vendor");
  ASSERT_FALSE(other.ok());
  EXPECT_TRUE(Has(other.status().message(), "already uses the software AscendCL"))
      << other.status().message();
  EXPECT_EQ(Code::kInvalidArgument, ChooseFlavour("acl", "hardware").status().code());
  EXPECT_EQ("host", ChooseFlavour("cpu", "auto").value());
  EXPECT_FALSE(ChooseFlavour("cpu", "vendor").ok());
}

TEST(AclErrors, AreInWords) {
  const auto library = LoadAcl(AclFlavour::kSoftware);
  ASSERT_TRUE(library.ok());
  const Status failed = AclFailed(library.value()->api, "aclrtMalloc", 207001);
  EXPECT_EQ("aclrtMalloc failed: 207001 (out of memory)", failed.message());
  EXPECT_EQ(Code::kOutOfMemory, failed.code());
  EXPECT_STREQ("error", AclWords(424242));
}

class AclDeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    auto device = OpenDevice({"acl", 0});
    ASSERT_TRUE(device.ok()) << device.status().ToString();
    device_ = device.value();
  }
  std::shared_ptr<Device> device_;
};

TEST_F(AclDeviceTest, TellsItsMemory) {
  const auto usage = device_->Usage();
  ASSERT_TRUE(usage.ok());
  EXPECT_GT(usage.value().total_bytes, 0u);
  EXPECT_FALSE(device_->HostReads());
}

TEST_F(AclDeviceTest, LeavesTheContextsOfTheThreadsItWorksOn) {
  const AclApi& api = LoadedAcl()->api;
  ASSERT_EQ(0, api.aclrtSetDevice(0));
  aclrtContext mine = nullptr, after = nullptr;
  ASSERT_EQ(0, api.aclrtCreateContext(&mine, 0));
  {
    auto stream = device_->NewStream({});
    ASSERT_TRUE(stream.ok());
    auto memory = device_->Allocate(100, MemoryKind::kDevice);
    ASSERT_TRUE(memory.ok());
  }
  ASSERT_EQ(0, api.aclrtGetCurrentContext(&after));
  EXPECT_EQ(mine, after);
  EXPECT_EQ(0, api.aclrtDestroyContext(mine));
  EXPECT_EQ(0, api.aclrtResetDevice(0));
}

TEST_F(AclDeviceTest, GivesBackWhatItTook) {
  const auto before = device_->Usage();
  ASSERT_TRUE(before.ok());
  for (int i = 0; i < 100; ++i) {
    auto stream = device_->NewStream({});
    auto a = device_->Allocate(1 << 16, MemoryKind::kDevice);
    auto b = device_->Allocate(1 << 16, MemoryKind::kPinned);
    ASSERT_TRUE(stream.ok() && a.ok() && b.ok());
    ASSERT_TRUE(
        stream.value()
            ->CopyAsync(a.value().data(), b.value().data(), 1 << 16, CopyKind::kHostToDevice)
            .ok());
    ASSERT_TRUE(stream.value()->Synchronize(milliseconds(-1)).ok());
  }
  EXPECT_EQ(before.value().free_bytes, device_->Usage().value().free_bytes);
}

TEST_F(AclDeviceTest, PoolsDeviceAndPinnedMemory) {
  for (const MemoryKind kind : {MemoryKind::kDevice, MemoryKind::kPinned}) {
    MemoryPool pool(4096, 2, [&](std::size_t bytes) { return device_->Allocate(bytes, kind); });
    for (int i = 0; i < 10; ++i) {
      auto a = pool.Acquire(milliseconds(0));
      auto b = pool.Acquire(milliseconds(0));
      ASSERT_TRUE(a.ok() && b.ok());
      EXPECT_FALSE(pool.Acquire(milliseconds(0)).ok());
    }
    EXPECT_EQ(2u, pool.Stats().misses);
  }
}

TEST_F(AclDeviceTest, CopiesBeyondABlockFailInWords) {
  auto memory = device_->Allocate(64, MemoryKind::kDevice);
  ASSERT_TRUE(memory.ok());
  std::vector<unsigned char> host(1 << 20);
  auto stream = device_->NewStream({});
  ASSERT_TRUE(stream.ok());
  Status status = stream.value()->CopyAsync(memory.value().data(), host.data(), host.size(),
                                            CopyKind::kHostToDevice);
  if (status.ok()) status = stream.value()->Synchronize(milliseconds(-1));
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(Has(status.message(), " failed: 107000 (invalid parameter)")) << status.message();
}

TEST_F(AclDeviceTest, CallsBackOnItsOwnNamedThreadInOrder) {
  auto stream = device_->NewStream({});
  ASSERT_TRUE(stream.ok());
  std::vector<int> order;
  std::string name;
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(stream.value()
                    ->Callback([&, i](Status status) {
                      EXPECT_TRUE(status.ok()) << status.ToString();
                      order.push_back(i);
                      char text[16] = "";
                      pthread_getname_np(pthread_self(), text, sizeof text);
                      name = text;
                    })
                    .ok());
  ASSERT_TRUE(stream.value()->Synchronize(milliseconds(-1)).ok());
  ASSERT_EQ(1000u, order.size());
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(i, order[static_cast<std::size_t>(i)]);
  EXPECT_EQ("acl-report", name);
}

TEST_F(AclDeviceTest, AThrowingCallbackFailsItsStreamOnce) {
  auto stream = device_->NewStream({});
  ASSERT_TRUE(stream.ok());
  ASSERT_TRUE(stream.value()->Callback([](Status) { throw std::runtime_error("ouch"); }).ok());
  const Status status = stream.value()->Synchronize(milliseconds(-1));
  EXPECT_TRUE(Has(status.message(), "ouch")) << status.ToString();
  EXPECT_TRUE(stream.value()->Synchronize(milliseconds(-1)).ok());
}

TEST_F(AclDeviceTest, ACallbackMayHoldTheLastOfTheDevice) {
  for (int round = 0; round < 20; ++round) {
    auto device = OpenDevice({"acl", 0});
    ASSERT_TRUE(device.ok()) << device.status().ToString();
    device_ = device.value();
    auto allocated = device_->Allocate(64, MemoryKind::kDevice);
    ASSERT_TRUE(allocated.ok());
    auto memory = std::make_shared<Memory>(std::move(allocated).value());
    auto stream = std::move(device_->NewStream({})).value();
    ASSERT_TRUE(stream->Callback([held = std::move(memory)](Status) {}).ok());
    device = Status(Code::kCancelled, "let go of");
    device_.reset();
    stream.reset();
  }
}

TEST_F(AclDeviceTest, ManyStreamsOfManyThreadsShareTheReportThread) {
  constexpr int kThreads = 8, kRounds = 200;
  std::atomic<int> called{0}, wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      auto stream = device_->NewStream({});
      if (!stream.ok()) {
        ++wrong;
        return;
      }
      for (int i = 0; i < kRounds; ++i) {
        if (!stream.value()->Callback([&](Status) { ++called; }).ok()) ++wrong;
        if (i % 10 == 0 && !stream.value()->Synchronize(milliseconds(-1)).ok()) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(0, wrong);
  EXPECT_EQ(kThreads * kRounds, called);
}

}  // namespace
}  // namespace infer_server::devices
