// SPDX-License-Identifier: Apache-2.0
// Element types and the order of dimensions, changed on the host.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <vector>

#include "devices/convert_elements.h"
#include "devices/mlu/soft/memory.h"
#include "devices/mlu/soft/runtime.h"
#include "devices/soft/handle_table.h"

namespace infer_server::devices::mlu {
namespace {

constexpr int kMostDims = 8;
// Converted at a time.
constexpr size_t kBlock = 4096;

struct Quantized {
  int position = 0;
  float scale = 1;
  int offset = 0;
};

soft::HandleTable<Quantized>& QuantizedParams() {
  static soft::HandleTable<Quantized>& params = *new soft::HandleTable<Quantized>(7);
  return params;
}

std::optional<DataType> TypeOf(cnrtDataType_t type) {
  switch (type) {
    case CNRT_FLOAT16:
      return DataType::kFloat16;
    case CNRT_FLOAT32:
      return DataType::kFloat32;
    case CNRT_INT8:
      return DataType::kInt8;
    case CNRT_INT16:
      return DataType::kInt16;
    case CNRT_INT32:
      return DataType::kInt32;
    case CNRT_INT64:
      return DataType::kInt64;
    case CNRT_UINT8:
      return DataType::kUint8;
    default:
      return std::nullopt;
  }
}

bool IsFloat(cnrtDataType_t type) { return type == CNRT_FLOAT16 || type == CNRT_FLOAT32; }
bool IsQuantized(cnrtDataType_t type) { return type == CNRT_INT8 || type == CNRT_INT16; }

// What the vendor's library converts.
bool CanCast(cnrtDataType_t from, cnrtDataType_t to, bool quantized) {
  if (quantized) return (IsFloat(from) && IsQuantized(to)) || (IsQuantized(from) && IsFloat(to));
  switch (from) {
    case CNRT_FLOAT32:
      return to == CNRT_FLOAT32 || to == CNRT_FLOAT16 || to == CNRT_UINT8;
    case CNRT_FLOAT16:
      return to == CNRT_FLOAT32 || to == CNRT_UINT8;
    case CNRT_UINT8:
      return to == CNRT_FLOAT32 || to == CNRT_FLOAT16;
    case CNRT_INT64:
      return to == CNRT_FLOAT16;
    default:
      return false;
  }
}

// From and to have the elements' sizes as types; both in host memory.
void Cast(const void* src, DataType from, void* dst, DataType to, size_t count,
          const Quantized* param, bool to_quantized) {
  float block[kBlock];
  for (size_t done = 0; done < count; done += kBlock) {
    const size_t now = std::min(kBlock, count - done);
    ToFloat(static_cast<const char*>(src) + done * SizeOf(from), from, now, block);
    if (param != nullptr) {
      const float step = std::ldexp(1.0f, param->position) / param->scale;
      const float offset = static_cast<float>(param->offset);
      for (size_t i = 0; i < now; ++i)
        block[i] = to_quantized ? block[i] / step + offset : (block[i] - offset) * step;
    }
    FromFloat(block, now, to, static_cast<char*>(dst) + done * SizeOf(to));
  }
}

template <typename T>
void Permute(const void* src, void* dst, size_t dim_count, const size_t* dims,
             const size_t* strides) {
  const T* from = static_cast<const T*>(src);
  T* to = static_cast<T*>(dst);
  size_t index[kMostDims] = {};
  size_t total = 1, at = 0;
  for (size_t d = 0; d < dim_count; ++d) total *= dims[d];
  for (size_t i = 0; i < total; ++i) {
    to[i] = from[at];
    for (size_t d = dim_count; d-- > 0;) {
      at += strides[d];
      if (++index[d] < dims[d]) break;
      at -= strides[d] * dims[d];
      index[d] = 0;
    }
  }
}

// The sizes of the target's dimensions, and how far apart their elements are in the source.
struct Plan {
  size_t dim_count = 0, total = 1;
  size_t dims[kMostDims] = {}, strides[kMostDims] = {};

