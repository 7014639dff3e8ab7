// SPDX-License-Identifier: Apache-2.0
// Types as messages name them.
#pragma once

#include <string>
#include <typeinfo>

namespace infer_server {

// "cv::Mat"; what the compiler calls it where that cannot be read.
std::string NameOfType(const std::type_info& type);

}  // namespace infer_server
