// SPDX-License-Identifier: Apache-2.0
// inferoverlay: draws results in place on the frame they are attached to.
//
// A GstBaseTransform that is in place and never passthrough: whether there is anything to draw is
// decided before a writable buffer is asked for, so a frame without results is neither mapped nor
// copied.
#include <gst/base/gstbasetransform.h>
#include <gst/video/video.h>

#include <string>

#include "gst/elements.h"
#include "gst/error.h"
#include "gst/frame_map.h"
#include "gst/frame_meta.h"
#include "gst/property_table.h"
#include "gst/ptr.h"
#include "gst/region_meta.h"
#include "video/config_values.h"
#include "video/draw/annotate.h"

GST_DEBUG_CATEGORY_STATIC(infer_overlay_debug);
#define GST_CAT_DEFAULT infer_overlay_debug

namespace {

using infer_gst::kPlaying;
using infer_gst::ObjectLock;
using infer_gst::PostError;
using infer_gst::PostWarning;
using infer_gst::Prop;
using infer_server::devices::Status;
using infer_server::video::AnnotateStyle;

struct OverlayConfig {
  bool draw_boxes = true, draw_keypoints = true;
  bool show_labels = true, show_scores = true, show_track_ids = true, show_attributes = true;
  guint thickness = 0, font_size = 0;
  double label_opacity = 0.8, fill_opacity = 0;
  std::string font, color, labels;
};

using C = OverlayConfig;
constexpr infer_gst::Property<OverlayConfig> kProperties[] = {
    Prop<&C::labels>("labels", kPlaying,
                     "Draw only objects with one of these labels, a comma list (empty = all)"),
    Prop<&C::draw_boxes>("draw-boxes", kPlaying, "Outline each object with a box"),
    Prop<&C::draw_keypoints>("draw-keypoints", kPlaying, "Draw keypoints of objects as dots"),
    Prop<&C::show_labels>("show-labels", kPlaying, "Write the label of objects"),
    Prop<&C::show_scores>("show-scores", kPlaying, "Write scores, 0..1, of objects and attributes"),
    Prop<&C::show_track_ids>("show-track-ids", kPlaying, "Write track ids, as #12"),
    Prop<&C::show_attributes>(
        "show-attributes", kPlaying,
        "Write attributes, a line each: of objects in their label, of the frame at its top left"),
    Prop<&C::thickness>("thickness", kPlaying,
                        "Width of outlines in pixels (0 = 1/360 of the frame's height)", 0, 64),
    Prop<&C::font>("font", kPlaying,
                   "Font of labels: a name as fontconfig knows it, or a file (empty = DejaVu "
                   "Sans, or the system's sans-serif font)"),
    Prop<&C::font_size>(
        "font-size", kPlaying,
        "Size of text in pixels, 6 to 256 (0 = 1/40 of the frame's height, at least 12)", 0, 256),
    Prop<&C::label_opacity>("label-opacity", kPlaying,
                            "Opacity of the ground behind text (0 = no ground, 1 = opaque)", 0, 1),
    Prop<&C::fill_opacity>("fill-opacity", kPlaying,
                           "Opacity of the inside of boxes (0 = not filled, 1 = opaque)", 0, 1),
    Prop<&C::color>("color", kPlaying,
                    "Colour of everything drawn, as #rrggbb (empty = each label has its own)"),
};

AnnotateStyle StyleOf(const OverlayConfig& config) {
  AnnotateStyle style;
  style.text = {config.show_labels, config.show_scores, config.show_track_ids,
                config.show_attributes};
  style.thickness = static_cast<int>(config.thickness);
  style.font_size = static_cast<int>(config.font_size);
  style.font = config.font;
  style.label_opacity = config.label_opacity;
  style.fill_opacity = config.fill_opacity;
  style.boxes = config.draw_boxes;
  style.keypoints = config.draw_keypoints;
  style.color = config.color;
  if (!config.labels.empty()) style.labels = infer_server::video::SplitCommas(config.labels);
  return style;
}

struct Overlay {
  // Guarded by the object lock.
  OverlayConfig config;
  bool changed = false;  // `config`, since the streaming thread took it.

  // Of the streaming thread, between start() and stop().
  GstVideoInfo info;
  infer_server::video::Annotator annotator;
  infer_server::video::FrameResult result;
  bool draw = false;  // On the buffer being transformed.
};

}  // namespace

#define INFER_TYPE_OVERLAY (infer_overlay_get_type())
G_DECLARE_FINAL_TYPE(InferOverlay, infer_overlay, INFER, OVERLAY, GstBaseTransform)

struct _InferOverlay {
  GstBaseTransform parent;
  Overlay* state;  // Owned; made in init, deleted in finalize.
};

G_DEFINE_TYPE_WITH_CODE(InferOverlay, infer_overlay, GST_TYPE_BASE_TRANSFORM,
                        GST_DEBUG_CATEGORY_INIT(infer_overlay_debug, "inferoverlay", 0,
                                                "draws results"))
GST_ELEMENT_REGISTER_DEFINE(inferoverlay, "inferoverlay", GST_RANK_NONE, INFER_TYPE_OVERLAY)

// The style the properties ask for now.
static AnnotateStyle infer_overlay_take_style(InferOverlay* self) {
  ObjectLock lock(self);
  self->state->changed = false;
  return StyleOf(self->state->config);
}

