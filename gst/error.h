// SPDX-License-Identifier: Apache-2.0
// Turns a Status of the core into an element's message.
#pragma once

#include <gst/gst.h>

#include "devices/base/status.h"

namespace infer_gst {

// Posts `status` on the bus as `element`'s error: the message is what the user can act on, the
// debug text adds the code. The only place where a Code becomes a GError domain. REQUIRES:
// !status.ok(); the object lock of `element` is not held.
void PostError(GstElement* element, const infer_server::devices::Status& status);
// The same as a warning: the stream goes on.
void PostWarning(GstElement* element, const infer_server::devices::Status& status);

}  // namespace infer_gst
