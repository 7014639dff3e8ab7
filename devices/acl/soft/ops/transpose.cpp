// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/ops/planners.h"
#include "devices/acl/soft/tensor_desc.h"

namespace infer_server::devices::acl {
namespace {

struct Axis {
  size_t size, step;  // Of the output; how far apart its elements are in the input.
};

// `Unit` is as large as an element.
template <typename Unit>
void Transpose(const std::vector<Axis>& axes, const void* from, void* to) {
  const Unit* in = static_cast<const Unit*>(from);
  Unit* out = static_cast<Unit*>(to);
  const Axis last = axes.back();
  size_t rows = 1;
  for (size_t d = 0; d + 1 < axes.size(); ++d) rows *= axes[d].size;
  for (size_t row = 0; row < rows; ++row) {
    size_t rest = row, at = 0;
    for (size_t d = axes.size() - 1; d-- > 0;) {
      at += rest % axes[d].size * axes[d].step;
      rest /= axes[d].size;
    }
    for (size_t i = 0; i < last.size; ++i) *out++ = in[at + i * last.step];
  }
}

struct Wide {
  uint64_t parts[2];
};

aclError ReadPerm(const char* function, const OpRequest& request, std::vector<int64_t>* perm) {
  const char* name = request.op.c_str();
  if (request.inputs.size() == 2) {
    if (!NumbersOf(request.inputs[1], perm))
      return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function,
                  "input 1 of %s, perm, must be int32 or int64", name);
  } else if (request.attrs.values.count("perm") == 0 || !GetAttr(request, "perm", perm)) {
    return Fail(ACL_ERROR_OP_ATTR_NOT_MATCH, function,
                "%s needs the attribute 'perm', a list of whole numbers (aclopSetAttrListInt)",
                name);
  }
  const size_t rank = request.inputs[0].dims.size();
  std::vector<bool> seen(rank);
  bool fits = perm->size() == rank;
  for (int64_t& axis : *perm) {
    if (axis < 0) axis += static_cast<int64_t>(rank);
    fits =
        fits && axis >= 0 && axis < static_cast<int64_t>(rank) && !seen[static_cast<size_t>(axis)];
    if (fits) seen[static_cast<size_t>(axis)] = true;
  }
  if (!fits)
    return Fail(
        request.inputs.size() == 2 ? ACL_ERROR_OP_INPUT_NOT_MATCH : ACL_ERROR_OP_ATTR_NOT_MATCH,
        function, "perm is %s, must name each dimension of %s once", TextOf(*perm).c_str(),
        TextOf(request.inputs[0].dims).c_str());
  return ACL_SUCCESS;
}

}  // namespace

aclError PlanTranspose(const char* function, const OpRequest& request, OpPlan* plan) {
  const OpTensor& x = request.inputs[0];
  if (request.outputs[0].type != x.type)
    return Fail(ACL_ERROR_UNSUPPORTED_DATA_TYPE, function, "%s is of one type, not of %s to %s",
                request.op.c_str(), NameOf(x.type).c_str(),
                NameOf(request.outputs[0].type).c_str());
  std::vector<int64_t> perm;
  ACL_RETURN_IF_ERROR(ReadPerm(function, request, &perm));
  std::vector<size_t> steps(x.dims.size());
  size_t step = 1;
  for (size_t d = x.dims.size(); d-- > 0; step *= static_cast<size_t>(x.dims[d])) steps[d] = step;
  std::vector<Axis> axes;
  for (const int64_t axis : perm) {
    const auto from = static_cast<size_t>(axis);
    plan->outputs[0].dims.push_back(x.dims[from]);
    axes.push_back({static_cast<size_t>(x.dims[from]), steps[from]});
  }
  if (axes.empty()) axes.push_back({1, 1});
  void (*run)(const std::vector<Axis>&, const void*, void*) = nullptr;
  switch (BitsOf(x.type)) {
    case 8:
      run = Transpose<uint8_t>;
      break;
    case 16:
      run = Transpose<uint16_t>;
      break;
    case 32:
      run = Transpose<uint32_t>;
      break;
    case 64:
      run = Transpose<uint64_t>;
      break;
    case 128:
      run = Transpose<Wide>;
      break;
    default:
      return Fail(ACL_ERROR_UNSUPPORTED_DATA_TYPE, function, "there is no %s of %s",
                  request.op.c_str(), NameOf(x.type).c_str());
  }
  plan->run = [run, axes](const void* const* inputs, void* const* outputs) {
    run(axes, inputs[0], outputs[0]);
  };
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
