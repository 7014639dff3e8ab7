// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/op_exec.h"

#include <cstring>
#include <exception>
#include <utility>

#include "devices/acl/soft/context.h"
#include "devices/acl/soft/data_buffer.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/memory_map.h"
#include "devices/acl/soft/op_models.h"

namespace infer_server::devices::acl {
namespace {

size_t SizeOf(const OpTensor& tensor) {
  return static_cast<size_t>(BytesOf(tensor.type, CountOf(tensor.dims)));
}

template <typename T>
aclError CheckList(const char* function, const char* what, int count, const T* const* list) {
  if (count < 0)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "the number of %s is %d, must be 0 or more",
                what, count);
  if (count > 0 && list == nullptr)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "the %s are NULL, but there are to be %d", what,
                count);
  for (int i = 0; i < count; ++i)
    ACL_RETURN_IF_ERROR(
        CheckLive(list[i], function, ("number " + std::to_string(i) + " of the " + what).c_str()));
  return ACL_SUCCESS;
}

aclError CheckBuffers(const char* function, const OpBuffers& buffers) {
  ACL_RETURN_IF_ERROR(CheckList(function, "input buffers", buffers.num_inputs, buffers.inputs));
  return CheckList(function, "output buffers", buffers.num_outputs, buffers.outputs);
}

OpTensor TensorOf(const aclTensorDesc& desc) { return {desc.type, desc.dims, desc.constant}; }

// What the buffer of an input holds.
aclError ReadValue(const char* function, const aclTensorDesc& desc, const aclDataBuffer& buffer,
                   aclrtStream stream, OpTensor* tensor) {
  const int64_t bytes = BytesOf(desc.type, CountOf(desc.dims));
  if (bytes < 0 || buffer.data == nullptr || buffer.size < static_cast<size_t>(bytes))
    return ACL_SUCCESS;  // PlanOp says what is missing.
  if (desc.place == ACL_MEMTYPE_DEVICE) {
    ACL_RETURN_IF_ERROR(
        CheckDeviceSpan(function, "an input buffer", buffer.data, static_cast<size_t>(bytes)));
    aclError code = ACL_SUCCESS;
    const std::shared_ptr<Stream> found = FindStream(stream, &code, function);
    if (found == nullptr) return code;
    found->Wait(-1);
  }
  tensor->value = std::make_shared<const std::string>(static_cast<const char*>(buffer.data),
                                                      static_cast<size_t>(bytes));
  return ACL_SUCCESS;
}

// One execution.
struct Work {
  std::shared_ptr<const OpHandle> handle;
  std::vector<std::shared_ptr<const std::string>> values;  // By input; nullptr: on the device.
  std::vector<const void*> inputs;
  std::vector<void*> outputs;
};

bool Overlap(const void* a, size_t a_bytes, const void* b, size_t b_bytes) {
  const auto at_a = reinterpret_cast<uintptr_t>(a), at_b = reinterpret_cast<uintptr_t>(b);
  return at_a < at_b + b_bytes && at_b < at_a + a_bytes;
}

// Whether the output has to be computed elsewhere first.
bool MustStage(const Work& work) {
  const OpPlan& plan = work.handle->plan;
  const size_t bytes = SizeOf(plan.outputs[0]);
  for (size_t i = 0; i < work.inputs.size(); ++i) {
    const bool same = work.inputs[i] == work.outputs[0] && SizeOf(plan.inputs[i]) == bytes;
    if (same && (plan.in_place >> i & 1) != 0) continue;
    if (Overlap(work.inputs[i], SizeOf(plan.inputs[i]), work.outputs[0], bytes)) return true;
  }
  return false;
}

aclError RunWork(const char* function, const Work& work) {
  const OpPlan& plan = work.handle->plan;
  for (size_t i = 0; i < work.inputs.size(); ++i)
    if (const size_t bytes = SizeOf(plan.inputs[i]);
        bytes > 0 && work.values[i] == nullptr &&
        CheckDeviceSpan(function, "an input buffer", work.inputs[i], bytes) != ACL_SUCCESS)
      return ACL_ERROR_RT_AICORE_EXCEPTION;
  const size_t bytes = SizeOf(plan.outputs[0]);
  if (bytes == 0) return ACL_SUCCESS;
  if (CheckDeviceSpan(function, "an output buffer", work.outputs[0], bytes) != ACL_SUCCESS)
    return ACL_ERROR_RT_AICORE_EXCEPTION;
  try {
    if (MustStage(work)) {
      std::string staged(bytes, '\0');
      void* const outputs[] = {&staged[0]};
      plan.run(work.inputs.data(), outputs);
      std::memcpy(work.outputs[0], staged.data(), bytes);
    } else {
      plan.run(work.inputs.data(), work.outputs.data());
    }
  } catch (const std::exception& e) {
    return Fail(ACL_ERROR_RT_AICORE_EXCEPTION, function, "the operator failed: %s", e.what());
  }
  return ACL_SUCCESS;
}

