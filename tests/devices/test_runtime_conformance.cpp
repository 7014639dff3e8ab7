// SPDX-License-Identifier: Apache-2.0
// What every runtime must do. A new one gets all of this by registering itself.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <future>
#include <numeric>
#include <thread>
#include <vector>

#include "devices/runtime.h"

namespace infer_server::devices {
namespace {

using std::chrono::milliseconds;

class EveryRuntime : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto runtime = Runtimes().Create(GetParam());
    ASSERT_TRUE(runtime.ok()) << runtime.status().ToString();
    runtime_ = std::move(runtime).value();
    auto device = OpenDevice({GetParam(), 0});
    ASSERT_TRUE(device.ok()) << device.status().ToString();
    device_ = device.value();
  }

  std::unique_ptr<Stream> NewStream(bool own_thread) {
    auto stream = device_->NewStream({own_thread});
    EXPECT_TRUE(stream.ok()) << stream.status().ToString();
    return stream.ok() ? std::move(stream).value() : nullptr;
  }

  std::unique_ptr<Runtime> runtime_;
  std::shared_ptr<Device> device_;
};

TEST_P(EveryRuntime, SaysWhatItIs) {
  EXPECT_EQ(GetParam(), runtime_->Name());
  EXPECT_FALSE(runtime_->Flavour().empty());
  EXPECT_EQ(GetParam() + ":0", device_->Name());
}

TEST_P(EveryRuntime, OpensItsDevicesAndNoOthers) {
  auto count = runtime_->Count();
  ASSERT_TRUE(count.ok());
  ASSERT_GE(count.value(), 1);
  for (const int id : {-1, count.value(), 1 << 20}) {
    auto device = OpenDevice({GetParam(), id});
    ASSERT_FALSE(device.ok()) << id;
    EXPECT_EQ(Code::kNotFound, device.status().code());
    EXPECT_NE(std::string::npos, device.status().message().find(std::to_string(id)));
  }
}

TEST_P(EveryRuntime, SharesADeviceAmongItsHolders) {
  auto again = OpenDevice({GetParam(), 0});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(device_.get(), again.value().get());
}

TEST_P(EveryRuntime, AllocatesAlignedMemoryOfEveryKind) {
  for (const MemoryKind kind : {MemoryKind::kHost, MemoryKind::kPinned, MemoryKind::kDevice})
    for (const std::size_t bytes : {1u, 63u, 64u, 4097u, 1u << 20}) {
      auto memory = device_->Allocate(bytes, kind);
      ASSERT_TRUE(memory.ok()) << memory.status().ToString();
      EXPECT_EQ(0u, reinterpret_cast<std::uintptr_t>(memory.value().data()) % 64);
      EXPECT_GE(memory.value().size(), bytes);
    }
}

TEST_P(EveryRuntime, RefusesNothingAndTheImpossible) {
  auto none = device_->Allocate(0, MemoryKind::kDevice);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(Code::kInvalidArgument, none.status().code());
  auto huge = device_->Allocate(std::size_t{1} << 60, MemoryKind::kDevice);
  ASSERT_FALSE(huge.ok());
  EXPECT_EQ(Code::kOutOfMemory, huge.status().code());
}

TEST_P(EveryRuntime, CopiesThereAndBackInOrder) {
  constexpr std::size_t kBytes = 100'000;
  auto a = device_->Allocate(kBytes, MemoryKind::kPinned);
  auto b = device_->Allocate(kBytes, MemoryKind::kDevice);
  auto c = device_->Allocate(kBytes, MemoryKind::kDevice);
  auto d = device_->Allocate(kBytes, MemoryKind::kPinned);
  ASSERT_TRUE(a.ok() && b.ok() && c.ok() && d.ok());
  auto* from = static_cast<unsigned char*>(a.value().data());
  for (std::size_t i = 0; i < kBytes; ++i) from[i] = static_cast<unsigned char>(i * 7);
  std::memset(d.value().data(), 0, kBytes);
  for (const bool own_thread : {false, true}) {
    auto stream = NewStream(own_thread);
    ASSERT_NE(nullptr, stream);
    EXPECT_TRUE(stream->CopyAsync(b.value().data(), from, kBytes, CopyKind::kHostToDevice).ok());
    EXPECT_TRUE(
        stream->CopyAsync(c.value().data(), b.value().data(), kBytes, CopyKind::kDeviceToDevice)
            .ok());
    EXPECT_TRUE(
        stream->CopyAsync(d.value().data(), c.value().data(), kBytes, CopyKind::kDeviceToHost)
            .ok());
    ASSERT_TRUE(stream->Synchronize(milliseconds(-1)).ok());
    EXPECT_EQ(0, std::memcmp(from, d.value().data(), kBytes));
  }
}

