// SPDX-License-Identifier: Apache-2.0
// Flow returns, flushing, latency and failures of an infer element.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
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

TEST(InferFlow, ALinkMadeLaterEndsNotLinked) {
  const auto h = Play(FakeInfer("latency=1").c_str(), kRgb16);
  Recorder out(h.get());
  std::atomic<bool> linked{false};
  out.on_buffer = [&linked](GstBuffer*) { return linked ? GST_FLOW_OK : GST_FLOW_NOT_LINKED; };
  ASSERT_EQ(GST_FLOW_NOT_LINKED, PushUntilRefused(h.get()));
  linked = true;
  gst_harness_push_upstream_event(h.get(), gst_event_new_reconfigure());
  EXPECT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), Frame(777).release()));
  EXPECT_TRUE(out.WaitFor("buffer 777"));
}

TEST(InferFlow, ABlockedSinkDelaysNoOtherSourceOfTheSameEngine) {
  const std::string line = FakeInfer("latency=2", "engine-num=1");
  const auto stuck = Play(line.c_str(), kRgb16);
  const auto other = Play(line.c_str(), kRgb16);
  std::mutex gate;
  Recorder stuck_out(stuck.get()), other_out(other.get());
  stuck_out.on_buffer = [&gate](GstBuffer*) {
    std::lock_guard<std::mutex> wait(gate);
    return GST_FLOW_OK;
  };
  std::unique_lock<std::mutex> closed(gate);
  std::thread pusher([&] { PushUntilRefused(stuck.get(), 20); });
  WaitForStat(stuck.get(), "queue-level", 3);
  EXPECT_EQ(GST_FLOW_OK, PushUntilRefused(other.get(), 50));
  EXPECT_TRUE(other_out.WaitFor("buffer", 50));
  closed.unlock();
  pusher.join();
  EXPECT_TRUE(stuck_out.WaitFor("buffer", 20)) << "and nothing of it is lost";
}

TEST(InferFlow, FlushStartEndsTheWaitOfASerializedQuery) {
  const auto h = Play(FakeInfer("latency=1000", "engine-num=1").c_str(), kRgb16);
  Recorder out(h.get());
  ASSERT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), Frame(0).release()));
  std::atomic<bool> answer{true};
  std::thread asker([&] {
    Ptr<GstQuery> query(gst_query_new_drain());
    answer = gst_pad_peer_query(h->srcpad, query.get());
  });
  gst_harness_push_event(h.get(), gst_event_new_flush_start());
  asker.join();
  EXPECT_FALSE(answer);
  EXPECT_EQ(0u, out.Count("query drain"));
  gst_harness_push_event(h.get(), gst_event_new_flush_stop(TRUE));
}

TEST(InferFlow, CapsAndTagsThatAFlushCaughtInTheQueueAreNotLost) {
  const auto h = Play(FakeInfer("latency=500", "engine-num=1").c_str(), kRgb16);
  Recorder out(h.get());
  int width = 0;
  bool tags = false;
  out.on_buffer = [&](GstBuffer*) {
    Ptr<GstCaps> caps(gst_pad_get_current_caps(h->sinkpad));
    gst_structure_get_int(gst_caps_get_structure(caps.get(), 0), "width", &width);
    tags = Ptr<GstEvent>(gst_pad_get_sticky_event(h->sinkpad, GST_EVENT_TAG, 0)) != nullptr;
    return GST_FLOW_OK;
  };
  gst_harness_push(h.get(), Frame(0).release());
  Ptr<GstCaps> small(
      gst_caps_from_string("video/x-raw,format=GRAY8,width=8,height=8,framerate=30/1"));
  gst_harness_push_event(h.get(), gst_event_new_caps(small.get()));
  gst_harness_push_event(h.get(), gst_event_new_tag(gst_tag_list_new_empty()));
  gst_harness_push_event(h.get(), gst_event_new_flush_start());
  gst_harness_push_event(h.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(h.get(), gst_event_new_segment(&segment));
  gst_harness_push(h.get(), test::Solid(64, 0).release());
  ASSERT_TRUE(out.WaitFor("buffer"));
  EXPECT_EQ(8, width);
  EXPECT_TRUE(tags);
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

// Upstream can hold frames for 50 ms; the element holds three more of 1/30 s.
TEST(InferFlow, WhatTheElementHoldsIsAddedToTheLargestLatency) {
  const auto h = Play(FakeInfer("", "engine-num=1").c_str(), kRgb16);
  gst_harness_push(h.get(), Frame(0).release());  // The caps have arrived.
  gst_pad_add_probe(
      h->srcpad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer) {
        GstQuery* query = gst_pad_probe_info_get_query(info);
        if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return GST_PAD_PROBE_OK;
        gst_query_set_latency(query, TRUE, 0, 50 * GST_MSECOND);
        return GST_PAD_PROBE_HANDLED;
      },
      nullptr, nullptr);
  Ptr<GstQuery> query(gst_query_new_latency());
  ASSERT_TRUE(gst_pad_peer_query(h->sinkpad, query.get()));
  gboolean live = FALSE;
  GstClockTime min = 0, max = 0;
  gst_query_parse_latency(query.get(), &live, &min, &max);
  EXPECT_TRUE(live);
  EXPECT_EQ(50 * GST_MSECOND + 3 * (GST_SECOND / 30), max);
}

TEST(InferFlow, AnEngineThatFailsIsAnError) {
  const auto h = Play(FakeInfer("fail-at=3", "engine-num=1 model-name=net").c_str(), kRgb16);
  Bus bus(h.get());
  Recorder out(h.get());
  EXPECT_EQ(GST_FLOW_ERROR, PushUntilRefused(h.get()));
  EXPECT_EQ(
      "infer: model 'net' failed on a frame: Predictor: fake engine: call 3 fails, as its settings "
      "say; on-error=skip goes on without",
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

TEST(InferFlow, AGapPrerolls) {
  test::Harness h(gst_harness_new_parse((FakeInfer("") + " ! fakesink").c_str()));
  gst_harness_set_src_caps_str(h.get(), kRgb16);
  gst_element_set_state(h->element, GST_STATE_PAUSED);
  EXPECT_TRUE(gst_harness_push_event(h.get(), gst_event_new_gap(0, GST_SECOND)));
  EXPECT_EQ(GST_STATE_CHANGE_SUCCESS,
            gst_element_get_state(h->element, nullptr, nullptr, 30 * GST_SECOND));
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
