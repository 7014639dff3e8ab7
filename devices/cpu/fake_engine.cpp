// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/fake_engine.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>

#include "devices/base/clock.h"
#include "devices/base/mutex.h"

namespace infer_server::devices {
namespace {

// What the engines of one model share.
struct FakeNetwork {
  FakeSettings settings;
  int batch_size = 1;
  std::atomic<std::int64_t> calls{0};
  std::atomic<std::uint64_t> engines{0};
};

// Calls f(T*) with `data` as the element type of a fake tensor. Models of other types are refused
// when their settings are parsed.
template <typename F>
void WithType(DataType type, F f) {
  switch (type) {
    case DataType::kUint8:
      return f(std::uint8_t{});
    case DataType::kInt8:
      return f(std::int8_t{});
    case DataType::kInt16:
      return f(std::int16_t{});
    case DataType::kInt32:
      return f(std::int32_t{});
    case DataType::kInt64:
      return f(std::int64_t{});
    case DataType::kFloat64:
      return f(double{});
    default:
      return f(float{});
  }
}

// Integers are cut towards zero and clamped; not-a-number is 0.
template <typename T>
T Narrow(double value) {
  if constexpr (std::is_integral_v<T>) {
    if (std::isnan(value)) return 0;
    if (value <= static_cast<double>(std::numeric_limits<T>::min()))
      return std::numeric_limits<T>::min();
    if (value >= static_cast<double>(std::numeric_limits<T>::max()))
      return std::numeric_limits<T>::max();
  }
  return static_cast<T>(value);
}

double SumOf(const void* data, const TensorInfo& tensor) {
  double sum = 0;
  WithType(tensor.type, [&](auto zero) {
    const auto* values = static_cast<const decltype(zero)*>(data);
    for (std::size_t i = 0; i < tensor.ItemElements(); ++i) sum += static_cast<double>(values[i]);
  });
  return sum;
}

const void* Item(const void* data, const TensorInfo& tensor, int row) {
  return static_cast<const char*>(data) + tensor.ItemBytes() * static_cast<std::size_t>(row);
}

void* Item(void* data, const TensorInfo& tensor, int row) {
  return static_cast<char*>(data) + tensor.ItemBytes() * static_cast<std::size_t>(row);
}

class FakeEngine final : public Engine {
 public:
  explicit FakeEngine(std::shared_ptr<FakeNetwork> network)
      : network_(std::move(network)),
        random_(static_cast<std::mt19937::result_type>(network_->settings.seed +
                                                       network_->engines++)) {}

  Status Run(const void* const* inputs, void* const* outputs, int rows) override;
  void Cancel() override {
    MutexLock lock(&mutex_);
    cancelled_ = true;
    wake_.notify_all();
  }

 private:
  TimePoint DoneAt(int rows);
  // False when cancelled before `until`.
  bool Sleep(TimePoint until) INFER_EXCLUDES(mutex_);
  void Sum(const void* const* inputs, void* const* outputs, int row) const;
  void Copy(const void* const* inputs, void* const* outputs, int row) const;

