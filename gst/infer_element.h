// SPDX-License-Identifier: Apache-2.0
// How an infer element works (see gst/README.md); infer_base.cpp is the GObject around it.
#pragma once

#include <gst/video/video.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "gst/in_flight.h"
#include "gst/infer_config.h"
#include "gst/infer_qos.h"
#include "gst/infer_result.h"
#include "gst/infer_session.h"
#include "gst/infer_stats.h"
#include "gst/output_queue.h"
#include "gst/ptr.h"

namespace infer_gst {

// Methods are called by GStreamer's rules: those of the sink side under the sink pad's stream lock,
// Loop() by the source pad's task, Open() and the like from a state change.
class InferElement {
 public:
  // `element` outlives it. `runtime`: "cpu".
  InferElement(GstElement* element, GstPad* sink, GstPad* src);

  // ---- Properties; under the element's object lock. ----
  InferProperties properties;

  // ---- State changes. ----
  infer_server::devices::Status Open(const char* runtime);
  // Opens again when a property has changed since.
  infer_server::devices::Status Reopen(const char* runtime);
  void Close();
  void ResetStream();
  // After the pads are inactive: waits for the engines and gives every buffer back.
  void DrainDropped();

  // ---- Sink side. ----
  GstFlowReturn Chain(GstBuffer* buffer);
  gboolean SinkEvent(GstEvent* event);
  gboolean SinkQuery(GstQuery* query);
  gboolean ActivateSink(bool active);

  // ---- Source side. ----
  void Loop();
  // False when the event goes no further; does not take it.
  bool SrcEvent(GstEvent* event);
  gboolean SrcQuery(GstQuery* query);
  gboolean ActivateSrc(bool active);

  // ---- Read-only properties; any thread. ----
  GstStructure* Stats();
  std::string RuntimeInfo();

 private:
  // What chain() reads of the properties, parsed again when they change.
  struct Live {
    std::uint64_t changes = ~std::uint64_t{0};
    std::vector<std::string> classes;
    float min_width = 0, min_height = 0;
    guint interval = 1;
  };

  void Post(const infer_server::devices::Status& status);
  // Sink side.
  void ReadLive();
  void FollowProperties();
  bool TooLate(const InFlight& frame);
  GstFlowReturn Process(InFlight* frame);
  infer_server::devices::Status Prepare(InFlight* frame);
  void PickRegions(InFlight* frame);
  bool Wanted(const RegionRef& region) const;
  void NotePool(const GstBuffer* buffer);
  GstFlowReturn FailFrame(InFlight* frame, const infer_server::devices::Status& status);
  gboolean QueueEvent(GstEvent* event);
  bool SetCaps(GstEvent* event);
  gboolean FlushStart(GstEvent* event);
  gboolean FlushStop(GstEvent* event);
  void DropQueued(bool keep_sticky);
  void Reclaim();
  // Source side.
  void PushFrame(InFlight* frame);
  void PushEvent(GstEvent* event);
  void AnswerQuery(GstQuery* query);
  bool PassOn(InFlight* frame);
  OnError on_error();
  void AddPoolNeeds(GstQuery* query);

  GstElement* const element_;
  GstPad *const sink_, *const src_;
  OutputQueue queue_;
  InferStats stats_;
  InferQos qos_;
  std::unique_ptr<InferSession> session_;  // Changed while the pads are inactive only.
  std::unique_ptr<ResultWriter> writer_;   // Likewise; used by the task.
  std::uint64_t opened_changes_ = 0;
  std::chrono::milliseconds start_limit_{0};
  InferInput input_ = InferInput::kFrame;
  std::atomic<GstClockTime> max_wait_{0};        // ns an item may wait for its batch.
  std::atomic<GstClockTime> frame_duration_{0};  // ns; 0 = unknown.

  // Sink side.
  GstVideoInfo info_;
  GstSegment segment_;
  bool negotiated_ = false;
  Live live_;
  guint until_run_ = 0;                  // Frames before the model runs again.
  const GstBufferPool* pool_ = nullptr;  // Whose size is lendable_; compared only.
  std::size_t lendable_ = 0;             // 0 = without bound.
  std::vector<RegionRef> listed_;

  // Task.
  GstFlowReturn flow_ = GST_FLOW_OK;  // Not OK: what is queued is dropped up to a new segment.
  bool warned_ = false;
};

}  // namespace infer_gst
