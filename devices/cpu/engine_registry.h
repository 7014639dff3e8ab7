// SPDX-License-Identifier: Apache-2.0
// The engines of the cpu device, chosen by the string NAME[:key=value,…] ("opencv",
// "fake:latency=20,jitter=5") or "auto".
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "devices/base/registry.h"
#include "devices/base/status.h"
#include "devices/cpu/model_bytes.h"
#include "devices/model.h"

namespace infer_server::devices {

// The key=value pairs of an engine string, in order; no key twice.
using EngineSettings = std::vector<std::pair<std::string, std::string>>;

// One way to run networks on the host. Thread-safe, without state.
class CpuEngine {
 public:
  virtual ~CpuEngine() = default;

  // "auto" tries the engines from the highest rank down, and never one below 0.
  virtual int Rank() const = 0;
  // The keys it takes. Others never reach Load().
  virtual const std::vector<std::string>& Keys() const = 0;
  // True when it makes its networks up and opens no file.
  virtual bool IgnoresSource() const { return false; }

  // `bytes` is the content of the model; empty when IgnoresSource(). Fails with kInvalidArgument
  // (not a model, or settings out of range), kUnsupported (a model that it cannot run).
  virtual Result<std::shared_ptr<Model>> Load(const ModelBytes& bytes, const ModelOptions& options,
                                              const EngineSettings& settings) const = 0;
};

// The engines built in: each registers itself from its own file.
Registry<CpuEngine>& CpuEngines();

struct EngineChoice {
  std::string name;  // Not checked against the registry.
  EngineSettings settings;
};
// Takes NAME[:key=value,…] apart. Fails with kInvalidArgument, saying what is wrong where.
Result<EngineChoice> ParseEngineChoice(const std::string& text);

// Loads `source` with the engine options.engine names. "auto" takes the first that loads the model
// and logs which; if none does, the message holds the reason of each.
Result<std::shared_ptr<Model>> LoadWithCpuEngine(const ModelSource& source,
                                                 const ModelOptions& options);

}  // namespace infer_server::devices