// `status`, whose message starts with the property's name.
static Status infer_overlay_in_context(InferOverlay* self, const Status& status) {
  return Status(status.code(),
                std::string(GST_OBJECT_NAME(self)) + ": property " + status.message());
}

static gboolean infer_overlay_start(GstBaseTransform* base) {
  InferOverlay* const self = INFER_OVERLAY(base);
  const Status status = infer_server::video::Annotator::Check(infer_overlay_take_style(self));
  if (status.ok()) return TRUE;
  PostError(GST_ELEMENT(self), infer_overlay_in_context(self, status));
  return FALSE;
}

static gboolean infer_overlay_set_caps(GstBaseTransform* base, GstCaps* in, GstCaps* out) {
  (void)out;
  InferOverlay* const self = INFER_OVERLAY(base);
  Overlay* const state = self->state;
  if (!gst_video_info_from_caps(&state->info, in)) return FALSE;
  const Status status = state->annotator.Configure(infer_overlay_take_style(self),
                                                   GST_VIDEO_INFO_HEIGHT(&state->info));
  if (status.ok()) return TRUE;
  PostError(GST_ELEMENT(self), infer_overlay_in_context(self, status));
  return FALSE;
}

// A style that cannot be had is reported and the one before kept.
static void infer_overlay_follow_properties(InferOverlay* self) {
  {
    ObjectLock lock(self);
    if (!self->state->changed) return;
  }
  const Status status = self->state->annotator.Configure(infer_overlay_take_style(self),
                                                         GST_VIDEO_INFO_HEIGHT(&self->state->info));
  if (!status.ok()) PostWarning(GST_ELEMENT(self), infer_overlay_in_context(self, status));
}

static GstFlowReturn infer_overlay_prepare_output_buffer(GstBaseTransform* base, GstBuffer* in,
                                                         GstBuffer** out) {
  InferOverlay* const self = INFER_OVERLAY(base);
  Overlay* const state = self->state;
  infer_overlay_follow_properties(self);
  infer_gst::ReadRegions(in, &state->result);
  infer_gst::ReadFrameMeta(in, &state->result);
  state->draw = state->annotator.HasWork(state->result);
  if (!state->draw) {
    *out = in;
    return GST_FLOW_OK;
  }
  auto* const parent = GST_BASE_TRANSFORM_CLASS(infer_overlay_parent_class);
  return parent->prepare_output_buffer(base, in, out);
}

static GstFlowReturn infer_overlay_transform_ip(GstBaseTransform* base, GstBuffer* buffer) {
  InferOverlay* const self = INFER_OVERLAY(base);
  Overlay* const state = self->state;
  if (!state->draw) return GST_FLOW_OK;
  infer_gst::MappedFrame frame;
  Status status = frame.Map(buffer, state->info, GST_MAP_READWRITE);
  if (!status.ok()) {
    PostError(GST_ELEMENT(self), std::move(status).WithContext(GST_OBJECT_NAME(self)));
    return GST_FLOW_ERROR;
  }
  state->annotator.Draw(state->result, frame.MutableView());
  return GST_FLOW_OK;
}

static void infer_overlay_set_property(GObject* object, guint id, const GValue* value,
                                       GParamSpec* spec) {
  ObjectLock lock(object);
  Overlay* const state = INFER_OVERLAY(object)->state;
  if (!infer_gst::SetProperty(kProperties, id, value, &state->config))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  state->changed = true;
}

static void infer_overlay_get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  ObjectLock lock(object);
  if (!infer_gst::GetProperty(kProperties, id, value, INFER_OVERLAY(object)->state->config))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void infer_overlay_init(InferOverlay* self) {
  self->state = new Overlay;
  gst_video_info_init(&self->state->info);
}

static void infer_overlay_finalize(GObject* object) {
  delete INFER_OVERLAY(object)->state;
  G_OBJECT_CLASS(infer_overlay_parent_class)->finalize(object);
}

static void infer_overlay_class_init(InferOverlayClass* klass) {
  auto* const object_class = G_OBJECT_CLASS(klass);
  auto* const element_class = GST_ELEMENT_CLASS(klass);
  auto* const base_class = GST_BASE_TRANSFORM_CLASS(klass);

  object_class->set_property = infer_overlay_set_property;
  object_class->get_property = infer_overlay_get_property;
  object_class->finalize = infer_overlay_finalize;
  infer_gst::InstallProperties(object_class, kProperties);

  const infer_gst::Ptr<GstCaps> caps(
      gst_caps_from_string(GST_VIDEO_CAPS_MAKE(INFER_VIDEO_FORMATS)));
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps.get()));
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps.get()));
  gst_element_class_set_static_metadata(
      element_class, "Inference results overlay", "Filter/Editor/Video",
      "Draws boxes, labels, attributes and keypoints of objects found in the video onto it",
      "The gst-inferserver authors");

  base_class->start = GST_DEBUG_FUNCPTR(infer_overlay_start);
  base_class->set_caps = GST_DEBUG_FUNCPTR(infer_overlay_set_caps);
  base_class->prepare_output_buffer = GST_DEBUG_FUNCPTR(infer_overlay_prepare_output_buffer);
  base_class->transform_ip = GST_DEBUG_FUNCPTR(infer_overlay_transform_ip);
}
