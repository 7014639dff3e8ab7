// SPDX-License-Identifier: Apache-2.0
// What makes the chains of two sessions the same, and how a chain's processors are made.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "devices/base/status.h"
#include "infer/engine.h"
#include "infer/loaded_model.h"
#include "infer_server.h"

namespace infer_server {

// A stage as the user gave it.
struct StageSpec {
  std::string type_name;
  BaseObject params;                  // Without those that the session sets.
  const Processor* object = nullptr;  // Identity only; null = made by the session.
};

struct Chain {
  std::shared_ptr<LoadedModel> model;
  BatchStrategy strategy = BatchStrategy::DYNAMIC;
  DataLayout host_input{}, host_output{};
  int priority = 0;  // A batch has one priority, so sessions of different ones share no engines.
  std::uint32_t engine_timeout = 0;  // ms
  StageSpec pre, post;

  std::size_t max_batch = 1;
  std::vector<std::size_t> input_bytes, output_bytes;  // Of one item of each tensor.
  std::array<std::string, kStages> stage_names;
};

// `desc.postproc` null stands for a Postprocessor without parameters.
Chain DescribeChain(const SessionDesc& desc, std::shared_ptr<LoadedModel> model);

// True when sessions of the two may share engines: the same model object, strategy, layouts and
// priority, and stages that are the same objects or of equal types and parameters.
bool SameChain(const Chain& a, const Chain& b);

// The processors of the first engine: those of `desc`, told about the model and initialised. The
// error says which stage refused, and why.
devices::Result<EngineChain::Processors> InitProcessors(const SessionDesc& desc,
                                                        const Chain& chain);
// Those of another engine. Fork() may run while the original processes.
devices::Result<EngineChain::Processors> ForkProcessors(const EngineChain::Processors& original);

}  // namespace infer_server
