// SPDX-License-Identifier: Apache-2.0
#include "tests/infer/far_runtime.h"

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "devices/base/mutex.h"
#include "devices/runtime.h"

namespace infer_server::test {
namespace {

using namespace devices;  // NOLINT: a test's own file.

// What lies behind the far addresses.
struct FarMemory {
  Mutex mutex;
  std::map<std::uintptr_t, std::vector<char>> blocks INFER_GUARDED_BY(mutex);
  std::uintptr_t next INFER_GUARDED_BY(mutex) = std::uintptr_t{1} << 60;

  void* Add(std::size_t bytes) {
    MutexLock lock(&mutex);
    const std::uintptr_t at = next;
    next += bytes + 4096;
    blocks[at].resize(bytes);
    return reinterpret_cast<void*>(at);
  }
  void Remove(void* data) {
    MutexLock lock(&mutex);
    blocks.erase(reinterpret_cast<std::uintptr_t>(data));
  }
  // The real bytes, or null when [data, data + bytes) is not inside one far block.
  char* Find(const void* data, std::size_t bytes) {
    const auto at = reinterpret_cast<std::uintptr_t>(data);
    MutexLock lock(&mutex);
    auto it = blocks.upper_bound(at);
    if (it == blocks.begin()) return nullptr;
    --it;
    const std::size_t offset = at - it->first;
    if (offset + bytes > it->second.size()) return nullptr;
    return it->second.data() + offset;
  }
};

FarMemory& Far() {
  static auto* const memory = new FarMemory;
  return *memory;
}

class FarEngine final : public Engine {
 public:
  FarEngine(std::unique_ptr<Engine> engine, std::shared_ptr<Model> model)
      : engine_(std::move(engine)), model_(std::move(model)) {}
  Status Run(const void* const* inputs, void* const* outputs, int rows) override {
    std::vector<const void*> in;
    std::vector<void*> out;
    for (std::size_t i = 0; i < model_->Inputs().size(); ++i)
      in.push_back(
          Far().Find(inputs[i], model_->Inputs()[i].ItemBytes() * static_cast<std::size_t>(rows)));
    for (std::size_t i = 0; i < model_->Outputs().size(); ++i)
      out.push_back(Far().Find(outputs[i],
                               model_->Outputs()[i].ItemBytes() * static_cast<std::size_t>(rows)));
    for (const void* p : in)
      if (p == nullptr) return Status(Code::kDeviceError, "input is not far memory");
    for (const void* p : out)
      if (p == nullptr) return Status(Code::kDeviceError, "output is not far memory");
    return engine_->Run(in.data(), out.data(), rows);
  }

 private:
  const std::unique_ptr<Engine> engine_;
  const std::shared_ptr<Model> model_;
};

class FarModel final : public Model {
 public:
  explicit FarModel(std::shared_ptr<Model> model) : model_(std::move(model)) {}
  const std::string& EngineName() const override { return model_->EngineName(); }
  const std::vector<TensorInfo>& Inputs() const override { return model_->Inputs(); }
  const std::vector<TensorInfo>& Outputs() const override { return model_->Outputs(); }
  int BatchSize() const override { return model_->BatchSize(); }
  bool FixedBatch() const override { return model_->FixedBatch(); }
  const std::string& Note() const override { return model_->Note(); }
  Result<std::unique_ptr<Engine>> NewEngine() override {
    auto engine = model_->NewEngine();
    if (!engine.ok()) return engine.status();
    return std::unique_ptr<Engine>(std::make_unique<FarEngine>(std::move(engine).value(), model_));
  }

 private:
  const std::shared_ptr<Model> model_;
};

class FarStream final : public Stream {
 public:
  explicit FarStream(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
  Status CopyAsync(void* to, const void* from, std::size_t bytes, CopyKind kind) override {
    const bool to_far = kind == CopyKind::kHostToDevice || kind == CopyKind::kDeviceToDevice;
    const bool from_far = kind == CopyKind::kDeviceToHost || kind == CopyKind::kDeviceToDevice;
    if (to_far) to = Far().Find(to, bytes);
    if (from_far) from = Far().Find(from, bytes);
    if (to == nullptr || from == nullptr) return Status(Code::kDeviceError, "not far memory");
    std::memcpy(to, from, bytes);
    return Status();
  }
  Status Execute(Engine* engine, const void* const* inputs, std::size_t in, void* const* outputs,
                 std::size_t out, int rows) override {
    return stream_->Execute(engine, inputs, in, outputs, out, rows);
  }
  Status Callback(std::function<void(Status)> done) override {
    return stream_->Callback(std::move(done));
  }
  Status Synchronize(std::chrono::milliseconds timeout) override {
    return stream_->Synchronize(timeout);
  }

 private:
  const std::unique_ptr<Stream> stream_;
};

class FarDevice final : public Device {
 public:
  explicit FarDevice(std::shared_ptr<Device> cpu) : cpu_(std::move(cpu)) {}
  const std::string& Name() const override { return name_; }
  bool HostReads() const override { return false; }
  Result<Memory> Allocate(std::size_t bytes, MemoryKind kind) override {
    if (kind != MemoryKind::kDevice) return cpu_->Allocate(bytes, kind);
    return Memory(Far().Add(bytes), bytes, kind, [](void* data) { Far().Remove(data); });
  }
  Result<std::unique_ptr<Stream>> NewStream(const StreamOptions& options) override {
    auto stream = cpu_->NewStream(options);
    if (!stream.ok()) return stream.status();
    return std::unique_ptr<Stream>(std::make_unique<FarStream>(std::move(stream).value()));
  }
  Result<std::shared_ptr<Model>> LoadModel(const ModelSource& source,
                                           const ModelOptions& options) override {
    auto model = cpu_->LoadModel(source, options);
    if (!model.ok()) return model.status();
    return std::shared_ptr<Model>(std::make_shared<FarModel>(std::move(model).value()));
  }
  Result<MemoryUsage> Usage() override { return cpu_->Usage(); }

 private:
  const std::string name_ = "far:0";
  const std::shared_ptr<Device> cpu_;
};

class FarRuntime final : public Runtime {
 public:
  const std::string& Name() const override { return name_; }
  const std::string& Flavour() const override { return flavour_; }
  Result<int> Count() override { return 1; }
  Result<std::shared_ptr<Device>> Open(int id) override {
    if (id != 0) return Status(Code::kNotFound, "far has one device, 0");
    auto cpu = OpenDevice({"cpu", 0});
    if (!cpu.ok()) return cpu.status();
    return std::shared_ptr<Device>(std::make_shared<FarDevice>(cpu.value()));
  }

 private:
  const std::string name_ = "far", flavour_ = "software";
};

}  // namespace

void RegisterFarRuntime() {
  Runtimes().Add("far", []() -> Result<std::unique_ptr<Runtime>> {
    return std::unique_ptr<Runtime>(std::make_unique<FarRuntime>());
  });
}

int FarBlocks() {
  MutexLock lock(&Far().mutex);
  return static_cast<int>(Far().blocks.size());
}

}  // namespace infer_server::test
