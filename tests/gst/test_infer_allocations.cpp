// SPDX-License-Identifier: Apache-2.0
// In steady state an infer element allocates nothing of its own for a frame but its metadata.
#include <gtest/gtest.h>

#include "tests/alloc_counter.h"
#include "tests/gst/infer_harness.h"

namespace infer_gst {
namespace {

using infer_server::test::Allocations;
using test::FakeInfer;
using test::Frame;
using test::kRgb16;
using test::Play;
using test::Recorder;

constexpr long kFrames = 1000, kWarmUp = 100;
// GstInferFrameMeta: its content, and the list in that.
constexpr long kMetadata = 2;

// What is allocated for the frames after the first kWarmUp, by all threads.
long AllocationsOf(const std::string& line, bool regions) {
  const auto h = Play(line.c_str(), kRgb16);
  Recorder out(h.get());
  std::vector<long> count(kFrames);
  std::size_t seen = 0;
  out.on_buffer = [&](GstBuffer*) {
    count[seen++] = Allocations();
    return GST_FLOW_OK;
  };
  std::vector<Ptr<GstBuffer>> frames;
  for (guint64 i = 0; i < kFrames; ++i) {
    frames.push_back(Frame(i));
    for (guint r = 0; regions && r < 3; ++r)
      gst_buffer_add_video_region_of_interest_meta(frames.back().get(), "object", r, r, 8, 8);
  }
  for (auto& frame : frames)
    if (gst_harness_push(h.get(), frame.release()) != GST_FLOW_OK) return -1;
  gst_harness_push_event(h.get(), gst_event_new_eos());
  if (!out.WaitFor("eos") || seen != kFrames) return -1;
  return count[kFrames - 1] - count[kWarmUp];
}

// More frames under way than ever before make the pools grow, late or early: by what may be under
// way, not by frame. Less than one a frame.
constexpr long kSlack = 150;
// A place of the store that is used for the first time makes room for three regions.
constexpr long kPlaces = 4 * (2 * 2 + 1), kRoom = 12;

TEST(InferAllocations, OnFrames) {
  const long made = AllocationsOf(
      FakeInfer("", "engine-num=2 batch-size=2 batch-timeout=5 model-name=net"), false);
  EXPECT_GE(made, 0);
  EXPECT_LE(made, (kFrames - kWarmUp) * kMetadata + kSlack);
}

TEST(InferAllocations, OnObjects) {
  const long made = AllocationsOf(
      FakeInfer("", "input=objects engine-num=2 batch-size=4 batch-timeout=5 model-name=net"),
      true);
  EXPECT_GE(made, 0);
  EXPECT_LE(made, (kFrames - kWarmUp) * kMetadata + kSlack + kPlaces * kRoom);
}

TEST(InferAllocations, OnHeldFrames) {
  const long made = AllocationsOf(FakeInfer("", "inference-interval=3 model-name=net"), false);
  EXPECT_GE(made, 0);
  EXPECT_LE(made, (kFrames - kWarmUp) * kMetadata + kSlack);
}

// The elements beside it: nothing but what the pools grow by.
TEST(InferAllocations, ByTheWriterAndTheOverlay) {
  for (const char* line : {"infermeta location=/dev/null", "inferoverlay"}) {
    const long made = AllocationsOf(line, true);
    EXPECT_GE(made, 0) << line;
    EXPECT_LE(made, kSlack) << line;
  }
}

}  // namespace
}  // namespace infer_gst
