// SPDX-License-Identifier: Apache-2.0
#include "gst/json_branch.h"

#include <string>

namespace infer_gst {
namespace {

constexpr gsize kUsualBytes = 16 << 10;

// What follows on the JSON side has no say in the video's rate or caps.
gboolean OnUpstreamEvent(GstPad* pad, GstObject* parent, GstEvent* event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_QOS:
    case GST_EVENT_RECONFIGURE:
      gst_event_unref(event);
      return TRUE;
    default:
      return gst_pad_event_default(pad, parent, event);
  }
}

}  // namespace

GstPad* JsonBranch::Request(GstElement* element, GstPadTemplate* pad_template) {
  GstPad* const pad = gst_pad_new_from_template(pad_template, "json");
  gst_pad_set_event_function(pad, OnUpstreamEvent);
  gst_pad_use_fixed_caps(pad);
  gst_pad_set_active(pad, TRUE);  // Before the streaming thread finds it, whose events it keeps.
  bool taken = false;
  {
    ObjectLock lock(element);
    taken = pad_ != nullptr;
    if (!taken) {
      started_ = nullptr;  // It may be where a pad was that is gone.
      pad_ = pad;
    }
  }
  if (taken) {
    gst_pad_set_active(pad, FALSE);
    gst_object_ref_sink(pad);
    gst_object_unref(pad);
    return nullptr;
  }
  gst_element_add_pad(element, pad);
  return pad;
}

void JsonBranch::Release(GstElement* element, GstPad* pad) {
  {
    ObjectLock lock(element);
    if (pad_ != pad) return;
    pad_ = nullptr;
  }
  gst_pad_set_active(pad, FALSE);
  gst_element_remove_pad(element, pad);
}

Ptr<GstPad> JsonBranch::Pad(GstElement* element) {
  ObjectLock lock(element);
  return Ptr<GstPad>(pad_ != nullptr ? GST_PAD(gst_object_ref(pad_)) : nullptr);
}

bool JsonBranch::Linked(GstElement* element) {
  const Ptr<GstPad> pad = Pad(element);
  return pad != nullptr && gst_pad_is_linked(pad.get());
}

void JsonBranch::SendFirstEvents(GstPad* pad, GstPad* sink) {
  if (started_.exchange(pad) == pad) return;
  Ptr<GstEvent> start(gst_pad_get_sticky_event(sink, GST_EVENT_STREAM_START, 0));
  const gchar* video_id = "video";
  guint group = 0;
  if (start != nullptr) gst_event_parse_stream_start(start.get(), &video_id);
  GstEvent* own = gst_event_new_stream_start((std::string(video_id) + "/json").c_str());
  if (start != nullptr && gst_event_parse_group_id(start.get(), &group))
    gst_event_set_group_id(own, group);
  gst_pad_push_event(pad, own);
  Ptr<GstCaps> caps(gst_pad_get_pad_template_caps(pad));
  gst_pad_push_event(pad, gst_event_new_caps(caps.get()));
  if (GstEvent* segment = gst_pad_get_sticky_event(sink, GST_EVENT_SEGMENT, 0))
    gst_pad_push_event(pad, segment);
}

void JsonBranch::OnEvent(GstElement* element, GstPad* sink, GstEvent* event) {
  const Ptr<GstPad> pad = Pad(element);
  if (pad == nullptr) return;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
      started_ = nullptr;  // Sent before what comes next, once the segment is known.
      break;
    case GST_EVENT_GAP:
    case GST_EVENT_EOS:
      SendFirstEvents(pad.get(), sink);
      gst_pad_push_event(pad.get(), gst_event_ref(event));
      break;
    case GST_EVENT_SEGMENT:
      // Until the first events are sent, the segment is among them.
      if (started_ == pad.get()) gst_pad_push_event(pad.get(), gst_event_ref(event));
      break;
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
      gst_pad_push_event(pad.get(), gst_event_ref(event));
      break;
    default:
      break;
  }
}

GstBuffer* JsonBranch::MakeBuffer(std::string_view text) {
  if (pool_ == nullptr) {
    pool_.reset(gst_buffer_pool_new());
    GstStructure* config = gst_buffer_pool_get_config(pool_.get());
    gst_buffer_pool_config_set_params(config, nullptr, kUsualBytes, 0, 0);
    gst_buffer_pool_set_config(pool_.get(), config);
    gst_buffer_pool_set_active(pool_.get(), TRUE);
  }
  GstBuffer* buffer = nullptr;
  if (text.size() > kUsualBytes ||
      gst_buffer_pool_acquire_buffer(pool_.get(), &buffer, nullptr) != GST_FLOW_OK)
    buffer = gst_buffer_new_allocate(nullptr, text.size(), nullptr);
  if (buffer == nullptr) return nullptr;
  gst_buffer_fill(buffer, 0, text.data(), text.size());
  gst_buffer_set_size(buffer, static_cast<gssize>(text.size()));
  return buffer;
}

GstFlowReturn JsonBranch::Push(GstElement* element, GstPad* sink, std::string_view text,
                               GstBuffer* frame) {
  const Ptr<GstPad> pad = Pad(element);
  if (pad == nullptr) return GST_FLOW_OK;
  SendFirstEvents(pad.get(), sink);
  GstBuffer* buffer = MakeBuffer(text);
  if (buffer == nullptr) return GST_FLOW_ERROR;
  gst_buffer_copy_into(buffer, frame, GST_BUFFER_COPY_TIMESTAMPS, 0, static_cast<gsize>(-1));
  const GstFlowReturn flow = gst_pad_push(pad.get(), buffer);
  return flow == GST_FLOW_ERROR || flow == GST_FLOW_NOT_NEGOTIATED ? flow : GST_FLOW_OK;
}

void JsonBranch::Stop() {
  if (pool_ != nullptr) gst_buffer_pool_set_active(pool_.get(), FALSE);
  pool_.reset();
  started_ = nullptr;
}

}  // namespace infer_gst
