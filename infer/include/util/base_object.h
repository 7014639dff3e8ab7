// SPDX-License-Identifier: Apache-2.0
// Named parameters of any type. (Seed 004 "Processor".)
#pragma once

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "devices/base/export.h"
#include "util/any.h"

namespace infer_server {

class InferData;
class ModelInfo;
struct ModelIO;

namespace detail {

// A stored parameter, with what is needed to compare it and to call it.
struct Param {
  any value;
  // True when both hold equal values of the same type. Null for types without ==: those equal
  // nothing but themselves. A std::function equals another when both hold the same plain function.
  bool (*equal)(const any&, const any&) = nullptr;
  // The value as a std::function of the pre- or post-processing signature, when it can be called
  // so.
  any function;
};

template <typename T, typename = void>
struct HasEqual : std::false_type {};
template <typename T>
struct HasEqual<T, std::void_t<decltype(std::declval<const T&>() == std::declval<const T&>())>>
    : std::true_type {};
template <typename Signature>
struct HasEqual<std::function<Signature>> : std::true_type {};

template <typename T>
bool SameValue(const T& a, const T& b) {
  return a == b;
}
template <typename Result, typename... Args>
bool SameValue(const std::function<Result(Args...)>& a, const std::function<Result(Args...)>& b) {
  using Plain = Result (*)(Args...);
  const Plain* x = a.template target<Plain>();
  const Plain* y = b.template target<Plain>();
  return x != nullptr && y != nullptr && *x == *y;
}

using PreprocFunction = std::function<bool(ModelIO*, const InferData&, const ModelInfo&)>;
using PostprocFunction = std::function<bool(InferData*, const ModelIO&, const ModelInfo&)>;

template <typename T>
Param MakeParam(T&& value) {
  using Value = std::decay_t<T>;
  Param param;
  if constexpr (std::is_invocable_r_v<bool, Value&, ModelIO*, const InferData&, const ModelInfo&>)
    param.function = PreprocFunction(value);
  else if constexpr (std::is_invocable_r_v<bool, Value&, InferData*, const ModelIO&,
                                           const ModelInfo&>)
    param.function = PostprocFunction(value);
  param.value = std::forward<T>(value);
  if constexpr (HasEqual<Value>::value) {
    param.equal = [](const any& a, const any& b) {
      const auto* x = any_cast<Value>(&a);
      const auto* y = any_cast<Value>(&b);
      return x != nullptr && y != nullptr && SameValue(*x, *y);
    };
  }
  return param;
}

}  // namespace detail

// Holds parameters by name. Not thread-safe: set them before the object is put to work.
class INFER_API BaseObject {
 public:
  virtual ~BaseObject() = default;

  // Stores `value` under `name`, replacing what was there. The type is kept as it decays: a string
  // literal is stored as const char*, a function as a pointer to it.
  template <typename T>
  void SetParams(const std::string& name, T&& value) {
    params_[name] = detail::MakeParam(std::forward<T>(value));
  }
  // SetParams("a", 1, "b", 2.0f, ...).
  template <typename T, typename... Rest>
  void SetParams(const std::string& name, T&& value, Rest&&... rest) {
    SetParams(name, std::forward<T>(value));
    SetParams(std::forward<Rest>(rest)...);
  }

  // A copy of the value. Throws std::out_of_range when there is none of that name, bad_any_cast
  // when it is of another type; what() says what there is.
  template <typename T>
  T GetParam(const std::string& name) const {
    const any& value = Find(name).value;
    const auto* held = any_cast<std::remove_cv_t<std::remove_reference_t<T>>>(&value);
    if (held == nullptr) detail::ThrowWrongType("parameter '" + name + "'", value, typeid(T));
    return *held;
  }
  // As GetParam(), and removes it.
  template <typename T>
  T PopParam(const std::string& name) {
    T value = GetParam<T>(name);
    params_.erase(name);
    return value;
  }

  bool HaveParam(const std::string& name) const noexcept { return params_.count(name) != 0; }
  std::vector<std::string> GetParamNames() const {
    std::vector<std::string> names;
    for (const auto& entry : params_) names.push_back(entry.first);
    return names;
  }
  // Replaces all parameters by those of `other`.
  void CopyParamsFrom(const BaseObject& other) { params_ = other.params_; }

  // True when both have the same parameters with equal values (see detail::Param::equal).
  bool ParamsEqual(const BaseObject& other) const {
    if (params_.size() != other.params_.size()) return false;
    for (const auto& [name, param] : params_) {
      const auto it = other.params_.find(name);
      if (it == other.params_.end() || param.equal == nullptr ||
          !param.equal(param.value, it->second.value))
        return false;
    }
    return true;
  }

 protected:
  // The parameter as a `Function` whatever callable it was set as: std::function, lambda or
  // function pointer. Throws as GetParam().
  template <typename Function>
  Function GetFunction(const std::string& name) const {
    const detail::Param& param = Find(name);
    if (const auto* function = any_cast<Function>(&param.function)) return *function;
    return any_cast<Function>(param.value);
  }

 private:
  const detail::Param& Find(const std::string& name) const {
    const auto it = params_.find(name);
    if (it == params_.end()) ThrowMissing(name);
    return it->second;
  }

  // std::out_of_range, with the names that there are.
  [[noreturn]] void ThrowMissing(const std::string& name) const;

  std::map<std::string, detail::Param> params_;
};

}  // namespace infer_server
