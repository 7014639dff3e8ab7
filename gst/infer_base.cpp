// SPDX-License-Identifier: Apache-2.0
#include "gst/infer_base.h"

#include "gst/error.h"
#include "gst/frame_map.h"
#include "gst/infer_element.h"
#include "gst/log.h"
#include "gst/property_table.h"

GST_DEBUG_CATEGORY(infer_debug);
#define GST_CAT_DEFAULT infer_debug

using infer_gst::InferElement;
using infer_server::devices::Code;
using infer_server::devices::Status;

#define GST_INFER_BASE(obj) reinterpret_cast<GstInferBase*>(obj)
#define GST_INFER_BASE_GET_CLASS(obj) \
  G_TYPE_INSTANCE_GET_CLASS((obj), GST_TYPE_INFER_BASE, GstInferBaseClass)

G_DEFINE_ABSTRACT_TYPE(GstInferBase, gst_infer_base, GST_TYPE_ELEMENT)

namespace {

InferElement* Of(gpointer object) { return GST_INFER_BASE(object)->element; }

// The read-only properties, after those of the table.
enum ReadOnly { kStats, kRuntimeInfo };

void PostNamed(GstElement* element, const Status& status) {
  gchar* name = gst_object_get_name(GST_OBJECT(element));
  infer_gst::PostError(element, Status(status).WithContext(name));
  g_free(name);
}

// Caps that the pad is about to refuse: without this, all that is heard is "not negotiated".
GstPadProbeReturn CheckCaps(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  GstEvent* event = gst_pad_probe_info_get_event(info);
  if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return GST_PAD_PROBE_OK;
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  infer_gst::Ptr<GstCaps> taken(gst_pad_get_pad_template_caps(pad));
  if (gst_caps_is_subset(caps, taken.get())) return GST_PAD_PROBE_OK;
  gchar* text = gst_caps_to_string(caps);
  PostNamed(GST_ELEMENT(self),
            Status(Code::kUnsupported, std::string("the input is ") + text +
                                           ", which is not video/x-raw in system memory of one of "
                                           "the formats " INFER_VIDEO_FORMATS
                                           "; put videoconvert in front"));
  g_free(text);
  return GST_PAD_PROBE_OK;
}

}  // namespace

static void gst_infer_base_set_property(GObject* object, guint id, const GValue* value,
                                        GParamSpec* spec) {
  using infer_gst::SetOutcome;
  SetOutcome outcome;
  {
    infer_gst::ObjectLock lock(object);
    const bool running = GST_STATE(object) >= GST_STATE_PAUSED;
    outcome = infer_gst::SetInferProperty(&Of(object)->properties, id, value, running);
  }
  if (outcome == SetOutcome::kUnknownId) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  if (outcome == SetOutcome::kTooLate)
    GST_ERROR_OBJECT(object, "property %s can change in the states NULL and READY only",
                     spec->name);
}

static void gst_infer_base_get_property(GObject* object, guint id, GValue* value,
                                        GParamSpec* spec) {
  const guint first = infer_gst::FirstReadOnlyId();
  if (id == first + kStats) {
    g_value_take_boxed(value, Of(object)->Stats());
  } else if (id == first + kRuntimeInfo) {
    g_value_set_string(value, Of(object)->RuntimeInfo().c_str());
  } else {
    infer_gst::ObjectLock lock(object);
    if (!infer_gst::GetInferProperty(Of(object)->properties, id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static GstFlowReturn gst_infer_base_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  return Of(parent)->Chain(buffer);
}

static gboolean gst_infer_base_sink_event(GstPad*, GstObject* parent, GstEvent* event) {
  return Of(parent)->SinkEvent(event);
}

static gboolean gst_infer_base_sink_query(GstPad*, GstObject* parent, GstQuery* query) {
  return Of(parent)->SinkQuery(query);
}

static gboolean gst_infer_base_src_query(GstPad*, GstObject* parent, GstQuery* query) {
  return Of(parent)->SrcQuery(query);
}

static gboolean gst_infer_base_src_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  if (Of(parent)->SrcEvent(event)) return gst_pad_event_default(pad, parent, event);
  gst_event_unref(event);
  return TRUE;
}

static gboolean gst_infer_base_activate_sink(GstPad*, GstObject* parent, GstPadMode mode,
                                             gboolean active) {
  return mode == GST_PAD_MODE_PUSH ? Of(parent)->ActivateSink(active) : FALSE;
}

static gboolean gst_infer_base_activate_src(GstPad*, GstObject* parent, GstPadMode mode,
                                            gboolean active) {
  return mode == GST_PAD_MODE_PUSH ? Of(parent)->ActivateSrc(active) : FALSE;
}

static GstStateChangeReturn gst_infer_base_change_state(GstElement* self,
                                                        GstStateChange transition) {
  InferElement* element = Of(self);
  const char* runtime = GST_INFER_BASE_GET_CLASS(self)->runtime;
  const auto prepare = GST_INFER_BASE_GET_CLASS(self)->prepare;
  const bool opens = transition == GST_STATE_CHANGE_NULL_TO_READY;
  const bool reopens = transition == GST_STATE_CHANGE_READY_TO_PAUSED;
  Status status;
  if ((opens || reopens) && prepare != nullptr) status = prepare(GST_INFER_BASE(self));
  if (status.ok() && opens) status = element->Open(runtime);
  if (status.ok() && reopens) status = element->Reopen(runtime);
  if (!status.ok()) {
    PostNamed(self, status);
    return GST_STATE_CHANGE_FAILURE;
  }
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) element->ResetStream();

  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_infer_base_parent_class)->change_state(self, transition);
  if (result == GST_STATE_CHANGE_FAILURE) return result;

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) element->DrainDropped();
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) element->Close();
  return result;
}

