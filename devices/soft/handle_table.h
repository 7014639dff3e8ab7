// SPDX-License-Identifier: Apache-2.0
// What an API hands out as pointers: numbers that are never used twice, so that a stale handle is
// always found out.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "devices/base/mutex.h"

namespace infer_server::devices::soft {

// Thread-safe. `kind` (1..15) keeps the numbers of different tables apart.
template <typename T>
class HandleTable {
 public:
  explicit HandleTable(uintptr_t kind) : kind_(kind) {}

  void* Add(std::shared_ptr<T> object) INFER_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    const uintptr_t handle = (++last_ << 8) | (kind_ << 4);
    objects_.emplace(handle, std::move(object));
    return reinterpret_cast<void*>(handle);
  }

  // nullptr: no such object (any more).
  std::shared_ptr<T> Find(const void* handle) const INFER_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    const auto found = objects_.find(reinterpret_cast<uintptr_t>(handle));
    return found == objects_.end() ? nullptr : found->second;
  }

  // Takes the object out. nullptr: it was not there; of two threads that take one, one gets it.
  std::shared_ptr<T> Take(const void* handle) INFER_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    const auto found = objects_.find(reinterpret_cast<uintptr_t>(handle));
    if (found == objects_.end()) return nullptr;
    std::shared_ptr<T> object = std::move(found->second);
    objects_.erase(found);
    return object;
  }

  std::vector<std::shared_ptr<T>> TakeAll() INFER_EXCLUDES(mutex_) {
    std::unordered_map<uintptr_t, std::shared_ptr<T>> objects;
    {
      MutexLock lock(&mutex_);
      objects.swap(objects_);
    }
    std::vector<std::shared_ptr<T>> all;
    for (auto& entry : objects) all.push_back(std::move(entry.second));
    return all;
  }

  // Whether it was given out once, by this table.
  bool Existed(const void* handle) const INFER_EXCLUDES(mutex_) {
    const uintptr_t number = reinterpret_cast<uintptr_t>(handle);
    MutexLock lock(&mutex_);
    return (number & 0xFF) == (kind_ << 4) && number >> 8 >= 1 && number >> 8 <= last_;
  }

  std::vector<std::shared_ptr<T>> All() const INFER_EXCLUDES(mutex_) {
    std::vector<std::shared_ptr<T>> all;
    MutexLock lock(&mutex_);
    all.reserve(objects_.size());
    for (const auto& entry : objects_) all.push_back(entry.second);
    return all;
  }

  size_t size() const INFER_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    return objects_.size();
  }

 private:
  const uintptr_t kind_;
  mutable Mutex mutex_;
  std::unordered_map<uintptr_t, std::shared_ptr<T>> objects_ INFER_GUARDED_BY(mutex_);
  uintptr_t last_ INFER_GUARDED_BY(mutex_) = 0;
};

}  // namespace infer_server::devices::soft
