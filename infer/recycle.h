// SPDX-License-Identifier: Apache-2.0
// When a shared object may be used again by the one who made it.
#pragma once

#include <memory>

namespace infer_server {

// True when `object` is the only owner and everything that former owners did to the object has
// happened before. use_count() alone does not give the second: it is a relaxed load. Copying the
// pointer is a read-modify-write of the count with acquire and release (libstdc++), which does.
// REQUIRES: nobody holds a weak_ptr to it.
template <typename T>
bool Unshared(const std::shared_ptr<T>& object) {
  if (object.use_count() != 1) return false;
  const std::shared_ptr<T> copy = object;
  return copy.use_count() == 2;
}

}  // namespace infer_server
