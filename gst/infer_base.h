// SPDX-License-Identifier: Apache-2.0
// GstInferBase: what cpuinfer, aclinfer and mluinfer have in common, which is nearly all.
#pragma once

#include <gst/gst.h>

#include "devices/base/status.h"

namespace infer_gst {
class InferElement;
}

#define GST_TYPE_INFER_BASE (gst_infer_base_get_type())
GType gst_infer_base_get_type();

struct GstInferBase {
  GstElement parent;
  infer_gst::InferElement* element;  // Owned; made in init, deleted in finalize.
};

struct GstInferBaseClass {
  GstElementClass parent_class;
  const char* runtime;  // Set by the subclass: "cpu", "acl", "mlu".
  // Chooses the runtime's library before a device of it is opened; null where there is no choice.
  infer_server::devices::Status (*prepare)(GstInferBase* self);
};
