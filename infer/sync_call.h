// SPDX-License-Identifier: Apache-2.0
// A RequestSync() under way, on its caller's stack.
#pragma once

#include <condition_variable>

namespace infer_server {

// Guarded by the session's lock. Notified under it, so that the caller's stack is still there.
class SyncCall {
 public:
  bool answered = false;
  bool discarded = false;
  std::condition_variable wake;
};

}  // namespace infer_server
