// SPDX-License-Identifier: Apache-2.0
// aclDataBuffer: an address and a size; the memory stays the user's.
#pragma once

#include <cstddef>

#include "acl/acl_base.h"

struct aclDataBuffer {
  void* data = nullptr;
  size_t size = 0;  // In bytes.
};
