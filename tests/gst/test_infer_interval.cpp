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

// An element, and what the frames it is given carry when they leave.
class Stream {
 public:
  Stream(const std::string& settings, const std::string& more)
      : h_(Play(FakeInfer(settings, kClassify + more).c_str(), kRgb16)), out_(h_.get()) {
    out_.on_buffer = [this](GstBuffer* buffer) {
      const auto result = test::Results(buffer);
      statuses_.push_back(test::StatusOf(buffer));
      labels_.push_back(result.attributes.empty() ? "" : result.attributes[0].label);
      return GST_FLOW_OK;
    };
  }
  GstHarness* harness() { return h_.get(); }

  // Statuses of the next `n` frames.
  std::vector<std::string> Push(std::size_t n) {
    const std::size_t first = pushed_;
    for (; pushed_ < first + n; ++pushed_) gst_harness_push(h_.get(), Frame(pushed_).release());
    EXPECT_TRUE(out_.WaitFor("buffer", pushed_));
    return {statuses_.begin() + static_cast<std::ptrdiff_t>(first), statuses_.end()};
  }
  // Labels of all frames so far.
  const std::vector<std::string>& labels() const { return labels_; }

 private:
  const test::Harness h_;
  std::size_t pushed_ = 0;
  std::vector<std::string> statuses_, labels_;
  Recorder out_;
};

using Lines = std::vector<std::string>;

TEST(InferInterval, FramesBetweenCarryTheLastResultsWithTheirAge) {
  Stream stream("latency=2,outputs=3", "inference-interval=3");
  EXPECT_EQ((Lines{"ran", "held 1", "held 2", "ran", "held 1", "held 2", "ran"}), stream.Push(7));
  EXPECT_EQ(Lines(7, "c"), stream.labels());
}

TEST(InferInterval, WithoutAResultThereIsNothingToHold) {
  Stream stream("fail-at=1,outputs=3", "inference-interval=2 on-error=skip engine-num=1");
  EXPECT_EQ((Lines{"failed", "none", "ran", "held 1"}), stream.Push(4));
  EXPECT_EQ((Lines{"", "", "c", "c"}), stream.labels());
}

TEST(InferInterval, AFailureLeavesTheResultsBeforeIt) {
  Stream stream("fail-at=2,outputs=3", "inference-interval=2 on-error=skip engine-num=1");
  EXPECT_EQ((Lines{"ran", "held 1", "failed", "held 3", "ran"}), stream.Push(5));
}

TEST(InferInterval, ChangesWhilePlayingCountFromTheNextFrame) {
  Stream stream("outputs=3", "inference-interval=100");
  EXPECT_EQ((Lines{"ran", "held 1"}), stream.Push(2));
  g_object_set(test::Infer(stream.harness()).get(), "inference-interval", 1u, nullptr);
  EXPECT_EQ((Lines{"ran", "ran"}), stream.Push(2));
}

TEST(InferInterval, AFlushForgetsWhatIsHeld) {
  Stream stream("outputs=3", "inference-interval=100");
  EXPECT_EQ((Lines{"ran", "held 1"}), stream.Push(2));
  gst_harness_push_event(stream.harness(), gst_event_new_flush_start());
  gst_harness_push_event(stream.harness(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(stream.harness(), gst_event_new_segment(&segment));
  EXPECT_EQ((Lines{"ran", "held 1"}), stream.Push(2));
}

}  // namespace
}  // namespace infer_gst
