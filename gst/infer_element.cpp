// SPDX-License-Identifier: Apache-2.0
// State changes and the upstream side: frames coming in. Events and queries are in
// infer_events.cpp, the source pad's task in infer_task.cpp.
#include "gst/infer_element.h"

#include <algorithm>
#include <utility>

#include "gst/error.h"
#include "gst/log.h"
#include "gst/session_deadline.h"
#include "video/placement.h"

#define GST_CAT_DEFAULT infer_debug

namespace infer_gst {

using infer_server::devices::Result;
using infer_server::devices::Status;
using infer_server::video::Clip;
using infer_server::video::FrameView;
using infer_server::video::Rect;

InferElement::InferElement(GstElement* element, GstPad* sink, GstPad* src)
    : element_(element), sink_(sink), src_(src), queue_(1) {
  gst_video_info_init(&info_);
  gst_segment_init(&segment_, GST_FORMAT_UNDEFINED);
}

void InferElement::Post(const Status& status) {
  gchar* name = gst_object_get_name(GST_OBJECT(element_));
  PostError(element_, Status(status).WithContext(name));
  g_free(name);
}

Status InferElement::Open(const char* runtime) {
  FollowLogLevel();
  InferProperties snapshot;
  {
    ObjectLock lock(element_);
    snapshot = properties;
  }
  Result<std::unique_ptr<InferSession>> opened = OpenWithin(snapshot, runtime, &queue_);
  if (!opened.ok()) return opened.status();
  auto session = std::move(opened).value();
  const bool waits = session->batch_size() > 1;
  max_wait_ = waits ? snapshot.config.batch_timeout * GST_MSECOND : 0;
  queue_.Grow(session->frame_bound());
  queue_.SetItemBound(session->item_bound());
  writer_ = std::make_unique<ResultWriter>(session->setup(), snapshot.config.input);
  input_ = snapshot.config.input;
  opened_changes_ = snapshot.opened_changes;
  start_limit_ = StartLimit(snapshot.config);
  GST_INFO_OBJECT(element_, "%s", session->description().c_str());
  ObjectLock lock(element_);  // RuntimeInfo() reads it.
  session_ = std::move(session);
  return {};
}

Status InferElement::Reopen(const char* runtime) {
  {
    ObjectLock lock(element_);
    if (session_ != nullptr && properties.opened_changes == opened_changes_) return {};
  }
  Close();
  return Open(runtime);
}

void InferElement::Close() {
  std::unique_ptr<InferSession> session;
  {
    ObjectLock lock(element_);
    session = std::move(session_);
  }
  const Status closed = CloseWithin(start_limit_, std::move(session));
  if (!closed.ok())
    GST_ELEMENT_WARNING(element_, RESOURCE, CLOSE, ("%s", closed.message().c_str()), (nullptr));
  Reclaim();
}

void InferElement::ResetStream() {
  stats_.Reset();
  qos_.Reset();
  gst_segment_init(&segment_, GST_FORMAT_UNDEFINED);
  negotiated_ = false;
  live_.changes = ~std::uint64_t{0};
  FollowProperties();  // Now, as the room for frames is asked for before the first one.
  until_run_ = 0;
  pool_ = nullptr;
  lendable_ = 0;
  flow_ = GST_FLOW_OK;
  warned_ = false;
  writer_->Reset();
}

void InferElement::DrainDropped() {
  // A FLUSH_STOP that came in between may have started both again.
  queue_.Stop();
  gst_pad_stop_task(src_);
  DropQueued(false);
  session_->Drain();
  Reclaim();
}

void InferElement::Reclaim() {
  while (InFlight* frame = queue_.Reclaimable()) {
    frame->Release();
    queue_.GiveBack(frame);
  }
}

void InferElement::ReadLive() {
  ObjectLock lock(element_);
  if (live_.changes == properties.live_changes) return;
  live_.changes = properties.live_changes;
  const InferConfig& config = properties.config;
  live_.min_width = static_cast<float>(config.min_object_width);
  live_.min_height = static_cast<float>(config.min_object_height);
  live_.interval = config.inference_interval;
  live_.classes.clear();
  gchar** names = g_strsplit(config.object_class.c_str(), ",", -1);
  for (gchar** name = names; *name != nullptr; ++name)
    if (*g_strstrip(*name) != '\0') live_.classes.emplace_back(*name);
  g_strfreev(names);
}

void InferElement::FollowProperties() {
  const std::uint64_t changes = live_.changes;
  ReadLive();
  if (changes == live_.changes) return;
  // Frames that are only carried along need places too, else fewer models would run at once.
  queue_.Grow(session_->frame_bound() * std::min(live_.interval, 8u));
  until_run_ = std::min(until_run_, live_.interval - 1);
}

GstFlowReturn InferElement::Chain(GstBuffer* buffer) {
  Ptr<GstBuffer> owned(buffer);
  if (!negotiated_) {
    Post(Status(infer_server::devices::Code::kUnsupported,
                "a buffer came before caps; put an element that sets video caps in front, for "
                "example videoconvert"));
    return GST_FLOW_NOT_NEGOTIATED;
  }
  FollowProperties();
  NotePool(buffer);
  InFlight* frame = nullptr;
  GstFlowReturn flow = queue_.Take(&frame);
  if (flow != GST_FLOW_OK) return flow;
  frame->Release();
  frame->buffer = owned.release();
  InferStats::Counts counts;
  counts.frames_in = 1;
  stats_.Count(counts);
  flow = Process(frame);
  if (flow == GST_FLOW_OK) flow = queue_.Push(frame);
  if (flow == GST_FLOW_OK) {
    if (lendable_ != 0 && queue_.frames() >= lendable_) session_->Flush();
  } else if (queue_.Drop(frame)) {
    frame->Release();
    queue_.GiveBack(frame);
  }
  return flow;
}

GstFlowReturn InferElement::Process(InFlight* frame) {
  const Status prepared = Prepare(frame);
  if (!prepared.ok()) return FailFrame(frame, prepared);
  if (frame->count == 0) return GST_FLOW_OK;
  const GstFlowReturn flow = queue_.Reserve(frame);
  if (flow == GST_FLOW_OK) session_->Submit(frame);
  return flow;
}

Status InferElement::Prepare(InFlight* frame) {
  frame->count = 0;
  frame->regions.clear();
  frame->status = infer_server::Status::SUCCESS;
  const bool run = until_run_ == 0;
  until_run_ = run ? live_.interval - 1 : until_run_ - 1;
  frame->purpose = run ? Purpose::kRun : Purpose::kHold;
  if (input_ == InferInput::kObjects) {
    PickRegions(frame);
    if (frame->regions.empty()) frame->purpose = Purpose::kNone;
  }
  if (frame->purpose == Purpose::kRun && TooLate(*frame)) {
    frame->purpose = Purpose::kSkip;
    until_run_ = 0;
  }
  if (frame->purpose != Purpose::kRun) return {};
  INFER_RETURN_IF_ERROR(frame->map.Map(frame->buffer, info_, GST_MAP_READ));
  const FrameView view = frame->map.View();
  const bool whole = input_ == InferInput::kFrame;
  frame->count = whole ? 1 : frame->regions.size();
  frame->MakeRoom(frame->count);
  const auto width = static_cast<float>(view.width), height = static_cast<float>(view.height);
  for (std::size_t i = 0; i < frame->count; ++i) {
    frame->items[i].frame = view;
    frame->items[i].region =
        whole ? Rect{0, 0, width, height} : Clip(frame->regions[i].box, width, height);
  }
  return {};
}

bool InferElement::TooLate(const InFlight& frame) {
  if (segment_.format != GST_FORMAT_TIME) return false;
  const GstClockTime pts = GST_BUFFER_PTS(frame.buffer);
  const GstClockTime at = gst_segment_to_running_time(&segment_, GST_FORMAT_TIME, pts);
  if (!qos_.Skips(at)) return false;
  GstMessage* message = gst_message_new_qos(
      GST_OBJECT(element_), FALSE, at, gst_segment_to_stream_time(&segment_, GST_FORMAT_TIME, pts),
      pts, GST_BUFFER_DURATION(frame.buffer));
  qos_.Describe(message, at);
  gst_element_post_message(element_, message);
  return true;
}

bool InferElement::Wanted(const RegionRef& region) const {
  const Rect inside = Clip(region.box, static_cast<float>(GST_VIDEO_INFO_WIDTH(&info_)),
                           static_cast<float>(GST_VIDEO_INFO_HEIGHT(&info_)));
  // Less than a pixel shows nothing.
  if (inside.w < std::max(1.0f, live_.min_width) || inside.h < std::max(1.0f, live_.min_height))
    return false;
  if (live_.classes.empty()) return true;
  const char* label = g_quark_to_string(region.label);
  return label != nullptr &&
         std::find(live_.classes.begin(), live_.classes.end(), label) != live_.classes.end();
}

void InferElement::PickRegions(InFlight* frame) {
  ListRegions(frame->buffer, &listed_);
  for (const RegionRef& region : listed_)
    if (Wanted(region)) frame->regions.push_back(region);
}

GstFlowReturn InferElement::FailFrame(InFlight* frame, const Status& status) {
  frame->count = 0;
  frame->purpose = Purpose::kRun;
  frame->status = infer_server::Status::INVALID_PARAM;
  if (on_error() == OnError::kSkip) {
    GST_WARNING_OBJECT(element_, "%s", status.message().c_str());
    return GST_FLOW_OK;
  }
  Post(status);
  return GST_FLOW_ERROR;
}

OnError InferElement::on_error() {
  ObjectLock lock(element_);
  return properties.config.on_error;
}

// A batch that wants more frames than the upstream pool can lend would wait for frames that cannot
// come until its deadline. One is left to upstream, which needs it to go on, or to a sink that
// keeps the last.
void InferElement::NotePool(const GstBuffer* buffer) {
  if (buffer->pool == pool_) return;
  pool_ = buffer->pool;
  lendable_ = 0;
  if (pool_ == nullptr) return;
  Ptr<GstStructure> config(gst_buffer_pool_get_config(buffer->pool));
  guint max = 0;
  if (gst_buffer_pool_config_get_params(config.get(), nullptr, nullptr, nullptr, &max) && max != 0)
    lendable_ = std::max(max, 2u) - 1;
}

}  // namespace infer_gst
