// SPDX-License-Identifier: Apache-2.0
// A value of any copyable type. (Seed 004 "InferData".)
#pragma once

#if __cplusplus < 201703L
#error "inferserver needs C++17: compile with -std=c++17 or later"
#endif

#include <any>
#include <string>
#include <type_traits>
#include <typeinfo>

#include "devices/base/export.h"

namespace infer_server {

using std::any;
using std::any_cast;
using std::bad_any_cast;

namespace detail {

// Throws a bad_any_cast whose what() names both types: "the item holds int; asked for float".
[[noreturn]] INFER_API void ThrowWrongType(const std::string& what, const any& value,
                                           const std::type_info& asked);

// As any_cast<T>(value), but what it throws says what `what` holds.
template <typename T, typename Any>
T Cast(const char* what, Any& value) {
  auto* held = any_cast<std::remove_cv_t<std::remove_reference_t<T>>>(&value);
  if (held == nullptr) ThrowWrongType(what, value, typeid(T));
  return static_cast<T>(*held);
}

}  // namespace detail
}  // namespace infer_server
