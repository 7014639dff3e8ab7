// SPDX-License-Identifier: Apache-2.0
// Loaded models: what they are (ModelInfo) and what runs them (LoadedModel).
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "acl/acl_mdl.h"
#include "devices/acl/soft/context.h"
#include "devices/acl/soft/dataset.h"
#include "devices/acl/soft/live.h"
#include "devices/acl/soft/model_file.h"
#include "devices/base/mutex.h"
#include "devices/model.h"

namespace infer_server::devices::acl {

// What aclmdlQuerySize asks programs for: not 0, which aclrtMalloc refuses. It stays unused.
inline constexpr size_t kWorkBytes = 4096;

// An input or output as programs see it.
struct IoTensor {
  std::string name;
  std::vector<int64_t> dims;     // -1 where profiles differ.
  std::vector<int64_t> dims_v2;  // What agrees with `bytes`: another only with static AIPP.
  aclFormat format = ACL_FORMAT_ND;
  aclDataType type = ACL_FLOAT;
  size_t bytes = 0;  // Of the largest profile.
};

// The model under one profile; a static model has one, without values.
struct Profile {
  std::vector<int64_t> values;
  std::vector<std::vector<int64_t>> inputs, outputs;  // Dimensions of the network's.
  std::vector<size_t> input_bytes, output_bytes;      // Of the program's data inputs, and outputs.
  size_t variant = 0;
  int rows = 1;
};

// Immutable, but for `current`. Outlives the model in descriptions.
struct ModelInfo {
  std::vector<IoTensor> inputs;  // The network's, then dynamic AIPP's, then the profile's.
  std::vector<IoTensor> outputs;
  size_t data_inputs = 0;  // The network's inputs, which come first.
  ModelProfiles file;      // Its inputs are the network's, in its order.
  std::vector<Profile> profiles;
  std::vector<int> aipp;            // Of each of the network's inputs: index in file.aipp, or -1.
  std::vector<size_t> attached;     // Its dynamic AIPP's input, or ACL_INVALID_NODE_INDEX.
  size_t profile_input = SIZE_MAX;  // That named ACL_DYNAMIC_TENSOR_NAME.
  size_t largest = 0;               // The profile with the most bytes.
  size_t work_bytes = 0, weight_bytes = 0;
  mutable std::atomic<int> current{-1};  // The profile set last.
};

// What one execution works on, taken from the datasets when it is asked for.
struct Job {
  size_t profile = 0;
  std::vector<const void*> inputs;  // Of the network.
  std::vector<void*> outputs;
  std::vector<std::shared_ptr<const AippParams>> aipp;  // By input; nullptr: none. Empty: none.
};

// Thread-safe.
class LoadedModel {
 public:
  // Loads the network for every profile. Fails as ReadModelFile and Device::LoadModel do.
  static Result<std::shared_ptr<LoadedModel>> Load(std::string_view bytes);

  const std::shared_ptr<const ModelInfo>& info() const { return info_; }

  // Checks the datasets and makes a job of them. Reports in the name of `function`.
  aclError Prepare(const char* function, const aclmdlDataset* input, aclmdlDataset* output,
                   Job* job) const;
  // Runs the job in this thread, after those that run now. Reports as Prepare.
  aclError Run(const char* function, const Job& job);

  // The context of the load; compared only, in strict mode.
  void set_context(const Context* context) { context_ = context; }
  const Context* context() const { return context_; }

  // Strict mode: the one stream (nullptr: the synchronous call's own) that executions are on.
  // False: there are some on another.
  bool Enter(const void* stream);
  void Leave();

 private:
  struct Variant {
    std::shared_ptr<Model> model;
    std::unique_ptr<Engine> engine;
    std::vector<std::vector<char>> staged;  // Of AIPP, by input.
  };
  LoadedModel() = default;
  Status RunVariant(const Job& job);

  std::shared_ptr<const ModelInfo> info_;
  std::vector<Variant> variants_;  // Used by who made busy_ true.
  const Context* context_ = nullptr;
  Mutex mutex_;
  bool busy_ INFER_GUARDED_BY(mutex_) = false;
  std::condition_variable freed_;
  int executions_ INFER_GUARDED_BY(mutex_) = 0;
  const void* stream_ INFER_GUARDED_BY(mutex_) = nullptr;

  friend class ModelLoader;
};

// Writes what `info` says of its input `index`, which has static AIPP.
void WriteAippInfo(const ModelInfo& info, size_t index, aclAippInfo* out);

// Which models there are. Ids begin with 1 and are never used twice. Thread-safe.
uint32_t AddModel(std::shared_ptr<LoadedModel> model);
// nullptr: 145003 is reported in the name of `function`.
std::shared_ptr<LoadedModel> FindModel(uint32_t id, const char* function);
std::shared_ptr<LoadedModel> TakeModel(uint32_t id, const char* function);
// aclFinalize.
void UnloadAllModels();

// The content of a file, or Fail's code: 145002 no such file.
aclError ReadModelBytes(const char* path, const char* function, std::string* bytes);
// What a Status of a load is as a code, reported.
aclError FailLoad(const Status& status, const char* what, const char* function);

}  // namespace infer_server::devices::acl

// aclmdlDesc: a model seen from outside.
struct aclmdlDesc : infer_server::devices::acl::Live<aclmdlDesc> {
  static constexpr const char* kWhat = "model description (aclmdlCreateDesc)";
  uint32_t id = 0;                                                    // 0: of a file or of memory.
  std::shared_ptr<const infer_server::devices::acl::ModelInfo> info;  // nullptr: empty yet.
};
