// SPDX-License-Identifier: Apache-2.0
// The source pad's task: everything leaves the element here, in order, with no lock held.
#include <algorithm>
#include <string>
#include <utility>

#include "gst/error.h"
#include "gst/infer_element.h"
#include "gst/log.h"

#define GST_CAT_DEFAULT infer_debug

namespace infer_gst {

using infer_server::devices::Code;
using infer_server::devices::Status;

void InferElement::Loop() {
  OutputQueue::Entry entry;
  if (!queue_.Next(flow_ != GST_FLOW_OK, &entry)) {
    gst_pad_pause_task(src_);
    return;
  }
  switch (entry.kind) {
    case OutputQueue::Entry::Kind::kReclaim:
      entry.frame->Release();
      queue_.GiveBack(entry.frame);
      break;
    case OutputQueue::Entry::Kind::kRelinked:
      if (flow_ == GST_FLOW_NOT_LINKED) flow_ = GST_FLOW_OK;
      break;
    case OutputQueue::Entry::Kind::kFrame:
      PushFrame(entry.frame);
      break;
    case OutputQueue::Entry::Kind::kEvent:
      PushEvent(entry.event);
      break;
    case OutputQueue::Entry::Kind::kQuery:
      AnswerQuery(entry.query);
      break;
  }
}

void InferElement::PushFrame(InFlight* frame) {
  if (flow_ != GST_FLOW_OK) {
    if (!queue_.Drop(frame)) return;
    frame->Release();
    queue_.GiveBack(frame);
    return;
  }
  frame->map.Unmap();  // First: a mapped buffer is not writable.
  GstBuffer* buffer = std::exchange(frame->buffer, nullptr);
  const bool pass = PassOn(frame);
  if (pass) {
    buffer = gst_buffer_make_writable(buffer);
    writer_->Attach(frame, buffer);
  }
  queue_.GiveBack(frame);  // Before the push: a slow sink does not keep the engines waiting.
  if (pass) {
    flow_ = gst_pad_push(src_, buffer);
    InferStats::Counts counts;
    counts.frames_out = 1;
    stats_.Count(counts);
  } else {
    gst_buffer_unref(buffer);
    flow_ = GST_FLOW_ERROR;
  }
  if (flow_ != GST_FLOW_OK) queue_.SetFlow(flow_);
  if (stats_.RenewReport())
    gst_element_post_message(element_, gst_message_new_latency(GST_OBJECT(element_)));
}

bool InferElement::PassOn(InFlight* frame) {
  InferStats::Counts counts;
  counts.items = frame->count;
  const bool failed = frame->status != infer_server::Status::SUCCESS;
  counts.failed = failed ? 1 : 0;
  counts.skipped = frame->purpose != Purpose::kRun ? 1 : 0;
  counts.inferred = counts.skipped == 0 && !failed ? 1 : 0;
  stats_.Count(counts);
  if (counts.inferred != 0) stats_.AddLatency(frame->answered - frame->submitted);
  if (!failed) return true;

  // Of batches that failed just after this frame's, the last one's words are here.
  const std::string why = session_->last_error();
  const Status status(Code::kDeviceError,
                      "model '" + session_->setup().model_name + "' failed on a frame: " +
                          (why.empty() ? infer_server::StatusStr(frame->status) : why) +
                          "; on-error=skip goes on without");
  if (on_error() == OnError::kFail) {
    Post(status);
    return false;
  }
  GST_WARNING_OBJECT(element_, "%s", status.message().c_str());
  if (!std::exchange(warned_, true)) PostWarning(element_, status);
  return true;
}

void InferElement::PushEvent(GstEvent* event) {
  const GstEventType type = GST_EVENT_TYPE(event);
  if (type == GST_EVENT_STREAM_START || type == GST_EVENT_SEGMENT) flow_ = GST_FLOW_OK;
  if (type == GST_EVENT_EOS && (flow_ == GST_FLOW_NOT_LINKED || flow_ < GST_FLOW_EOS)) {
    GST_ELEMENT_FLOW_ERROR(element_, flow_);
    gst_event_unref(event);
    return;
  }
  if (flow_ != GST_FLOW_OK && !GST_EVENT_IS_STICKY(event)) {
    gst_event_unref(event);
    return;
  }
  gst_pad_push_event(src_, event);
}

void InferElement::AnswerQuery(GstQuery* query) {
  bool result = flow_ == GST_FLOW_OK && gst_pad_peer_query(src_, query);
  if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION && flow_ == GST_FLOW_OK) {
    AddPoolNeeds(query);
    result = true;
  }
  queue_.AnswerQuery(result);
}

// Downstream's pools and metas stay as they are; there must only be as many buffers more as this
// element holds.
void InferElement::AddPoolNeeds(GstQuery* query) {
  const auto held = static_cast<guint>(queue_.capacity());
  const guint pools = gst_query_get_n_allocation_pools(query);
  for (guint i = 0; i < pools; ++i) {
    GstBufferPool* pool = nullptr;
    guint size = 0, min = 0, max = 0;
    gst_query_parse_nth_allocation_pool(query, i, &pool, &size, &min, &max);
    gst_query_set_nth_allocation_pool(query, i, pool, size, min + held, max == 0 ? 0 : max + held);
    if (pool != nullptr) gst_object_unref(pool);
  }
  GstCaps* caps = nullptr;
  gst_query_parse_allocation(query, &caps, nullptr);
  GstVideoInfo info;
  if (pools == 0 && caps != nullptr && gst_video_info_from_caps(&info, caps))
    gst_query_add_allocation_pool(query, nullptr, static_cast<guint>(info.size), held, 0);
}

GstStructure* InferElement::Stats() {
  const InferStats::Counts counts = stats_.counts();
  const InferStats::Latency latency = stats_.latency();
  std::string engine, error;
  int batch = 0;
  {
    ObjectLock lock(element_);
    if (session_ != nullptr) {
      engine = session_->engine_name();
      batch = session_->batch_size();
      error = session_->last_error();
    }
  }
  const auto ms = [](std::chrono::microseconds us) {
    return static_cast<double>(us.count()) / 1e3;
  };
  return gst_structure_new(
      "infer-stats", "frames-in", G_TYPE_UINT64, counts.frames_in, "frames-out", G_TYPE_UINT64,
      counts.frames_out, "inferred", G_TYPE_UINT64, counts.inferred, "failed", G_TYPE_UINT64,
      counts.failed, "skipped", G_TYPE_UINT64, counts.skipped, "items", G_TYPE_UINT64, counts.items,
      "latency-p50-ms", G_TYPE_DOUBLE, ms(latency.p50), "latency-p95-ms", G_TYPE_DOUBLE,
      ms(latency.p95), "queue-level", G_TYPE_UINT, static_cast<guint>(queue_.frames()), "engine",
      G_TYPE_STRING, engine.c_str(), "batch-size", G_TYPE_INT, batch, "last-error", G_TYPE_STRING,
      error.c_str(), nullptr);
}

std::string InferElement::RuntimeInfo() {
  ObjectLock lock(element_);
  return session_ != nullptr ? session_->description() : "";
}

}  // namespace infer_gst
