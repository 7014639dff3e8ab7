// SPDX-License-Identifier: Apache-2.0
// infermeta: writes the results attached to frames as JSON Lines and passes the video through.
//
// Frames are neither mapped nor changed, so any video/x-raw in any memory will do. With nothing
// linked to `src` when it goes to PAUSED, the element is a sink: it is a GstBin for the sake of the
// child it has then (see sink_role.h); its pads are ordinary ones. No lock is held while something
// is pushed, posted or written.
#include <gst/gst.h>
#include <gst/video/video.h>

#include <memory>
#include <string>
#include <utility>

#include "gst/elements.h"
#include "gst/error.h"
#include "gst/frame_meta.h"
#include "gst/json_branch.h"
#include "gst/property_table.h"
#include "gst/ptr.h"
#include "gst/region_meta.h"
#include "gst/sink_role.h"
#include "video/json_lines.h"
#include "video/line_writer.h"

GST_DEBUG_CATEGORY_STATIC(infer_meta_debug);
#define GST_CAT_DEFAULT infer_meta_debug

namespace {

using infer_gst::kReady;
using infer_gst::ObjectLock;
using infer_gst::PostError;
using infer_gst::PostWarning;
using infer_gst::Prop;
using infer_gst::Ptr;
using infer_server::devices::Code;
using infer_server::devices::Result;
using infer_server::devices::Status;
using infer_server::video::LineWriter;

struct MetaConfig {
  std::string location, source_id;
};

constexpr infer_gst::Property<MetaConfig> kProperties[] = {
    Prop<&MetaConfig::location>("location", kReady,
                                "File to write, one line of JSON a frame, emptied first (- = "
                                "standard output, empty = none)"),
    Prop<&MetaConfig::source_id>("source-id", kReady,
                                 "Name of the video in \"source\" of each line (empty = the "
                                 "element's name)"),
};
constexpr guint kStats = G_N_ELEMENTS(kProperties) + 1;

struct Counters {
  guint64 frames = 0, objects = 0, bytes = 0;
};

struct Meta {
  // Guarded by the object lock.
  MetaConfig config;
  Counters counters;

  // Made before PAUSED, gone after it.
  std::unique_ptr<LineWriter> writer;
  bool posted = false;  // Its error; of the streaming thread while there is one.

  // Of the streaming thread.
  infer_server::video::FrameResult result;
  std::string line;
  std::string stream_id;
  guint64 next_frame = 0;
  bool outlet_checked = false;  // Whether anything takes the lines; once a run.

  infer_gst::SinkRole sink_role;
  infer_gst::JsonBranch json;
};

}  // namespace

#define INFER_TYPE_META (infer_meta_get_type())
G_DECLARE_FINAL_TYPE(InferMeta, infer_meta, INFER, META, GstBin)

struct _InferMeta {
  GstBin parent;
  GstPad *sink, *src;
  Meta* state;  // Owned; made in init, deleted in finalize.
};

G_DEFINE_TYPE_WITH_CODE(InferMeta, infer_meta, GST_TYPE_BIN,
                        GST_DEBUG_CATEGORY_INIT(infer_meta_debug, "infermeta", 0,
                                                "results as JSON Lines"))
GST_ELEMENT_REGISTER_DEFINE(infermeta, "infermeta", GST_RANK_NONE, INFER_TYPE_META)

// Posts what went wrong with the property `location`, once a run.
static void infer_meta_post(InferMeta* self, Status status) {
  if (std::exchange(self->state->posted, true)) return;
  PostError(GST_ELEMENT(self), std::move(status).WithContext(std::string(GST_OBJECT_NAME(self)) +
                                                             ": property location"));
}

// Says once a run, with its first frame, that nobody gets the lines.
static void infer_meta_check_outlet(InferMeta* self) {
  Meta* const state = self->state;
  if (std::exchange(state->outlet_checked, true) || state->writer != nullptr ||
      state->json.Linked(GST_ELEMENT(self)))
    return;
  PostWarning(GST_ELEMENT(self),
              {Code::kInvalidArgument,
               std::string(GST_OBJECT_NAME(self)) +
                   ": property location is empty and the pad json is not linked: nothing is "
                   "written; set location to a file or - (standard output), or link json"});
}

