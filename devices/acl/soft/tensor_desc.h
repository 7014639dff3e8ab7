// SPDX-License-Identifier: Apache-2.0
// aclTensorDesc: type, shape and layout of a tensor, without its memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "acl/acl_base.h"
#include "devices/acl/soft/live.h"

namespace infer_server::devices::acl {

// Bits of an element; 0: no such type, or one without a size (ACL_STRING).
size_t BitsOf(aclDataType type);
// "float16"; "type 99" for what is none.
std::string NameOf(aclDataType type);
// Elements of a shape; -1: a dimension is not known, or the number overflows.
int64_t CountOf(const std::vector<int64_t>& dims);
// Bytes of so many elements, packed; -1: `count` is -1, or the number overflows.
int64_t BytesOf(aclDataType type, int64_t count);
// "[2, 3]"
std::string TextOf(const std::vector<int64_t>& dims);

}  // namespace infer_server::devices::acl

// Not thread-safe; copied into whatever is queued.
struct aclTensorDesc : infer_server::devices::acl::Live<aclTensorDesc> {
  static constexpr const char* kWhat = "tensor description (aclCreateTensorDesc)";
  aclDataType type = ACL_DT_UNDEFINED;
  aclFormat format = ACL_FORMAT_UNDEFINED;
  std::vector<int64_t> dims;  // -1: not known; the one dimension -2: not even how many.
  std::vector<std::array<int64_t, 2>> ranges;  // Of the dimensions, lowest and highest.
  std::vector<std::array<int64_t, 2>> values;  // Of the elements.
  std::string name;
  // As the memory holds it, where that is another than what is computed with.
  aclFormat storage_format = ACL_FORMAT_UNDEFINED;
  std::vector<int64_t> storage_dims;
  aclFormat origin_format = ACL_FORMAT_UNDEFINED;
  std::vector<int64_t> origin_dims;
  std::string dynamic_input;
  // The content of a constant; nullptr: none.
  std::shared_ptr<const std::string> constant;
  aclMemType place = ACL_MEMTYPE_DEVICE;
};
