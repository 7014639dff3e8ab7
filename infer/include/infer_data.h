// SPDX-License-Identifier: Apache-2.0
// What a session is given and gives back: items, and packages of them. (Seed 004 "InferData",
// "Package".)
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "devices/base/export.h"
#include "util/any.h"

namespace infer_server {

class Request;

// One item: a value of any copyable type, and the user's data that travels with it. Not
// thread-safe.
class INFER_API InferData {
 public:
  // Stores a copy of (or moves) `value`. References from GetLref() become invalid.
  template <typename T>
  void Set(T&& value) {
    data = std::forward<T>(value);
  }
  template <typename T>  // For Set<T>(lvalue).
  void Set(const T& value) {
    data = value;
  }
  // A copy. Throws bad_any_cast when another type is stored; its what() names both.
  template <typename T>
  T Get() const {
    return detail::Cast<T>("the item", data);
  }
  // A reference to what is stored, valid until the next Set(). Throws bad_any_cast.
  template <typename T>
  T& GetLref() & {
    return detail::Cast<T&>("the item", data);
  }
  template <typename T>
  const T& GetLref() const& {
    return detail::Cast<const T&>("the item", data);
  }
  // False before the first Set(), and in a post-processing function for what is not its user's.
  bool HasValue() const noexcept { return data.has_value(); }

  // Stores a copy of (or moves) `value` beside the item's own. Kept for the post-processing
  // function and the answer.
  template <typename T>
  void SetUserData(T&& value) {
    user_data = std::forward<T>(value);
  }
  template <typename T>
  void SetUserData(const T& value) {
    user_data = value;
  }
  // A copy; a reference for a reference type T. Throws bad_any_cast when another type is stored.
  template <typename T>
  T GetUserData() const {
    return detail::Cast<T>("the user data", user_data);
  }
  template <typename T>
  T GetUserData() {
    return detail::Cast<T>("the user data", user_data);
  }

  any data;       // What Set() stored: input, then between stages nothing, then the result.
  any user_data;  // What SetUserData() stored; a session never looks at it.
};

// Shared pointer to an item that also takes its calls, so that both data[0]->Set(x) and
// data[0].Set(x) work. The calls with '.' throw std::logic_error when it is null.
class INFER_API InferDataPtr : public std::shared_ptr<InferData> {
 public:
  using std::shared_ptr<InferData>::shared_ptr;
  InferDataPtr() = default;
  InferDataPtr(std::shared_ptr<InferData> other) : std::shared_ptr<InferData>(std::move(other)) {}

  template <typename T>
  void Set(T&& value) {
    Item().Set(std::forward<T>(value));
  }
  template <typename T>
  void Set(const T& value) {
    Item().Set(value);
  }
  template <typename T>
  T Get() const {
    return Item().template Get<T>();
  }
  template <typename T>
  T& GetLref() const {
    return Item().template GetLref<T>();
  }
  bool HasValue() const { return Item().HasValue(); }
  template <typename T>
  void SetUserData(T&& value) {
    Item().SetUserData(std::forward<T>(value));
  }
  template <typename T>
  void SetUserData(const T& value) {
    Item().SetUserData(value);
  }
  template <typename T>
  T GetUserData() const {
    return Item().template GetUserData<T>();
  }

 private:
  InferData& Item() const;  // Throws std::logic_error when null.
};

using BatchData = std::vector<InferDataPtr>;

struct Package;
using PackagePtr = std::shared_ptr<Package>;

// A request's items, or its answer's. Not thread-safe. (Seed 004 "Package".)
struct INFER_API Package {
  BatchData data;  // Null where the items were taken over, or in an answer failed.
  // Between stages, and for input that needs no preprocessing: the tensors of all items,
  // contiguous, as one ModelIO.
  InferDataPtr predict_io;
  std::string tag;  // Whose it is, such as a stream: WaitTaskDone() and DiscardTask() go by it.
  // Time of each stage by processor type, and "RequestLatency", in ms. Empty when built without
  // record-perf.
  std::map<std::string, float> perf;

  // A package of `data_num` empty items, which may be 0. Throws std::bad_alloc only.
  static PackagePtr Create(std::uint32_t data_num, const std::string& tag = "");
};

}  // namespace infer_server
