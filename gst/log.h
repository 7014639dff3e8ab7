// SPDX-License-Identifier: Apache-2.0
// The core's log in GStreamer's: category `inferserver`, read with GST_DEBUG=inferserver:5.
#pragma once

#include <gst/gst.h>

// The log category of infer elements, defined in infer_base.cpp.
GST_DEBUG_CATEGORY_EXTERN(infer_debug);

namespace infer_gst {

// Sends the core's log to the category. Called once, when the plugin is loaded.
void InstallLog();

// Makes the core build the messages that the category shows now, or that INFERSERVER_LOG asks for,
// and no others. Called when an element starts. Thread-safe.
void FollowLogLevel();

}  // namespace infer_gst
