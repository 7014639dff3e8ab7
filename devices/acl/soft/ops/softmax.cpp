// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "devices/acl/soft/element.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/ops/planners.h"
#include "devices/acl/soft/tensor_desc.h"

namespace infer_server::devices::acl {
namespace {

template <typename T>
void Softmax(const void* from, void* to, size_t outer, size_t count, size_t inner) {
  using F = std::conditional_t<std::is_same_v<T, double>, double, float>;
  const T* x = static_cast<const T*>(from);
  T* out = static_cast<T*>(to);
  for (size_t o = 0; o < outer; ++o) {
    for (size_t i = 0; i < inner; ++i) {
      const size_t at = o * count * inner + i;
      F largest = FloatOf(x[at]);
      for (size_t n = 1; n < count; ++n) largest = std::max<F>(largest, FloatOf(x[at + n * inner]));
      double sum = 0;
      for (size_t n = 0; n < count; ++n)
        sum += static_cast<double>(std::exp(FloatOf(x[at + n * inner]) - largest));
      const F scale = static_cast<F>(1 / sum);
      for (size_t n = 0; n < count; ++n) {
        const size_t each = at + n * inner;
        out[each] = FromFloat<T>(std::exp(FloatOf(x[each]) - largest) * scale);
      }
    }
  }
}

}  // namespace

aclError PlanSoftmax(const char* function, const OpRequest& request, OpPlan* plan) {
  const OpTensor& x = request.inputs[0];
  std::vector<int64_t> axes{-1};
  int64_t axis = -1;
  if (!GetAttr(request, "axis", &axis))
    return Fail(ACL_ERROR_OP_ATTR_NOT_MATCH, function, "axis of %s must be a whole number",
                request.op.c_str());
  axes[0] = axis;
  if (!GetAttr(request, "axes", &axes))
    return Fail(ACL_ERROR_OP_ATTR_NOT_MATCH, function, "axes of %s must be a list of whole numbers",
                request.op.c_str());
  const auto rank = static_cast<int64_t>(x.dims.size());
  for (int64_t& each : axes) each += each < 0 ? rank : 0;
  std::sort(axes.begin(), axes.end());
  bool fits = !axes.empty() && axes.front() >= 0 && axes.back() < rank;
  for (size_t i = 1; i < axes.size(); ++i) fits = fits && axes[i] == axes[i - 1] + 1;
  if (!fits)
    return Fail(ACL_ERROR_OP_ATTR_NOT_MATCH, function,
                "the axes of %s are %s, must be neighbouring dimensions of %s", request.op.c_str(),
                TextOf(axes).c_str(), TextOf(x.dims).c_str());
  size_t outer = 1, count = 1, inner = 1;
  for (int64_t d = 0; d < rank; ++d)
    (d < axes.front()  ? outer
     : d > axes.back() ? inner
                       : count) *= static_cast<size_t>(x.dims[static_cast<size_t>(d)]);
  if (count == 0) outer = 0;
  void (*run)(const void*, void*, size_t, size_t, size_t) = nullptr;
  if (request.outputs[0].type == x.type)
    WithFloating(x.type, [&](auto tag) { run = Softmax<decltype(tag)>; });
  if (run == nullptr)
    return Fail(ACL_ERROR_UNSUPPORTED_DATA_TYPE, function,
                "%s is of one floating type, not of %s to %s", request.op.c_str(),
                NameOf(x.type).c_str(), NameOf(request.outputs[0].type).c_str());
  plan->outputs[0].dims = x.dims;
  plan->in_place = 1;
  plan->run = [=](const void* const* inputs, void* const* outputs) {
    run(inputs[0], outputs[0], outer, count, inner);
  };
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
