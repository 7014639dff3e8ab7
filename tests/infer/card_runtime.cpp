// SPDX-License-Identifier: Apache-2.0
#include "tests/infer/card_runtime.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <string>
#include <utility>

#include "devices/base/mutex.h"
#include "devices/runtime.h"

namespace infer_server::test {
namespace {

using namespace devices;  // NOLINT: a test's own file.

struct State {
  Mutex mutex;
  std::condition_variable changed;
  bool hold INFER_GUARDED_BY(mutex) = false;
  int held INFER_GUARDED_BY(mutex) = 0;
  bool hold_call INFER_GUARDED_BY(mutex) = false;
  bool call_held INFER_GUARDED_BY(mutex) = false;
  std::atomic<bool> queue{true};

  void HoldCallOnce() {
    MutexLock lock(&mutex);
    if (!hold_call) return;
    hold_call = false;
    call_held = true;
    changed.notify_all();
    while (call_held) lock.Wait(&changed);
  }
  std::atomic<int> stopped{0}, failing{0};
  std::atomic<bool> at_once{false};
};

State& The() {
  static auto* const state = new State;
  return *state;
}

class CardEngine final : public Engine {
 public:
  explicit CardEngine(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  Status Run(const void* const* inputs, void* const* outputs, int rows) override {
    State& state = The();
    {
      MutexLock lock(&state.mutex);
      ++state.held;
      state.changed.notify_all();
      while (state.hold && !stopped_) lock.Wait(&state.changed);
      --state.held;
      if (stopped_) {
        ++state.stopped;
        return Status(Code::kCancelled, "stopped");
      }
    }
    return engine_->Run(inputs, outputs, rows);
  }
  void Stop(bool stopped) {
    MutexLock lock(&The().mutex);
    stopped_ = stopped;
    The().changed.notify_all();
  }

 private:
  const std::unique_ptr<Engine> engine_;
  bool stopped_ = false;  // Under the lock of The().
};

class CardStream final : public Stream {
 public:
  explicit CardStream(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
  Status CopyAsync(void* to, const void* from, std::size_t bytes, CopyKind kind) override {
    return stream_->CopyAsync(to, from, bytes, kind);
  }
  Status Execute(Engine* engine, const void* const* inputs, std::size_t in, void* const* outputs,
                 std::size_t out, int rows) override {
    last_ = dynamic_cast<CardEngine*>(engine);
    return stream_->Execute(engine, inputs, in, outputs, out, rows);
  }
  Status Callback(std::function<void(Status)> done) override {
    The().HoldCallOnce();
    if (The().failing.load() > 0 && The().failing.fetch_sub(1) > 0)
      return Status(Code::kDeviceError, "no callbacks today");
    if (!The().at_once.load()) return stream_->Callback(std::move(done));
    done(stream_->Synchronize(std::chrono::milliseconds(-1)));
    return Status();
  }
  Status Synchronize(std::chrono::milliseconds timeout) override {
    return stream_->Synchronize(timeout);
  }
  Status Stop() override {
    if (last_ != nullptr) last_->Stop(true);
    static_cast<void>(stream_->Synchronize(std::chrono::milliseconds(-1)));
    if (last_ != nullptr) last_->Stop(false);
    return Status();
  }

 private:
  CardEngine* last_ = nullptr;
  const std::unique_ptr<Stream> stream_;
};

class CardModel final : public Model {
 public:
  explicit CardModel(std::shared_ptr<Model> model) : model_(std::move(model)) {}
  const std::string& EngineName() const override { return model_->EngineName(); }
  const std::vector<TensorInfo>& Inputs() const override { return model_->Inputs(); }
  const std::vector<TensorInfo>& Outputs() const override { return model_->Outputs(); }
  int BatchSize() const override { return model_->BatchSize(); }
  bool FixedBatch() const override { return model_->FixedBatch(); }
  const std::string& Note() const override { return model_->Note(); }
  Result<std::unique_ptr<Engine>> NewEngine() override {
    auto engine = model_->NewEngine();
    if (!engine.ok()) return engine.status();
    return std::unique_ptr<Engine>(std::make_unique<CardEngine>(std::move(engine).value()));
  }

 private:
  const std::shared_ptr<Model> model_;
};

class CardDevice final : public Device {
 public:
  explicit CardDevice(std::shared_ptr<Device> cpu) : cpu_(std::move(cpu)) {}
  const std::string& Name() const override { return name_; }
  bool HostReads() const override { return false; }
  bool Queues() const override { return The().queue.load(); }
  Result<Memory> Allocate(std::size_t bytes, MemoryKind kind) override {
    return cpu_->Allocate(bytes, kind);
  }
  Result<std::unique_ptr<Stream>> NewStream(const StreamOptions&) override {
    StreamOptions own;
    own.own_thread = true;
    auto stream = cpu_->NewStream(own);
    if (!stream.ok()) return stream.status();
    return std::unique_ptr<Stream>(std::make_unique<CardStream>(std::move(stream).value()));
  }
  Result<std::shared_ptr<Model>> LoadModel(const ModelSource& source,
                                           const ModelOptions& options) override {
    auto model = cpu_->LoadModel(source, options);
    if (!model.ok()) return model.status();
    return std::shared_ptr<Model>(std::make_shared<CardModel>(std::move(model).value()));
  }
  Result<MemoryUsage> Usage() override { return cpu_->Usage(); }

 private:
  const std::string name_ = "card:0";
  const std::shared_ptr<Device> cpu_;
};

class CardRuntime final : public Runtime {
 public:
  const std::string& Name() const override { return name_; }
  const std::string& Flavour() const override { return flavour_; }
  Result<int> Count() override { return 1; }
  Result<std::shared_ptr<Device>> Open(int id) override {
    if (id != 0) return Status(Code::kNotFound, "card has one device, 0");
    auto cpu = OpenDevice({"cpu", 0});
    if (!cpu.ok()) return cpu.status();
    return std::shared_ptr<Device>(std::make_shared<CardDevice>(cpu.value()));
  }

 private:
  const std::string name_ = "card", flavour_ = "software";
};

}  // namespace

void RegisterCardRuntime() {
  Runtimes().Add("card", []() -> Result<std::unique_ptr<Runtime>> {
    return std::unique_ptr<Runtime>(std::make_unique<CardRuntime>());
  });
}

void Card::Hold() {
  MutexLock lock(&The().mutex);
  The().hold = true;
}

void Card::Release() {
  MutexLock lock(&The().mutex);
  The().hold = false;
  The().changed.notify_all();
}

void Card::WaitHeld(int count) {
  MutexLock lock(&The().mutex);
  while (The().held < count) lock.Wait(&The().changed);
}

void Card::Queue(bool queue) { The().queue.store(queue); }

void Card::HoldCall() {
  MutexLock lock(&The().mutex);
  The().hold_call = true;
}

void Card::ReleaseCalls() {
  MutexLock lock(&The().mutex);
  The().hold_call = The().call_held = false;
  The().changed.notify_all();
}

void Card::WaitCallHeld() {
  MutexLock lock(&The().mutex);
  while (!The().call_held) lock.Wait(&The().changed);
}

int Card::Stopped() { return The().stopped.load(); }
void Card::CallBackAtOnce(bool at_once) { The().at_once.store(at_once); }
void Card::FailCallbacks(int count) { The().failing.store(count); }

}  // namespace infer_server::test
