// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/tensor_desc.h"

namespace infer_server::devices::acl {

size_t BitsOf(aclDataType type) {
  switch (type) {
    case ACL_UINT1:
      return 1;
    case ACL_INT4:
      return 4;
    case ACL_INT8:
    case ACL_UINT8:
    case ACL_BOOL:
      return 8;
    case ACL_FLOAT16:
    case ACL_BF16:
    case ACL_INT16:
    case ACL_UINT16:
      return 16;
    case ACL_FLOAT:
    case ACL_INT32:
    case ACL_UINT32:
    case ACL_COMPLEX32:
      return 32;
    case ACL_DOUBLE:
    case ACL_INT64:
    case ACL_UINT64:
    case ACL_COMPLEX64:
      return 64;
    case ACL_COMPLEX128:
      return 128;
    default:
      return 0;
  }
}

std::string NameOf(aclDataType type) {
  switch (type) {
    case ACL_FLOAT:
      return "float";
    case ACL_FLOAT16:
      return "float16";
    case ACL_INT8:
      return "int8";
    case ACL_INT32:
      return "int32";
    case ACL_UINT8:
      return "uint8";
    case ACL_INT16:
      return "int16";
    case ACL_UINT16:
      return "uint16";
    case ACL_UINT32:
      return "uint32";
    case ACL_INT64:
      return "int64";
    case ACL_UINT64:
      return "uint64";
    case ACL_DOUBLE:
      return "double";
    case ACL_BOOL:
      return "bool";
    case ACL_BF16:
      return "bfloat16";
    default:
      return "type " + std::to_string(static_cast<int>(type));
  }
}

int64_t CountOf(const std::vector<int64_t>& dims) {
  int64_t count = 1;
  bool empty = false;
  for (const int64_t dim : dims) {
    if (dim < 0) return -1;
    if (dim == 0)
      empty = true;
    else if (__builtin_mul_overflow(count, dim, &count))
      return -1;
  }
  return empty ? 0 : count;
}

int64_t BytesOf(aclDataType type, int64_t count) {
  int64_t bits = 0;
  if (count < 0 || __builtin_mul_overflow(count, static_cast<int64_t>(BitsOf(type)), &bits))
    return -1;
  return bits / 8 + (bits % 8 != 0);
}

std::string TextOf(const std::vector<int64_t>& dims) {
  std::string text = "[";
  for (const int64_t dim : dims) text += (text.size() > 1 ? ", " : "") + std::to_string(dim);
  return text + "]";
}

}  // namespace infer_server::devices::acl
