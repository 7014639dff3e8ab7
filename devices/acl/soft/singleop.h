// SPDX-License-Identifier: Apache-2.0
// Descriptions of single operators: the JSON file that ATC is given with --singleop, and the files
// that it makes of it, one an operator.
//
// A list of {"op": "Cast", "input_desc": [{"format": "ND", "shape": [1, 1000], "type": "float"}],
// "output_desc": […], "attr": [{"name": "truncate", "type": "bool", "value": false}]}. An input may
// be a constant: "is_const": true, "const_value": [1]. -1 in a shape fits any size.
//
// The file of one, numbers little-endian: 8 bytes of magic, u64 length of everything, the JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "devices/acl/soft/op.h"
#include "devices/base/status.h"

namespace infer_server::devices::acl {

inline constexpr std::string_view kSingleOpMagic = "ISACLOP\x01";

struct SingleOp {
  OpRequest request;
  std::string json;  // Of this operator alone.
};

// Whether a file that begins with these bytes may be one of the two kinds.
bool LooksLikeSingleOps(std::string_view begin);
// The operators of a file of either kind. Fails with kInvalidArgument: damaged, an unknown or
// missing key, a value that cannot be. Survives any bytes.
Result<std::vector<SingleOp>> ReadSingleOps(std::string_view bytes);
std::string WriteSingleOp(const SingleOp& op);
// "0_Cast_float_1_1000_float16_1_1000.om"
std::string SingleOpFileName(size_t index, const SingleOp& op);

}  // namespace infer_server::devices::acl
