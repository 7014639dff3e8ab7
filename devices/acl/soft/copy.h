// SPDX-License-Identifier: Apache-2.0
// Copies and fills between the two address spaces, checked before a byte moves.
#pragma once

#include <cstddef>

#include "acl/acl_rt.h"

namespace infer_server::devices::acl {

// `rows` rows of `width` bytes, `to_pitch` and `from_pitch` apart; a plain copy is one row.
struct Copy {
  void* to;
  size_t to_pitch;
  const void* from;
  size_t from_pitch;
  size_t width;
  size_t rows;
  aclrtMemcpyKind kind;
};

// 107000, reported in the name of `function`: the kind does not fit the addresses, an end lies
// outside its allocation, memory was freed, or the devices of both ends differ and have no peer
// access. In run mode ACL_DEVICE any kind fits.
aclError CheckCopy(const Copy& copy, const char* function);
// Whether an end is plain host memory, which an asynchronous copy waits for.
bool TouchesPlainMemory(const Copy& copy);
void DoCopy(const Copy& copy);

// aclrtDeviceEnablePeerAccess and its opposite, for copies from `device` to `peer`.
void SetPeerAccess(int device, int peer, bool enabled);
bool HasPeerAccess(int device, int peer);

}  // namespace infer_server::devices::acl