  void Run(size_t element, const void* src, void* dst) const {
    if (element == 1) return Permute<uint8_t>(src, dst, dim_count, dims, strides);
    if (element == 2) return Permute<uint16_t>(src, dst, dim_count, dims, strides);
    if (element == 4) return Permute<uint32_t>(src, dst, dim_count, dims, strides);
    Permute<uint64_t>(src, dst, dim_count, dims, strides);
  }
};

cnrtRet_t MakePlan(int dim_count, const int* dims, const int* order, Plan* plan,
                   const char* function) {
  if (dims == nullptr || order == nullptr)
    return Fail(CNRT_RET_ERR_INVALID, function, "dims and order must not be NULL");
  if (dim_count < 1 || dim_count > kMostDims)
    return Fail(CNRT_RET_ERR_INVALID, function, "dim_count is %d, must be 1 to %d", dim_count,
                kMostDims);
  const size_t count = static_cast<size_t>(dim_count);
  size_t strides[kMostDims];
  for (size_t d = count; d-- > 0;) {
    strides[d] = plan->total;
    if (dims[d] < 1 ||
        __builtin_mul_overflow(plan->total, static_cast<size_t>(dims[d]), &plan->total) ||
        plan->total > (size_t{1} << 40))
      return Fail(CNRT_RET_ERR_INVALID, function, "dims[%zu] is %d, must be 1 or more", d, dims[d]);
  }
  bool used[kMostDims] = {};
  for (size_t d = 0; d < count; ++d) {
    if (order[d] < 0 || order[d] >= dim_count || used[order[d]])
      return Fail(CNRT_RET_ERR_INVALID, function,
                  "order[%zu] is %d; order must name each dimension 0 to %d once", d, order[d],
                  dim_count - 1);
    used[order[d]] = true;
    plan->dims[d] = static_cast<size_t>(dims[order[d]]);
    plan->strides[d] = strides[order[d]];
  }
  plan->dim_count = count;
  return CNRT_RET_SUCCESS;
}

cnrtRet_t CheckEnds(const void* src, size_t src_bytes, const void* dst, size_t dst_bytes,
                    bool in_place, const char* function) {
  MLU_RETURN_IF_ERROR(CheckSpan(function, "src", src, src_bytes, Side::kHost, nullptr));
  MLU_RETURN_IF_ERROR(CheckSpan(function, "dst", dst, dst_bytes, Side::kHost, nullptr));
  const uintptr_t from = reinterpret_cast<uintptr_t>(src), to = reinterpret_cast<uintptr_t>(dst);
  if ((in_place && from == to) || from + src_bytes <= to || to + dst_bytes <= from)
    return CNRT_RET_SUCCESS;
  return Fail(CNRT_RET_ERR_INVALID, function, "src and dst overlap; give dst memory of its own");
}

// What a cast needs, checked. `quantized` is nullptr without a parameter.
struct CastPlan {
  DataType from = DataType::kFloat32, to = DataType::kFloat32;
  std::shared_ptr<Quantized> quantized;
};

cnrtRet_t MakeCast(cnrtDataType_t from, cnrtDataType_t to, cnrtQuantizedParam_t param,
                   CastPlan* plan, const char* function) {
  if (param != nullptr) {
    plan->quantized = QuantizedParams().Find(param);
    if (plan->quantized == nullptr)
      return Fail(CNRT_RET_ERR_INVALID, function,
                  "quantized parameter %p does not exist (any more)", static_cast<void*>(param));
  }
  if (!CanCast(from, to, param != nullptr))
    return Fail(CNRT_RET_ERR_INVALID_TYPE, function,
                "no cast from type 0x%x to 0x%x %s quantized parameter",
                static_cast<unsigned>(from), static_cast<unsigned>(to),
                param == nullptr ? "without a" : "with a");
  plan->from = *TypeOf(from);
  plan->to = *TypeOf(to);
  return CNRT_RET_SUCCESS;
}

}  // namespace
}  // namespace infer_server::devices::mlu

using namespace infer_server::devices::mlu;
using infer_server::devices::SizeOf;

