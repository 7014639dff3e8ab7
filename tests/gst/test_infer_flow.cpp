// SPDX-License-Identifier: Apache-2.0
// Flow returns, flushing, latency and failures of an infer element.
#include <gtest/gtest.h>

#include <thread>

#include "tests/gst/infer_harness.h"

namespace infer_gst {
namespace {

using test::Bus;
using test::FakeInfer;
using test::Frame;
using test::kRgb16;
using test::Play;
using test::Recorder;
using test::Stat;

// Pushes frames until the element takes no more; what it then said.
GstFlowReturn PushUntilRefused(GstHarness* h, int most = 100) {
  for (int i = 0; i < most; ++i) {
    const GstFlowReturn flow = gst_harness_push(h, Frame(static_cast<guint64>(i)).release());
    if (flow != GST_FLOW_OK) return flow;
  }
  return GST_FLOW_OK;
}

void WaitForStat(GstHarness* h, const char* field, guint64 least) {
  for (int i = 0; i < 3000 && Stat(h, field) < least; ++i) g_usleep(10000);
  ASSERT_GE(Stat(h, field), least) << field;
}

TEST(InferFlow, WhatDownstreamSaysReachesUpstream) {
  for (const GstFlowReturn said : {GST_FLOW_EOS, GST_FLOW_NOT_LINKED, GST_FLOW_ERROR}) {
    const auto h = Play(FakeInfer("latency=1").c_str(), kRgb16);
    Recorder out(h.get());
    out.on_buffer = [said](GstBuffer*) { return said; };
    EXPECT_EQ(said, PushUntilRefused(h.get()));
  }
}

TEST(InferFlow, EosAfterAnErrorDownstreamIsAnErrorOnTheBus) {
  const auto h = Play(FakeInfer("latency=1").c_str(), kRgb16);
  Bus bus(h.get());
  Recorder out(h.get());
  out.on_buffer = [](GstBuffer*) { return GST_FLOW_ERROR; };
  ASSERT_EQ(GST_FLOW_ERROR, PushUntilRefused(h.get()));
  EXPECT_FALSE(gst_harness_push_event(h.get(), gst_event_new_eos()));
  EXPECT_NE("", bus.Error());
  EXPECT_EQ(0u, out.Count("eos"));
}

TEST(InferFlow, AQueuedEosAfterAnErrorDownstreamIsAnErrorOnTheBus) {
  const auto h = Play(FakeInfer("latency=100").c_str(), kRgb16);
  Bus bus(h.get());
  Recorder out(h.get());
  out.on_buffer = [](GstBuffer*) { return GST_FLOW_ERROR; };
  ASSERT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), Frame(0).release()));
  gst_harness_push_event(h.get(), gst_event_new_eos());
  EXPECT_NE("", bus.Error());
  EXPECT_EQ(0u, out.Count("eos"));
}

TEST(InferFlow, ANewSegmentStartsTheStreamAgainAfterEosDownstream) {
  const auto h = Play(FakeInfer("latency=1").c_str(), kRgb16);
  Recorder out(h.get());
  bool full = true;
  out.on_buffer = [&full](GstBuffer*) { return full ? GST_FLOW_EOS : GST_FLOW_OK; };
  ASSERT_EQ(GST_FLOW_EOS, PushUntilRefused(h.get()));
  full = false;
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  ASSERT_TRUE(gst_harness_push_event(h.get(), gst_event_new_segment(&segment)));
  EXPECT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), Frame(777).release()));
  EXPECT_TRUE(out.WaitFor("buffer 777"));
}

