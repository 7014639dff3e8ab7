// SPDX-License-Identifier: Apache-2.0
#include "gst/infer_session.h"

#include <algorithm>
#include <utility>

#include "devices/thread_budget.h"
#include "infer/direct_observer.h"
#include "infer/loaded_model.h"
#include "video/processors.h"

namespace infer_gst {
namespace {

using infer_server::LoadedModel;
using infer_server::devices::Clock;
using infer_server::devices::Code;
using infer_server::devices::Result;
using infer_server::devices::Status;
using infer_server::video::ModelConfig;
using infer_server::video::ModelSetup;
using infer_server::video::VideoItem;

class Answers : public infer_server::DirectObserver {
 public:
  explicit Answers(OutputQueue* queue) : queue_(queue) {}
  void Response(infer_server::Status status, infer_server::PackagePtr,
                infer_server::any user_data) override {
    queue_->Answer(infer_server::any_cast<InFlight*>(user_data), status, Clock::Steady().Now());
  }

 private:
  OutputQueue* const queue_;
};

// The fake engine makes its model up.
bool NeedsModel(const std::string& engine) { return engine.compare(0, 4, "fake") != 0; }

Status CheckModelProperty(const std::string& model) {
  if (model.empty())
    return {Code::kInvalidArgument,
            "property model is not set; set it to a model file, as in model=yolox_nano_416.onnx"};
  const bool url = model.find("://") != std::string::npos;
  if (!url && !g_file_test(model.c_str(), G_FILE_TEST_EXISTS))
    return {Code::kNotFound, "property model: no file '" + model +
                                 "'; give the path of a model file, for example "
                                 "an ONNX file"};
  return {};
}

// The properties that a model which does not load may be due to.
std::string LoadProperties(const InferConfig& config) {
  std::string with;
  if (config.engine != InferConfig().engine) with += " engine='" + config.engine + "'";
  if (config.device_id != 0) with += " device-id=" + std::to_string(config.device_id);
  return "property model" + (with.empty() ? "" : " with" + with);
}

}  // namespace

Result<std::unique_ptr<InferSession>> InferSession::Open(const InferProperties& properties,
                                                         const std::string& runtime,
                                                         OutputQueue* queue) {
  const std::string device = runtime + ":" + std::to_string(properties.config.device_id);
  std::unique_ptr<InferSession> session(new InferSession(runtime, properties.config.device_id));
  INFER_RETURN_IF_ERROR(session->Load(properties, device));
  INFER_RETURN_IF_ERROR(session->Create(properties.config, queue));
  return session;
}

// The server can only log why it has no device.
InferSession::InferSession(const std::string& runtime, int device_id)
    : device_(infer_server::devices::OpenDevice({runtime, device_id})),
      server_(runtime + ":" + std::to_string(device_id)) {}

InferSession::~InferSession() {
  if (session_ != nullptr) server_.DestroySession(session_);
}

Status InferSession::Load(const InferProperties& properties, const std::string& device) {
  const InferConfig& config = properties.config;
  Result<ModelConfig> set = ToModelConfig(properties);
  if (!set.ok()) return Status(set.status().code(), "property " + set.status().message());
  if (NeedsModel(set.value().Get("engine")))
    INFER_RETURN_IF_ERROR(CheckModelProperty(config.model));
  if (!device_.ok())
    return Status(device_.status().code(),
                  LoadProperties(config) + ": " + device_.status().message());
  Result<ModelConfig> described = ModelConfig::Beside(config.model);
  if (!described.ok()) return described.status();
  ModelConfig settled = std::move(described).value();
  settled.Override(set.value());

  infer_server::ModelOptions options;
  options.device = device;
  options.engine = settled.Get("engine", "auto");
  options.batch_size = static_cast<std::uint32_t>(std::stoul(settled.Get("batch_size", "0")));
  std::string error;
  model_ = infer_server::InferServer::LoadModel(config.model, options, &error);
  const auto loaded = LoadedModel::From(model_);
  if (loaded == nullptr)
    return Status(Code::kInvalidArgument,
                  LoadProperties(config) + ": " +
                      (error.empty() ? "load model '" + config.model + "' failed" : error));

  Result<ModelSetup> setup =
      infer_server::video::Settle(settled, config.model, loaded->inputs(), loaded->outputs());
  if (!setup.ok()) return setup.status();
  setup_ = std::make_shared<const ModelSetup>(std::move(setup).value());
  engine_name_ = loaded->model().EngineName();
  batch_size_ = std::max(loaded->model().BatchSize(), 1);
  engine_num_ = config.engine_num != 0 ? config.engine_num
                                       : static_cast<unsigned>(infer_server::devices::CpuBudget());
  const auto flavour = infer_server::devices::ChooseFlavour(loaded->device_name().runtime, "auto");
  const bool host = !flavour.ok() || flavour.value() == "host";
  description_ = device + (host ? "" : " (" + flavour.value() + ")") + ", engine " + engine_name_ +
                 ", batch " + std::to_string(batch_size_) + ", " + std::to_string(engine_num_) +
                 (engine_num_ == 1 ? " engine" : " engines");
  if (!loaded->model().Note().empty()) description_ += "; " + loaded->model().Note();
  return {};
}

Status InferSession::Create(const InferConfig& config, OutputQueue* queue) {
  queue_ = queue;
  infer_server::SessionDesc desc;
  desc.name = setup_->model_name;
  desc.model = model_;
  desc.strategy = config.batch_strategy == InferStrategy::kDynamic
                      ? infer_server::BatchStrategy::DYNAMIC
                      : infer_server::BatchStrategy::STATIC;
  desc.preproc = std::make_shared<infer_server::video::VideoPreprocessor>();
  desc.postproc = std::make_shared<infer_server::video::VideoPostprocessor>();
  const infer_server::video::SharedSetup shared{setup_};
  desc.preproc->SetParams("setup", shared);
  desc.postproc->SetParams("setup", shared);
  desc.batch_timeout = config.batch_timeout;
  desc.priority = config.priority;
  desc.engine_timeout = config.engine_timeout;
  desc.engine_num = engine_num_;
  desc.show_perf = false;
  std::string error;
  session_ = server_.CreateSession(std::move(desc), std::make_shared<Answers>(queue), &error);
  if (session_ == nullptr)
    return Status(Code::kDeviceError, error.empty() ? "the session cannot be made" : error)
        .WithContext("run model '" + config.model + "' on " + description_);
  return {};
}

void InferSession::Submit(InFlight* frame) {
  infer_server::BatchData& data = frame->package->data;
  data.clear();
  for (std::size_t i = 0; i < frame->count; ++i) {
    frame->data[i].Set(&frame->items[i]);
    data.push_back(frame->data[i]);
  }
  frame->submitted = Clock::Steady().Now();
  if (!server_.Request(session_, frame->package, frame))
    queue_->Answer(frame, infer_server::Status::ERROR_BACKEND, Clock::Steady().Now());
}

void InferSession::Flush() { server_.FlushBatch(session_); }

void InferSession::Drain() {
  server_.FlushBatch(session_);
  server_.WaitTaskDone(session_, "");
}

std::size_t InferSession::frame_bound() const {
  const auto batch = static_cast<std::size_t>(batch_size_);
  return batch * (2 * engine_num_ + 1);
}

std::size_t InferSession::item_bound() const {
  return std::max<std::size_t>(4, 12 * engine_num_ * static_cast<std::size_t>(batch_size_));
}

}  // namespace infer_gst
