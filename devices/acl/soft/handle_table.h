// SPDX-License-Identifier: Apache-2.0
// Handles, and AscendCL's codes for those that are missing.
#pragma once

#include "acl/acl_base.h"
#include "devices/soft/handle_table.h"

namespace infer_server::devices::acl {

// Thread-safe.
template <typename T>
class HandleTable : public soft::HandleTable<T> {
 public:
  using soft::HandleTable<T>::HandleTable;

  // 107017 for a handle that was valid once, 107000 for one that never was.
  aclError CodeOfMissing(const void* handle) const {
    return this->Existed(handle) ? ACL_ERROR_RT_INVALID_HANDLE : ACL_ERROR_RT_PARAM_INVALID;
  }
};

}  // namespace infer_server::devices::acl
