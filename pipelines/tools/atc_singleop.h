// SPDX-License-Identifier: Apache-2.0
// inferserver-atc --singleop: files of single operators.
#pragma once

#include <string>
#include <vector>

#include "devices/base/status.h"

namespace infer_server::devices::acl {

// Writes a file into `folder`, which is made, for each operator that `description` lists
// (devices/acl/soft/singleop.h), and says which. Each is loaded first. Fails with kNotFound,
// kInvalidArgument, kUnsupported: no such operator.
Result<std::vector<std::string>> WriteSingleOps(const std::string& description,
                                                const std::string& folder);

}  // namespace infer_server::devices::acl
