// SPDX-License-Identifier: Apache-2.0
// The result of an operation that can fail, and the value it produced.
//
// Status and Result are the only error channel inside the core: nothing there throws, and nothing
// returns a bare bool or a vendor error number. (The seed-compatible public API keeps its own
// infer_server::Status enum; see infer/status_code.h for the mapping.)
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>

#include "devices/base/export.h"

namespace infer_server::devices {

// What the caller can do about the failure, not where it came from.
enum class Code {
  kOk,
  kInvalidArgument,  // The caller's input is wrong; do not retry.
  kNotFound,         // A named thing (model file, device, post-processor) is absent.
  kUnavailable,      // Runtime library or device missing, or busy; may work later.
  kOutOfMemory,      // Host or device allocation failed.
  kUnsupported,      // Valid, but this build, engine or device cannot do it.
  kCancelled,        // Dropped by a flush, a discard or shutdown.
  kTimeout,          // Not done within the time given.
  kDeviceError,      // The runtime, the engine or user code reported a failure.
};

INFER_API const char* CodeName(Code code);

class [[nodiscard]] INFER_API Status {
 public:
  Status() = default;  // OK.
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {
    assert(code != Code::kOk);
  }

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

  // Puts what was being attempted in front of the message and keeps the code:
  // "load model 'a.onnx': cannot open file". No-op on OK.
  Status&& WithContext(const std::string& what) &&;

  // "NOT_FOUND: load model 'a.onnx': cannot open file", or "OK".
  std::string ToString() const;

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

// A T, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  // REQUIRES: ok().
  T& value() & {
    assert(ok());
    return *value_;
  }
  const T& value() const& {
    assert(ok());
    return *value_;
  }
  T&& value() && {
    assert(ok());
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace infer_server::devices

// Returns the failed Status of `expr` from the enclosing function.
#define INFER_RETURN_IF_ERROR(expr)                                                         \
  do {                                                                                      \
    if (::infer_server::devices::Status infer_s_ = (expr); !infer_s_.ok()) return infer_s_; \
  } while (false)
