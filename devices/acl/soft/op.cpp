// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/op.h"

#include <algorithm>
#include <cstring>
#include <sstream>

#include "acl/acl_mdl.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/ops/planners.h"
#include "devices/acl/soft/tensor_desc.h"

namespace infer_server::devices::acl {
namespace {

constexpr OpKind kOps[] = {
    {"Add", 2, 2, 0, "", PlanAdd},
    {"ArgMaxD", 1, 1, 0, "dimension", PlanArgMax},
    {"ArgMaxV2", 2, 2, 1u << 1, "dtype", PlanArgMax},
    {"Cast", 1, 1, 0, "dst_type truncate", PlanCast},
    {"GEMM", 5, 5, 0, "transpose_a transpose_b", PlanGemm},
    {"MatMul", 2, 3, 0, "transpose_x1 transpose_x2", PlanMatMul},
    {"MatMulV2", 2, 3, 0, "transpose_x1 transpose_x2", PlanMatMul},
    {"Mul", 2, 2, 0, "", PlanMul},
    {"Softmax", 1, 1, 0, "axes axis", PlanSoftmax},
    {"SoftmaxV2", 1, 1, 0, "axes axis", PlanSoftmax},
    {"Transpose", 1, 2, 1u << 1, "perm", PlanTranspose},
    {"TransposeD", 1, 1, 0, "perm", PlanTranspose},
};

bool Names(const char* list, const std::string& word) {
  std::istringstream words(list);
  for (std::string each; words >> each;)
    if (each == word) return true;
  return false;
}

// Whether `wanted` is `made`, but for dimensions of 1 and those it does not know.
bool Fits(const std::vector<int64_t>& wanted, const std::vector<int64_t>& made) {
  if (wanted.size() == 1 && wanted[0] < -1) return true;
  if (wanted.size() == made.size()) {
    size_t same = 0;
    while (same < made.size() && (wanted[same] == -1 || wanted[same] == made[same])) ++same;
    if (same == made.size()) return true;
  }
  const auto without_ones = [](std::vector<int64_t> dims) {
    dims.erase(std::remove(dims.begin(), dims.end(), 1), dims.end());
    return dims;
  };
  return without_ones(wanted) == without_ones(made);
}

}  // namespace

const OpKind* FindOp(const std::string& name) {
  for (const OpKind& kind : kOps)
    if (name == kind.name) return &kind;
  return nullptr;
}

std::string OpNames() {
  std::string names;
  for (const OpKind& kind : kOps) names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

aclError PlanOp(const char* function, const OpRequest& request, OpPlan* plan) {
  const OpKind* kind = FindOp(request.op);
  if (kind == nullptr)
    return Fail(ACL_ERROR_OP_NOT_FOUND, function, "there is no operator '%s', only %s",
                request.op.c_str(), OpNames().c_str());
  if (request.inputs.size() < kind->least_inputs || request.inputs.size() > kind->most_inputs)
    return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function, "%s has %zu to %zu inputs, not %zu",
                kind->name, kind->least_inputs, kind->most_inputs, request.inputs.size());
  if (request.outputs.size() != 1)
    return Fail(ACL_ERROR_OP_OUTPUT_NOT_MATCH, function, "%s has 1 output, not %zu", kind->name,
                request.outputs.size());
  for (const auto& attr : request.attrs.values)
    if (!Names(kind->attrs, attr.first))
      return Fail(ACL_ERROR_OP_ATTR_NOT_MATCH, function, "%s has no attribute '%s', but these: %s",
                  kind->name, attr.first.c_str(), *kind->attrs == '\0' ? "none" : kind->attrs);
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    const OpTensor& input = request.inputs[i];
    const int64_t bytes = BytesOf(input.type, CountOf(input.dims));
    if (bytes < 0 || input.dims.size() > ACL_MAX_DIM_CNT)
      return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function,
                  "the dimensions %s of input %zu of %s must be known to execute it",
                  TextOf(input.dims).c_str(), i, kind->name);
    if ((kind->values >> i & 1) != 0 && input.value == nullptr)
      return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function,
                  "what input %zu of %s holds must be known here: use aclSetTensorConst", i,
                  kind->name);
    if (input.value != nullptr && input.value->size() < static_cast<size_t>(bytes))
      return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function,
                  "the constant of input %zu of %s has %zu bytes, its description %lld", i,
                  kind->name, input.value->size(), static_cast<long long>(bytes));
  }
  plan->inputs = request.inputs;
  plan->outputs = {{request.outputs[0].type, {}, nullptr}};
  ACL_RETURN_IF_ERROR(kind->plan(function, request, plan));
  const std::vector<int64_t>& made = plan->outputs[0].dims;
  if (BytesOf(plan->outputs[0].type, CountOf(made)) < 0)
    return Fail(ACL_ERROR_OP_OUTPUT_NOT_MATCH, function, "the output of %s would be too large: %s",
                kind->name, TextOf(made).c_str());
  if (!Fits(request.outputs[0].dims, made))
    return Fail(ACL_ERROR_OP_OUTPUT_NOT_MATCH, function, "the output of %s is %s, not %s",
                kind->name, TextOf(made).c_str(), TextOf(request.outputs[0].dims).c_str());
  return ACL_SUCCESS;
}

bool NumbersOf(const OpTensor& tensor, std::vector<int64_t>* numbers) {
  const int64_t count = CountOf(tensor.dims);
  if (tensor.value == nullptr || count < 0 ||
      tensor.value->size() < static_cast<size_t>(BytesOf(tensor.type, count)))
    return false;
  numbers->resize(static_cast<size_t>(count));
  if (numbers->empty()) return true;  // There may be no memory to copy from.
  if (tensor.type == ACL_INT64) {
    std::memcpy(numbers->data(), tensor.value->data(), numbers->size() * sizeof(int64_t));
  } else if (tensor.type == ACL_INT32) {
    for (size_t i = 0; i < numbers->size(); ++i) {
      int32_t number;
      std::memcpy(&number, tensor.value->data() + i * sizeof number, sizeof number);
      (*numbers)[i] = number;
    }
  } else {
    return false;
  }
  return true;
}

}  // namespace infer_server::devices::acl