  const std::shared_ptr<FakeNetwork> network_;
  std::mt19937 random_;
  Mutex mutex_;
  std::condition_variable wake_;
  bool cancelled_ INFER_GUARDED_BY(mutex_) = false;
};

TimePoint FakeEngine::DoneAt(int rows) {
  const FakeSettings& s = network_->settings;
  double ms = s.latency_ms + s.item_latency_ms * (s.fixed_batch ? network_->batch_size : rows);
  if (s.jitter_ms > 0) ms += std::uniform_real_distribution<double>(0, s.jitter_ms)(random_);
  return Clock::Steady().Now() +
         std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

bool FakeEngine::Sleep(TimePoint until) {
  MutexLock lock(&mutex_);
  while (!cancelled_) {
    if (until == TimePoint::max()) {
      lock.Wait(&wake_);
    } else if (Clock::Steady().Now() >= until) {
      return true;
    } else {
      lock.WaitUntil(&wake_, until);
    }
  }
  return false;
}

Status FakeEngine::Run(const void* const* inputs, void* const* outputs, int rows) {
  if (rows < 1 || rows > network_->batch_size)
    return Status(Code::kInvalidArgument, "fake engine: " + std::to_string(rows) +
                                              " rows; expected 1 to " +
                                              std::to_string(network_->batch_size));
  const FakeSettings& s = network_->settings;
  const std::int64_t call = ++network_->calls;
  if (!Sleep(call == s.hang_at ? TimePoint::max() : DoneAt(rows)))
    return Status(Code::kCancelled, "fake engine: cancelled");
  if (call == s.fail_at || (s.fail_every > 0 && call % s.fail_every == 0))
    return Status(Code::kDeviceError,
                  "fake engine: call " + std::to_string(call) + " fails, as its settings say");
  for (int row = 0; row < rows; ++row) {
    if (s.mode == FakeMode::kSum) Sum(inputs, outputs, row);
    if (s.mode == FakeMode::kCopy) Copy(inputs, outputs, row);
  }
  if (s.mode == FakeMode::kZeros)
    for (std::size_t t = 0; t < s.outputs.size(); ++t)
      std::memset(outputs[t], 0, s.outputs[t].ItemBytes() * static_cast<std::size_t>(rows));
  return Status();
}

void FakeEngine::Sum(const void* const* inputs, void* const* outputs, int row) const {
  const FakeSettings& s = network_->settings;
  double sum = 0, elements = 0;
  for (std::size_t t = 0; t < s.inputs.size(); ++t) {
    sum += SumOf(Item(inputs[t], s.inputs[t], row), s.inputs[t]);
    elements += static_cast<double>(s.inputs[t].ItemElements());
  }
  const double mean = sum / elements;
  for (std::size_t t = 0; t < s.outputs.size(); ++t)
    WithType(s.outputs[t].type, [&](auto zero) {
      using T = decltype(zero);
      T* out = static_cast<T*>(Item(outputs[t], s.outputs[t], row));
      for (std::size_t j = 0; j < s.outputs[t].ItemElements(); ++j)
        out[j] = Narrow<T>(mean + static_cast<double>(j));
    });
}

void FakeEngine::Copy(const void* const* inputs, void* const* outputs, int row) const {
  const FakeSettings& s = network_->settings;
  for (std::size_t t = 0; t < s.outputs.size(); ++t) {
    const std::size_t from = t % s.inputs.size();
    const std::size_t available = s.inputs[from].ItemElements();
    WithType(s.inputs[from].type, [&](auto in_zero) {
      const auto* in =
          static_cast<const decltype(in_zero)*>(Item(inputs[from], s.inputs[from], row));
      WithType(s.outputs[t].type, [&](auto out_zero) {
        using T = decltype(out_zero);
        T* out = static_cast<T*>(Item(outputs[t], s.outputs[t], row));
        for (std::size_t j = 0; j < s.outputs[t].ItemElements(); ++j)
          out[j] = Narrow<T>(static_cast<double>(in[j % available]));
      });
    });
  }
}

class FakeModel final : public Model {
 public:
  explicit FakeModel(std::shared_ptr<FakeNetwork> network) : network_(std::move(network)) {}

  const std::string& EngineName() const override { return name_; }
  const std::vector<TensorInfo>& Inputs() const override { return network_->settings.inputs; }
  const std::vector<TensorInfo>& Outputs() const override { return network_->settings.outputs; }
  int BatchSize() const override { return network_->batch_size; }
  bool FixedBatch() const override { return network_->settings.fixed_batch; }
  const std::string& Note() const override { return note_; }
  Result<std::unique_ptr<Engine>> NewEngine() override {
    return std::unique_ptr<Engine>(std::make_unique<FakeEngine>(network_));
  }

 private:
  const std::string name_ = "fake";
  const std::string note_ = "fake engine: its outputs are made up";
  const std::shared_ptr<FakeNetwork> network_;
};

class FakeCpuEngine final : public CpuEngine {
 public:
  int Rank() const override { return -1; }
  bool IgnoresSource() const override { return true; }
  const std::vector<std::string>& Keys() const override {
    static const auto* const keys = new std::vector<std::string>{
        "latency",   "item-latency", "jitter",  "seed",  "fail-every", "fail-at", "hang-at",
        "load-fail", "inputs",       "outputs", "batch", "batch-size", "mode"};
    return *keys;
  }
  Result<std::shared_ptr<Model>> Load(const ModelBytes&, const ModelOptions& options,
                                      const EngineSettings& settings) const override {
    Result<FakeSettings> parsed = ParseFakeSettings(settings);
    if (!parsed.ok()) return parsed.status();
    if (parsed.value().load_fail)
      return Status(Code::kInvalidArgument, "engine 'fake': loading fails, as load-fail=1 says");
    auto network = std::make_shared<FakeNetwork>();
    network->settings = std::move(parsed).value();
    network->batch_size =
        options.batch_size > 0 ? options.batch_size : network->settings.batch_size;
    return std::shared_ptr<Model>(std::make_shared<FakeModel>(std::move(network)));
  }
};

INFER_REGISTER(CpuEngines(), fake, "fake", []() -> Result<std::unique_ptr<CpuEngine>> {
  return std::unique_ptr<CpuEngine>(std::make_unique<FakeCpuEngine>());
});

}  // namespace
}  // namespace infer_server::devices
