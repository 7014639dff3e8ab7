// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_error.h"

#include <algorithm>
#include <array>
#include <string>

namespace infer_server::devices {
namespace {

struct Row {
  aclError code;
  Code meaning;
  const char* words;
};

// Sorted by code.
constexpr std::array kRows = {
    Row{100000, Code::kInvalidArgument, "invalid parameter"},
    Row{100001, Code::kUnavailable, "AscendCL is not initialised"},
    Row{100003, Code::kInvalidArgument, "invalid file"},
    Row{100005, Code::kInvalidArgument, "invalid size of the file"},
    Row{100006, Code::kInvalidArgument, "the file cannot be parsed"},
    Row{100011, Code::kDeviceError, "no such model id"},
    Row{100012, Code::kInvalidArgument, "the model cannot be read"},
    Row{100013, Code::kInvalidArgument, "the model cannot be parsed"},
    Row{100014, Code::kInvalidArgument, "the model cannot be read"},
    Row{100015, Code::kInvalidArgument, "invalid size of the model"},
    Row{100016, Code::kInvalidArgument, "an attribute is missing in the model"},
    Row{100017, Code::kInvalidArgument, "the inputs do not match the model's"},
    Row{100018, Code::kInvalidArgument, "the outputs do not match the model's"},
    Row{100019, Code::kInvalidArgument, "the model has no dynamic batch"},
    Row{100026, Code::kUnsupported, "data type not supported"},
    Row{100036, Code::kTimeout, "no callback in time"},
    Row{100039, Code::kUnavailable, "the library is the toolkit's stub, for linking only"},
    Row{107000, Code::kInvalidArgument, "invalid parameter"},
    Row{107001, Code::kNotFound, "no such device"},
    Row{107002, Code::kDeviceError, "the thread has no context"},
    Row{107003, Code::kDeviceError, "the stream is of another context"},
    Row{107004, Code::kDeviceError, "the model is of another context"},
    Row{107008, Code::kInvalidArgument, "the address is not aligned"},
    Row{107011, Code::kDeviceError, "the stream has a callback thread already"},
    Row{107012, Code::kDeviceError, "the thread is subscribed to no stream"},
    Row{107015, Code::kDeviceError, "the stream has no callback thread"},
    Row{107016, Code::kInvalidArgument, "invalid type of memory"},
    Row{107017, Code::kDeviceError, "the handle is stale"},
    Row{107019, Code::kTimeout, "timeout"},
    Row{107020, Code::kTimeout, "the task timed out"},
    Row{107022, Code::kDeviceError, "the device's tasks were aborted"},
    Row{145000, Code::kInvalidArgument, "invalid parameter"},
    Row{145002, Code::kInvalidArgument, "the file is no model for this device"},
    Row{145003, Code::kDeviceError, "no such model id, or it is in use"},
    Row{145006, Code::kInvalidArgument, "invalid size of the model"},
    Row{145011, Code::kInvalidArgument, "invalid address of a dynamic input"},
    Row{145012, Code::kInvalidArgument, "invalid length of a dynamic input"},
    Row{145013, Code::kInvalidArgument, "no such batch size in the model"},
    Row{200000, Code::kOutOfMemory, "out of memory"},
    Row{200001, Code::kUnsupported, "function not supported"},
    Row{200002, Code::kNotFound, "no such device"},
    Row{200006, Code::kUnsupported, "feature not supported"},
    Row{207000, Code::kUnsupported, "feature not supported"},
    Row{207001, Code::kOutOfMemory, "out of memory"},
    Row{207004, Code::kUnavailable, "no device"},
    Row{207005, Code::kUnavailable, "out of resources"},
    Row{207006, Code::kUnavailable, "no permission"},
    Row{207008, Code::kUnavailable, "out of streams"},
    Row{207010, Code::kUnavailable, "out of resources for models"},
    Row{207018, Code::kOutOfMemory, "the device is out of memory"},
    Row{245000, Code::kOutOfMemory, "out of memory"},
    Row{500000, Code::kDeviceError, "internal error"},
    Row{500001, Code::kDeviceError, "failure"},
    Row{500002, Code::kDeviceError, "failure of the graph engine"},
    Row{500003, Code::kDeviceError, "failure of the runtime"},
    Row{500004, Code::kDeviceError, "failure of the driver"},
    Row{507000, Code::kDeviceError, "internal error of the runtime"},
    Row{507010, Code::kDeviceError, "the device has stopped answering"},
    Row{507011, Code::kDeviceError, "the model failed"},
    Row{507012, Code::kTimeout, "no callback in time"},
    Row{507013, Code::kDeviceError, "failure of a copy"},
    Row{507014, Code::kDeviceError, "the AI core timed out"},
    Row{507015, Code::kDeviceError, "exception on the AI core"},
    Row{507017, Code::kDeviceError, "the AI CPU timed out"},
    Row{507018, Code::kDeviceError, "exception on the AI CPU"},
    Row{507033, Code::kUnavailable, "the device cannot be started"},
    Row{507046, Code::kTimeout, "the stream's work was not done in time"},
    Row{507899, Code::kDeviceError, "internal error of the driver"},
    Row{545000, Code::kDeviceError, "internal error of the graph engine"},
    Row{545001, Code::kInvalidArgument, "the model cannot be loaded"},
};

const Row* Find(aclError code) {
  const auto* at = std::lower_bound(kRows.begin(), kRows.end(), code,
                                    [](const Row& row, aclError c) { return row.code < c; });
  return at != kRows.end() && at->code == code ? at : nullptr;
}

// The newest line of what the library says, without the words that are said here already.
std::string Recent(const AclApi& api, const char* function) {
  const char* all = api.aclGetRecentErrMsg == nullptr ? nullptr : api.aclGetRecentErrMsg();
  if (all == nullptr) return "";
  std::string text(all);
  text = text.substr(0, text.find('\n'));
  if (text.rfind(std::string(function) + " failed: ", 0) == 0) {
    const std::size_t end = text.find("): ");
    text = end == std::string::npos ? "" : text.substr(end + 3);
  }
  return text;
}

}  // namespace

const char* AclWords(aclError code) {
  const Row* row = Find(code);
  return row == nullptr ? "error" : row->words;
}

Status AclFailed(const AclApi& api, const char* function, aclError code) {
  const Row* row = Find(code);
  std::string text =
      std::string(function) + " failed: " + std::to_string(code) + " (" + AclWords(code) + ")";
  const std::string more = Recent(api, function);
  if (!more.empty()) text += ": " + more;
  return Status(row == nullptr ? Code::kDeviceError : row->meaning, std::move(text));
}

Status AclReturnedNothing(const AclApi& api, const char* function) {
  const std::string more = Recent(api, function);
  return Status(Code::kOutOfMemory, std::string(function) + " failed: it returned nothing" +
                                        (more.empty() ? "" : ": " + more));
}

}  // namespace infer_server::devices
