// SPDX-License-Identifier: Apache-2.0
#include "gst/sink_role.h"

#include "gst/ptr.h"

namespace infer_gst {
namespace {

void SetFlag(GstElement* element, bool is_sink) {
  ObjectLock lock(element);
  if (is_sink)
    GST_OBJECT_FLAG_SET(element, GST_ELEMENT_FLAG_SINK);
  else
    GST_OBJECT_FLAG_UNSET(element, GST_ELEMENT_FLAG_SINK);
}

bool HasSink(GstBin* bin) {
  ObjectLock lock(bin);
  for (GList* child = bin->children; child != nullptr; child = child->next)
    if (GST_OBJECT_FLAG_IS_SET(child->data, GST_ELEMENT_FLAG_SINK)) return true;
  return false;
}

// Bins learn whether they hold a sink when an element is added or removed; this is the same later.
void SetFlagUpwards(GstElement* element, bool is_sink) {
  SetFlag(element, is_sink);
  Ptr<GstObject> parent(gst_object_get_parent(GST_OBJECT(element)));
  while (parent != nullptr && GST_IS_BIN(parent.get())) {
    GstBin* const bin = GST_BIN(parent.get());
    if ((gst_bin_get_suppressed_flags(bin) & GST_ELEMENT_FLAG_SINK) != 0) return;
    SetFlag(GST_ELEMENT(bin), HasSink(bin));
    parent.reset(gst_object_get_parent(GST_OBJECT(bin)));
  }
}

}  // namespace

void SinkRole::Decide(GstElement* element, GstPad* src) {
  const bool active = !gst_pad_is_linked(src);
  const bool changed = active != active_;
  {
    ObjectLock lock(element);
    active_ = active;
    playing_ = eos_ = false;
  }
  if (changed) SetFlagUpwards(element, active);
}

void SinkRole::PostEos(GstElement* element, guint32 seqnum) {
  GstMessage* message = gst_message_new_eos(GST_OBJECT(element));
  gst_message_set_seqnum(message, seqnum);
  gst_element_post_message(element, message);
}

void SinkRole::EnterPlaying(GstElement* element) {
  bool post = false;
  guint32 seqnum = 0;
  {
    ObjectLock lock(element);
    playing_ = true;
    post = active_ && eos_;
    seqnum = eos_seqnum_;
  }
  if (post) PostEos(element, seqnum);
}

void SinkRole::LeavePlaying(GstElement* element) {
  ObjectLock lock(element);
  playing_ = false;
}

void SinkRole::OnEvent(GstElement* element, GstEvent* event) {
  if (!active_) return;
  const guint32 seqnum = gst_event_get_seqnum(event);
  GstMessage* message = nullptr;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START: {
      message = gst_message_new_stream_start(GST_OBJECT(element));
      guint group = 0;
      if (gst_event_parse_group_id(event, &group)) gst_message_set_group_id(message, group);
      break;
    }
    case GST_EVENT_SEGMENT_DONE: {
      GstFormat format;
      gint64 position = 0;
      gst_event_parse_segment_done(event, &format, &position);
      message = gst_message_new_segment_done(GST_OBJECT(element), format, position);
      break;
    }
    case GST_EVENT_FLUSH_STOP: {
      ObjectLock lock(element);
      eos_ = false;
      break;
    }
    case GST_EVENT_EOS: {
      bool post = false;
      {
        ObjectLock lock(element);
        eos_ = true;
        eos_seqnum_ = seqnum;
        post = playing_;
      }
      if (post) PostEos(element, seqnum);
      break;
    }
    default:
      break;
  }
  if (message == nullptr) return;
  gst_message_set_seqnum(message, seqnum);
  gst_element_post_message(element, message);
}

}  // namespace infer_gst
