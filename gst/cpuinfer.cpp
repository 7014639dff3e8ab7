// SPDX-License-Identifier: Apache-2.0
// cpuinfer: neural networks on the CPU.
#include <gst/video/video.h>

#include "gst/elements.h"
#include "gst/frame_map.h"
#include "gst/infer_base.h"

struct GstCpuInfer {
  GstInferBase parent;
};
struct GstCpuInferClass {
  GstInferBaseClass parent_class;
};
GType gst_cpu_infer_get_type();

G_DEFINE_TYPE(GstCpuInfer, gst_cpu_infer, GST_TYPE_INFER_BASE)
GST_ELEMENT_REGISTER_DEFINE(cpuinfer, "cpuinfer", GST_RANK_NONE, gst_cpu_infer_get_type())

static void gst_cpu_infer_init(GstCpuInfer*) {}

static void gst_cpu_infer_class_init(GstCpuInferClass* klass) {
  klass->parent_class.runtime = "cpu";
  auto* element_class = GST_ELEMENT_CLASS(klass);
  GstCaps* caps = gst_caps_from_string(GST_VIDEO_CAPS_MAKE(INFER_VIDEO_FORMATS));
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref(caps);
  gst_element_class_set_static_metadata(
      element_class, "CPU inference", "Filter/Analyzer/Video",
      "Runs a neural network on frames, or on the objects found on them, on the CPU",
      "The gst-inferserver authors");
}
