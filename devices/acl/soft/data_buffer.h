// SPDX-License-Identifier: Apache-2.0
// aclDataBuffer: an address and a size; the memory stays the user's.
#pragma once

#include <cstddef>

#include "acl/acl_base.h"
#include "devices/acl/soft/live.h"

struct aclDataBuffer : infer_server::devices::acl::Live<aclDataBuffer> {
  static constexpr const char* kWhat = "data buffer (aclCreateDataBuffer)";
  aclDataBuffer(void* at, size_t bytes) : data(at), size(bytes) {}
  void* data;
  size_t size;  // In bytes.
};
