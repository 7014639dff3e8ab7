// SPDX-License-Identifier: Apache-2.0
// Everything that is serialized leaves an infer element where it came in.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/gst/infer_harness.h"

namespace infer_gst {
namespace {

using test::FakeInfer;
using test::Frame;
using test::kRgb16;
using test::Play;
using test::Recorder;

GstEvent* Custom(int n) {
  const std::string name = "mark-" + std::to_string(n);
  return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty(name.c_str()));
}

GstEvent* Caps(const char* text) {
  Ptr<GstCaps> caps(gst_caps_from_string(text));
  return gst_event_new_caps(caps.get());
}

void PushSegment(GstHarness* h) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  ASSERT_TRUE(gst_harness_push_event(h, gst_event_new_segment(&segment)));
}

TEST(InferOrder, BuffersAndEventsLeaveInTheOrderTheyCame) {
  const auto h =
      Play(FakeInfer("latency=5,jitter=5", "engine-num=2 batch-size=2 batch-timeout=20").c_str(),
           kRgb16);
  Recorder out(h.get());
  std::vector<std::string> expected;
  for (guint64 i = 0; i < 64; ++i) {
    if (i % 8 == 1) {
      gst_harness_push_event(h.get(), gst_event_new_tag(gst_tag_list_new_empty()));
      expected.push_back("tag");
    }
    if (i % 8 == 3) {
      gst_harness_push_event(h.get(), gst_event_new_gap(i * GST_SECOND, GST_SECOND));
      expected.push_back("gap");
    }
    if (i % 8 == 5) {
      const std::string name = "mark-" + std::to_string(i);
      gst_harness_push_event(h.get(), Custom(static_cast<int>(i)));
      expected.push_back("custom-downstream " + name);
    }
    if (i % 16 == 7) {
      PushSegment(h.get());
      expected.push_back("segment");
    }
    const bool wide = i >= 20 && i < 40;
    if (i == 20 || i == 40) {
      gst_harness_push_event(
          h.get(),
          Caps(wide ? "video/x-raw,format=NV12,width=64,height=32,framerate=30/1" : kRgb16));
      expected.push_back("caps");
    }
    Ptr<GstBuffer> frame = wide ? test::Solid(64 * 32 * 3 / 2, 128) : Frame(i);
    GST_BUFFER_OFFSET(frame.get()) = i;
    ASSERT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), frame.release())) << i;
    expected.push_back("buffer " + std::to_string(i));
  }
  ASSERT_TRUE(gst_harness_push_event(h.get(), gst_event_new_eos()));
  expected.push_back("eos");
  ASSERT_TRUE(out.WaitFor("eos"));
  std::vector<std::string> lines = out.lines();
  lines.erase(std::remove_if(lines.begin(), lines.end(),
                             [](const std::string& line) { return line.find("query") == 0; }),
              lines.end());
  // The sticky events of the beginning come before the first buffer.
  while (!lines.empty() && lines[0] != "buffer 0") lines.erase(lines.begin());
  EXPECT_EQ(expected, lines);
}

// A frame that is black but for colour channel `n` % 3.
Ptr<GstBuffer> Coloured(guint64 n) {
  Ptr<GstBuffer> frame = Frame(n);
  for (gsize i = n % 3; i < 16 * 16 * 3; i += 3) gst_buffer_memset(frame.get(), i, 255, 1);
  return frame;
}

TEST(InferOrder, EveryFrameCarriesItsOwnResult) {
  // The network gives back the mean colour, so the class is the channel.
  const auto h =
      Play(FakeInfer("latency=2,jitter=8,mode=copy,inputs=3x1x1,outputs=3",
                     "postprocess=classification color-order=rgb scale=0.01 engine-num=3 "
                     "threshold=0")
               .c_str(),
           kRgb16);
  Recorder out(h.get());
  std::vector<int> classes;
  out.on_buffer = [&classes](GstBuffer* buffer) {
    const auto result = test::Results(buffer);
    classes.push_back(result.attributes.empty() ? -1 : result.attributes[0].label_id);
    return GST_FLOW_OK;
  };
  for (guint64 i = 0; i < 32; ++i)
    ASSERT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), Coloured(i).release()));
  gst_harness_push_event(h.get(), gst_event_new_eos());
  ASSERT_TRUE(out.WaitFor("eos"));
  ASSERT_EQ(32u, classes.size());
  for (std::size_t i = 0; i < classes.size(); ++i)
    EXPECT_EQ(static_cast<int>(i % 3), classes[i]) << "frame " << i;
}

