// SPDX-License-Identifier: Apache-2.0
// A name -> factory table that new code joins without editing old code.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "devices/base/mutex.h"
#include "devices/base/status.h"

namespace infer_server::devices {

// Base is the interface made; one table exists per (Base, Args) pair, reached through that pair's
// own accessor function (for example Runtimes() in devices/runtime.h), which lives in one source
// file, so that a process has one table whatever it is linked from.
// Thread-safe. Entries live for the whole process.
template <typename Base, typename... Args>
class Registry {
 public:
  using Factory = std::function<Result<std::unique_ptr<Base>>(Args...)>;

  // `noun` names one entry in error messages: "post-processor".
  explicit Registry(std::string noun) : noun_(std::move(noun)) {}

  // Returns false and changes nothing when `name` is taken.
  bool Add(const std::string& name, Factory factory) INFER_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    return factories_.emplace(name, std::move(factory)).second;
  }

  // Fails with kNotFound, listing the known names, when `name` is unknown; else as the factory.
  Result<std::unique_ptr<Base>> Create(const std::string& name, Args... args) const
      INFER_EXCLUDES(mutex_) {
    Factory factory;
    {
      MutexLock lock(&mutex_);
      auto it = factories_.find(name);
      if (it == factories_.end())
        return Status(Code::kNotFound,
                      "no " + noun_ + " '" + name + "'; there are: " + JoinLocked());
      factory = it->second;
    }
    return factory(std::forward<Args>(args)...);
  }

  // Sorted.
  std::vector<std::string> Names() const INFER_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    std::vector<std::string> names;
    for (const auto& entry : factories_) names.push_back(entry.first);
    return names;
  }

 private:
  std::string JoinLocked() const INFER_REQUIRES(mutex_) {
    std::string all;
    for (const auto& entry : factories_) all += (all.empty() ? "" : ", ") + entry.first;
    return all.empty() ? "(none)" : all;
  }

  const std::string noun_;
  mutable Mutex mutex_;
  std::map<std::string, Factory> factories_ INFER_GUARDED_BY(mutex_);
};

}  // namespace infer_server::devices

// Puts `factory` under `name` when the object file is linked in (link_whole).
#define INFER_REGISTER(registry, ident, name, factory) \
  [[maybe_unused]] static const bool infer_registered_##ident = (registry).Add(name, factory)
