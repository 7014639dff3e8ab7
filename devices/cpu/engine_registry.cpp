// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/engine_registry.h"

#include <algorithm>

#include "devices/base/log.h"

namespace infer_server::devices {
namespace {

constexpr const char* kFunction = "subnet0";  // The one function of a network in these formats.
constexpr const char* kGrammar = "expected NAME or NAME:key=value,key=value";

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "(none)" : text;
}

Status Wrong(const std::string& engine, const std::string& why) {
  return Status(Code::kInvalidArgument, "engine '" + engine + "': " + why);
}

Status CheckKeys(const EngineChoice& choice, const CpuEngine& engine) {
  const std::vector<std::string>& keys = engine.Keys();
  for (const auto& setting : choice.settings)
    if (std::find(keys.begin(), keys.end(), setting.first) == keys.end())
      return Wrong(choice.name, "no setting '" + setting.first + "'; there are: " + Join(keys));
  return Status();
}

Result<std::unique_ptr<CpuEngine>> Create(const std::string& name) {
  Result<std::unique_ptr<CpuEngine>> engine = CpuEngines().Create(name);
  if (engine.ok() || engine.status().code() != Code::kNotFound) return engine;
  return Status(Code::kInvalidArgument, engine.status().message() + ", auto");
}

Result<std::shared_ptr<Model>> LoadNamed(const EngineChoice& choice, const ModelSource& source,
                                         const ModelOptions& options) {
  Result<std::unique_ptr<CpuEngine>> engine = Create(choice.name);
  if (!engine.ok()) return engine.status();
  INFER_RETURN_IF_ERROR(CheckKeys(choice, *engine.value()));
  if (engine.value()->IgnoresSource())
    return engine.value()->Load(ModelBytes{}, options, choice.settings);
  Result<ModelBytes> bytes = ReadModel(source);
  if (!bytes.ok()) return bytes.status();
  return engine.value()->Load(bytes.value(), options, choice.settings);
}

// Names of the engines that `auto` tries, best first.
std::vector<std::string> Candidates() {
  std::vector<std::pair<int, std::string>> ranked;
  for (const std::string& name : CpuEngines().Names()) {
    const Result<std::unique_ptr<CpuEngine>> engine = CpuEngines().Create(name);
    if (engine.ok() && engine.value()->Rank() >= 0)
      ranked.emplace_back(-engine.value()->Rank(), name);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> names;
  for (const auto& entry : ranked) names.push_back(entry.second);
  return names;
}

Result<std::shared_ptr<Model>> LoadAuto(const ModelSource& source, const ModelOptions& options) {
  Result<ModelBytes> bytes = ReadModel(source);
  if (!bytes.ok()) return bytes.status();
  const std::vector<std::string> candidates = Candidates();
  std::string reasons;
  Status first;
  for (const std::string& name : candidates) {
    Result<std::unique_ptr<CpuEngine>> engine = CpuEngines().Create(name);
    Result<std::shared_ptr<Model>> model =
        engine.ok() ? engine.value()->Load(bytes.value(), options, {}) : engine.status();
    if (model.ok()) {
      INFER_LOG(kInfo, "engine",
                "engine=auto took '" + name + "' for the " + Describe(bytes.value()) +
                    (reasons.empty() ? "" : "; others cannot load it: " + reasons));
      return model;
    }
    if (first.ok()) first = model.status();
    reasons += (reasons.empty() ? "" : "; ") + name + ": " + model.status().message();
  }
  if (candidates.size() == 1) return first;
  return Status(first.ok() ? Code::kUnsupported : first.code(),
                "none of the engines built in (" + Join(candidates) + ") can load the " +
                    Describe(bytes.value()) + (reasons.empty() ? "" : "; " + reasons));
}

}  // namespace

Registry<CpuEngine>& CpuEngines() {
  static auto* const registry = new Registry<CpuEngine>("engine");
  return *registry;
}

Result<EngineChoice> ParseEngineChoice(const std::string& text) {
  const auto wrong = [&text](const std::string& why) {
    return Status(Code::kInvalidArgument, "engine '" + text + "': " + why + "; " + kGrammar);
  };
  EngineChoice choice;
  const std::size_t colon = text.find(':');
  choice.name = text.substr(0, colon);
  if (choice.name.empty()) return wrong("has no name");
  if (colon == std::string::npos) return choice;
  std::size_t begin = colon + 1;
  while (begin <= text.size()) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const std::string item = text.substr(begin, comma - begin);
    const std::size_t equal = item.find('=');
    if (equal == std::string::npos || equal == 0) return wrong("'" + item + "' is not key=value");
    const std::string key = item.substr(0, equal);
    for (const auto& setting : choice.settings)
      if (setting.first == key) return wrong("'" + key + "' is given twice");
    choice.settings.emplace_back(key, item.substr(equal + 1));
    begin = comma + 1;
  }
  return choice;
}

Result<std::shared_ptr<Model>> LoadWithCpuEngine(const ModelSource& source,
                                                 const ModelOptions& options) {
  if (!options.function.empty() && options.function != kFunction)
    return Status(Code::kNotFound,
                  "the network has no function '" + options.function + "'; there is: " + kFunction);
  Result<EngineChoice> choice = ParseEngineChoice(options.engine);
  if (!choice.ok()) return choice.status();
  if (choice.value().name != "auto") return LoadNamed(choice.value(), source, options);
  if (!choice.value().settings.empty())
    return Wrong("auto", "takes no settings; name an engine to set it: " + Join(Candidates()));
  return LoadAuto(source, options);
}

}  // namespace infer_server::devices