// Where the video goes.
static GstPad* infer_meta_out(InferMeta* self) {
  const infer_gst::SinkRole& role = self->state->sink_role;
  return role.active() ? role.feed() : self->src;
}

// Whether frames end here: the child would hold one in PAUSED, and the sink of the JSON branch,
// when it comes to PAUSED after it, would wait for the next line, which is behind that frame.
static bool infer_meta_json_waits(InferMeta* self) {
  const infer_gst::SinkRole& role = self->state->sink_role;
  return role.active() && !role.async() && self->state->json.Linked(GST_ELEMENT(self));
}

static void infer_meta_make_line(InferMeta* self, GstBuffer* buffer) {
  Meta* const state = self->state;
  infer_gst::ReadRegions(buffer, &state->result);
  infer_gst::ReadFrameMeta(buffer, &state->result);
  state->result.frame = state->next_frame++;
  state->result.pts_ns =
      GST_BUFFER_PTS_IS_VALID(buffer) ? static_cast<gint64>(GST_BUFFER_PTS(buffer)) : -1;
  state->line.clear();
  infer_server::video::AppendJsonLine(state->result, &state->line);
  ObjectLock lock(self);
  ++state->counters.frames;
  state->counters.objects += state->result.objects.size();
  state->counters.bytes += state->line.size();
}

static GstFlowReturn infer_meta_chain(GstPad* pad, GstObject* parent, GstBuffer* buffer) {
  InferMeta* const self = INFER_META(parent);
  Meta* const state = self->state;
  infer_meta_check_outlet(self);
  infer_meta_make_line(self, buffer);
  if (state->writer != nullptr) {
    Status status = state->writer->Write(state->line);
    if (!status.ok()) {
      gst_buffer_unref(buffer);
      if (status.code() == Code::kCancelled) return GST_FLOW_FLUSHING;
      infer_meta_post(self, std::move(status));
      return GST_FLOW_ERROR;
    }
  }
  const GstFlowReturn json = state->json.Push(GST_ELEMENT(self), pad, state->line, buffer);
  if (json != GST_FLOW_OK || infer_meta_json_waits(self)) {
    gst_buffer_unref(buffer);
    return json;
  }
  return gst_pad_push(infer_meta_out(self), buffer);
}

// The numbers of frames start again with another stream, not when this one is sought.
static void infer_meta_start_stream(InferMeta* self, GstEvent* event) {
  const gchar* id = nullptr;
  gst_event_parse_stream_start(event, &id);
  if (self->state->stream_id != id) self->state->next_frame = 0;
  self->state->stream_id = id;
}

// Width and height are read from the structure: GstVideoInfo does not know every memory's formats.
static void infer_meta_take_caps(InferMeta* self, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  const GstStructure* s = gst_caps_get_structure(caps, 0);
  gint width = 0, height = 0;
  gst_structure_get_int(s, "width", &width);
  gst_structure_get_int(s, "height", &height);
  self->state->result.width = width;
  self->state->result.height = height;
}

static gboolean infer_meta_sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  InferMeta* const self = INFER_META(parent);
  Meta* const state = self->state;
  if (GST_EVENT_TYPE(event) == GST_EVENT_STREAM_START) infer_meta_start_stream(self, event);
  if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) infer_meta_take_caps(self, event);
  // Who hears of the end finds the whole file.
  if (GST_EVENT_TYPE(event) == GST_EVENT_EOS && state->writer != nullptr) {
    Status status = state->writer->Flush();
    if (!status.ok()) infer_meta_post(self, std::move(status));
  }
  state->json.OnEvent(GST_ELEMENT(self), pad, event);
  if (GST_EVENT_TYPE(event) == GST_EVENT_GAP && infer_meta_json_waits(self)) {
    gst_event_unref(event);
    return TRUE;
  }
  return gst_pad_push_event(infer_meta_out(self), event);
}

// As a sink, frames may come with any strides: they are not looked at.
static gboolean infer_meta_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  InferMeta* const self = INFER_META(parent);
  if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION && self->state->sink_role.active()) {
    gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
    return TRUE;
  }
  return gst_pad_query_default(pad, parent, query);
}

