// SPDX-License-Identifier: Apache-2.0
// aclopAttr: the attributes of an operator, by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "acl/acl_op.h"
#include "devices/acl/soft/live.h"

namespace infer_server::devices::acl {

using AttrValue = std::variant<bool, int64_t, float, std::string, aclDataType, std::vector<bool>,
                               std::vector<int64_t>, std::vector<float>, std::vector<std::string>,
                               std::vector<aclDataType>, std::vector<std::vector<int64_t>>>;

}  // namespace infer_server::devices::acl

// Not thread-safe; copied into whatever is queued.
struct aclopAttr : infer_server::devices::acl::Live<aclopAttr> {
  static constexpr const char* kWhat = "list of attributes (aclopCreateAttr)";
  std::map<std::string, infer_server::devices::acl::AttrValue> values;
};
