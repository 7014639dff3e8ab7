// SPDX-License-Identifier: Apache-2.0
#include "gst/error.h"

namespace infer_gst {
namespace {

using infer_server::devices::Code;
using infer_server::devices::Status;

struct GstCode {
  GQuark domain;
  gint code;
};

GstCode ToGst(Code code) {
  switch (code) {
    case Code::kOk:
      break;
    case Code::kInvalidArgument:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS};
    case Code::kNotFound:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND};
    case Code::kUnavailable:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE};
    case Code::kOutOfMemory:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT};
    case Code::kUnsupported:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT};
    case Code::kCancelled:
      return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SHUTDOWN};
    case Code::kTimeout:
    case Code::kDeviceError:
      return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED};
  }
  return {GST_CORE_ERROR, GST_CORE_ERROR_FAILED};
}

void Post(GstElement* element, GstMessageType type, const Status& status) {
  const GstCode gst = ToGst(status.code());
  gst_element_message_full(element, type, gst.domain, gst.code, g_strdup(status.message().c_str()),
                           g_strdup(CodeName(status.code())), __FILE__, __func__, __LINE__);
}

}  // namespace

void PostError(GstElement* element, const Status& status) {
  Post(element, GST_MESSAGE_ERROR, status);
}

void PostWarning(GstElement* element, const Status& status) {
  Post(element, GST_MESSAGE_WARNING, status);
}

}  // namespace infer_gst
