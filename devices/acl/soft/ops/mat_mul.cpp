// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "devices/acl/soft/error.h"
#include "devices/acl/soft/gemm.h"
#include "devices/acl/soft/ops/planners.h"
#include "devices/acl/soft/tensor_desc.h"

namespace infer_server::devices::acl {
namespace {

// Sizes and types from the first two inputs.
aclError ShapeOf(const char* function, const OpRequest& request, const char* attr_a,
                 const char* attr_b, GemmShape* shape) {
  const OpTensor &a = request.inputs[0], &b = request.inputs[1];
  const char* name = request.op.c_str();
  if (!GetAttr(request, attr_a, &shape->transpose_a) ||
      !GetAttr(request, attr_b, &shape->transpose_b))
    return Fail(ACL_ERROR_OP_ATTR_NOT_MATCH, function, "%s and %s of %s must be true or false",
                attr_a, attr_b, name);
  shape->type = a.type;
  shape->out = request.outputs[0].type;
  if (a.type != b.type || !GemmHas(a.type, shape->out))
    return Fail(ACL_ERROR_UNSUPPORTED_DATA_TYPE, function, "there is no %s of %s and %s to %s",
                name, NameOf(a.type).c_str(), NameOf(b.type).c_str(), NameOf(shape->out).c_str());
  if (a.dims.size() != 2 || b.dims.size() != 2)
    return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function, "%s is of two matrices, not of %s and %s",
                name, TextOf(a.dims).c_str(), TextOf(b.dims).c_str());
  for (const int64_t dim : {a.dims[0], a.dims[1], b.dims[0], b.dims[1]})
    if (dim > std::numeric_limits<int>::max())
      return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function, "%s: a dimension of %lld is too large",
                  name, static_cast<long long>(dim));
  shape->m = a.dims[shape->transpose_a ? 1 : 0];
  shape->k = a.dims[shape->transpose_a ? 0 : 1];
  shape->n = b.dims[shape->transpose_b ? 0 : 1];
  shape->lda = a.dims[1];
  shape->ldb = b.dims[1];
  shape->ldc = shape->n;
  if (b.dims[shape->transpose_b ? 1 : 0] != shape->k)
    return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function,
                "%s of %s%s and %s%s: the inner dimensions must be equal", name,
                TextOf(a.dims).c_str(), shape->transpose_a ? " transposed" : "",
                TextOf(b.dims).c_str(), shape->transpose_b ? " transposed" : "");
  return ACL_SUCCESS;
}

}  // namespace

aclError PlanMatMul(const char* function, const OpRequest& request, OpPlan* plan) {
  GemmShape shape;
  ACL_RETURN_IF_ERROR(ShapeOf(function, request, "transpose_x1", "transpose_x2", &shape));
  plan->outputs[0].dims = {shape.m, shape.n};
  if (request.inputs.size() == 2) {
    plan->run = [shape](const void* const* inputs, void* const* outputs) {
      Gemm(shape, nullptr, inputs[0], inputs[1], nullptr, nullptr, outputs[0]);
    };
    return ACL_SUCCESS;
  }
  // The bias is added afterwards, by Add.
  OpRequest add{"Add",
                {{shape.out, {shape.m, shape.n}, nullptr}, request.inputs[2]},
                {{shape.out, {}, nullptr}},
                {}};
  OpPlan sum;
  sum.outputs = add.outputs;
  ACL_RETURN_IF_ERROR(PlanAdd(function, add, &sum));
  if (sum.outputs[0].dims != plan->outputs[0].dims)
    return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function, "the bias of %s is %s, must be [%lld]",
                request.op.c_str(), TextOf(request.inputs[2].dims).c_str(),
                static_cast<long long>(shape.n));
  plan->run = [shape, add_up = sum.run](const void* const* inputs, void* const* outputs) {
    Gemm(shape, nullptr, inputs[0], inputs[1], nullptr, nullptr, outputs[0]);
    const void* const both[] = {outputs[0], inputs[2]};
    add_up(both, outputs);
  };
  return ACL_SUCCESS;
}

aclError PlanGemm(const char* function, const OpRequest& request, OpPlan* plan) {
  GemmShape shape;
  ACL_RETURN_IF_ERROR(ShapeOf(function, request, "transpose_a", "transpose_b", &shape));
  for (size_t i = 2; i < 5; ++i) {
    const OpTensor& input = request.inputs[i];
    const bool fits =
        i == 2 ? input.dims == std::vector<int64_t>{shape.m, shape.n} : CountOf(input.dims) == 1;
    if (input.type != shape.out || !fits)
      return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function,
                  "input %zu of GEMM is %s of %s, must be %s of %s", i, TextOf(input.dims).c_str(),
                  NameOf(input.type).c_str(), i == 2 ? TextOf({shape.m, shape.n}).c_str() : "[1]",
                  NameOf(shape.out).c_str());
  }
  plan->outputs[0].dims = {shape.m, shape.n};
  plan->in_place = 1u << 2;
  plan->run = [shape](const void* const* inputs, void* const* outputs) {
    Gemm(shape, inputs[3], inputs[0], inputs[1], inputs[4], inputs[2], outputs[0]);
  };
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
