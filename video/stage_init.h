// SPDX-License-Identifier: Apache-2.0
// What VideoPreprocessor::Init() and VideoPostprocessor::Init() have in common.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "infer/explain.h"
#include "infer/loaded_model.h"
#include "infer/status_code.h"
#include "processor.h"
#include "video/processors.h"

namespace infer_server::video {

// Makes `*impl` from the parameters of `stage`: its members `setup` and `model`, then
// Prepare(stage, name of the device). Leaves it alone and says why when that fails.
template <typename Impl>
Status InitStage(const Processor& stage, std::unique_ptr<Impl>* impl) {
  const std::string name = stage.TypeName();
  try {
    auto made = std::make_unique<Impl>();
    made->setup = stage.GetParam<SharedSetup>("setup").setup;
    made->model = LoadedModel::From(stage.GetParam<ModelPtr>("model_info"));
    if (made->setup == nullptr || made->model == nullptr)
      return Explain(Status::INVALID_PARAM,
                     name +
                         ": parameter 'setup' or 'model_info' is empty; expected a settled "
                         "setup and a loaded model");
    const devices::Status status = made->Prepare();
    if (!status.ok()) return Explain(ToPublicStatus(status.code()), name + ": " + status.message());
    *impl = std::move(made);
    return Status::SUCCESS;
  } catch (const bad_any_cast&) {
    return Explain(Status::WRONG_TYPE,
                   name + ": parameter 'setup' has the wrong type; expected a SharedSetup");
  } catch (const std::out_of_range&) {
    return Explain(Status::INVALID_PARAM,
                   name + ": parameter 'setup' is not set; expected a SharedSetup");
  }
}

}  // namespace infer_server::video