TEST(InferFlow, FlushingDropsWhatIsQueuedAndDoesNotWaitForTheEngine) {
  const auto h = Play(FakeInfer("latency=1000", "engine-num=1").c_str(), kRgb16);
  Recorder out(h.get());
  Ptr<GstBuffer> old = Frame(1);
  ASSERT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), gst_buffer_ref(old.get())));
  EXPECT_TRUE(gst_harness_push_event(h.get(), gst_event_new_flush_start()));
  EXPECT_TRUE(gst_harness_push_event(h.get(), gst_event_new_flush_stop(TRUE)));
  EXPECT_EQ(2, GST_MINI_OBJECT_REFCOUNT_VALUE(old.get())) << "the engine still reads it";

  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(h.get(), gst_event_new_segment(&segment));
  ASSERT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), Frame(2).release()));
  EXPECT_TRUE(out.WaitFor("buffer"));
  EXPECT_EQ(0u, out.Count("buffer 1")) << "from before the flush";
  EXPECT_EQ(1u, out.Count("buffer 2"));
  EXPECT_EQ(1, GST_MINI_OBJECT_REFCOUNT_VALUE(old.get())) << "given back when answered";
}

TEST(InferFlow, FlushStartWakesABlockedChain) {
  const auto h = Play(FakeInfer("latency=300", "engine-num=1").c_str(), kRgb16);
  Recorder out(h.get());
  GstFlowReturn flow = GST_FLOW_OK;
  std::thread pusher([&] { flow = PushUntilRefused(h.get()); });
  WaitForStat(h.get(), "queue-level", 3);
  gst_harness_push_event(h.get(), gst_event_new_flush_start());
  pusher.join();
  EXPECT_EQ(GST_FLOW_FLUSHING, flow);
  gst_harness_push_event(h.get(), gst_event_new_flush_stop(TRUE));
}

TEST(InferFlow, LeavingPausedWakesABlockedChainAndGivesEveryBufferBack) {
  const auto h = Play(FakeInfer("latency=300", "engine-num=1").c_str(), kRgb16);
  Recorder out(h.get());
  std::vector<Ptr<GstBuffer>> frames;
  for (guint64 i = 0; i < 20; ++i) frames.push_back(Frame(i));
  std::thread pusher([&] {
    for (const auto& frame : frames)
      if (gst_harness_push(h.get(), gst_buffer_ref(frame.get())) != GST_FLOW_OK) return;
  });
  WaitForStat(h.get(), "queue-level", 3);
  EXPECT_EQ(GST_STATE_CHANGE_SUCCESS, gst_element_set_state(h->element, GST_STATE_NULL));
  pusher.join();
  for (const auto& frame : frames) EXPECT_EQ(1, GST_MINI_OBJECT_REFCOUNT_VALUE(frame.get()));
}

TEST(InferFlow, TheLatencyQueryTellsWhatFramesTake) {
  const auto h = Play(FakeInfer("latency=40").c_str(), kRgb16);
  Bus bus(h.get());
  Recorder out(h.get());
  gst_harness_set_upstream_latency(h.get(), 5 * GST_MSECOND);
  EXPECT_EQ(5 * GST_MSECOND, gst_harness_query_latency(h.get())) << "nothing is known yet";
  for (guint64 i = 0; i < 16; ++i) gst_harness_push(h.get(), Frame(i).release());
  EXPECT_NE(nullptr, bus.Pop(GST_MESSAGE_LATENCY)) << "the estimate has changed";
  EXPECT_GE(gst_harness_query_latency(h.get()), 45 * GST_MSECOND);
}

TEST(InferFlow, ABatchThatIsWaitedForAddsItsDeadlineToTheLatency) {
  const auto h = Play(FakeInfer("", "batch-size=4 batch-timeout=250").c_str(), kRgb16);
  EXPECT_GE(gst_harness_query_latency(h.get()), 250 * GST_MSECOND);
}

TEST(InferFlow, AnEngineThatFailsIsAnError) {
  const auto h = Play(FakeInfer("fail-at=3", "engine-num=1 model-name=net").c_str(), kRgb16);
  Bus bus(h.get());
  Recorder out(h.get());
  EXPECT_EQ(GST_FLOW_ERROR, PushUntilRefused(h.get()));
  EXPECT_EQ(
      "infer: model 'net' failed on a frame (ERROR_BACKEND); GST_DEBUG=inferserver:3 shows why, "
      "on-error=skip goes on without",
      bus.Error());
  EXPECT_EQ(2u, out.Count("buffer"));
}

