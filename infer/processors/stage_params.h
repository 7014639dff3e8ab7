// SPDX-License-Identifier: Apache-2.0
// Reading the parameters of the stages built in.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "infer/explain.h"
#include "infer/loaded_model.h"
#include "processor.h"

namespace infer_server {

inline constexpr int kDefaultParallel = 2;
inline constexpr int kMaxParallel = 8;

// Null, with the reason noted, when "model_info" is missing or not a loaded model.
inline std::shared_ptr<LoadedModel> ModelParam(const Processor& stage, Status* status) {
  if (!stage.HaveParam("model_info")) {
    *status = Explain(Status::INVALID_PARAM,
                      stage.TypeName() + ": parameter 'model_info' is not set; a session sets it");
    return nullptr;
  }
  try {
    auto model = LoadedModel::From(stage.GetParam<ModelPtr>("model_info"));
    if (model == nullptr)
      *status =
          Explain(Status::INVALID_PARAM, stage.TypeName() +
                                             ": the model was not made by LoadModel(); only models "
                                             "loaded by it can be run");
    return model;
  } catch (const bad_any_cast&) {
    *status = Explain(Status::WRONG_TYPE,
                      stage.TypeName() + ": parameter 'model_info' must be a ModelPtr");
    return nullptr;
  }
}

// The parameter of that name into `value`, which stays as it is when there is none.
template <typename T>
Status ReadParam(const Processor& stage, const char* name, const char* expected, T* value) {
  if (!stage.HaveParam(name)) return Status::SUCCESS;
  try {
    *value = stage.GetParam<T>(name);
    return Status::SUCCESS;
  } catch (const bad_any_cast&) {
    return Explain(Status::WRONG_TYPE, stage.TypeName() + ": parameter '" + name +
                                           "' has the wrong type; expected " + expected);
  }
}

// "parallel": unset or not positive is the default, above the maximum is the maximum.
inline Status ReadParallel(const Processor& stage, int* parallel) {
  *parallel = 0;
  const Status status = ReadParam(stage, "parallel", "int, 1 to 8", parallel);
  *parallel = *parallel <= 0 ? kDefaultParallel : std::min(*parallel, kMaxParallel);
  return status;
}

// A stream of the model's device that gives up after "engine_timeout".
inline devices::Result<std::unique_ptr<devices::Stream>> NewStageStream(const Processor& stage,
                                                                        const LoadedModel& model) {
  std::uint32_t limit = 0;
  if (ReadParam(stage, "engine_timeout", "std::uint32_t", &limit) != Status::SUCCESS)
    return devices::Status(devices::Code::kInvalidArgument,
                           "parameter 'engine_timeout' must be a std::uint32_t; a session sets it");
  devices::StreamOptions options;
  options.limit = std::chrono::milliseconds(limit);
  return model.device()->NewStream(options);
}

}  // namespace infer_server
