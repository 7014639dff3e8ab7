// SPDX-License-Identifier: Apache-2.0
// The objects that programs hold by pointer: which of them there are, so that one that was
// destroyed, or something else, is refused and not followed.
#pragma once

#include <cstdint>
#include <new>
#include <unordered_set>

#include "devices/acl/soft/error.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {

// Addresses of objects. Thread-safe.
class LiveObjects {
 public:
  void Add(const void* object);
  // False: it was not there. Of two threads that remove one, one gets true.
  bool Remove(const void* object);
  bool Has(const void* object) const;

 private:
  // Threads that work on objects of their own do not wait for each other.
  struct Shard {
    mutable Mutex mutex;
    // Complements: leak checkers must not take these for references.
    std::unordered_set<uintptr_t> hidden INFER_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;
  Shard& shard(const void* object) const;
  mutable Shard shards_[kShards];
};

// Base of T, which has `static constexpr const char* kWhat = "dataset (aclmdlCreateDataset)"`.
template <typename T>
class Live {
 public:
  static LiveObjects& All() {
    static LiveObjects& all = *new LiveObjects;
    return all;
  }

  Live() { All().Add(static_cast<const T*>(this)); }
  Live(const Live&) : Live() {}
  Live& operator=(const Live&) { return *this; }
  ~Live() { All().Remove(static_cast<const T*>(this)); }
};

// Reports, in the name of `function` and about its argument `argument`, NULL as 100000 and what is
// no T (any more) as 107017.
template <typename T>
aclError CheckLive(const T* object, const char* function, const char* argument) {
  if (object == nullptr)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "%s must not be NULL", argument);
  if (Live<T>::All().Has(object)) return ACL_SUCCESS;
  return Fail(ACL_ERROR_RT_INVALID_HANDLE, function,
              "%s %p is not a %s: it was destroyed, or is something else", argument,
              static_cast<const void*>(object), T::kWhat);
}

// Deletes it, or reports as CheckLive.
template <typename T>
aclError DestroyLive(const T* object, const char* function, const char* argument) {
  if (object == nullptr || !Live<T>::All().Remove(object))
    return CheckLive<T>(object, function, argument);
  delete object;
  return ACL_SUCCESS;
}

// A new T. nullptr: out of memory, reported.
template <typename T, typename... Args>
T* CreateLive(const char* function, Args&&... args) {
  try {
    return new T(static_cast<Args&&>(args)...);
  } catch (const std::bad_alloc&) {
    Fail(ACL_ERROR_BAD_ALLOC, function, "out of memory");
    return nullptr;
  }
}

}  // namespace infer_server::devices::acl

#define ACL_REQUIRE_LIVE(object) \
  ACL_RETURN_IF_ERROR(::infer_server::devices::acl::CheckLive(object, __func__, #object))