// Video pads are linked with each other; the JSON pad asks upstream, and nothing asks it.
static GstIterator* infer_meta_internal_links(GstPad* pad, GstObject* parent) {
  InferMeta* const self = INFER_META(parent);
  GValue other = G_VALUE_INIT;
  g_value_init(&other, GST_TYPE_PAD);
  g_value_set_object(&other, pad == self->sink ? infer_meta_out(self) : self->sink);
  GstIterator* const links = gst_iterator_new_single(GST_TYPE_PAD, &other);
  g_value_unset(&other);
  return links;
}

// With a JSON branch, that branch's sink prerolls for both, so that no queue is needed between
// `json` and a sink.
static bool infer_meta_decide(InferMeta* self) {
  Meta* const state = self->state;
  const bool async = !state->json.Linked(GST_ELEMENT(self));
  Status status = state->sink_role.Decide(GST_BIN(self), self->src, async);
  if (status.ok()) return true;
  PostError(GST_ELEMENT(self), std::move(status).WithContext(GST_OBJECT_NAME(self)));
  return false;
}

static bool infer_meta_start(InferMeta* self) {
  Meta* const state = self->state;
  MetaConfig config;
  {
    ObjectLock lock(self);
    config = state->config;
    state->counters = {};
  }
  const Ptr<char> name(gst_object_get_name(GST_OBJECT(self)));
  state->result = {};
  state->result.source = config.source_id.empty() ? name.get() : config.source_id;
  state->next_frame = 0;
  state->stream_id.clear();
  state->posted = false;
  state->outlet_checked = false;
  if (!config.location.empty()) {
    Result<std::unique_ptr<LineWriter>> writer = LineWriter::Open(config.location);
    if (!writer.ok()) {
      infer_meta_post(self, writer.status());
      return false;
    }
    state->writer = std::move(writer).value();
  }
  return true;
}

static void infer_meta_stop(InferMeta* self) {
  Meta* const state = self->state;
  state->json.Stop();
  if (state->writer == nullptr) return;
  Status status = state->writer->Close();
  state->writer.reset();
  if (!status.ok()) infer_meta_post(self, std::move(status));
}

static GstStateChangeReturn infer_meta_change_state(GstElement* element,
                                                    GstStateChange transition) {
  InferMeta* const self = INFER_META(element);
  Meta* const state = self->state;
  switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
      if (!infer_meta_decide(self)) return GST_STATE_CHANGE_FAILURE;
      break;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      if (!infer_meta_decide(self) || !infer_meta_start(self)) return GST_STATE_CHANGE_FAILURE;
      state->sink_role.Activate(true);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      // The pads cannot be shut down while the streaming thread waits for a file.
      if (state->writer != nullptr) state->writer->Unblock();
      break;
    default:
      break;
  }
  const auto changed =
      GST_ELEMENT_CLASS(infer_meta_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED && changed == GST_STATE_CHANGE_FAILURE)) {
    state->sink_role.Activate(false);
    infer_meta_stop(self);
  }
  return changed;
}

static gboolean infer_meta_send_event(GstElement* element, GstEvent* event) {
  return INFER_META(element)->state->sink_role.SendEvent(GST_BIN(element), event);
}

static gboolean infer_meta_query(GstElement* element, GstQuery* query) {
  return INFER_META(element)->state->sink_role.Query(GST_BIN(element), query);
}

static GstPad* infer_meta_request_new_pad(GstElement* element, GstPadTemplate* pad_template,
                                          const gchar*, const GstCaps*) {
  return INFER_META(element)->state->json.Request(element, pad_template);
}

static void infer_meta_release_pad(GstElement* element, GstPad* pad) {
  INFER_META(element)->state->json.Release(element, pad);
}

