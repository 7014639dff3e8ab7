// SPDX-License-Identifier: Apache-2.0
#include "infer/chain.h"

#include <algorithm>
#include <array>
#include <exception>
#include <typeinfo>
#include <utility>

#include "devices/base/log.h"
#include "infer/explain.h"
#include "processor.h"

namespace infer_server {

using devices::Code;
using devices::Result;

namespace {

// Of the stages built in: those of the user, and those that a session sets.
constexpr std::array<const char*, 8> kKnown = {
    "process_function", "parallel",       "model_info",        "device_id",
    "device_name",      "engine_timeout", "host_input_layout", "host_output_layout"};

template <typename T>
void Forget(BaseObject* params, const char* name) {
  if (!params->HaveParam(name)) return;
  try {
    params->PopParam<T>(name);
  } catch (const bad_any_cast&) {  // The user's own parameter of that name: it counts.
  }
}

StageSpec Describe(const Processor* stage) {
  StageSpec spec;
  spec.object = stage;
  spec.type_name = stage != nullptr ? stage->TypeName() : "Postprocessor";
  if (stage == nullptr) return spec;
  spec.params.CopyParamsFrom(*stage);
  Forget<ModelPtr>(&spec.params, "model_info");
  Forget<int>(&spec.params, "device_id");
  Forget<std::string>(&spec.params, "device_name");
  Forget<std::uint32_t>(&spec.params, "engine_timeout");
  Forget<DataLayout>(&spec.params, "host_input_layout");
  Forget<DataLayout>(&spec.params, "host_output_layout");
  return spec;
}

bool SameStage(const StageSpec& a, const StageSpec& b) {
  if (a.object != nullptr && a.object == b.object) return true;
  return a.type_name == b.type_name && a.params.ParamsEqual(b.params);
}

std::vector<std::size_t> ItemBytes(const std::vector<devices::TensorInfo>& tensors) {
  std::vector<std::size_t> bytes;
  for (const auto& tensor : tensors) bytes.push_back(tensor.ItemBytes());
  return bytes;
}

// Calls what may be the user's code: `f` returns what is wrong, or nothing.
template <typename F>
devices::Status Guard(const std::string& what, F f) {
  std::string reason;
  try {
    TakeExplanation();
    const std::string wrong = f();
    if (wrong.empty()) return devices::Status();
    reason = TakeExplanation();
    if (reason.empty()) reason = wrong;
  } catch (const std::exception& e) {
    reason = std::string("it threw: ") + e.what();
  } catch (...) {
    reason = "it threw";
  }
  return devices::Status(Code::kDeviceError, what + " failed: " + reason);
}

devices::Status Init(Processor* stage) {
  return Guard("Init() of " + stage->TypeName(), [&]() -> std::string {
    const Status status = stage->Init();
    return status == Status::SUCCESS ? "" : std::string("it returned ") + StatusStr(status);
  });
}

// A parameter that nothing reads is most often one whose name is misspelt.
void WarnOfUnknown(const Processor& stage) {
  if (typeid(stage) != typeid(PreprocessorHost) && typeid(stage) != typeid(Postprocessor)) return;
  for (const std::string& name : stage.GetParamNames()) {
    const bool known =
        std::any_of(kKnown.begin(), kKnown.end(), [&](const char* other) { return name == other; });
    if (!known)
      INFER_LOG(kWarning, "session",
                stage.TypeName() + ": parameter '" + name +
                    "' is not known, and ignored; those to set are 'process_function' and "
                    "'parallel'");
  }
}

}  // namespace

Chain DescribeChain(const SessionDesc& desc, std::shared_ptr<LoadedModel> model) {
  Chain chain;
  chain.model = std::move(model);
  chain.strategy = desc.strategy;
  chain.host_input = desc.host_input_layout;
  chain.host_output = desc.host_output_layout;
  chain.priority = ClampPriority(desc.priority);
  chain.engine_timeout = desc.engine_timeout;
  chain.pre = Describe(desc.preproc.get());
  chain.post = Describe(desc.postproc.get());
  chain.max_batch = chain.model->BatchSize();
  chain.input_bytes = ItemBytes(chain.model->inputs());
  chain.output_bytes = ItemBytes(chain.model->outputs());
  chain.stage_names = {chain.pre.type_name, "Predictor", chain.post.type_name};
  return chain;
}

bool SameChain(const Chain& a, const Chain& b) {
  return a.model == b.model && a.strategy == b.strategy && a.host_input == b.host_input &&
         a.host_output == b.host_output && a.priority == b.priority &&
         a.engine_timeout == b.engine_timeout && SameStage(a.pre, b.pre) &&
         SameStage(a.post, b.post);
}

Result<EngineChain::Processors> InitProcessors(const SessionDesc& desc, const Chain& chain) {
  EngineChain::Processors stages = {desc.preproc, std::make_shared<Predictor>(), desc.postproc};
  if (stages[2] == nullptr) stages[2] = std::make_shared<Postprocessor>();
  for (const auto& stage : stages) {
    stage->SetParams("model_info", ModelPtr(chain.model));
    stage->SetParams("device_id", chain.model->device_name().id);
    stage->SetParams("engine_timeout", chain.engine_timeout);
    stage->SetParams("device_name", chain.model->device_name().ToString());
  }
  stages[0]->SetParams("host_input_layout", chain.host_input);
  stages[2]->SetParams("host_output_layout", chain.host_output);
  stages[1]->SetParams("outputs_on_host", stages[2]->ReadsOnHost());
  for (const auto& stage : stages) {
    WarnOfUnknown(*stage);
    INFER_RETURN_IF_ERROR(Init(stage.get()));
  }
  return stages;
}

Result<EngineChain::Processors> ForkProcessors(const EngineChain::Processors& original) {
  EngineChain::Processors stages;
  for (std::size_t i = 0; i < kStages; ++i)
    INFER_RETURN_IF_ERROR(Guard("Fork() of " + original[i]->TypeName(), [&]() -> std::string {
      stages[i] = original[i]->Fork();
      return stages[i] != nullptr ? "" : "it returned null; engine_num above 1 needs a fork each";
    }));
  return stages;
}

}  // namespace infer_server
