// SPDX-License-Identifier: Apache-2.0
// A doubly linked list through two members of its elements: never allocates. Not thread-safe.
#pragma once

#include <cstddef>

namespace infer_server {

// An element is in at most one list over the same two members. The list owns nothing.
template <typename T, T* T::*Prev, T* T::*Next>
class IntrusiveList {
 public:
  T* front() const { return first_; }
  bool empty() const { return first_ == nullptr; }
  std::size_t size() const { return size_; }
  static T* After(const T* element) { return element->*Next; }

  void PushBack(T* element) {
    element->*Prev = last_;
    element->*Next = nullptr;
    (last_ == nullptr ? first_ : last_->*Next) = element;
    last_ = element;
    ++size_;
  }

  // REQUIRES: `element` is in this list.
  void Remove(T* element) {
    (element->*Prev == nullptr ? first_ : (element->*Prev)->*Next) = element->*Next;
    (element->*Next == nullptr ? last_ : (element->*Next)->*Prev) = element->*Prev;
    element->*Prev = element->*Next = nullptr;
    --size_;
  }

  // Null when empty.
  T* PopFront() {
    T* element = first_;
    if (element != nullptr) Remove(element);
    return element;
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace infer_server
