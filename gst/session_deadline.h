// SPDX-License-Identifier: Apache-2.0
// Opens and closes sessions on devices whose calls may not return.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "devices/base/status.h"
#include "gst/infer_config.h"
#include "gst/infer_session.h"

namespace infer_gst {

// Longest time that opening, and closing, may take; zero = no limit.
std::chrono::milliseconds StartLimit(const InferConfig& config);

// Runs `work`, which owns all it uses. Fails with kTimeout when it has not returned within `limit`
// (zero = none): what it does goes on, on a thread of its own that nobody waits for. `what` is for
// the message: "open the model".
infer_server::devices::Status Within(std::chrono::milliseconds limit, const char* what,
                                     std::function<void()> work);

// InferSession::Open() within StartLimit().
infer_server::devices::Result<std::unique_ptr<InferSession>> OpenWithin(
    const InferProperties& properties, const std::string& runtime, OutputQueue* queue);

// Waits for what is in flight, which `engine-timeout` bounds, then destroys the session within
// `limit`. Nothing of `session` uses its queue any more, whatever is returned.
infer_server::devices::Status CloseWithin(std::chrono::milliseconds limit,
                                          std::unique_ptr<InferSession> session);

}  // namespace infer_gst
