// SPDX-License-Identifier: Apache-2.0
// An infer element over state changes, under stress, and what it leaves behind.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
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

Ptr<GstElement> Parse(const std::string& line) {
  GError* error = nullptr;
  GstElement* pipeline =
      gst_parse_launch_full(line.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  EXPECT_EQ(nullptr, error) << error->message;
  return Ptr<GstElement>(pipeline);
}

// All three elements, infermeta as the end.
TEST(InferLifecycle, NullToPlayingAHundredTimes) {
  const auto pipeline =
      Parse("videotestsrc num-buffers=5 ! video/x-raw,format=NV12,width=32,height=32 ! " +
            FakeInfer("latency=1") + " ! inferoverlay ! infermeta");
  Ptr<GstObject> bus(GST_OBJECT(gst_element_get_bus(pipeline.get())));
  for (int i = 0; i < 100; ++i) {
    ASSERT_NE(GST_STATE_CHANGE_FAILURE, gst_element_set_state(pipeline.get(), GST_STATE_PLAYING));
    if (i % 4 != 0) {  // Sometimes in the middle of the stream.
      Ptr<GstMessage> end(gst_bus_timed_pop_filtered(
          GST_BUS(bus.get()), 30 * GST_SECOND,
          static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
      ASSERT_NE(nullptr, end);
      ASSERT_EQ(GST_MESSAGE_EOS, GST_MESSAGE_TYPE(end.get()));
    }
    ASSERT_NE(GST_STATE_CHANGE_FAILURE, gst_element_set_state(pipeline.get(), GST_STATE_NULL));
  }
}

TEST(InferLifecycle, PausedPrerollsAndGoesBackToReadyWithFramesUnderWay) {
  const auto pipeline = Parse("videotestsrc ! video/x-raw,format=RGB,width=32,height=32 ! " +
                              FakeInfer("latency=20") + " ! fakesink sync=true");
  for (int i = 0; i < 5; ++i) {
    gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
    ASSERT_EQ(GST_STATE_CHANGE_SUCCESS,
              gst_element_get_state(pipeline.get(), nullptr, nullptr, 30 * GST_SECOND));
    ASSERT_EQ(GST_STATE_CHANGE_SUCCESS, gst_element_set_state(pipeline.get(), GST_STATE_READY));
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

TEST(InferLifecycle, ABufferAndItsResultsOutliveTheElement) {
  Ptr<GstBuffer> kept;
  {
    const auto h = Play(FakeInfer("outputs=3",
                                  "postprocess=classification labels=a,b,c "
                                  "attribute-name=letter threshold=0")
                            .c_str(),
                        kRgb16);
    kept.reset(gst_harness_push_and_pull(h.get(), Frame(0).release()));
  }
  ASSERT_NE(nullptr, kept);
  const auto result = test::Results(kept.get());
  ASSERT_EQ(1u, result.attributes.size());
  EXPECT_EQ("letter", result.attributes[0].name);
  EXPECT_EQ("c", result.attributes[0].label);
  EXPECT_EQ("ran", test::StatusOf(kept.get()));
}

TEST(InferLifecycle, WhatIsReadOnceDoesNotChangeWhilePlaying) {
  const auto h = Play(FakeInfer("", "threshold=0.5").c_str(), kRgb16);
  const auto infer = test::Infer(h.get());
  g_object_set(infer.get(), "threshold", "0.75", "inference-interval", 3u, nullptr);
  gchar* threshold = nullptr;
  guint interval = 0;
  g_object_get(infer.get(), "threshold", &threshold, "inference-interval", &interval, nullptr);
  EXPECT_STREQ("0.5", threshold);
  EXPECT_EQ(3u, interval) << "this one may change";
  g_free(threshold);
}

TEST(InferLifecycle, WhatChangesInReadyCountsInPaused) {
  const auto h = Play(FakeInfer("", "engine-num=1").c_str(), kRgb16);
  const auto infer = test::Infer(h.get());
  gst_element_set_state(h->element, GST_STATE_READY);
  g_object_set(infer.get(), "engine-num", 3u, nullptr);
  gst_element_set_state(h->element, GST_STATE_PLAYING);
  gchar* info = nullptr;
  g_object_get(infer.get(), "runtime-info", &info, nullptr);
  EXPECT_EQ("cpu:0, engine fake, batch 1, 3 engines", std::string(info).substr(0, 38));
  g_free(info);
}

TEST(InferLifecycle, StatsCountFrames) {
  const auto h = Play(FakeInfer("latency=2", "inference-interval=2").c_str(), kRgb16);
  Recorder out(h.get());
  for (guint64 i = 0; i < 10; ++i) gst_harness_push(h.get(), Frame(i).release());
  gst_harness_push_event(h.get(), gst_event_new_eos());
  ASSERT_TRUE(out.WaitFor("eos"));
  EXPECT_EQ(10u, Stat(h.get(), "frames-in"));
  EXPECT_EQ(10u, Stat(h.get(), "frames-out"));
  EXPECT_EQ(5u, Stat(h.get(), "inferred"));
  EXPECT_EQ(5u, Stat(h.get(), "skipped"));
  EXPECT_EQ(5u, Stat(h.get(), "items"));
  EXPECT_EQ(0u, Stat(h.get(), "failed"));
  EXPECT_EQ(0u, Stat(h.get(), "queue-level"));
}

std::atomic<int> logged{0};

void CountOpened(GstDebugCategory* category, GstDebugLevel, const gchar*, const gchar*, gint,
                 GObject*, GstDebugMessage* message, gpointer) {
  const bool ours = g_str_equal(gst_debug_category_get_name(category), "infer");
  if (ours && std::strstr(gst_debug_message_get(message), "engine fake") != nullptr) ++logged;
}

TEST(InferLifecycle, LogsInItsOwnCategory) {
  (gst_debug_add_log_function)(&CountOpened, nullptr, nullptr);
  gst_debug_set_threshold_for_name("infer", GST_LEVEL_INFO);
  logged = 0;
  Play(FakeInfer("").c_str(), kRgb16);
  gst_debug_set_threshold_for_name("infer", GST_LEVEL_NONE);
  (gst_debug_remove_log_function)(&CountOpened);
  EXPECT_EQ(1, logged);
}

TEST(InferLifecycle, Stress) {
  Ptr<GstElement> infer(gst_element_factory_make("cpuinfer", "infer"));
  gst_object_ref_sink(infer.get());
  g_object_set(infer.get(), "engine", "fake:latency=1,jitter=2,fail-every=50", "postprocess", "raw",
               "engine-num", 2u, nullptr);
  gst_util_set_object_arg(G_OBJECT(infer.get()), "on-error", "skip");
  test::Harness h(gst_harness_new_with_element(infer.get(), "sink", "src"));
  GstHarness* harness = h.get();
  gst_harness_set_src_caps_str(harness, kRgb16);
  gst_harness_set_drop_buffers(harness, TRUE);
  Ptr<GstCaps> caps(gst_caps_from_string(kRgb16));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  Ptr<GstBuffer> frame = Frame(0);
  GValue interval = G_VALUE_INIT;
  g_value_init(&interval, G_TYPE_UINT);
  g_value_set_uint(&interval, 2);

  auto* buffers = gst_harness_stress_push_buffer_start(harness, caps.get(), &segment, frame.get());
  Ptr<GstEvent> mark(
      gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("mark")));
  auto* events = gst_harness_stress_push_event_start(harness, mark.get());
  Ptr<GstEvent> qos(gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2, 100, GST_SECOND));
  auto* requests = gst_harness_stress_send_upstream_event_start(harness, qos.get());
  auto* sets = gst_harness_stress_property_start(harness, "inference-interval", &interval);
  for (int i = 0; i < 200; ++i) {
    gst_harness_query_latency(harness);
    Stat(infer.get(), "frames-in");
    g_usleep(5000);
  }
  gst_harness_stress_thread_stop(sets);
  gst_harness_stress_thread_stop(requests);
  gst_harness_stress_thread_stop(events);
  gst_harness_stress_thread_stop(buffers);
  gst_element_set_state(infer.get(), GST_STATE_NULL);
  EXPECT_EQ(0u, Stat(infer.get(), "queue-level")) << "every frame was given back";
  EXPECT_EQ(1, GST_MINI_OBJECT_REFCOUNT_VALUE(frame.get()));
}

TEST(InferLifecycle, NothingFromBeforeAFlushComesAfterIt) {
  const auto h = Play(FakeInfer("latency=2,jitter=4", "engine-num=2").c_str(), kRgb16);
  Recorder out(h.get());
  std::atomic<guint64> round{0};
  std::atomic<int> late{0};
  out.on_buffer = [&](GstBuffer* buffer) {
    if (GST_BUFFER_OFFSET(buffer) / 1000 != round) ++late;
    return GST_FLOW_OK;
  };
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  for (; round < 100; ++round) {
    gst_harness_push_event(h.get(), gst_event_new_segment(&segment));
    std::thread pusher([&, now = round.load()] {
      guint64 i = 0;
      while (gst_harness_push(h.get(), Frame(now * 1000 + i).release()) == GST_FLOW_OK) ++i;
    });
    ASSERT_TRUE(out.WaitFor("buffer " + std::to_string(round * 1000 + round % 7)));
    gst_harness_push_event(h.get(), gst_event_new_flush_start());
    pusher.join();
    gst_harness_push_event(h.get(), gst_event_new_flush_stop(TRUE));
    out.Clear();
  }
  EXPECT_EQ(0, late);
}

}  // namespace
}  // namespace infer_gst
