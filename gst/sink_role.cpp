// SPDX-License-Identifier: Apache-2.0
#include "gst/sink_role.h"

namespace infer_gst {
namespace {

using infer_server::devices::Code;
using infer_server::devices::Status;

constexpr char kChildName[] = "sink-role";

bool HasSink(GstBin* bin) {
  ObjectLock lock(bin);
  for (GList* child = bin->children; child != nullptr; child = child->next)
    if (GST_OBJECT_FLAG_IS_SET(child->data, GST_ELEMENT_FLAG_SINK)) return true;
  return false;
}

// A bin learns that it holds a sink when one is added or removed; the bins around it do not.
void SetFlagUpwards(GstBin* filter) {
  Ptr<GstObject> parent(gst_object_get_parent(GST_OBJECT(filter)));
  while (parent != nullptr && GST_IS_BIN(parent.get())) {
    GstBin* const bin = GST_BIN(parent.get());
    if ((gst_bin_get_suppressed_flags(bin) & GST_ELEMENT_FLAG_SINK) != 0) return;
    const bool is_sink = HasSink(bin);
    {
      ObjectLock lock(bin);
      if (is_sink)
        GST_OBJECT_FLAG_SET(bin, GST_ELEMENT_FLAG_SINK);
      else
        GST_OBJECT_FLAG_UNSET(bin, GST_ELEMENT_FLAG_SINK);
    }
    parent.reset(gst_object_get_parent(GST_OBJECT(bin)));
  }
}

// What comes up through the feed leaves through the filter's sink pad.
GstIterator* LinkedWithSink(GstPad* feed, GstObject*) {
  GValue sink = G_VALUE_INIT;
  g_value_init(&sink, GST_TYPE_PAD);
  g_value_set_object(&sink, feed->iterintlinkdata);
  GstIterator* const links = gst_iterator_new_single(GST_TYPE_PAD, &sink);
  g_value_unset(&sink);
  return links;
}

GstElementClass* ElementClass() { return GST_ELEMENT_CLASS(g_type_class_peek(GST_TYPE_ELEMENT)); }

}  // namespace

void SinkRole::Init(GstPad* sink) {
  feed_ = gst_pad_new("feed", GST_PAD_SRC);
  gst_object_ref_sink(feed_);
  gst_pad_set_iterate_internal_links_function_full(feed_, LinkedWithSink, gst_object_ref(sink),
                                                   gst_object_unref);
  GST_PAD_SET_PROXY_CAPS(feed_);
}

void SinkRole::Dispose() { gst_clear_object(&feed_); }

Ptr<GstElement> SinkRole::Child(GstBin* filter) const {
  ObjectLock lock(filter);
  return Ptr<GstElement>(child_ != nullptr ? GST_ELEMENT(gst_object_ref(child_)) : nullptr);
}

gboolean SinkRole::SendEvent(GstBin* filter, GstEvent* event) const {
  const Ptr<GstElement> child = Child(filter);
  if (child != nullptr) return gst_element_send_event(child.get(), event);
  return ElementClass()->send_event(GST_ELEMENT(filter), event);
}

gboolean SinkRole::Query(GstBin* filter, GstQuery* query) const {
  const Ptr<GstElement> child = Child(filter);
  if (child == nullptr) return ElementClass()->query(GST_ELEMENT(filter), query);
  // Not async, the child sees no frames: another sink of the pipeline knows where it is.
  if (GST_QUERY_TYPE(query) == GST_QUERY_POSITION && !async_) return FALSE;
  return gst_element_query(child.get(), query);
}

Status SinkRole::Take(GstBin* filter) {
  Ptr<GstElement> child(gst_element_factory_make("fakesink", kChildName));
  if (child == nullptr)
    return Status(Code::kNotFound,
                  "nothing is linked to its pad 'src', and to end a pipeline it needs the element "
                  "'fakesink', which GStreamer does not find; install GStreamer's core elements "
                  "(plugin coreelements; see GST_PLUGIN_SYSTEM_PATH), or link a sink after it");
  gst_object_ref_sink(child.get());
  g_object_set(child.get(), "sync", FALSE, "enable-last-sample", FALSE, "qos", FALSE, nullptr);
  Ptr<GstPad> sink(gst_element_get_static_pad(child.get(), "sink"));
  if (!gst_bin_add(filter, child.get()))
    return Status(Code::kUnavailable,
                  "nothing is linked to its pad 'src', and to end a pipeline it adds an element "
                  "'sink-role' to itself, but it holds one already; add no elements to it");
  gst_pad_link_full(feed_, sink.get(), GST_PAD_LINK_CHECK_NOTHING);  // Neither has a peer.
  ObjectLock lock(filter);
  child_ = child.get();
  return Status();
}

void SinkRole::Drop(GstBin* filter) {
  const Ptr<GstElement> child = Child(filter);
  {
    ObjectLock lock(filter);
    child_ = nullptr;
  }
  gst_element_set_state(child.get(), GST_STATE_NULL);
  gst_bin_remove(filter, child.get());  // This unlinks it, too.
}

Status SinkRole::Decide(GstBin* filter, GstPad* src, bool async) {
  const bool active = !gst_pad_is_linked(src);
  if (active != active_) {
    if (active)
      INFER_RETURN_IF_ERROR(Take(filter));
    else
      Drop(filter);
    active_ = active;
    SetFlagUpwards(filter);
  }
  if (active) g_object_set(child_, "async", async, nullptr);
  async_ = async;
  return Status();
}

void SinkRole::Activate(bool active) { gst_pad_set_active(feed_, active && active_); }

}  // namespace infer_gst
