// SPDX-License-Identifier: Apache-2.0
// The engine "opencv": networks run by OpenCV DNN. Settings:
//   inputs  tensors of one item, DIMxDIM, several separated by ';'. For networks that leave sizes
//           open: "opencv:inputs=3x480x640".
#include <algorithm>
#include <atomic>
#include <memory>
#include <opencv2/core/utility.hpp>
#include <optional>
#include <utility>

#include "devices/base/log.h"
#include "devices/base/mutex.h"
#include "devices/cpu/batch_probe.h"
#include "devices/cpu/engine_registry.h"
#include "devices/cpu/net_plan.h"
#include "devices/cpu/opencv_net.h"
#include "devices/cpu/opencv_runner.h"

namespace infer_server::devices {
namespace {

constexpr int kMostRows = 1024;

// OpenCV's number of threads belongs to the process and does not scale: two nets of one thread each
// do 22 images a second where one net of two threads does 13.5. So it is 1 unless somebody asks
// for more, and then the most asked for.
void UseThreads(int threads) {
  static std::atomic<int> in_use{0};
  int seen = in_use.load();
  while (threads > seen)
    if (in_use.compare_exchange_weak(seen, threads)) return cv::setNumThreads(threads);
}

class OpencvEngine final : public Engine {
 public:
  OpencvEngine(cv::dnn::Net net, std::shared_ptr<const NetPlan> plan, int batch_size)
      : batch_size_(batch_size), runner_(std::move(net), std::move(plan)) {}

  Status Run(const void* const* inputs, void* const* outputs, int rows) override {
    if (rows < 1 || rows > batch_size_)
      return Status(Code::kInvalidArgument, "opencv engine: " + std::to_string(rows) +
                                                " rows; expected 1 to " +
                                                std::to_string(batch_size_));
    return runner_.Run(inputs, outputs, rows);
  }

 private:
  const int batch_size_;
  NetRunner runner_;
};

class OpencvModel final : public Model {
 public:
  OpencvModel(NetFiles files, std::optional<cv::dnn::Net> first, NetPlan plan, int batch_size,
              std::string note)
      : files_(std::move(files)),
        plan_(std::make_shared<const NetPlan>(std::move(plan))),
        batch_size_(batch_size),
        note_(std::move(note)),
        first_(std::move(first)) {}

  const std::string& EngineName() const override { return name_; }
  const std::vector<TensorInfo>& Inputs() const override { return plan_->inputs; }
  const std::vector<TensorInfo>& Outputs() const override { return plan_->outputs; }
  int BatchSize() const override { return batch_size_; }
  bool FixedBatch() const override { return plan_->pad; }
  const std::string& Note() const override { return note_; }

  Result<std::unique_ptr<Engine>> NewEngine() override {
    std::optional<cv::dnn::Net> net;
    {
      MutexLock lock(&mutex_);
      net.swap(first_);
    }
    if (!net.has_value()) {
      Result<cv::dnn::Net> read = ReadNet(files_);
      if (!read.ok()) return read.status();
      net = std::move(read).value();
    }
    return std::unique_ptr<Engine>(
        std::make_unique<OpencvEngine>(std::move(*net), plan_, batch_size_));
  }

 private:
  const std::string name_ = "opencv";
  const NetFiles files_;
  const std::shared_ptr<const NetPlan> plan_;
  const int batch_size_;
  const std::string note_;
  Mutex mutex_;
  // The net that the plan was found with; the first engine gets it.
  std::optional<cv::dnn::Net> first_ INFER_GUARDED_BY(mutex_);
};

Status CheckOptions(const ModelOptions& options) {
  if (options.batch_size < 0 || options.batch_size > kMostRows)
    return Status(Code::kInvalidArgument, "batch size " + std::to_string(options.batch_size) +
                                              "; expected 0 (the network's own) to " +
                                              std::to_string(kMostRows));
  if (options.threads < 1 || options.threads > kMostRows)
    return Status(Code::kInvalidArgument,
                  std::to_string(options.threads) + " threads for an engine; expected 1 or more");
  return Status();
}

// Settles how a batch of `wanted` items (0 = the file's) is run: sets plan->rows_per_run, returns
// the batch size, says in `note` what the user should know. Empties `net` when it must not be used
// again.
int SettleBatch(int wanted, std::optional<cv::dnn::Net>* net, NetPlan* plan, std::string* note) {
  if (plan->pad) {
    const int fixed = plan->rows_per_run;
    if (wanted > 0 && wanted != fixed)
      *note = "runs " + std::to_string(fixed) + " items at a time, the batch fixed in its file";
    return wanted > 0 ? wanted : fixed;
  }
  if (wanted <= 1) return 1;
  BatchVerdict verdict;
  if (std::find(plan->bare.begin(), plan->bare.end(), true) != plan->bare.end()) {
    verdict.why_not = "its inputs have no batch dimension";
  } else {
    verdict = ProbeBatch(**net, *plan, wanted);
  }
  if (verdict.spoiled) net->reset();
  if (verdict.together) {
    plan->rows_per_run = wanted;
  } else {
    *note = "runs the items of a batch one by one: " + verdict.why_not;
  }
  return wanted;
}

class OpencvCpuEngine final : public CpuEngine {
 public:
  int Rank() const override { return 10; }
  const std::vector<std::string>& Keys() const override {
    static const auto* const keys = new std::vector<std::string>{"inputs"};
    return *keys;
  }
  Result<std::shared_ptr<Model>> Load(const ModelBytes& bytes, const ModelOptions& options,
                                      const EngineSettings& settings) const override {
    INFER_RETURN_IF_ERROR(CheckOptions(options));
    UseThreads(options.threads);
    Result<NetFiles> files = FindNetFiles(bytes);
    if (!files.ok()) return files.status();
    Result<NetGraph> graph = DescribeNet(files.value());
    if (!graph.ok()) return graph.status();
    if (!settings.empty())
      INFER_RETURN_IF_ERROR(SetInputShapes(settings.front().second, &graph.value()));
    Result<cv::dnn::Net> net = ReadNet(files.value());
    if (!net.ok()) return net.status();
    Result<NetPlan> plan = PlanNet(Describe(files.value().weights), graph.value(), net.value());
    if (!plan.ok()) return plan.status();
    std::string note;
    std::optional<cv::dnn::Net> first = std::move(net).value();
    const int batch = SettleBatch(options.batch_size, &first, &plan.value(), &note);
    INFER_LOG(kInfo, "engine",
              "opencv: " + plan.value().model + ": " + ToString(plan.value().inputs) + " to " +
                  ToString(plan.value().outputs) + ", batch " + std::to_string(batch) +
                  (note.empty() ? "" : "; " + note));
    return std::shared_ptr<Model>(
        std::make_shared<OpencvModel>(std::move(files).value(), std::move(first),
                                      std::move(plan).value(), batch, std::move(note)));
  }
};

INFER_REGISTER(CpuEngines(), opencv, "opencv", []() -> Result<std::unique_ptr<CpuEngine>> {
  return std::unique_ptr<CpuEngine>(std::make_unique<OpencvCpuEngine>());
});

}  // namespace
}  // namespace infer_server::devices
