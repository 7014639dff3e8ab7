// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/op_models.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "devices/acl/soft/config.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/singleop.h"
#include "devices/base/log.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {
namespace {

constexpr int kDeepest = 3;

struct State {
  Mutex mutex;
  bool folder_set INFER_GUARDED_BY(mutex) = false;
  std::vector<OpRequest> models INFER_GUARDED_BY(mutex);
};

State& Get() {
  static State& state = *new State;
  return state;
}

bool SameDims(const std::vector<int64_t>& described, const std::vector<int64_t>& dims) {
  return (described.size() == 1 && described[0] < -1) ||
         std::equal(described.begin(), described.end(), dims.begin(), dims.end(),
                    [](int64_t a, int64_t b) { return a == -1 || a == b; });
}

bool SameTensors(const std::vector<OpTensor>& described, const std::vector<OpTensor>& tensors) {
  return std::equal(described.begin(), described.end(), tensors.begin(), tensors.end(),
                    [](const OpTensor& a, const OpTensor& b) {
                      const bool constants_differ =
                          a.value != nullptr && b.value != nullptr && *a.value != *b.value;
                      return a.type == b.type && SameDims(a.dims, b.dims) && !constants_differ;
                    });
}

bool Matches(const OpRequest& described, const OpRequest& request) {
  return described.op == request.op && SameTensors(described.inputs, request.inputs) &&
         SameTensors(described.outputs, request.outputs) &&
         described.attrs.values == request.attrs.values;
}

}  // namespace

aclError CompleteFromModels(const char* function, OpRequest* request) {
  State& state = Get();
  size_t others = 0;
  {
    MutexLock lock(&state.mutex);
    for (const OpRequest& model : state.models) {
      if (!Matches(model, *request)) continue;
      for (size_t i = 0; i < model.inputs.size(); ++i)
        if (request->inputs[i].value == nullptr) request->inputs[i].value = model.inputs[i].value;
      return ACL_SUCCESS;
    }
    others = state.models.size();
  }
  if (GetConfig().strict && others > 0)
    return Fail(ACL_ERROR_OP_NOT_FOUND, function,
                "%s with these types, shapes and attributes is none of the %zu operators loaded; "
                "describe it in the file given to inferserver-atc --singleop",
                request->op.c_str(), others);
  return ACL_SUCCESS;
}

void AddOpModel(OpRequest request) {
  State& state = Get();
  MutexLock lock(&state.mutex);
  for (const OpRequest& model : state.models)
    if (Matches(model, request)) return;
  state.models.push_back(std::move(request));
}

aclError LoadOpModel(const char* function, const std::string& bytes, const std::string& where) {
  Result<std::vector<SingleOp>> ops = ReadSingleOps(bytes);
  if (!ops.ok())
    return Fail(ACL_ERROR_OP_LOAD_FAILED, function, "%s: %s", where.c_str(),
                ops.status().message().c_str());
  for (const SingleOp& op : ops.value())
    if (FindOp(op.request.op) == nullptr)
      return Fail(ACL_ERROR_OP_LOAD_FAILED, function, "%s: there is no operator '%s', only %s",
                  where.c_str(), op.request.op.c_str(), OpNames().c_str());
  for (SingleOp& op : ops.value()) AddOpModel(std::move(op.request));
  return ACL_SUCCESS;
}

aclError LoadOpFolder(const char* function, const std::string& folder) {
  bool repeated = false;
  {
    State& state = Get();
    MutexLock lock(&state.mutex);
    repeated = std::exchange(state.folder_set, true);
  }
  if (repeated)
    return Fail(ACL_ERROR_REPEAT_INITIALIZE, function,
                "aclopSetModelDir was called already; it is for once in a process");
  namespace fs = std::filesystem;
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) {
    // The operators are built in: a program whose descriptions were never compiled runs.
    INFER_LOG(kWarning, "acl",
              std::string(function) + ": there is no folder '" + folder +
                  "'; only the operators built in are known");
    return ACL_SUCCESS;
  }
  std::vector<std::string> files;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                         failed);
  for (; !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
    std::error_code ignored;
    if (entry.depth() >= kDeepest) entry.disable_recursion_pending();
    if (entry->is_regular_file(ignored)) files.push_back(entry->path().string());
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    std::ifstream stream(file, std::ios::binary);
    std::string bytes(16, '\0');
    stream.read(&bytes[0], static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<size_t>(stream.gcount()));
    if (!LooksLikeSingleOps(bytes)) {
      INFER_LOG(kWarning, "acl",
                std::string(function) + ": '" + file +
                    "' is left alone: no operator of inferserver-atc --singleop");
      continue;
    }
    bytes.append(std::istreambuf_iterator<char>(stream), {});
    if (LoadOpModel(function, bytes, "'" + file + "'") != ACL_SUCCESS)
      INFER_LOG(kWarning, "acl", std::string(function) + ": '" + file + "' was not loaded");
  }
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