TEST(InferOrder, EosDrainsAPartialBatch) {
  const auto h = Play(FakeInfer("latency=1", "batch-size=4 batch-timeout=60000").c_str(), kRgb16);
  Recorder out(h.get());
  for (guint64 i = 0; i < 3; ++i) gst_harness_push(h.get(), Frame(i).release());
  gst_harness_push_event(h.get(), gst_event_new_eos());
  ASSERT_TRUE(out.WaitFor("eos"));
  EXPECT_EQ(3u, out.Count("buffer"));
  EXPECT_EQ("eos", out.lines().back());
}

TEST(InferOrder, ASerializedQueryKeepsItsPlaceAndDoesNotWaitForAFullBatch) {
  const auto h = Play(FakeInfer("latency=1", "batch-size=4 batch-timeout=60000").c_str(), kRgb16);
  Recorder out(h.get());
  out.on_query = [](GstQuery* query) { return GST_QUERY_TYPE(query) == GST_QUERY_DRAIN; };
  for (guint64 i = 0; i < 2; ++i) gst_harness_push(h.get(), Frame(i).release());
  Ptr<GstQuery> query(gst_query_new_drain());
  EXPECT_TRUE(gst_pad_peer_query(h->srcpad, query.get()));
  EXPECT_EQ(2u, out.Count("buffer"));
  EXPECT_EQ("query drain", out.lines().back());
}

TEST(InferOrder, AnAllocationQueryKeepsDownstreamsPoolAndMetas) {
  const auto h = Play(FakeInfer("").c_str(), kRgb16);
  Recorder out(h.get());
  Ptr<GstBufferPool> pool(gst_buffer_pool_new());
  out.on_query = [&pool](GstQuery* query) {
    if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return false;
    gst_query_add_allocation_pool(query, pool.get(), 768, 2, 5);
    gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
    return true;
  };
  gst_harness_push(h.get(), Frame(0).release());  // The caps have arrived.
  ASSERT_TRUE(out.WaitFor("buffer"));
  Ptr<GstCaps> caps(gst_caps_from_string(kRgb16));
  Ptr<GstQuery> query(gst_query_new_allocation(caps.get(), TRUE));
  ASSERT_TRUE(gst_pad_peer_query(h->srcpad, query.get()));

  ASSERT_EQ(1u, gst_query_get_n_allocation_pools(query.get()));
  GstBufferPool* got = nullptr;
  guint size = 0, min = 0, max = 0;
  gst_query_parse_nth_allocation_pool(query.get(), 0, &got, &size, &min, &max);
  Ptr<GstBufferPool> owned(got);
  EXPECT_EQ(pool.get(), got);
  EXPECT_EQ(768u, size);
  EXPECT_GT(min, 2u);
  EXPECT_EQ(min - 2, max - 5) << "both by what the element holds";
  EXPECT_TRUE(gst_query_find_allocation_meta(query.get(), GST_VIDEO_META_API_TYPE, nullptr));
}

TEST(InferOrder, AnAllocationQueryAsksForFramesOfItsOwnCaps) {
  const auto h = Play(FakeInfer("", "engine-num=1 inference-interval=2").c_str(), kRgb16);
  Recorder out(h.get());
  Ptr<GstCaps> caps(
      gst_caps_from_string("video/x-raw,format=GRAY8,width=64,height=64,framerate=30/1"));
  Ptr<GstQuery> query(gst_query_new_allocation(caps.get(), FALSE));
  ASSERT_TRUE(gst_pad_peer_query(h->srcpad, query.get()));
  ASSERT_EQ(1u, gst_query_get_n_allocation_pools(query.get()));
  guint size = 0, min = 0;
  gst_query_parse_nth_allocation_pool(query.get(), 0, nullptr, &size, &min, nullptr);
  EXPECT_EQ(64u * 64u, size);
  EXPECT_EQ(6u, min) << "three frames, as often as inference-interval, before the first frame";

  query.reset(gst_query_new_allocation(nullptr, FALSE));
  ASSERT_TRUE(gst_pad_peer_query(h->srcpad, query.get()));
  EXPECT_EQ(0u, gst_query_get_n_allocation_pools(query.get())) << "of no known size";
}

