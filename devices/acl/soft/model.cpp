// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/model.h"

#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <unordered_map>
#include <utility>

#include "devices/acl/soft/data_buffer.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/memory_map.h"

namespace infer_server::devices::acl {
namespace {

struct Table {
  Mutex mutex;
  std::unordered_map<uint32_t, std::shared_ptr<LoadedModel>> models INFER_GUARDED_BY(mutex);
  uint32_t last INFER_GUARDED_BY(mutex) = 0;
};

Table& Models() {
  static Table& table = *new Table;
  return table;
}

aclError NoSuchModel(uint32_t id, const char* function) {
  return Fail(ACL_ERROR_GE_EXEC_MODEL_ID_INVALID, function,
              "there is no model %u; load it first, and do not use it after aclmdlUnload", id);
}

aclError CheckBuffer(const char* function, aclError code, const char* what, size_t index,
                     const std::string& name, const aclDataBuffer* buffer, size_t bytes) {
  ACL_RETURN_IF_ERROR(CheckLive(buffer, function, name.c_str()));
  if (buffer->size < bytes)
    return Fail(code, function, "%s %zu ('%s') is %zu bytes, must be %zu or more", what, index,
                name.c_str(), buffer->size, bytes);
  return CheckDeviceSpan(function, name.c_str(), buffer->data, bytes);
}

}  // namespace

aclError LoadedModel::Prepare(const char* function, const aclmdlDataset* input,
                              aclmdlDataset* output, Job* job) const {
  const ModelInfo& info = *info_;
  if (input->buffers.size() != info.inputs.size())
    return Fail(ACL_ERROR_MODEL_INPUT_NOT_MATCH, function,
                "the input dataset has %zu buffers, the model has %zu inputs",
                input->buffers.size(), info.inputs.size());
  if (output->buffers.size() != info.outputs.size())
    return Fail(ACL_ERROR_MODEL_OUTPUT_NOT_MATCH, function,
                "the output dataset has %zu buffers, the model has %zu outputs",
                output->buffers.size(), info.outputs.size());
  if (info.file.dynamic != Dynamic::kNone) {
    job->profile = info.profiles.size();
    for (size_t p = 0; p < info.profiles.size(); ++p)
      if (info.profiles[p].values == input->profile) job->profile = p;
    if (job->profile == info.profiles.size())
      return Fail(ACL_ERROR_GE_DYNAMIC_BATCH_SIZE_INVALID, function,
                  "the input dataset has no batch or size set; call aclmdlSetDynamicBatchSize, "
                  "aclmdlSetDynamicHWSize or aclmdlSetInputDynamicDims with it first");
  }
  const Profile& profile = info.profiles[job->profile];
  for (size_t i = 0; i < info.data_inputs; ++i) {
    size_t bytes = profile.input_bytes[i];
    if (info.aipp[i] >= 0) {
      const AippConfig& config = info.file.aipp[static_cast<size_t>(info.aipp[i])];
      job->aipp.resize(info.data_inputs);
      if (config.dynamic) {
        const auto set = input->aipp.find(i);
        if (set == input->aipp.end())
          return Fail(ACL_ERROR_GE_AIPP_NOT_EXIST, function,
                      "input %zu ('%s') has dynamic AIPP, and the dataset no parameters for it; "
                      "call aclmdlSetInputAIPP with it first",
                      i, info.inputs[i].name.c_str());
        // The dataset may have been another model's.
        if (set->second->items.size() < static_cast<size_t>(profile.rows))
          return Fail(ACL_ERROR_GE_AIPP_NOT_EXIST, function,
                      "input %zu ('%s'): the dataset has AIPP parameters for %zu pictures, and the "
                      "batch is %d; call aclmdlSetInputAIPP with it for this model",
                      i, info.inputs[i].name.c_str(), set->second->items.size(), profile.rows);
        job->aipp[i] = set->second;
        bytes =
            static_cast<size_t>(profile.rows) *
            AippPictureBytes(set->second->format, set->second->src_width, set->second->src_height);
      } else {
        job->aipp[i] = std::shared_ptr<const AippParams>(info_, &config.params);
      }
    }
    ACL_RETURN_IF_ERROR(CheckBuffer(function, ACL_ERROR_MODEL_INPUT_NOT_MATCH, "input", i,
                                    info.inputs[i].name, input->buffers[i], bytes));
    job->inputs.push_back(input->buffers[i]->data);
  }
  for (size_t i = 0; i < info.outputs.size(); ++i) {
    ACL_RETURN_IF_ERROR(CheckBuffer(function, ACL_ERROR_MODEL_OUTPUT_NOT_MATCH, "output", i,
                                    info.outputs[i].name, output->buffers[i],
                                    profile.output_bytes[i]));
    job->outputs.push_back(output->buffers[i]->data);
  }
  return ACL_SUCCESS;
}

Status LoadedModel::RunVariant(const Job& job) {
  const Profile& profile = info_->profiles[job.profile];
  Variant& variant = variants_[profile.variant];
  std::vector<const void*> inputs = job.inputs;
  for (size_t i = 0; i < job.aipp.size(); ++i) {
    if (job.aipp[i] == nullptr) continue;
    TensorInfo tensor = variant.model->Inputs()[i];
    if (!info_->file.format.empty())
      tensor.layout = info_->file.format == "NHWC" ? Layout::kNHWC : Layout::kNCHW;
    INFER_RETURN_IF_ERROR(
        RunAipp(*job.aipp[i], tensor, profile.rows, inputs[i], variant.staged[i].data()));
    inputs[i] = variant.staged[i].data();
  }
  return variant.engine->Run(inputs.data(), job.outputs.data(), profile.rows);
}

aclError LoadedModel::Run(const char* function, const Job& job) {
  {
    MutexLock lock(&mutex_);
    while (busy_) lock.Wait(&freed_);
    busy_ = true;
  }
  Status status;
  try {
    status = RunVariant(job);
  } catch (const std::exception& e) {  // The next one must not wait for ever.
    status = Status(Code::kOutOfMemory, e.what());
  }
  {
    MutexLock lock(&mutex_);
    busy_ = false;
  }
  freed_.notify_one();
  if (status.ok()) return ACL_SUCCESS;
  return Fail(status.code() == Code::kOutOfMemory ? ACL_ERROR_GE_MEMORY_ALLOCATION
                                                  : ACL_ERROR_RT_MODEL_EXECUTE,
              function, "%s", status.message().c_str());
}

bool LoadedModel::Enter(const void* stream) {
  MutexLock lock(&mutex_);
  if (executions_ > 0 && stream_ != stream) return false;
  stream_ = stream;
  ++executions_;
  return true;
}

void LoadedModel::Leave() {
  MutexLock lock(&mutex_);
  --executions_;
}

uint32_t AddModel(std::shared_ptr<LoadedModel> model) {
  Table& table = Models();
  MutexLock lock(&table.mutex);
  table.models.emplace(++table.last, std::move(model));
  return table.last;
}

std::shared_ptr<LoadedModel> FindModel(uint32_t id, const char* function) {
  Table& table = Models();
  {
    MutexLock lock(&table.mutex);
    const auto found = table.models.find(id);
    if (found != table.models.end()) return found->second;
  }
  NoSuchModel(id, function);
  return nullptr;
}

std::shared_ptr<LoadedModel> TakeModel(uint32_t id, const char* function) {
  Table& table = Models();
  {
    MutexLock lock(&table.mutex);
    const auto found = table.models.find(id);
    if (found != table.models.end()) {
      std::shared_ptr<LoadedModel> model = std::move(found->second);
      table.models.erase(found);
      return model;
    }
  }
  NoSuchModel(id, function);
  return nullptr;
}

void UnloadAllModels() {
  std::unordered_map<uint32_t, std::shared_ptr<LoadedModel>> all;
  Table& table = Models();
  MutexLock lock(&table.mutex);
  all.swap(table.models);
}

aclError ReadModelBytes(const char* path, const char* function, std::string* bytes) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  if (size < 0 || size > INT32_MAX)
    return Fail(ACL_ERROR_GE_EXEC_MODEL_PATH_INVALID, function, "cannot open model file '%s': %s",
                path, size < 0 ? std::strerror(errno) : "not a file of at most 2 GiB");
  bytes->resize(static_cast<size_t>(size));
  file.seekg(0);
  if (!file.read(bytes->data(), size))
    return Fail(ACL_ERROR_GE_EXEC_MODEL_PATH_INVALID, function, "cannot read model file '%s'",
                path);
  return ACL_SUCCESS;
}

aclError FailLoad(const Status& status, const char* what, const char* function) {
  const aclError code =
      status.code() == Code::kOutOfMemory ? ACL_ERROR_GE_MEMORY_ALLOCATION : ACL_ERROR_PARSE_MODEL;
  return Fail(code, function, "cannot load %s: %s", what, status.message().c_str());
}

}  // namespace infer_server::devices::acl
