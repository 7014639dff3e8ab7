// SPDX-License-Identifier: Apache-2.0
// A value of any copyable type. (Seed 004 "InferData".)
#pragma once

#include <any>

namespace infer_server {

using std::any;
using std::any_cast;
using std::bad_any_cast;

}  // namespace infer_server
