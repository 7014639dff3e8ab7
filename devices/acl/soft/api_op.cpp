// SPDX-License-Identifier: Apache-2.0
// Single operators: making them known, executing, handles, compiling.
#include <utility>

#include "acl/acl_op_compiler.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/op_exec.h"
#include "devices/acl/soft/op_models.h"

namespace infer_server::devices::acl {
namespace {

aclError Execute(const char* function, const OpArguments& arguments, const OpBuffers& buffers,
                 const QueuedFault& fault, aclrtStream stream,
                 std::shared_ptr<const OpHandle>* handle) {
  ACL_RETURN_IF_ERROR(MakeHandle(function, arguments, &buffers, stream, handle));
  return QueueOp(function, *handle, buffers, fault, stream);
}

// Tells the program the dimensions it left open.
void Settle(const OpPlan& plan, aclTensorDesc* const* descs) {
  for (size_t i = 0; i < plan.outputs.size(); ++i)
    if (BytesOf(descs[i]->type, CountOf(descs[i]->dims)) < 0) descs[i]->dims = plan.outputs[i].dims;
}

aclError NewHandle(const char* function, const OpArguments& arguments, aclopHandle** handle) {
  if (handle == nullptr) return Fail(ACL_ERROR_INVALID_PARAM, function, "handle must not be NULL");
  std::shared_ptr<const OpHandle> made;
  ACL_RETURN_IF_ERROR(MakeHandle(function, arguments, nullptr, nullptr, &made));
  *handle = CreateLive<aclopHandle>(function, std::move(made));
  return *handle == nullptr ? ACL_ERROR_BAD_ALLOC : ACL_SUCCESS;
}

// "Cast" with what aclopCast says of it.
struct CastArguments {
  CastArguments(const aclTensorDesc* const* from, const aclTensorDesc* const* to, uint8_t truncate)
      : arguments{"Cast", 1, from, 1, to, &attr} {
    attr.values["truncate"] = truncate != 0;
    // What is no description is refused later.
    if (Live<aclTensorDesc>::All().Has(*to)) attr.values["dst_type"] = int64_t{(*to)->type};
  }
  aclopAttr attr;
  OpArguments arguments;
};

aclError Compile(const char* function, const OpArguments& arguments) {
  std::shared_ptr<const OpHandle> made;
  ACL_RETURN_IF_ERROR(MakeHandle(function, arguments, nullptr, nullptr, &made));
  OpRequest request{arguments.op, made->plan.inputs, made->plan.outputs, {}};
  if (arguments.attr != nullptr) request.attrs = *arguments.attr;
  AddOpModel(std::move(request));
  return ACL_SUCCESS;
}

aclError CheckCompile(const char* function, aclopEngineType engine, aclopCompileType flag) {
  if (engine < ACL_ENGINE_SYS || engine > ACL_ENGINE_VECTOR)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "engineType is %d, must be 0..2",
                static_cast<int>(engine));
  if (flag < ACL_COMPILE_SYS || flag > ACL_COMPILE_UNREGISTERED)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "compileFlag is %d, must be 0 or 1",
                static_cast<int>(flag));
  return ACL_SUCCESS;
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError aclopSetModelDir(const char* modelDir) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(modelDir);
  return LoadOpFolder(__func__, modelDir);
}

aclError aclopLoad(const void* model, size_t modelSize) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(model);
  if (modelSize == 0) return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "modelSize must be more than 0");
  return LoadOpModel(__func__, std::string(static_cast<const char*>(model), modelSize),
                     "the content of 'model'");
}

aclError aclopExecute(const char* opType, int numInputs, const aclTensorDesc* const inputDesc[],
                      const aclDataBuffer* const inputs[], int numOutputs,
                      const aclTensorDesc* const outputDesc[], aclDataBuffer* const outputs[],
                      const aclopAttr* attr, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  std::shared_ptr<const OpHandle> handle;
  return Execute(__func__, {opType, numInputs, inputDesc, numOutputs, outputDesc, attr},
                 {numInputs, inputs, numOutputs, outputs}, fault, stream, &handle);
}

aclError aclopExecuteV2(const char* opType, int numInputs, aclTensorDesc* inputDesc[],
                        aclDataBuffer* inputs[], int numOutputs, aclTensorDesc* outputDesc[],
                        aclDataBuffer* outputs[], aclopAttr* attr, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  std::shared_ptr<const OpHandle> handle;
  ACL_RETURN_IF_ERROR(Execute(__func__,
                              {opType, numInputs, inputDesc, numOutputs, outputDesc, attr},
                              {numInputs, inputs, numOutputs, outputs}, fault, stream, &handle));
  Settle(handle->plan, outputDesc);
  return ACL_SUCCESS;
}

