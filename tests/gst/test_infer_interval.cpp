// SPDX-License-Identifier: Apache-2.0
// inference-interval: which frames the model runs on, and what the others carry.
#include <gtest/gtest.h>

#include "tests/gst/infer_harness.h"

namespace infer_gst {
namespace {

using test::FakeInfer;
using test::Frame;
using test::kRgb16;
using test::Play;
using test::Recorder;

constexpr char kClassify[] = "postprocess=classification labels=a,b,c threshold=0 ";

struct Seen {
  std::vector<std::string> statuses, labels;
};

// What `n` frames carry when they leave.
Seen Push(GstHarness* h, guint64 n) {
  Seen seen;
  {
    Recorder out(h);
    out.on_buffer = [&seen](GstBuffer* buffer) {
      const auto result = test::Results(buffer);
      seen.statuses.push_back(test::StatusOf(buffer));
      seen.labels.push_back(result.attributes.empty() ? "" : result.attributes[0].label);
      return GST_FLOW_OK;
    };
    for (guint64 i = 0; i < n; ++i) gst_harness_push(h, Frame(i).release());
    EXPECT_TRUE(out.WaitFor("buffer", n));
  }
  return seen;
}

TEST(InferInterval, FramesBetweenCarryTheLastResultsWithTheirAge) {
  const auto h = Play(
      FakeInfer("latency=2,outputs=3", std::string(kClassify) + "inference-interval=3").c_str(),
      kRgb16);
  const Seen seen = Push(h.get(), 7);
  EXPECT_EQ((std::vector<std::string>{"ran", "held 1", "held 2", "ran", "held 1", "held 2", "ran"}),
            seen.statuses);
  EXPECT_EQ((std::vector<std::string>(7, "c")), seen.labels);
}

TEST(InferInterval, WithoutAResultThereIsNothingToHold) {
  const auto h = Play(FakeInfer("fail-at=1,outputs=3", std::string(kClassify) +
                                                           "inference-interval=2 on-error=skip "
                                                           "engine-num=1")
                          .c_str(),
                      kRgb16);
  const Seen seen = Push(h.get(), 4);
  EXPECT_EQ((std::vector<std::string>{"failed", "none", "ran", "held 1"}), seen.statuses);
  EXPECT_EQ((std::vector<std::string>{"", "", "c", "c"}), seen.labels);
}

TEST(InferInterval, AFailureLeavesTheResultsBeforeIt) {
  const auto h = Play(FakeInfer("fail-at=2,outputs=3", std::string(kClassify) +
                                                           "inference-interval=2 on-error=skip "
                                                           "engine-num=1")
                          .c_str(),
                      kRgb16);
  EXPECT_EQ((std::vector<std::string>{"ran", "held 1", "failed", "held 3", "ran"}),
            Push(h.get(), 5).statuses);
}

TEST(InferInterval, ChangesWhilePlayingCountFromTheNextFrame) {
  const auto h = Play(
      FakeInfer("outputs=3", std::string(kClassify) + "inference-interval=100").c_str(), kRgb16);
  EXPECT_EQ((std::vector<std::string>{"ran", "held 1"}), Push(h.get(), 2).statuses);
  g_object_set(test::Infer(h.get()).get(), "inference-interval", 1u, nullptr);
  EXPECT_EQ((std::vector<std::string>{"ran", "ran"}), Push(h.get(), 2).statuses);
}

TEST(InferInterval, AFlushForgetsWhatIsHeld) {
  const auto h = Play(
      FakeInfer("outputs=3", std::string(kClassify) + "inference-interval=100").c_str(), kRgb16);
  Push(h.get(), 2);
  gst_harness_push_event(h.get(), gst_event_new_flush_start());
  gst_harness_push_event(h.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(h.get(), gst_event_new_segment(&segment));
  EXPECT_EQ((std::vector<std::string>{"ran", "held 1"}), Push(h.get(), 2).statuses);
}

}  // namespace
}  // namespace infer_gst
