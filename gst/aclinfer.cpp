// SPDX-License-Identifier: Apache-2.0
// aclinfer: neural networks on cards that AscendCL drives.
#include <gst/video/video.h>

#include <memory>
#include <optional>
#include <string>

#include "devices/runtime.h"
#include "gst/elements.h"
#include "gst/frame_map.h"
#include "gst/infer_base.h"
#include "gst/infer_element.h"
#include "gst/property_table.h"
#include "gst/ptr.h"
#include "gst/session_deadline.h"

using infer_server::devices::Result;
using infer_server::devices::Status;

struct GstAclInfer {
  GstInferBase parent;
  gint flavour;  // Guarded by the object lock.
};
struct GstAclInferClass {
  GstInferBaseClass parent_class;
};
GType gst_acl_infer_get_type();

G_DEFINE_TYPE(GstAclInfer, gst_acl_infer, GST_TYPE_INFER_BASE)
GST_ELEMENT_REGISTER_DEFINE(aclinfer, "aclinfer", GST_RANK_NONE, gst_acl_infer_get_type())

#define GST_ACL_INFER(obj) reinterpret_cast<GstAclInfer*>(obj)

static const GEnumValue kFlavours[] = {
    {0, "The vendor's library where there is one, else the software AscendCL", "auto"},
    {1, "The vendor's library, or an error", "vendor"},
    {2, "The software AscendCL, on the CPU", "software"},
    {0, nullptr, nullptr}};

static void gst_acl_infer_init(GstAclInfer*) {}

enum { kFlavour = 1, kEngineTimeout, kStartTimeout };

static void gst_acl_infer_set_property(GObject* object, guint id, const GValue* value,
                                       GParamSpec* spec) {
  infer_gst::ObjectLock lock(object);
  infer_gst::InferProperties* common = &GST_ACL_INFER(object)->parent.element->properties;
  if (GST_STATE(object) >= GST_STATE_PAUSED) {
    GST_ERROR_OBJECT(object, "property %s can change in the states NULL and READY only",
                     spec->name);
  } else if (id == kFlavour) {
    GST_ACL_INFER(object)->flavour = g_value_get_enum(value);
  } else {
    guint* const timeout =
        id == kEngineTimeout ? &common->config.engine_timeout : &common->config.start_timeout;
    *timeout = g_value_get_uint(value);
    ++common->opened_changes;
  }
}

static void gst_acl_infer_get_property(GObject* object, guint id, GValue* value, GParamSpec*) {
  infer_gst::ObjectLock lock(object);
  const infer_gst::InferConfig& config = GST_ACL_INFER(object)->parent.element->properties.config;
  if (id == kFlavour)
    g_value_set_enum(value, GST_ACL_INFER(object)->flavour);
  else
    g_value_set_uint(value, id == kEngineTimeout ? config.engine_timeout : config.start_timeout);
}

static Status gst_acl_infer_prepare(GstInferBase* self) {
  const char* flavour = nullptr;
  std::chrono::milliseconds limit;
  {
    infer_gst::ObjectLock lock(self);
    flavour = kFlavours[GST_ACL_INFER(self)->flavour].value_nick;
    limit = infer_gst::StartLimit(GST_ACL_INFER(self)->parent.element->properties.config);
  }
  const auto chosen = std::make_shared<std::optional<Result<std::string>>>();
  INFER_RETURN_IF_ERROR(infer_gst::Within(limit, "load AscendCL", [=] {
    *chosen = infer_server::devices::ChooseFlavour("acl", flavour);
  }));
  const Result<std::string>& used = **chosen;
  if (!used.ok()) return Status(used.status()).WithContext("property flavour");
  GstStructure* which = gst_structure_new("inferserver-runtime", "runtime", G_TYPE_STRING, "acl",
                                          "flavour", G_TYPE_STRING, used.value().c_str(), nullptr);
  gst_element_post_message(GST_ELEMENT(self), gst_message_new_element(GST_OBJECT(self), which));
  return {};
}

static void gst_acl_infer_class_init(GstAclInferClass* klass) {
  klass->parent_class.runtime = "acl";
  klass->parent_class.prepare = gst_acl_infer_prepare;
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_acl_infer_set_property;
  object_class->get_property = gst_acl_infer_get_property;
  const GType flavours = g_enum_register_static("GstInferFlavour", kFlavours);
  g_object_class_install_property(
      object_class, kFlavour,
      g_param_spec_enum("flavour", "flavour",
                        "Whose AscendCL to use, the same in the whole process; runtime-info says "
                        "which it is",
                        flavours, 0, infer_gst::kReady));
  g_object_class_install_property(
      object_class, kEngineTimeout,
      g_param_spec_uint("engine-timeout", "engine-timeout",
                        "Longest time that a stage, or a call of the device, may take over a "
                        "batch, in ms: then the device is stopped, an engine that does not return "
                        "is replaced, and the batch fails; 0 = no limit",
                        0, 3600000, 0, infer_gst::kReady));
  g_object_class_install_property(
      object_class, kStartTimeout,
      g_param_spec_uint("start-timeout", "start-timeout",
                        "Longest time that loading the model, and letting go of it, may take, in "
                        "ms: then it is given up; 0 = 30 s with an engine-timeout, else no limit",
                        0, 3600000, 0, infer_gst::kReady));
  auto* element_class = GST_ELEMENT_CLASS(klass);
  GstCaps* caps = gst_caps_from_string(GST_VIDEO_CAPS_MAKE(INFER_VIDEO_FORMATS));
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref(caps);
  gst_element_class_set_static_metadata(
      element_class, "AscendCL inference", "Filter/Analyzer/Video/Hardware",
      "Runs a neural network on frames, or on the objects found on them, through AscendCL",
      "The gst-inferserver authors");
}
