// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/element.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/ops/planners.h"
#include "devices/acl/soft/tensor_desc.h"

namespace infer_server::devices::acl {
namespace {

template <typename T>
auto Comparable(T value) {
  if constexpr (kIsFloating<T>)
    return FloatOf(value);
  else
    return value;
}

// The index of the first largest of `count` elements that are `step` apart.
template <typename T>
size_t FirstLargest(const T* x, size_t count, size_t step) {
  size_t best = 0;
  auto largest = Comparable(x[0]);
  for (size_t i = 1; i < count; ++i) {
    if (largest != largest) break;  // NaN.
    const auto value = Comparable(x[i * step]);
    if (value > largest || value != value) {
      largest = value;
      best = i;
    }
  }
  return best;
}

template <typename T, typename Index>
void ArgMax(const void* from, void* to, size_t outer, size_t count, size_t inner) {
  const T* x = static_cast<const T*>(from);
  Index* out = static_cast<Index*>(to);
  for (size_t o = 0; o < outer; ++o)
    for (size_t i = 0; i < inner; ++i)
      *out++ = static_cast<Index>(FirstLargest(x + o * count * inner + i, count, inner));
}

// The dimension to search; false: reported.
aclError ReadDimension(const char* function, const OpRequest& request, int64_t* dimension) {
  if (request.inputs.size() == 2) {
    std::vector<int64_t> numbers;
    if (!NumbersOf(request.inputs[1], &numbers) || numbers.size() != 1)
      return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function,
                  "input 1 of ArgMaxV2, the dimension, must be one int32 or int64");
    *dimension = numbers[0];
    return ACL_SUCCESS;
  }
  *dimension = INT64_MIN;
  if (!GetAttr(request, "dimension", dimension) || *dimension == INT64_MIN)
    return Fail(ACL_ERROR_OP_ATTR_NOT_MATCH, function,
                "ArgMaxD needs the attribute 'dimension', a whole number (aclopSetAttrInt)");
  return ACL_SUCCESS;
}

}  // namespace

aclError PlanArgMax(const char* function, const OpRequest& request, OpPlan* plan) {
  const OpTensor& x = request.inputs[0];
  const auto rank = static_cast<int64_t>(x.dims.size());
  int64_t dimension = 0;
  ACL_RETURN_IF_ERROR(ReadDimension(function, request, &dimension));
  if (dimension < -rank || dimension >= rank)
    return Fail(
        request.inputs.size() == 2 ? ACL_ERROR_OP_INPUT_NOT_MATCH : ACL_ERROR_OP_ATTR_NOT_MATCH,
        function, "the dimension of %s is %lld, but the input %s", request.op.c_str(),
        static_cast<long long>(dimension), TextOf(x.dims).c_str());
  if (dimension < 0) dimension += rank;
  size_t outer = 1, inner = 1;
  for (int64_t d = 0; d < rank; ++d) {
    const auto size = static_cast<size_t>(x.dims[static_cast<size_t>(d)]);
    if (d < dimension) outer *= size;
    if (d > dimension) inner *= size;
  }
  const auto count = static_cast<size_t>(x.dims[static_cast<size_t>(dimension)]);
  if (count == 0)
    return Fail(ACL_ERROR_OP_INPUT_NOT_MATCH, function, "%s of nothing: the input is %s",
                request.op.c_str(), TextOf(x.dims).c_str());
  plan->outputs[0].dims = x.dims;
  plan->outputs[0].dims.erase(plan->outputs[0].dims.begin() + dimension);
  const aclDataType index = request.outputs[0].type;
  void (*run)(const void*, void*, size_t, size_t, size_t) = nullptr;
  WithNumber(x.type, [&](auto tag) {
    if (index == ACL_INT32) run = ArgMax<decltype(tag), int32_t>;
    if (index == ACL_INT64) run = ArgMax<decltype(tag), int64_t>;
  });
  if (run == nullptr)
    return Fail(ACL_ERROR_UNSUPPORTED_DATA_TYPE, function,
                "%s is of numbers to int32 or int64, not of %s to %s", request.op.c_str(),
                NameOf(x.type).c_str(), NameOf(index).c_str());
  plan->run = [=](const void* const* inputs, void* const* outputs) {
    run(inputs[0], outputs[0], outer, count, inner);
  };
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
