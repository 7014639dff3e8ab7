// SPDX-License-Identifier: Apache-2.0
// The user's callback for failures of queued work.
#pragma once

#include <cstdint>

#include "acl/acl_rt.h"

struct rtExceptionInfo {
  uint32_t task_id;
  uint32_t stream_id;
  uint32_t thread_id;
  uint32_t device_id;
  uint32_t error_code;
};

namespace infer_server::devices::acl {

// Calls it, when there is one, from the thread that ran the work. Hold no lock.
void TellException(uint32_t stream, int device, aclError code);

}  // namespace infer_server::devices::acl
