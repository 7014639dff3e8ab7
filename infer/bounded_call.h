// SPDX-License-Identifier: Apache-2.0
// A call that may never return, and is then left behind.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "devices/base/export.h"

namespace infer_server {

// Runs `work` on a thread of its own, named `thread`, and waits `limit` at most; without a limit
// (zero) it runs here and now. True: it has returned. False: it is still away, and `*inside` is the
// function of the device's library that it is in (empty when it is in none); its thread is then one
// of LostThreads, so `work` must own all that it uses, and must not throw. Throws std::system_error
// when there can be no thread.
INFER_API bool CallWithin(const std::string& thread, std::chrono::milliseconds limit,
                          std::function<void()> work, std::string* inside);

}  // namespace infer_server
