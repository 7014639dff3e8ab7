// SPDX-License-Identifier: Apache-2.0
// Add and Mul with broadcast.
#include <algorithm>

#include "devices/acl/soft/element.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/ops/planners.h"
#include "devices/acl/soft/tensor_desc.h"

namespace infer_server::devices::acl {
namespace {

struct Sum {
  template <typename T>
  static T Of(T a, T b) {
    return a + b;
  }
};
struct Product {
  template <typename T>
  static T Of(T a, T b) {
    return a * b;
  }
};

template <typename Operation, typename T>
T Apply(T a, T b) {
  if constexpr (kIsFloating<T>) {
    return FromFloat<T>(Operation::Of(FloatOf(a), FloatOf(b)));
  } else {
    // Unsigned and not narrower than int, so that wrapping around is defined.
    using U = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
    return static_cast<T>(Operation::Of(static_cast<U>(a), static_cast<U>(b)));
  }
}

// A dimension of the output, and how far each input goes on along it (0: it is repeated).
struct Axis {
  size_t size, a, b;
};

// The output's axes from the last on, neighbours joined where both inputs lie as one.
std::vector<Axis> AxesOf(const std::vector<int64_t>& out, const std::vector<int64_t>& a,
                         const std::vector<int64_t>& b) {
  std::vector<Axis> axes;
  size_t step_a = 1, step_b = 1;
  for (size_t i = 0; i < out.size(); ++i) {
    const auto size = static_cast<size_t>(out[out.size() - 1 - i]);
    const size_t of_a = i < a.size() ? static_cast<size_t>(a[a.size() - 1 - i]) : 1;
    const size_t of_b = i < b.size() ? static_cast<size_t>(b[b.size() - 1 - i]) : 1;
    const Axis axis{size, of_a == 1 ? 0 : step_a, of_b == 1 ? 0 : step_b};
    step_a *= of_a;
    step_b *= of_b;
    if (size == 1) continue;
    if (!axes.empty() && axis.a == axes.back().a * axes.back().size &&
        axis.b == axes.back().b * axes.back().size)
      axes.back().size *= size;
    else
      axes.push_back(axis);
  }
  if (axes.empty()) axes.push_back({out.empty() || CountOf(out) > 0 ? size_t{1} : 0, 0, 0});
  return axes;
}

template <typename Operation, typename T>
void Row(const T* a, size_t step_a, const T* b, size_t step_b, T* out, size_t count) {
  // Apart, so that each vectorises.
  if (step_a == 1 && step_b == 1)
    for (size_t i = 0; i < count; ++i) out[i] = Apply<Operation>(a[i], b[i]);
  else if (step_a == 1)
    for (size_t i = 0; i < count; ++i) out[i] = Apply<Operation>(a[i], *b);
  else if (step_b == 1)
    for (size_t i = 0; i < count; ++i) out[i] = Apply<Operation>(*a, b[i]);
  else
    std::fill_n(out, count, Apply<Operation>(*a, *b));
}

template <typename Operation, typename T>
void Run(const std::vector<Axis>& axes, const void* in_a, const void* in_b, void* to) {
  const T *a = static_cast<const T*>(in_a), *b = static_cast<const T*>(in_b);
  T* out = static_cast<T*>(to);
  size_t rows = 1;
  for (size_t d = 1; d < axes.size(); ++d) rows *= axes[d].size;
  for (size_t row = 0; row < rows; ++row) {
    size_t rest = row, at_a = 0, at_b = 0;
    for (size_t d = 1; d < axes.size(); ++d) {
      const size_t index = rest % axes[d].size;
      rest /= axes[d].size;
      at_a += index * axes[d].a;
      at_b += index * axes[d].b;
    }
    Row<Operation>(a + at_a, axes[0].a, b + at_b, axes[0].b, out + row * axes[0].size,
                   axes[0].size);
  }
}

template <typename Operation>
aclError PlanElementwise(const char* function, const OpRequest& request, OpPlan* plan) {
  const OpTensor &a = request.inputs[0], &b = request.inputs[1];
  const char* name = request.op.c_str();
  if (a.type != b.type || request.outputs[0].type != a.type)
    return Fail(ACL_ERROR_UNSUPPORTED_DATA_TYPE, function,
                "%s has one type for all, not %s and %s to %s", name, NameOf(a.type).c_str(),
                NameOf(b.type).c_str(), NameOf(request.outputs[0].type).c_str());
  std::vector<int64_t>& out = plan->outputs[0].dims;
  out.resize(std::max(a.dims.size(), b.dims.size()));
  for (size_t i = 0; i < out.size(); ++i) {
    const int64_t of_a = i < a.dims.size() ? a.dims[a.dims.size() - 1 - i] : 1;
    const int64_t of_b = i < b.dims.size() ? b.dims[b.dims.size() - 1 - i] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1)
      return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function,
                  "%s of %s and %s: dimensions must be equal or 1", name, TextOf(a.dims).c_str(),
                  TextOf(b.dims).c_str());
    out[out.size() - 1 - i] = of_a == 1 ? of_b : of_a;
  }
  void (*run)(const std::vector<Axis>&, const void*, const void*, void*) = nullptr;
  WithNumber(a.type, [&](auto tag) { run = Run<Operation, decltype(tag)>; });
  if (run == nullptr)
    return Fail(ACL_ERROR_UNSUPPORTED_DATA_TYPE, function, "%s is of numbers, not of %s", name,
                NameOf(a.type).c_str());
  plan->in_place =
      (CountOf(a.dims) == CountOf(out) ? 1 : 0) | (CountOf(b.dims) == CountOf(out) ? 2 : 0);
  plan->run = [run, axes = AxesOf(out, a.dims, b.dims)](const void* const* inputs,
                                                        void* const* outputs) {
    run(axes, inputs[0], inputs[1], outputs[0]);
  };
  return ACL_SUCCESS;
}

}  // namespace

aclError PlanAdd(const char* function, const OpRequest& request, OpPlan* plan) {
  return PlanElementwise<Sum>(function, request, plan);
}

aclError PlanMul(const char* function, const OpRequest& request, OpPlan* plan) {
  return PlanElementwise<Product>(function, request, plan);
}

}  // namespace infer_server::devices::acl
