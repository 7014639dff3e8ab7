// SPDX-License-Identifier: Apache-2.0
// An infer element that hears from downstream that it is late.
#include <gtest/gtest.h>

#include "tests/gst/infer_harness.h"

namespace infer_gst {
namespace {

using test::Bus;
using test::FakeInfer;
using test::Frame;
using test::kRgb16;
using test::Play;
using test::Recorder;

// Downstream got the frame of time `at` this much too late.
void SayLate(GstHarness* h, GstClockTime at, GstClockTimeDiff late) {
  ASSERT_TRUE(
      gst_harness_push_upstream_event(h, gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2.5, late, at)));
}

// Pushes frame `n`, of time n / 30 s, and waits for it; what became of it.
std::string Through(GstHarness* h, guint64 n) {
  Ptr<GstBuffer> came(gst_harness_push_and_pull(h, Frame(n).release()));
  return came != nullptr ? test::StatusOf(came.get()) : "nothing";
}

TEST(InferQos, LateFramesPassWithTheLastResultsAsStale) {
  const auto h = Play(FakeInfer("").c_str(), kRgb16);
  EXPECT_EQ("ran", Through(h.get(), 0));
  SayLate(h.get(), 0, 70 * GST_MSECOND);
  EXPECT_EQ("stale 1", Through(h.get(), 1));
  EXPECT_EQ("stale 2", Through(h.get(), 2));
  EXPECT_EQ("ran", Through(h.get(), 3)) << "at 100 ms, so in time";
  SayLate(h.get(), 3 * GST_SECOND / 30, -90 * GST_MSECOND);
  EXPECT_EQ("ran", Through(h.get(), 4));
}

TEST(InferQos, EachSkippedFrameIsPosted) {
  const auto h = Play(FakeInfer("").c_str(), kRgb16);
  Bus bus(h.get());
  Through(h.get(), 0);
  SayLate(h.get(), 0, 70 * GST_MSECOND);
  Through(h.get(), 1);
  Through(h.get(), 2);
  for (guint64 n = 1; n <= 2; ++n) {
    const Ptr<GstMessage> message = bus.Pop(GST_MESSAGE_QOS);
    ASSERT_NE(nullptr, message) << n;
    guint64 running = 0, pts = 0, processed = 0, skipped = 0;
    gint64 jitter = 0;
    gdouble proportion = 0;
    GstFormat format = GST_FORMAT_UNDEFINED;
    gst_message_parse_qos(message.get(), nullptr, &running, nullptr, &pts, nullptr);
    gst_message_parse_qos_values(message.get(), &jitter, &proportion, nullptr);
    gst_message_parse_qos_stats(message.get(), &format, &processed, &skipped);
    EXPECT_EQ(GST_BUFFER_PTS(Frame(n).get()), pts);
    EXPECT_EQ(pts, running);
    EXPECT_EQ(static_cast<gint64>(70 * GST_MSECOND - pts), jitter);
    EXPECT_EQ(2.5, proportion);
    EXPECT_EQ(GST_FORMAT_BUFFERS, format);
    EXPECT_EQ(1u, processed);
    EXPECT_EQ(n, skipped);
  }
  EXPECT_EQ(nullptr, bus.Pop(GST_MESSAGE_QOS, 0));
}

TEST(InferQos, OnceASecondTheModelRunsHoweverLateItIs) {
  const auto h = Play(FakeInfer("").c_str(), kRgb16);
  EXPECT_EQ("ran", Through(h.get(), 0));
  SayLate(h.get(), 0, 100 * GST_SECOND);
  EXPECT_EQ("stale 1", Through(h.get(), 29));
  EXPECT_EQ("ran", Through(h.get(), 30));
  EXPECT_EQ("stale 1", Through(h.get(), 59));
  EXPECT_EQ("ran", Through(h.get(), 60));
}

TEST(InferQos, TheFirstOfTwoElementsHearsOfItToo) {
  const auto h =
      Play(("cpuinfer name=first engine=fake postprocess=raw ! " + FakeInfer("")).c_str(), kRgb16);
  Through(h.get(), 0);
  SayLate(h.get(), 0, 70 * GST_MSECOND);
  Through(h.get(), 1);
  const Ptr<GstElement> first(gst_bin_get_by_name(GST_BIN(h->element), "first"));
  EXPECT_EQ(1u, test::Stat(first.get(), "skipped"));
  EXPECT_EQ(1u, test::Stat(h.get(), "skipped"));
}

TEST(InferQos, AFlushForgetsThatItWasLate) {
  const auto h = Play(FakeInfer("").c_str(), kRgb16);
  EXPECT_EQ("ran", Through(h.get(), 0));
  SayLate(h.get(), 0, 100 * GST_SECOND);
  EXPECT_EQ("stale 1", Through(h.get(), 1));
  gst_harness_push_event(h.get(), gst_event_new_flush_start());
  gst_harness_push_event(h.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(h.get(), gst_event_new_segment(&segment));
  EXPECT_EQ("ran", Through(h.get(), 2));
  EXPECT_EQ("ran", Through(h.get(), 3));
}

TEST(InferQos, WithoutTimesNothingIsLate) {
  const auto h = Play(FakeInfer("").c_str(), kRgb16);
  EXPECT_EQ("ran", Through(h.get(), 0));
  SayLate(h.get(), 0, 100 * GST_SECOND);
  Ptr<GstBuffer> untimed = Frame(1);
  GST_BUFFER_PTS(untimed.get()) = GST_CLOCK_TIME_NONE;
  Ptr<GstBuffer> came(gst_harness_push_and_pull(h.get(), untimed.release()));
  EXPECT_EQ("ran", test::StatusOf(came.get()));
}

}  // namespace
}  // namespace infer_gst
