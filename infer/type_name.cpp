// SPDX-License-Identifier: Apache-2.0
#include "infer/type_name.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace infer_server {

std::string NameOfType(const std::type_info& type) {
  if (type == typeid(std::string)) return "std::string";  // Its real name is three lines long.
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  return status == 0 && name != nullptr ? name.get() : type.name();
}

}  // namespace infer_server
