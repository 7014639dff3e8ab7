// SPDX-License-Identifier: Apache-2.0
#include "devices/base/status.h"

namespace infer_server::devices {

const char* CodeName(Code code) {
  switch (code) {
    case Code::kOk:
      return "OK";
    case Code::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case Code::kNotFound:
      return "NOT_FOUND";
    case Code::kUnavailable:
      return "UNAVAILABLE";
    case Code::kOutOfMemory:
      return "OUT_OF_MEMORY";
    case Code::kUnsupported:
      return "UNSUPPORTED";
    case Code::kCancelled:
      return "CANCELLED";
    case Code::kTimeout:
      return "TIMEOUT";
    case Code::kDeviceError:
      return "DEVICE_ERROR";
  }
  return "UNKNOWN";
}

Status&& Status::WithContext(const std::string& what) && {
  if (!ok()) message_ = what + ": " + message_;
  return std::move(*this);
}

std::string Status::ToString() const {
  return ok() ? "OK" : std::string(CodeName(code_)) + ": " + message_;
}

}  // namespace infer_server::devices
