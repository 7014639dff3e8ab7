// SPDX-License-Identifier: Apache-2.0
// Threads in calls that do not return.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "devices/base/export.h"
#include "devices/base/thread.h"

namespace infer_server {

// The process's list of them, which owns them until they come back; nobody waits for them. One that
// has come back is joined when another is added, comes back, or is counted. Thread-safe.
class INFER_API LostThreads {
 public:
  // Takes `thread` over. It sets `*over` as the last thing it does.
  static void Keep(devices::Thread thread, std::shared_ptr<const std::atomic<bool>> over);
  // How many are still away.
  static std::size_t Count();
};

}  // namespace infer_server
