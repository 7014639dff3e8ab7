// SPDX-License-Identifier: Apache-2.0
// The loaded models of the process, each once.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "devices/base/export.h"
#include "devices/base/mutex.h"
#include "devices/base/status.h"
#include "infer/loaded_model.h"

namespace infer_server {

// Models are the same when device, function, engine, batch size and source are: for a file its real
// path, inode, size and time of change, and those of the other half of its network; for memory the
// SHA-256 of the content. At each load those that nobody else holds go, the one asked for longest
// ago first, until there are CNIS_MODEL_CACHE_LIMIT (default 10) at most. Thread-safe; loads
// without the lock.
class INFER_API ModelCache {
 public:
  // The one of the process. Never destroyed.
  static ModelCache& Shared();

  // From file `path`.
  devices::Result<ModelPtr> Load(const std::string& path, const ModelOptions& options)
      INFER_EXCLUDES(mutex_);
  // `size` bytes at `data`, or 0: an ONNX model that tells where it ends.
  devices::Result<ModelPtr> Load(const void* data, std::size_t size, const ModelOptions& options)
      INFER_EXCLUDES(mutex_);
  // False when it is not here.
  bool Unload(const ModelPtr& model) INFER_EXCLUDES(mutex_);
  void Clear() INFER_EXCLUDES(mutex_);
  std::size_t size() const INFER_EXCLUDES(mutex_);

 private:
  struct Entry {
    std::string identity;
    ModelPtr model;
  };
  struct Wanted {
    devices::ModelSource source;
    std::string path;     // For ModelInfo::Path().
    std::string content;  // What identifies the bytes.
  };
  devices::Result<ModelPtr> Load(const Wanted& wanted, const ModelOptions& options)
      INFER_EXCLUDES(mutex_);
  ModelPtr Find(const std::string& identity) INFER_EXCLUDES(mutex_);
  ModelPtr Insert(const std::string& identity, ModelPtr model) INFER_EXCLUDES(mutex_);

  mutable devices::Mutex mutex_;
  std::list<Entry> entries_ INFER_GUARDED_BY(mutex_);  // The last used in front.
};

}  // namespace infer_server
