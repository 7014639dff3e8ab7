// SPDX-License-Identifier: Apache-2.0
// Operators: from a request (types, shapes, attributes) to a plan that can be run.
//
// A new operator: a planner in ops/, its line in the table of op.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "acl/acl_op.h"
#include "devices/acl/soft/op_attr.h"

namespace infer_server::devices::acl {

struct OpTensor {
  aclDataType type = ACL_DT_UNDEFINED;
  std::vector<int64_t> dims;                 // -1: not known.
  std::shared_ptr<const std::string> value;  // Of an input that is known already, or nullptr.
};

struct OpRequest {
  std::string op;
  std::vector<OpTensor> inputs;
  std::vector<OpTensor> outputs;
  aclopAttr attrs;
};

// Immutable once made.
struct OpPlan {
  std::vector<OpTensor> inputs;   // As requested.
  std::vector<OpTensor> outputs;  // All dimensions known.
  uint32_t in_place = 0;          // Bit i: the output may be the memory of input i.
  // Thread-safe. Outputs overlap no input, but as in_place says.
  std::function<void(const void* const* inputs, void* const* outputs)> run;
};

// Fills in `run`, `in_place` and the dimensions of the output, whose type is the requested one.
// Inputs have known dimensions and are as many as the table says. Reports in the name of
// `function`: 100021 inputs, 100023 attributes, 100026 types.
using OpPlanner = aclError (*)(const char* function, const OpRequest& request, OpPlan* plan);

struct OpKind {
  const char* name;
  size_t least_inputs, most_inputs;  // And one output.
  uint32_t values;                   // Bit i: the output's shape depends on what input i holds.
  const char* attrs;                 // "transpose_x1 transpose_x2"
  OpPlanner plan;
};

// nullptr: there is no such operator.
const OpKind* FindOp(const std::string& name);
// "Add, Cast, …" for messages.
std::string OpNames();

// Plans what is requested. Beyond the planners' codes: 100024 no such operator, 100022 the output
// does not fit what is computed (dimensions of 1 may differ).
aclError PlanOp(const char* function, const OpRequest& request, OpPlan* plan);

// Leaves *value as it is when there is no such attribute. False: it is of another type.
template <typename T>
bool GetAttr(const OpRequest& request, const char* name, T* value) {
  const auto found = request.attrs.values.find(name);
  if (found == request.attrs.values.end()) return true;
  const T* held = std::get_if<T>(&found->second);
  if (held != nullptr) *value = *held;
  return held != nullptr;
}

// The whole numbers (int32 or int64) that a known input holds. False: it is not of these types.
bool NumbersOf(const OpTensor& tensor, std::vector<int64_t>* numbers);

}  // namespace infer_server::devices::acl