TEST(InferOrder, ABatchIsNoLargerThanTheUpstreamPoolCanLend) {
  const auto h = Play(FakeInfer("latency=1", "batch-size=8 batch-timeout=60000").c_str(), kRgb16);
  Recorder out(h.get());
  Ptr<GstBufferPool> pool(gst_buffer_pool_new());
  Ptr<GstCaps> caps(gst_caps_from_string(kRgb16));
  GstStructure* config = gst_buffer_pool_get_config(pool.get());
  gst_buffer_pool_config_set_params(config, caps.get(), 768, 3, 3);
  ASSERT_TRUE(gst_buffer_pool_set_config(pool.get(), config));
  ASSERT_TRUE(gst_buffer_pool_set_active(pool.get(), TRUE));
  for (guint64 i = 0; i < 12; ++i) {
    GstBuffer* buffer = nullptr;
    ASSERT_EQ(GST_FLOW_OK, gst_buffer_pool_acquire_buffer(pool.get(), &buffer, nullptr));
    GST_BUFFER_OFFSET(buffer) = i;
    ASSERT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), buffer));
  }
  gst_harness_push_event(h.get(), gst_event_new_eos());
  ASSERT_TRUE(out.WaitFor("eos"));
  EXPECT_EQ(12u, out.Count("buffer"));
  gst_buffer_pool_set_active(pool.get(), FALSE);
}

TEST(InferOrder, TheUpstreamPoolsBuffersAreWrittenInPlace) {
  const auto h = Play(FakeInfer("").c_str(), kRgb16);
  Recorder out(h.get());
  GstBuffer* came = nullptr;
  out.on_buffer = [&came](GstBuffer* buffer) {
    came = buffer;
    return GST_FLOW_OK;
  };
  Ptr<GstBuffer> frame = Frame(0);
  GstBuffer* const sent = frame.get();
  gst_harness_push(h.get(), frame.release());
  ASSERT_TRUE(out.WaitFor("buffer"));
  EXPECT_EQ(sent, came) << "a copy would drain the upstream pool";
}

// As a tee makes it, that gives another branch the same buffer.
TEST(InferOrder, OfASharedFrameTheMetadataIsCopiedAndNotThePixels) {
  const auto h = Play(FakeInfer("").c_str(), kRgb16);
  Ptr<GstBuffer> frame = Frame(0);
  Ptr<GstBuffer> came(gst_harness_push_and_pull(h.get(), gst_buffer_ref(frame.get())));
  ASSERT_NE(nullptr, came);
  EXPECT_NE(frame.get(), came.get());
  EXPECT_EQ(gst_buffer_peek_memory(frame.get(), 0), gst_buffer_peek_memory(came.get(), 0));
  EXPECT_EQ("ran", test::StatusOf(came.get()));
  EXPECT_EQ("", test::StatusOf(frame.get())) << "the other branch sees nothing of it";
}

// Rows and planes where GstVideoMeta says: a frame of colour 0 inside memory of colour 1.
TEST(InferOrder, StridesAndOffsetsOfTheBuffersVideoMetaCount) {
  const auto h = Play(FakeInfer("mode=copy,inputs=3x1x1,outputs=3",
                                "postprocess=classification color-order=rgb scale=0.01 threshold=0")
                          .c_str(),
                      kRgb16);
  constexpr gint kStride = 67;
  Ptr<GstBuffer> frame = test::Solid(100 + 16 * kStride, 0);
  for (gsize i = 1; i < 100 + 16 * kStride; i += 3) gst_buffer_memset(frame.get(), i, 255, 1);
  for (gsize y = 0; y < 16; ++y)
    for (gsize x = 0; x < 48; ++x)
      gst_buffer_memset(frame.get(), 100 + y * kStride + x, x % 3 == 0 ? 255 : 0, 1);
  gsize offset[GST_VIDEO_MAX_PLANES] = {100};
  gint stride[GST_VIDEO_MAX_PLANES] = {kStride};
  gst_buffer_add_video_meta_full(frame.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGB, 16,
                                 16, 1, offset, stride);
  Ptr<GstBuffer> padded(gst_harness_push_and_pull(h.get(), frame.release()));
  Ptr<GstBuffer> plain(gst_harness_push_and_pull(h.get(), Coloured(0).release()));
  ASSERT_NE(nullptr, padded);
  ASSERT_NE(nullptr, plain);
  const auto result = test::Results(padded.get()), same = test::Results(plain.get());
  ASSERT_EQ(1u, result.attributes.size());
  ASSERT_EQ(1u, same.attributes.size());
  EXPECT_EQ(0, result.attributes[0].label_id);
  EXPECT_EQ(same.attributes[0].score, result.attributes[0].score);
}

}  // namespace
}  // namespace infer_gst
