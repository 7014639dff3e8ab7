// SPDX-License-Identifier: Apache-2.0
// Models, functions, descriptions and runtime contexts by handle.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cnrt.h"
#include "devices/base/mutex.h"
#include "devices/mlu/soft/network.h"
#include "devices/mlu/soft/runtime.h"
#include "devices/soft/handle_table.h"

namespace infer_server::devices::mlu {

// What cnrtGet…DataSize() and …Type() hand out: of the inputs and of the outputs.
struct FunctionInfo {
  std::vector<int64_t> sizes[2];
  std::vector<cnrtDataType_t> types[2];
};

// Empty until it is extracted, then fixed.
struct Function {
  Mutex mutex;
  std::shared_ptr<Network> network INFER_GUARDED_BY(mutex);
  std::unique_ptr<FunctionInfo> info INFER_GUARDED_BY(mutex);
  // Of cnrtInitFunctionMemory().
  std::shared_ptr<Instance> instance INFER_GUARDED_BY(mutex);
  int device INFER_GUARDED_BY(mutex) = -1;
};

struct RuntimeContext {
  explicit RuntimeContext(std::shared_ptr<Network> of) : network(std::move(of)) {}
  const std::shared_ptr<Network> network;
  Mutex mutex;
  int device INFER_GUARDED_BY(mutex) = -1;                     // Not said yet.
  std::shared_ptr<Instance> instance INFER_GUARDED_BY(mutex);  // nullptr: not initialised.
};

struct ParamDesc {
  Mutex mutex;
  std::vector<int> dims INFER_GUARDED_BY(mutex);
};

soft::HandleTable<Network>& Models();
soft::HandleTable<Function>& Functions();
soft::HandleTable<RuntimeContext>& Contexts();
soft::HandleTable<ParamDesc>& ParamDescs();

// nullptr: CNRT_RET_ERR_INVALID is reported in the name of `function`.
std::shared_ptr<Network> FindModel(cnrtModel_t model, const char* function);
std::shared_ptr<Function> FindFunction(cnrtFunction_t handle, const char* function);
// That of an extracted function.
std::shared_ptr<Network> NetworkOf(cnrtFunction_t handle, const char* function);
std::shared_ptr<RuntimeContext> FindContext(cnrtRuntimeContext_t context, const char* function);
std::shared_ptr<ParamDesc> FindParamDesc(cnrtParamDesc_t desc, const char* function);

// Their handles are no more: cnrtDestroy().
void ForgetAllObjects();

// What a Status is as a code, reported: `otherwise`, or CNRT_RET_ERR_NOMEM.
cnrtRet_t FailStatus(const Status& status, cnrtRet_t otherwise, const char* what,
                     const char* function);

// One execution, checked and queued. `descs` may be NULL.
cnrtRet_t Invoke(const std::shared_ptr<Instance>& instance, int device, cnrtParamDesc_t* descs,
                 void** params, cnrtQueue_t queue, const QueuedFault& fault, const char* function);
// Items that the shapes of the inputs say. Reports CNRT_RET_ERR_RESHAPE.
cnrtRet_t RowsOf(const Network& network, int count, cnrtParamDesc_t* inputs, int* rows,
                 const char* function);

// dims in memory of malloc().
cnrtRet_t HandOut(const std::vector<int>& dims, int** out, int* count, const char* function);

}  // namespace infer_server::devices::mlu
