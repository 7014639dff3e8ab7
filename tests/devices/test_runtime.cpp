// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "devices/runtime.h"
#include "devices/thread_budget.h"

namespace infer_server::devices {
namespace {

// A runtime with two devices that counts how often they are opened.
std::atomic<int> g_opened{0};

class NamedDevice final : public Device {
 public:
  explicit NamedDevice(int id) : name_("counted:" + std::to_string(id)) {}
  const std::string& Name() const override { return name_; }
  bool HostReads() const override { return false; }
  Result<Memory> Allocate(std::size_t, MemoryKind) override { return No(); }
  Result<std::unique_ptr<Stream>> NewStream(const StreamOptions&) override { return No(); }
  Result<std::shared_ptr<Model>> LoadModel(const ModelSource&, const ModelOptions&) override {
    return No();
  }
  Result<MemoryUsage> Usage() override { return No(); }

 private:
  static Status No() { return Status(Code::kUnsupported, "only a name"); }
  const std::string name_;
};

class CountedRuntime final : public Runtime {
 public:
  const std::string& Name() const override { return name_; }
  const std::string& Flavour() const override { return name_; }
  Result<int> Count() override { return 2; }
  Result<std::shared_ptr<Device>> Open(int id) override {
    if (id > 1) return Status(Code::kNotFound, "there are 2");
    ++g_opened;
    std::this_thread::yield();
    return std::shared_ptr<Device>(std::make_shared<NamedDevice>(id));
  }

 private:
  const std::string name_ = "counted";
};

INFER_REGISTER(Runtimes(), counted, "counted", []() -> Result<std::unique_ptr<Runtime>> {
  return std::unique_ptr<Runtime>(std::make_unique<CountedRuntime>());
});

TEST(DeviceName, TakesNamesApart) {
  const struct {
    const char* text;
    const char* canonical;
  } kGood[] = {
      {"cpu", "cpu:0"}, {"acl:1", "acl:1"}, {"mlu:007", "mlu:7"}, {"a_2:999999", "a_2:999999"}};
  for (const auto& row : kGood) {
    const Result<DeviceName> name = ParseDeviceName(row.text);
    ASSERT_TRUE(name.ok()) << row.text;
    EXPECT_EQ(row.canonical, name.value().ToString());
  }
}

TEST(DeviceName, RefusesOtherTexts) {
  for (const char* text : {"", ":", ":0", "cpu:", "cpu:x", "cpu:-1", "cpu:1000000", "cpu:0:1",
                           "CPU", "cp u", "cpu: 0", "cpu:0 "}) {
    const Result<DeviceName> name = ParseDeviceName(text);
    EXPECT_EQ(Code::kInvalidArgument, name.status().code()) << text;
  }
  EXPECT_EQ(
      "INVALID_ARGUMENT: device 'gpu-0' is not a device name; expected RUNTIME or RUNTIME:NUMBER, "
      "such as cpu, acl:0 or mlu:1",
      ParseDeviceName("gpu-0").status().ToString());
}

TEST(OpenDevice, EverybodyGetsTheSameOneUntilNobodyHoldsIt) {
  g_opened = 0;
  std::shared_ptr<Device> a = OpenDevice({"counted", 1}).value();
  std::shared_ptr<Device> b = OpenDevice({"counted", 1}).value();
  EXPECT_EQ(a, b);
  EXPECT_EQ(1, g_opened);
  EXPECT_NE(a, OpenDevice({"counted", 0}).value());
  a.reset();
  b.reset();
  EXPECT_EQ("counted:1", OpenDevice({"counted", 1}).value()->Name());
  EXPECT_EQ(3, g_opened);
}

TEST(OpenDevice, ThreadsOpenADeviceOnce) {
  for (int round = 0; round < 20; ++round) {
    g_opened = 0;
    std::vector<std::shared_ptr<Device>> devices(4);
    std::vector<std::thread> threads;
    for (auto& device : devices)
      threads.emplace_back([&device] { device = OpenDevice({"counted", 0}).value(); });
    for (std::thread& thread : threads) thread.join();
    for (const auto& device : devices) EXPECT_EQ(devices[0], device);
    EXPECT_EQ(1, g_opened);
  }
}

TEST(OpenDevice, SaysWhatThereIs) {
  EXPECT_EQ("NOT_FOUND: open device 'tpu:0': no runtime 'tpu'; there are: acl, counted, cpu",
            OpenDevice({"tpu", 0}).status().ToString());
  EXPECT_EQ("NOT_FOUND: open device 'cpu:1': there is no device 1; the host is cpu:0 alone",
            OpenDevice({"cpu", 1}).status().ToString());
}

TEST(CpuRuntime, IsTheHost) {
  const std::unique_ptr<Runtime> runtime = std::move(Runtimes().Create("cpu")).value();
  EXPECT_EQ("cpu", runtime->Name());
  EXPECT_EQ("host", runtime->Flavour());
  EXPECT_EQ(1, runtime->Count().value());
}

TEST(CpuDevice, AllocatesAlignedMemoryOfEveryKind) {
  const std::shared_ptr<Device> device = OpenDevice({"cpu", 0}).value();
  EXPECT_TRUE(device->HostReads());
  for (const MemoryKind kind : {MemoryKind::kHost, MemoryKind::kPinned, MemoryKind::kDevice})
    for (const std::size_t bytes : {1u, 63u, 4097u}) {
      const Result<Memory> memory = device->Allocate(bytes, kind);
      ASSERT_TRUE(memory.ok());
      EXPECT_EQ(0u, reinterpret_cast<std::uintptr_t>(memory.value().data()) % 64);
      EXPECT_EQ(bytes, memory.value().size());
      EXPECT_EQ(kind, memory.value().kind());
      std::memset(memory.value().data(), 7, bytes);
    }
  EXPECT_EQ("INVALID_ARGUMENT: cannot allocate 0 bytes; expected at least 1",
            device->Allocate(0, MemoryKind::kHost).status().ToString());
  EXPECT_EQ(Code::kOutOfMemory, device->Allocate(SIZE_MAX - 8, MemoryKind::kHost).status().code());
}

TEST(CpuDevice, KnowsTheMachinesMemory) {
  const MemoryUsage usage = OpenDevice({"cpu", 0}).value()->Usage().value();
  EXPECT_GT(usage.total_bytes, std::size_t{1} << 26);
  EXPECT_LE(usage.free_bytes, usage.total_bytes);
}

TEST(CpuBudget, IsAtLeastOneAndStaysTheSame) {
  EXPECT_GE(CpuBudget(), 1);
  EXPECT_LE(CpuBudget(), 1024);
  EXPECT_EQ(CpuBudget(), CpuBudget());
}

}  // namespace
}  // namespace infer_server::devices
