// SPDX-License-Identifier: Apache-2.0
#include "infer/model_cache.h"

#include <sys/stat.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <utility>

#include "devices/base/log.h"
#include "devices/model_files.h"
#include "infer/default_runtime.h"
#include "infer/onnx_length.h"
#include "infer/sha256.h"

namespace infer_server {

using devices::Code;
using devices::MutexLock;
using devices::Result;

namespace {

constexpr std::size_t kDefaultLimit = 10;

std::size_t Limit() {
  const char* text = std::getenv("CNIS_MODEL_CACHE_LIMIT");
  if (text == nullptr || *text == '\0') return kDefaultLimit;
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*end == '\0' && value >= 0) return static_cast<std::size_t>(value);
  INFER_LOG(kWarning, "model",
            std::string("CNIS_MODEL_CACHE_LIMIT is '") + text +
                "'; expected a number of models ≥ 0; using 10");
  return kDefaultLimit;
}

// Tells a file's content apart from what it was before, and from another file's. Empty when there
// is none.
std::string IdentityOf(const std::string& path) {
  char real[PATH_MAX];
  struct stat info = {};
  if (realpath(path.c_str(), real) == nullptr || stat(real, &info) != 0) return "";
  return std::string(real) + "|" + std::to_string(info.st_ino) + "|" +
         std::to_string(info.st_size) + "|" + std::to_string(info.st_mtim.tv_sec) + "." +
         std::to_string(info.st_mtim.tv_nsec);
}

// That of everything that is read for `path`. Some engines need no file: then it is the name.
std::string FilesIdentity(const std::string& path) {
  const std::string own = IdentityOf(path);
  std::string all = own.empty() ? path : own;
  for (const std::string& partner : devices::PartnerPaths(path)) {
    const std::string identity = IdentityOf(partner);
    if (!identity.empty()) all += "|" + identity;
  }
  return all;
}

}  // namespace

ModelCache& ModelCache::Shared() {
  static auto* const cache = new ModelCache;
  return *cache;
}

Result<ModelPtr> ModelCache::Load(const std::string& path, const ModelOptions& options) {
  Wanted wanted;
  wanted.path = wanted.source.path = path;
  wanted.content = "file|" + FilesIdentity(path);
  return Load(wanted, options);
}

Result<ModelPtr> ModelCache::Load(const void* data, std::size_t size, const ModelOptions& options) {
  if (data == nullptr)
    return devices::Status(Code::kInvalidArgument, "load model from memory: the pointer is null");
  if (size == 0) {
    auto length = OnnxLength(data);
    if (!length.ok()) return devices::Status(length.status()).WithContext("load model from memory");
    size = length.value();
  }
  auto digest = Sha256Of(data, size);
  if (!digest.ok()) return digest.status();
  Wanted wanted;
  wanted.source.data = data;
  wanted.source.size = size;
  wanted.path = "memory";
  wanted.content = "sha256:" + digest.value();
  return Load(wanted, options);
}

Result<ModelPtr> ModelCache::Load(const Wanted& wanted, const ModelOptions& options) {
  const std::string what = "load model '" + wanted.path + "'";
  const auto name = ResolveDevice(options.device);
  if (!name.ok()) return devices::Status(name.status()).WithContext(what);
  const std::string identity = name.value().ToString() + "|" + options.func_name + "|" +
                               options.engine + "|" + std::to_string(options.batch_size) + "|" +
                               wanted.content;
  if (ModelPtr model = Find(identity)) return model;
  auto device = devices::OpenDevice(name.value());
  if (!device.ok()) return devices::Status(device.status()).WithContext(what);
  devices::ModelOptions load;
  load.engine = options.engine;
  load.function = options.func_name;
  load.batch_size = static_cast<int>(std::min<std::uint32_t>(options.batch_size, INT_MAX));
  auto model = device.value()->LoadModel(wanted.source, load);
  if (!model.ok()) return devices::Status(model.status()).WithContext(what);
  LoadedModel::Source source;
  source.device_name = name.value();
  source.device = device.value();
  source.path = wanted.path;
  source.function = options.func_name;
  source.key =
      (wanted.source.path.empty() ? wanted.content : wanted.path) + "_" + options.func_name;
  if (!model.value()->Note().empty())
    INFER_LOG(kInfo, "model", wanted.path + ": " + model.value()->Note());
  return Insert(identity,
                std::make_shared<LoadedModel>(std::move(model).value(), std::move(source)));
}

ModelPtr ModelCache::Find(const std::string& identity) {
  MutexLock lock(&mutex_);
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (it->identity != identity) continue;
    entries_.splice(entries_.begin(), entries_, it);
    return it->model;
  }
  return nullptr;
}

// Returns the model that is in the cache now: another thread may have loaded the same meanwhile.
ModelPtr ModelCache::Insert(const std::string& identity, ModelPtr model) {
  std::list<Entry> evicted;  // Destroyed without the lock.
  const std::size_t limit = Limit();
  MutexLock lock(&mutex_);
  for (const Entry& entry : entries_)
    if (entry.identity == identity) model = entry.model;
  entries_.remove_if([&](const Entry& entry) { return entry.identity == identity; });
  entries_.push_front({identity, model});
  for (auto it = entries_.end(); entries_.size() > limit && it != entries_.begin();) {
    --it;
    if (it->model.use_count() > 1) continue;
    const auto unused = it++;
    evicted.splice(evicted.begin(), entries_, unused);
  }
  lock.Unlock();
  return model;
}

bool ModelCache::Unload(const ModelPtr& model) {
  ModelPtr removed;
  MutexLock lock(&mutex_);
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (model == nullptr || it->model != model) continue;
    removed = std::move(it->model);
    entries_.erase(it);
    break;
  }
  lock.Unlock();
  return removed != nullptr;
}

void ModelCache::Clear() {
  std::list<Entry> removed;
  MutexLock lock(&mutex_);
  removed.swap(entries_);
  lock.Unlock();
}

std::size_t ModelCache::size() const {
  MutexLock lock(&mutex_);
  return entries_.size();
}

}  // namespace infer_server