TEST(InferFlow, OnErrorSkipPassesTheFrameAndGoesOn) {
  const auto h = Play(FakeInfer("fail-every=3", "engine-num=1 on-error=skip").c_str(), kRgb16);
  Recorder out(h.get());
  std::vector<std::string> statuses;
  out.on_buffer = [&statuses](GstBuffer* buffer) {
    statuses.push_back(test::StatusOf(buffer));
    return GST_FLOW_OK;
  };
  for (guint64 i = 0; i < 6; ++i)
    ASSERT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), Frame(i).release()));
  ASSERT_TRUE(out.WaitFor("buffer", 6));
  EXPECT_EQ((std::vector<std::string>{"ran", "ran", "failed", "ran", "ran", "failed"}), statuses);
  EXPECT_EQ(2u, Stat(h.get(), "failed"));
  EXPECT_EQ(4u, Stat(h.get(), "inferred"));
}

TEST(InferFlow, ABufferTooSmallForItsCapsIsAnError) {
  const auto h = Play(FakeInfer("").c_str(), kRgb16);
  Bus bus(h.get());
  EXPECT_EQ(GST_FLOW_ERROR, gst_harness_push(h.get(), test::Solid(10, 0).release()));
  EXPECT_EQ("infer: buffer of 10 bytes cannot be mapped as a 16x16 RGB frame of 768 bytes",
            bus.Error());
}

TEST(InferFlow, UnsupportedCapsAreRefusedWithAHint) {
  Ptr<GstElement> infer(gst_element_factory_make("cpuinfer", "infer"));
  gst_object_ref_sink(infer.get());
  g_object_set(infer.get(), "engine", "fake", "postprocess", "raw", nullptr);
  test::Harness h(gst_harness_new_with_element(infer.get(), "sink", "src"));
  Bus bus(h.get());
  gst_harness_set_src_caps_str(h.get(),
                               "video/x-raw,format=Y444,width=16,height=16,framerate=30/1");
  gst_harness_play(h.get());
  EXPECT_EQ(GST_FLOW_NOT_NEGOTIATED, gst_harness_push(h.get(), test::Solid(768, 0).release()));
  const std::string error = bus.Error();
  EXPECT_NE(std::string::npos, error.find("format=(string)Y444")) << error;
  EXPECT_NE(std::string::npos, error.find("{ NV12, NV21, I420, RGB, BGR, RGBA, BGRA, GRAY8 }"))
      << error;
  EXPECT_NE(std::string::npos, error.find("videoconvert")) << error;
}

TEST(InferFlow, AGapPassesBeforeAnyFrame) {
  const auto h = Play(FakeInfer("latency=1").c_str(), kRgb16);
  Recorder out(h.get());
  EXPECT_TRUE(gst_harness_push_event(h.get(), gst_event_new_gap(0, GST_SECOND)));
  EXPECT_TRUE(out.WaitFor("gap"));
}

TEST(InferFlow, QosEndsAtTheElement) {
  const auto h = Play(FakeInfer("").c_str(), kRgb16);
  EXPECT_TRUE(gst_harness_push_upstream_event(
      h.get(), gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2, 100, GST_SECOND)));
  GstStructure* mark = gst_structure_new_empty("mark");
  EXPECT_TRUE(gst_harness_push_upstream_event(
      h.get(), gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM, mark)));
  bool marked = false;
  while (Ptr<GstEvent> event{gst_harness_try_pull_upstream_event(h.get())}) {
    EXPECT_NE(GST_EVENT_QOS, GST_EVENT_TYPE(event.get()));
    marked |= GST_EVENT_TYPE(event.get()) == GST_EVENT_CUSTOM_UPSTREAM;
  }
  EXPECT_TRUE(marked) << "other events pass";
}

}  // namespace
}  // namespace infer_gst