aclError TakeBuffers(const char* function, const OpBuffers& buffers, Work* work) {
  const OpPlan& plan = work->handle->plan;
  if (static_cast<size_t>(buffers.num_inputs) != plan.inputs.size())
    return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function, "%d input buffers, must be %zu",
                buffers.num_inputs, plan.inputs.size());
  if (static_cast<size_t>(buffers.num_outputs) != plan.outputs.size())
    return Fail(ACL_ERROR_OP_OUTPUT_NOT_MATCH, function, "%d output buffers, must be %zu",
                buffers.num_outputs, plan.outputs.size());
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const aclDataBuffer& buffer = *buffers.inputs[i];
    const size_t bytes = SizeOf(plan.inputs[i]);
    std::shared_ptr<const std::string> value = plan.inputs[i].value;
    if (value == nullptr) {
      if (buffer.size < bytes || (buffer.data == nullptr && bytes > 0))
        return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function,
                    "input buffer %zu has %zu bytes, must have %zu", i,
                    buffer.data == nullptr ? 0 : buffer.size, bytes);
      if (work->handle->on_host[i] && bytes > 0)
        value = std::make_shared<const std::string>(static_cast<const char*>(buffer.data), bytes);
      else if (bytes > 0)
        ACL_RETURN_IF_ERROR(CheckDeviceSpan(function, "an input buffer", buffer.data, bytes));
    }
    work->inputs.push_back(value == nullptr ? buffer.data : value->data());
    work->values.push_back(std::move(value));
  }
  const aclDataBuffer& out = *buffers.outputs[0];
  const size_t bytes = SizeOf(plan.outputs[0]);
  if (out.size < bytes || (out.data == nullptr && bytes > 0))
    return Fail(ACL_ERROR_OP_OUTPUT_NOT_MATCH, function,
                "the output buffer has %zu bytes, must have %zu",
                out.data == nullptr ? 0 : out.size, bytes);
  if (bytes > 0)
    ACL_RETURN_IF_ERROR(CheckDeviceSpan(function, "an output buffer", out.data, bytes));
  work->outputs.push_back(out.data);
  return ACL_SUCCESS;
}

}  // namespace

aclError MakeHandle(const char* function, const OpArguments& arguments, const OpBuffers* buffers,
                    aclrtStream stream, std::shared_ptr<const OpHandle>* handle) {
  if (arguments.op == nullptr)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "opType must not be NULL");
  ACL_RETURN_IF_ERROR(
      CheckList(function, "input descriptions", arguments.num_inputs, arguments.input_descs));
  ACL_RETURN_IF_ERROR(
      CheckList(function, "output descriptions", arguments.num_outputs, arguments.output_descs));
  if (buffers != nullptr) ACL_RETURN_IF_ERROR(CheckBuffers(function, *buffers));
  if (arguments.attr != nullptr) ACL_RETURN_IF_ERROR(CheckLive(arguments.attr, function, "attr"));
  OpRequest request{arguments.op, {}, {}, {}};
  auto made = std::make_shared<OpHandle>();
  for (int i = 0; i < arguments.num_inputs; ++i) {
    request.inputs.push_back(TensorOf(*arguments.input_descs[i]));
    made->on_host.push_back(arguments.input_descs[i]->place != ACL_MEMTYPE_DEVICE);
  }
  for (int i = 0; i < arguments.num_outputs; ++i) {
    if (arguments.output_descs[i]->place != ACL_MEMTYPE_DEVICE)
      return Fail(ACL_ERROR_OP_OUTPUT_NOT_MATCH, function,
                  "output %d is placed on the host; outputs are written on the device", i);
    request.outputs.push_back(TensorOf(*arguments.output_descs[i]));
  }
  if (arguments.attr != nullptr) request.attrs = *arguments.attr;
  ACL_RETURN_IF_ERROR(CompleteFromModels(function, &request));
  const OpKind* kind = FindOp(request.op);
  for (size_t i = 0; kind != nullptr && buffers != nullptr && i < request.inputs.size(); ++i)
    if ((kind->values >> i & 1) != 0 && request.inputs[i].value == nullptr &&
        static_cast<int>(i) < buffers->num_inputs)
      ACL_RETURN_IF_ERROR(ReadValue(function, *arguments.input_descs[i], *buffers->inputs[i],
                                    stream, &request.inputs[i]));
  ACL_RETURN_IF_ERROR(PlanOp(function, request, &made->plan));
  *handle = std::move(made);
  return ACL_SUCCESS;
}

aclError QueueOp(const char* function, const std::shared_ptr<const OpHandle>& handle,
                 const OpBuffers& buffers, const QueuedFault& fault, aclrtStream stream) {
  ACL_RETURN_IF_ERROR(CheckBuffers(function, buffers));
  aclError code = ACL_SUCCESS;
  const std::shared_ptr<Stream> found = FindStream(stream, &code, function);
  if (found == nullptr) return code;
  Work work{handle, {}, {}, {}};
  ACL_RETURN_IF_ERROR(TakeBuffers(function, buffers, &work));
  found->PushWork(function, fault,
                  [function, work = std::move(work)] { return RunWork(function, work); });
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
