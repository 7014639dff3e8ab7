// SPDX-License-Identifier: Apache-2.0
// Serialized events and queries coming in, flushing, and what is answered at once.
#include <algorithm>
#include <vector>

#include "gst/infer_element.h"
#include "gst/log.h"

#define GST_CAT_DEFAULT infer_debug

namespace infer_gst {

gboolean InferElement::ActivateSink(bool active) {
  // Before the pad waits for its stream lock: chain() may be asleep with it.
  if (!active) queue_.Stop();
  return TRUE;
}

gboolean InferElement::ActivateSrc(bool active) {
  if (!active) {
    queue_.Stop();
    return gst_pad_stop_task(src_);
  }
  queue_.Start();
  flow_ = GST_FLOW_OK;
  return gst_pad_start_task(
      src_, [](gpointer self) { static_cast<InferElement*>(self)->Loop(); }, this, nullptr);
}

gboolean InferElement::SinkEvent(GstEvent* event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START:
      return FlushStart(event);
    case GST_EVENT_FLUSH_STOP:
      return FlushStop(event);
    case GST_EVENT_CAPS:
      if (!SetCaps(event)) {
        gst_event_unref(event);
        return FALSE;
      }
      break;
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event, &segment_);
      break;
    default:
      break;
  }
  if (GST_EVENT_IS_SERIALIZED(event)) return QueueEvent(event);
  return gst_pad_push_event(src_, event);
}

gboolean InferElement::QueueEvent(GstEvent* event) {
  const bool eos = GST_EVENT_TYPE(event) == GST_EVENT_EOS;
  const GstFlowReturn flow = queue_.PushEvent(event);
  if (flow == GST_FLOW_OK) {
    if (eos && session_ != nullptr) session_->Flush();
    return TRUE;
  }
  gst_event_unref(event);
  // No buffer follows that would take the error upstream.
  if (eos && flow != GST_FLOW_FLUSHING) GST_ELEMENT_FLOW_ERROR(element_, flow);
  return FALSE;
}

bool InferElement::SetCaps(GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) return false;
  info_ = info;  // Frames already queued are mapped with theirs.
  negotiated_ = true;
  pool_ = nullptr;
  lendable_ = 0;
  const gint n = GST_VIDEO_INFO_FPS_N(&info), d = GST_VIDEO_INFO_FPS_D(&info);
  frame_duration_ = n > 0 ? gst_util_uint64_scale_int(GST_SECOND, d, n) : 0;
  GST_INFO_OBJECT(element_, "%" GST_PTR_FORMAT, static_cast<void*>(caps));
  return true;
}

gboolean InferElement::FlushStart(GstEvent* event) {
  const gboolean result = gst_pad_push_event(src_, event);
  queue_.Stop();
  gst_pad_pause_task(src_);
  return result;
}

gboolean InferElement::FlushStop(GstEvent* event) {
  const gboolean result = gst_pad_push_event(src_, event);
  queue_.Stop();  // Both have no effect after a FLUSH_START, but that may have been lost.
  gst_pad_pause_task(src_);
  DropQueued(true);
  Reclaim();
  until_run_ = 0;
  qos_.Reset();
  gst_segment_init(&segment_, GST_FORMAT_UNDEFINED);
  if (writer_ != nullptr) writer_->Reset();
  if (!gst_pad_is_active(src_)) return result;
  ActivateSrc(true);
  return result;
}

void InferElement::DropQueued(bool keep_sticky) {
  std::vector<GstEvent*> events;
  queue_.Clear(&events);
  for (GstEvent* event : events) {
    const bool of_stream =
        GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT || GST_EVENT_TYPE(event) == GST_EVENT_EOS;
    if (keep_sticky && GST_EVENT_IS_STICKY(event) && !of_stream)
      gst_pad_store_sticky_event(src_, event);
    gst_event_unref(event);
  }
}

gboolean InferElement::SinkQuery(GstQuery* query) {
  if (GST_QUERY_IS_SERIALIZED(query)) {
    // What comes before it shall not wait for more frames: none come before the answer.
    if (session_ != nullptr) session_->Flush();
    return queue_.PushQuery(query);
  }
  if (GST_QUERY_TYPE(query) == GST_QUERY_CAPS) return gst_pad_proxy_query_caps(sink_, query);
  return gst_pad_query_default(sink_, GST_OBJECT(element_), query);
}

// QoS ends here, but for infer elements upstream: a decoder that hears of it drops frames, which
// costs more than it saves, since frames without results are cheap and frames that never come
// cannot carry any.
bool InferElement::SrcEvent(GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_RECONFIGURE) queue_.Relinked();
  qos_.Observe(event);
  if (GST_EVENT_TYPE(event) != GST_EVENT_QOS) return true;
  gst_pad_push_event(sink_, InferQos::Relay(event));
  return false;
}

gboolean InferElement::SrcQuery(GstQuery* query) {
  if (GST_QUERY_TYPE(query) == GST_QUERY_CAPS) return gst_pad_proxy_query_caps(src_, query);
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY)
    return gst_pad_query_default(src_, GST_OBJECT(element_), query);

  if (!gst_pad_peer_query(sink_, query)) return FALSE;
  gboolean live = FALSE;
  GstClockTime min = 0, max = GST_CLOCK_TIME_NONE;
  gst_query_parse_latency(query, &live, &min, &max);
  const GstClockTime measured = static_cast<GstClockTime>(stats_.reported().count()) * GST_USECOND;
  const GstClockTime own = max_wait_ + measured;
  const GstClockTime buffered = queue_.capacity() * frame_duration_;
  min += own;
  if (GST_CLOCK_TIME_IS_VALID(max)) max += std::max(own, buffered);
  gst_query_set_latency(query, live, min, max);
  return TRUE;
}

}  // namespace infer_gst
