// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_model.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "devices/acl/acl_engine.h"
#include "devices/acl/acl_loaded.h"
#include "devices/base/mutex.h"

namespace infer_server::devices {
namespace {

constexpr char kEngineName[] = "ascendcl";
constexpr int kMostItems = 1024;  // Of one batch.

class AclModel final : public Model {
 public:
  AclModel(std::shared_ptr<AclCard> card, AclModelSource source, AclModelInfo info, int batch,
           std::unique_ptr<AclLoaded> first);

  const std::string& EngineName() const override { return engine_name_; }
  const std::vector<TensorInfo>& Inputs() const override { return info_->inputs; }
  const std::vector<TensorInfo>& Outputs() const override { return info_->outputs; }
  int BatchSize() const override { return batch_; }
  bool FixedBatch() const override { return info_->batches.size() == 1 && info_->largest() > 1; }
  const std::string& Note() const override { return note_; }
  Result<std::unique_ptr<Engine>> NewEngine() override INFER_EXCLUDES(mutex_);

 private:
  const std::string engine_name_ = kEngineName;
  const std::shared_ptr<AclCard> card_;
  const AclModelSource source_;
  const std::shared_ptr<const AclModelInfo> info_;
  const int batch_;
  const std::shared_ptr<Memory> weights_;
  std::string note_;
  Mutex mutex_;
  // The load that the model was described by; the first engine has it.
  std::unique_ptr<AclLoaded> first_ INFER_GUARDED_BY(mutex_);
};

AclModel::AclModel(std::shared_ptr<AclCard> card, AclModelSource source, AclModelInfo info,
                   int batch, std::unique_ptr<AclLoaded> first)
    : card_(std::move(card)),
      source_(std::move(source)),
      info_(std::make_shared<const AclModelInfo>(std::move(info))),
      batch_(batch),
      weights_(first->weights()),
      first_(std::move(first)) {
  if (batch_ > info_->largest())
    note_ = "runs batches in pieces of " + std::to_string(info_->largest()) +
            ": the model was converted for that";
}

Result<std::unique_ptr<Engine>> AclModel::NewEngine() {
  std::unique_ptr<AclLoaded> loaded;
  {
    MutexLock lock(&mutex_);
    loaded = std::move(first_);
  }
  if (loaded == nullptr) {
    auto again = AclLoaded::Load(card_, source_, weights_);
    if (!again.ok()) return again.status();
    loaded = std::move(again).value();
  }
  auto engine = AclEngine::Make(card_, std::move(loaded), info_, batch_);
  if (!engine.ok()) return engine.status();
  return std::unique_ptr<Engine>(std::move(engine).value());
}

Result<AclModelSource> Read(const ModelSource& source) {
  AclModelSource read;
  if (source.path.empty()) {
    if (source.data == nullptr || source.size == 0)
      return Status(Code::kInvalidArgument, "the model is empty");
    const auto* bytes = static_cast<const unsigned char*>(source.data);
    read.bytes.assign(bytes, bytes + source.size);
    return read;
  }
  struct stat info = {};
  if (stat(source.path.c_str(), &info) != 0)
    return Status(Code::kNotFound, "cannot open '" + source.path + "': " + std::strerror(errno));
  if (info.st_size == 0) return Status(Code::kInvalidArgument, "'" + source.path + "' is empty");
  read.path = source.path;
  return read;
}

}  // namespace

Result<std::shared_ptr<Model>> LoadAclModel(const std::shared_ptr<AclCard>& card,
                                            const ModelSource& source,
                                            const ModelOptions& options) {
  if (options.engine != "auto" && options.engine != kEngineName)
    return Status(Code::kInvalidArgument, "no engine '" + options.engine +
                                              "' on an acl device; there are: " + kEngineName +
                                              ", auto");
  if (options.batch_size < 0 || options.batch_size > kMostItems)
    return Status(Code::kInvalidArgument, "batch size " + std::to_string(options.batch_size) +
                                              "; expected 0 to " + std::to_string(kMostItems));
  Result<AclModelSource> read = Read(source);
  if (!read.ok()) return read.status();
  auto loaded = AclLoaded::Load(card, read.value(), nullptr);
  if (!loaded.ok()) return loaded.status();
  Result<AclModelInfo> info = loaded.value()->Describe();
  if (!info.ok()) return info.status();
  const int batch = options.batch_size != 0 ? options.batch_size : info.value().largest();
  return std::shared_ptr<Model>(std::make_shared<AclModel>(
      card, std::move(read).value(), std::move(info).value(), batch, std::move(loaded).value()));
}

}  // namespace infer_server::devices