static void gst_infer_base_init(GstInferBase*) {}

// Not in init: there the class is not yet the subclass's, which has the pad templates.
static void gst_infer_base_constructed(GObject* object) {
  G_OBJECT_CLASS(gst_infer_base_parent_class)->constructed(object);
  GstInferBase* self = GST_INFER_BASE(object);
  GstElementClass* klass = GST_ELEMENT_GET_CLASS(self);
  GstPad* sink =
      gst_pad_new_from_template(gst_element_class_get_pad_template(klass, "sink"), "sink");
  gst_pad_set_chain_function(sink, gst_infer_base_chain);
  gst_pad_set_event_function(sink, gst_infer_base_sink_event);
  gst_pad_set_query_function(sink, gst_infer_base_sink_query);
  gst_pad_set_activatemode_function(sink, gst_infer_base_activate_sink);
  gst_pad_add_probe(sink, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, CheckCaps, self, nullptr);
  gst_element_add_pad(GST_ELEMENT(self), sink);

  GstPad* src = gst_pad_new_from_template(gst_element_class_get_pad_template(klass, "src"), "src");
  gst_pad_set_event_function(src, gst_infer_base_src_event);
  gst_pad_set_query_function(src, gst_infer_base_src_query);
  gst_pad_set_activatemode_function(src, gst_infer_base_activate_src);
  gst_element_add_pad(GST_ELEMENT(self), src);

  self->element = new InferElement(GST_ELEMENT(self), sink, src);
}

static void gst_infer_base_finalize(GObject* object) {
  delete Of(object);
  G_OBJECT_CLASS(gst_infer_base_parent_class)->finalize(object);
}

static void gst_infer_base_class_init(GstInferBaseClass* klass) {
  GST_DEBUG_CATEGORY_INIT(infer_debug, "infer", 0, "the infer elements");
  auto* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_infer_base_set_property;
  object_class->get_property = gst_infer_base_get_property;
  object_class->constructed = gst_infer_base_constructed;
  object_class->finalize = gst_infer_base_finalize;
  infer_gst::InstallInferProperties(object_class);
  const guint first = infer_gst::FirstReadOnlyId();
  g_object_class_install_property(
      object_class, first + kStats,
      g_param_spec_boxed("stats", "stats",
                         "Counts and times since the stream began: frames-in, frames-out, "
                         "inferred, failed, skipped, items, latency-p50-ms, latency-p95-ms, "
                         "queue-level (frames), engine, batch-size, last-error",
                         GST_TYPE_STRUCTURE, infer_gst::kReadOnly));
  g_object_class_install_property(
      object_class, first + kRuntimeInfo,
      g_param_spec_string("runtime-info", "runtime-info",
                          "What runs the model, from state READY on: device, engine, batch size, "
                          "number of engines, and what to know about them",
                          nullptr, infer_gst::kReadOnly));

  auto* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_infer_base_change_state;
  gst_type_mark_as_plugin_api(GST_TYPE_INFER_BASE, static_cast<GstPluginAPIFlags>(0));
}