TEST_P(EveryRuntime, CallsBackOnceAfterTheWorkBefore) {
  auto device_memory = device_->Allocate(64, MemoryKind::kDevice);
  auto host = device_->Allocate(64, MemoryKind::kPinned);
  ASSERT_TRUE(device_memory.ok() && host.ok());
  for (const bool own_thread : {false, true}) {
    std::memset(host.value().data(), 5, 64);
    std::vector<unsigned char> back(64, 0);
    std::atomic<int> calls{0};
    std::promise<bool> copied;
    auto stream = NewStream(own_thread);
    ASSERT_NE(nullptr, stream);
    ASSERT_TRUE(stream
                    ->CopyAsync(device_memory.value().data(), host.value().data(), 64,
                                CopyKind::kHostToDevice)
                    .ok());
    ASSERT_TRUE(
        stream->CopyAsync(back.data(), device_memory.value().data(), 64, CopyKind::kDeviceToHost)
            .ok());
    ASSERT_TRUE(stream
                    ->Callback([&](Status status) {
                      ++calls;
                      copied.set_value(status.ok() && back[63] == 5);
                    })
                    .ok());
    EXPECT_TRUE(copied.get_future().get());
    EXPECT_TRUE(stream->Synchronize(milliseconds(-1)).ok());
    EXPECT_EQ(1, calls);
  }
}

TEST_P(EveryRuntime, RunsStreamsSideBySide) {
  constexpr int kThreads = 4, kRounds = 50;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      auto stream = device_->NewStream({t % 2 == 0});
      auto memory = device_->Allocate(256, MemoryKind::kDevice);
      if (!stream.ok() || !memory.ok()) {
        ++wrong;
        return;
      }
      std::vector<unsigned char> out(256), in(256);
      for (int round = 0; round < kRounds; ++round) {
        std::iota(out.begin(), out.end(), static_cast<unsigned char>(t * 31 + round));
        const bool ok =
            stream.value()
                ->CopyAsync(memory.value().data(), out.data(), 256, CopyKind::kHostToDevice)
                .ok() &&
            stream.value()
                ->CopyAsync(in.data(), memory.value().data(), 256, CopyKind::kDeviceToHost)
                .ok() &&
            stream.value()->Synchronize(milliseconds(-1)).ok();
        if (!ok || in != out) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(0, wrong);
}

TEST_P(EveryRuntime, SaysWhyAModelCannotBeLoaded) {
  auto missing = device_->LoadModel({"/no/such/model.onnx", nullptr, 0}, {});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(Code::kNotFound, missing.status().code());
  EXPECT_NE(std::string::npos, missing.status().message().find("/no/such/model.onnx"));
  const char text[] = "this is not a model";
  auto nonsense = device_->LoadModel({"", text, sizeof text}, {});
  ASSERT_FALSE(nonsense.ok());
  EXPECT_EQ(Code::kInvalidArgument, nonsense.status().code()) << nonsense.status().ToString();
}

TEST_P(EveryRuntime, OutlivesItsMemory) {
  auto memory = device_->Allocate(128, MemoryKind::kDevice);
  ASSERT_TRUE(memory.ok());
  runtime_.reset();
  device_.reset();
  // Freed here, when nobody else holds the device. ASan sees a mistake.
}

INSTANTIATE_TEST_SUITE_P(Runtimes, EveryRuntime, testing::ValuesIn(Runtimes().Names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace infer_server::devices
