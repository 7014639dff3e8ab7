// SPDX-License-Identifier: Apache-2.0
// From the arguments of an API call to a queued execution.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "acl/acl_op.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/live.h"
#include "devices/acl/soft/op.h"
#include "devices/acl/soft/tensor_desc.h"

namespace infer_server::devices::acl {

// What aclopExecute and its kin are given.
struct OpArguments {
  const char* op;
  int num_inputs;
  const aclTensorDesc* const* input_descs;
  int num_outputs;
  const aclTensorDesc* const* output_descs;
  const aclopAttr* attr;  // May be nullptr.
};
struct OpBuffers {
  int num_inputs;
  const aclDataBuffer* const* inputs;
  int num_outputs;
  const aclDataBuffer* const* outputs;
};

// A plan, and where its inputs are to be found. Immutable.
struct OpHandle {
  OpPlan plan;
  std::vector<bool> on_host;  // By input: aclSetTensorPlaceMent.
};

// Checks and plans. With `buffers` what a shape depends on may lie there: on the host it is read,
// on the device it is read when `stream` is done with all that is queued. Reports in the name of
// `function`: 100000 arguments; PlanOp's codes.
aclError MakeHandle(const char* function, const OpArguments& arguments, const OpBuffers* buffers,
                    aclrtStream stream, std::shared_ptr<const OpHandle>* handle);

// Checks the buffers and queues the execution. Descriptions and buffers may go when it returns;
// what is on the host is copied. `function` has static storage. Reports: 100000 arguments,
// 100021 or 100022 a buffer is too small, 107000 not device memory, those of FindStream. Memory
// freed before the execution is 507015 at the next synchronise.
aclError QueueOp(const char* function, const std::shared_ptr<const OpHandle>& handle,
                 const OpBuffers& buffers, const QueuedFault& fault, aclrtStream stream);

}  // namespace infer_server::devices::acl

// What aclopCreateHandle gives out.
struct aclopHandle : infer_server::devices::acl::Live<aclopHandle> {
  static constexpr const char* kWhat = "handle of an operator (aclopCreateHandle)";
  explicit aclopHandle(std::shared_ptr<const infer_server::devices::acl::OpHandle> op)
      : made(std::move(op)) {}
  std::shared_ptr<const infer_server::devices::acl::OpHandle> made;
};
