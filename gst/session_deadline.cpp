// SPDX-License-Identifier: Apache-2.0
#include "gst/session_deadline.h"

#include <exception>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "infer/bounded_call.h"

namespace infer_gst {

using infer_server::devices::Code;
using infer_server::devices::Result;
using infer_server::devices::Status;
using std::chrono::milliseconds;

namespace {

// Where an engine-timeout says that the device is not trusted: enough for the largest models.
constexpr std::chrono::seconds kPatience(30);

}  // namespace

milliseconds StartLimit(const InferConfig& config) {
  if (config.start_timeout > 0) return milliseconds(config.start_timeout);
  return config.engine_timeout > 0 ? milliseconds(kPatience) : milliseconds::zero();
}

Status Within(milliseconds limit, const char* what, std::function<void()> work) {
  const auto failed = std::make_shared<std::string>();
  std::string inside;
  try {
    const auto guarded = [work = std::move(work), failed] {
      try {
        work();
      } catch (const std::exception& e) {
        *failed = e.what();
      }
    };
    if (infer_server::CallWithin("infer-start", limit, guarded, &inside))
      return failed->empty() ? Status() : Status(Code::kOutOfMemory, what + (": " + *failed));
  } catch (const std::system_error& e) {
    return Status(Code::kUnavailable, std::string(what) + ": no thread for it: " + e.what());
  }
  return Status(Code::kTimeout, std::string(what) + ": " + (inside.empty() ? "it" : inside) +
                                    " did not return within " + std::to_string(limit.count()) +
                                    " ms; the device hangs, or start-timeout is too short");
}

Result<std::unique_ptr<InferSession>> OpenWithin(const InferProperties& properties,
                                                 const std::string& runtime, OutputQueue* queue) {
  const auto opened = std::make_shared<std::optional<Result<std::unique_ptr<InferSession>>>>();
  const Status done = Within(StartLimit(properties.config), "open the model",
                             [=] { *opened = InferSession::Open(properties, runtime, queue); });
  if (!done.ok()) return done;
  return std::move(**opened);
}

Status CloseWithin(milliseconds limit, std::unique_ptr<InferSession> session) {
  if (session == nullptr) return {};
  session->Drain();
  const auto held = std::make_shared<std::unique_ptr<InferSession>>(std::move(session));
  return Within(limit, "close the model", [held] { held->reset(); });
}

}  // namespace infer_gst