cnrtRet_t cnrtCreateQuantizedParam(cnrtQuantizedParam_t* param, int position, float scale,
                                   int offset) {
  MLU_ENTRY_HOST();
  MLU_REQUIRE_NOT_NULL(param);
  if (position < -128 || position > 127)
    return MLU_FAIL(CNRT_RET_ERR_OUT_RANGE, "position is %d, must be -128 to 127", position);
  if (!std::isfinite(scale) || scale <= 0)
    return MLU_FAIL(CNRT_RET_ERR_INVALID, "scale is %g, must be more than 0",
                    static_cast<double>(scale));
  *param = static_cast<cnrtQuantizedParam_t>(
      QuantizedParams().Add(std::make_shared<Quantized>(Quantized{position, scale, offset})));
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtDestroyQuantizedParam(cnrtQuantizedParam_t param) {
  MLU_ENTRY_HOST();
  if (QuantizedParams().Take(param) != nullptr) return CNRT_RET_SUCCESS;
  return MLU_FAIL(CNRT_RET_ERR_INVALID, "quantized parameter %p does not exist (any more)",
                  static_cast<void*>(param));
}

int cnrtDataTypeSize(cnrtDataType_t type) {
  switch (type) {
    case CNRT_INT8:
    case CNRT_UINT8:
    case CNRT_FIX8:
    case CNRT_QUANT8:
    case CNRT_BOOL:
      return 1;
    case CNRT_FLOAT16:
    case CNRT_INT16:
    case CNRT_UINT16:
      return 2;
    case CNRT_FLOAT32:
    case CNRT_INT32:
    case CNRT_UINT32:
      return 4;
    case CNRT_FLOAT64:
    case CNRT_INT64:
      return 8;
    case CNRT_INVALID:
    case CNRT_INT4:
    case CNRT_AUTO:
      break;
  }
  return 0;
}

cnrtRet_t cnrtCastDataType(void* src, cnrtDataType_t src_type, void* dst, cnrtDataType_t dst_type,
                           int count, cnrtQuantizedParam_t param) {
  MLU_ENTRY_HOST();
  if (count < 0) return MLU_FAIL(CNRT_RET_ERR_INVALID, "count is %d, must be 0 or more", count);
  CastPlan cast;
  MLU_RETURN_IF_ERROR(MakeCast(src_type, dst_type, param, &cast, __func__));
  const size_t elements = static_cast<size_t>(count);
  MLU_RETURN_IF_ERROR(CheckEnds(src, elements * SizeOf(cast.from), dst, elements * SizeOf(cast.to),
                                SizeOf(cast.to) <= SizeOf(cast.from), __func__));
  Cast(src, cast.from, dst, cast.to, elements, cast.quantized.get(), IsQuantized(dst_type));
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtTransDataOrder(void* src, cnrtDataType_t type, void* dst, int dim_count, int dims[],
                             int order[]) {
  MLU_ENTRY_HOST();
  const size_t element = static_cast<size_t>(cnrtDataTypeSize(type));
  if (element == 0)
    return MLU_FAIL(CNRT_RET_ERR_INVALID_TYPE, "type 0x%x has no elements of whole bytes",
                    static_cast<unsigned>(type));
  Plan plan;
  MLU_RETURN_IF_ERROR(MakePlan(dim_count, dims, order, &plan, __func__));
  const size_t bytes = plan.total * element;
  MLU_RETURN_IF_ERROR(CheckEnds(src, bytes, dst, bytes, false, __func__));
  plan.Run(element, src, dst);
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtTransOrderAndCast(void* src, cnrtDataType_t src_type, void* dst,
                                cnrtDataType_t dst_type, cnrtQuantizedParam_t param, int dim_count,
                                int dims[], int order[]) {
  MLU_ENTRY_HOST();
  CastPlan cast;
  MLU_RETURN_IF_ERROR(MakeCast(src_type, dst_type, param, &cast, __func__));
  Plan plan;
  MLU_RETURN_IF_ERROR(MakePlan(dim_count, dims, order, &plan, __func__));
  const size_t bytes = plan.total * SizeOf(cast.to);
  MLU_RETURN_IF_ERROR(CheckEnds(src, plan.total * SizeOf(cast.from), dst, bytes, false, __func__));
  try {
    std::vector<char> between(bytes);
    Cast(src, cast.from, between.data(), cast.to, plan.total, cast.quantized.get(),
         IsQuantized(dst_type));
    plan.Run(SizeOf(cast.to), between.data(), dst);
  } catch (const std::bad_alloc&) {
    return MLU_FAIL(CNRT_RET_ERR_NOMEM, "no memory for %zu bytes", bytes);
  }
  return CNRT_RET_SUCCESS;
}