aclError aclopCreateHandle(const char* opType, int numInputs,
                           const aclTensorDesc* const inputDesc[], int numOutputs,
                           const aclTensorDesc* const outputDesc[], const aclopAttr* opAttr,
                           aclopHandle** handle) {
  ACL_ENTRY();
  return NewHandle(__func__, {opType, numInputs, inputDesc, numOutputs, outputDesc, opAttr},
                   handle);
}

void aclopDestroyHandle(aclopHandle* handle) {
  if (handle != nullptr) DestroyLive(handle, __func__, "handle");
}

aclError aclopExecWithHandle(aclopHandle* handle, int numInputs,
                             const aclDataBuffer* const inputs[], int numOutputs,
                             aclDataBuffer* const outputs[], aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_LIVE(handle);
  return QueueOp(__func__, handle->made, {numInputs, inputs, numOutputs, outputs}, fault, stream);
}

aclError aclopCast(const aclTensorDesc* srcDesc, const aclDataBuffer* srcBuffer,
                   const aclTensorDesc* dstDesc, aclDataBuffer* dstBuffer, uint8_t truncate,
                   aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  const CastArguments cast(&srcDesc, &dstDesc, truncate);
  std::shared_ptr<const OpHandle> handle;
  return Execute(__func__, cast.arguments, {1, &srcBuffer, 1, &dstBuffer}, fault, stream, &handle);
}

aclError aclopCreateHandleForCast(aclTensorDesc* srcDesc, aclTensorDesc* dstDesc, uint8_t truncate,
                                  aclopHandle** handle) {
  ACL_ENTRY();
  const CastArguments cast(&srcDesc, &dstDesc, truncate);
  return NewHandle(__func__, cast.arguments, handle);
}

aclError aclopInferShape(const char* opType, int numInputs, aclTensorDesc* inputDesc[],
                         aclDataBuffer* inputs[], int numOutputs, aclTensorDesc* outputDesc[],
                         aclopAttr* attr) {
  ACL_ENTRY();
  const OpBuffers buffers{inputs == nullptr ? 0 : numInputs, inputs, 0, nullptr};
  std::shared_ptr<const OpHandle> handle;
  ACL_RETURN_IF_ERROR(MakeHandle(__func__,
                                 {opType, numInputs, inputDesc, numOutputs, outputDesc, attr},
                                 &buffers, nullptr, &handle));
  Settle(handle->plan, outputDesc);
  return ACL_SUCCESS;
}

// Nothing is compiled here; what can be executed is, and is known from now on.
aclError aclopCompile(const char* opType, int numInputs, const aclTensorDesc* const inputDesc[],
                      int numOutputs, const aclTensorDesc* const outputDesc[],
                      const aclopAttr* attr, aclopEngineType engineType,
                      aclopCompileType compileFlag, const char*) {
  ACL_ENTRY();
  ACL_RETURN_IF_ERROR(CheckCompile(__func__, engineType, compileFlag));
  return Compile(__func__, {opType, numInputs, inputDesc, numOutputs, outputDesc, attr});
}

aclError aclopCompileAndExecute(const char* opType, int numInputs,
                                const aclTensorDesc* const inputDesc[],
                                const aclDataBuffer* const inputs[], int numOutputs,
                                const aclTensorDesc* const outputDesc[],
                                aclDataBuffer* const outputs[], const aclopAttr* attr,
                                aclopEngineType engineType, aclopCompileType compileFlag,
                                const char*, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_RETURN_IF_ERROR(CheckCompile(__func__, engineType, compileFlag));
  std::shared_ptr<const OpHandle> handle;
  return Execute(__func__, {opType, numInputs, inputDesc, numOutputs, outputDesc, attr},
                 {numInputs, inputs, numOutputs, outputs}, fault, stream, &handle);
}

aclError aclopCompileAndExecuteV2(const char* opType, int numInputs, aclTensorDesc* inputDesc[],
                                  aclDataBuffer* inputs[], int numOutputs,
                                  aclTensorDesc* outputDesc[], aclDataBuffer* outputs[],
                                  aclopAttr* attr, aclopEngineType engineType,
                                  aclopCompileType compileFlag, const char*, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_RETURN_IF_ERROR(CheckCompile(__func__, engineType, compileFlag));
  std::shared_ptr<const OpHandle> handle;
  ACL_RETURN_IF_ERROR(Execute(__func__,
                              {opType, numInputs, inputDesc, numOutputs, outputDesc, attr},
                              {numInputs, inputs, numOutputs, outputs}, fault, stream, &handle));
  Settle(handle->plan, outputDesc);
  return ACL_SUCCESS;
}