static void infer_meta_set_property(GObject* object, guint id, const GValue* value,
                                    GParamSpec* spec) {
  bool late = false, known = true;
  {
    ObjectLock lock(object);
    late = GST_STATE(object) >= GST_STATE_PAUSED;  // All rows are kReady.
    if (!late)
      known = infer_gst::SetProperty(kProperties, id, value, &INFER_META(object)->state->config);
  }
  if (!known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  if (late)
    GST_ERROR_OBJECT(object, "property %s can change in the states NULL and READY only",
                     spec->name);
}

static void infer_meta_get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  InferMeta* const self = INFER_META(object);
  if (id == kStats) {
    Counters counters;
    {
      ObjectLock lock(object);
      counters = self->state->counters;
    }
    g_value_take_boxed(value, gst_structure_new("stats", "frames", G_TYPE_UINT64, counters.frames,
                                                "objects", G_TYPE_UINT64, counters.objects, "bytes",
                                                G_TYPE_UINT64, counters.bytes, nullptr));
    return;
  }
  ObjectLock lock(object);
  if (!infer_gst::GetProperty(kProperties, id, value, self->state->config))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void infer_meta_init(InferMeta* self) {
  self->state = new Meta;
  auto* const klass = GST_ELEMENT_GET_CLASS(self);
  self->sink = gst_pad_new_from_template(gst_element_class_get_pad_template(klass, "sink"), "sink");
  self->src = gst_pad_new_from_template(gst_element_class_get_pad_template(klass, "src"), "src");
  gst_pad_set_chain_function(self->sink, GST_DEBUG_FUNCPTR(infer_meta_chain));
  gst_pad_set_event_function(self->sink, GST_DEBUG_FUNCPTR(infer_meta_sink_event));
  gst_pad_set_query_function(self->sink, GST_DEBUG_FUNCPTR(infer_meta_sink_query));
  for (GstPad* pad : {self->sink, self->src}) {
    gst_pad_set_iterate_internal_links_function(pad, GST_DEBUG_FUNCPTR(infer_meta_internal_links));
    GST_PAD_SET_PROXY_CAPS(pad);
    GST_PAD_SET_PROXY_ALLOCATION(pad);
    GST_PAD_SET_PROXY_SCHEDULING(pad);
    gst_element_add_pad(GST_ELEMENT(self), pad);
  }
  self->state->sink_role.Init(self->sink);
}

static void infer_meta_dispose(GObject* object) {
  INFER_META(object)->state->sink_role.Dispose();
  G_OBJECT_CLASS(infer_meta_parent_class)->dispose(object);
}

static void infer_meta_finalize(GObject* object) {
  delete INFER_META(object)->state;
  G_OBJECT_CLASS(infer_meta_parent_class)->finalize(object);
}

static void infer_meta_class_init(InferMetaClass* klass) {
  auto* const object_class = G_OBJECT_CLASS(klass);
  auto* const element_class = GST_ELEMENT_CLASS(klass);

  object_class->set_property = infer_meta_set_property;
  object_class->get_property = infer_meta_get_property;
  object_class->dispose = infer_meta_dispose;
  object_class->finalize = infer_meta_finalize;
  infer_gst::InstallProperties(object_class, kProperties);
  g_object_class_install_property(
      object_class, kStats,
      g_param_spec_boxed("stats", "stats",
                         "Counts since the element went to PAUSED: frames, objects on them, bytes "
                         "of JSON",
                         GST_TYPE_STRUCTURE, infer_gst::kReadOnly));

  const Ptr<GstCaps> video(gst_caps_from_string("video/x-raw(ANY)"));
  const Ptr<GstCaps> json(gst_caps_new_empty_simple("application/x-json"));
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, video.get()));
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, video.get()));
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new("json", GST_PAD_SRC, GST_PAD_REQUEST, json.get()));
  gst_element_class_set_static_metadata(
      element_class, "Inference results as JSON Lines", "Filter/Analyzer/Video",
      "Writes what was found in each frame as a line of JSON; a sink when nothing follows",
      "The gst-inferserver authors");

  element_class->change_state = GST_DEBUG_FUNCPTR(infer_meta_change_state);
  element_class->send_event = GST_DEBUG_FUNCPTR(infer_meta_send_event);
  element_class->query = GST_DEBUG_FUNCPTR(infer_meta_query);
  element_class->request_new_pad = GST_DEBUG_FUNCPTR(infer_meta_request_new_pad);
  element_class->release_pad = GST_DEBUG_FUNCPTR(infer_meta_release_pad);
}
