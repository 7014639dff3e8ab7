// SPDX-License-Identifier: Apache-2.0
// infermeta as the end of a pipeline.
#include "tests/gst/meta_harness.h"

namespace infer_gst {
namespace {

using test::Outcome;
using test::ReadLines;
using test::Stat;

class InferMetaSink : public test::InferMetaTest {};

bool HasDecodebin() {
  return gst_registry_check_feature_version(gst_registry_get(), "decodebin", 1, 0, 0) &&
         gst_registry_check_feature_version(gst_registry_get(), "jpegenc", 1, 0, 0);
}

TEST_F(InferMetaSink, EndsThePipeline) {
  EXPECT_EQ("eos", Outcome("videotestsrc num-buffers=5 ! infermeta name=cam location=" + path_));
  const auto lines = ReadLines(path_);
  ASSERT_EQ(5u, lines.size());
  EXPECT_EQ("cam", lines[4]["source"]) << "the element's name by default";
}

TEST_F(InferMetaSink, InABinItEndsThePipeline) {
  EXPECT_EQ(
      "eos",
      Outcome("videotestsrc num-buffers=5 ! bin.( identity ! infermeta location=" + path_ + " )"));
  EXPECT_EQ(5u, ReadLines(path_).size());
}

TEST_F(InferMetaSink, ASinkBesideAnotherWaitsForBoth) {
  EXPECT_EQ("eos", Outcome("videotestsrc num-buffers=9 ! tee name=t ! queue ! infermeta location=" +
                           path_ + " t. ! queue ! fakesink"));
  EXPECT_EQ(9u, ReadLines(path_).size());
}

TEST_F(InferMetaSink, AsAFilterItIsNoSink) {
  Ptr<GstElement> pipeline(
      gst_parse_launch("videotestsrc num-buffers=3 ! infermeta name=m ! fakesink", nullptr));
  Ptr<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline.get()), "m"));
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  EXPECT_FALSE(GST_OBJECT_FLAG_IS_SET(element.get(), GST_ELEMENT_FLAG_SINK));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

TEST_F(InferMetaSink, EosIsPostedAgainAfterAPause) {
  Ptr<GstElement> pipeline(gst_parse_launch("videotestsrc num-buffers=2 ! infermeta", nullptr));
  Ptr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  for (int i = 0; i < 2; ++i) {
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    Ptr<GstMessage> eos(gst_bus_timed_pop_filtered(bus.get(), 20 * GST_SECOND, GST_MESSAGE_EOS));
    EXPECT_NE(nullptr, eos);
    gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

TEST_F(InferMetaSink, PostsStreamStart) {
  Ptr<GstElement> pipeline(gst_parse_launch("videotestsrc num-buffers=2 ! infermeta", nullptr));
  Ptr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  Ptr<GstMessage> message(
      gst_bus_timed_pop_filtered(bus.get(), 20 * GST_SECOND, GST_MESSAGE_STREAM_START));
  EXPECT_NE(nullptr, message);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

// As every sink: PAUSED is reached with the first frame, and not without one.
TEST_F(InferMetaSink, Prerolls) {
  Ptr<GstElement> pipeline(gst_parse_launch("videotestsrc ! infermeta", nullptr));
  EXPECT_EQ(GST_STATE_CHANGE_ASYNC, gst_element_set_state(pipeline.get(), GST_STATE_PAUSED));
  EXPECT_EQ(GST_STATE_CHANGE_SUCCESS,
            gst_element_get_state(pipeline.get(), nullptr, nullptr, 20 * GST_SECOND));
  gint64 position = -1;
  EXPECT_TRUE(gst_element_query_position(pipeline.get(), GST_FORMAT_TIME, &position));
  EXPECT_EQ(0, position);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

TEST_F(InferMetaSink, SeesTheEndOfAnEmptyStream) {
  EXPECT_EQ("eos", Outcome("videotestsrc num-buffers=0 ! infermeta location=" + path_));
  EXPECT_EQ(0u, ReadLines(path_).size());
}

// EOS that comes long before PLAYING: the source is through while another branch still prerolls.
TEST_F(InferMetaSink, EndsWhenTheEndCameEarly) {
  EXPECT_EQ("eos", Outcome("videotestsrc num-buffers=1 ! infermeta location=" + path_ +
                           " videotestsrc num-buffers=5 ! identity sleep-time=100000 ! infermeta"));
  EXPECT_EQ(1u, ReadLines(path_).size());
}

TEST_F(InferMetaSink, TwoSinksAfterATee) {
  EXPECT_EQ("eos", Outcome("videotestsrc num-buffers=5 ! tee name=t t. ! queue ! infermeta "
                           "location=" +
                           path_ + " t. ! queue ! infermeta"));
  EXPECT_EQ(5u, ReadLines(path_).size());
}

// decodebin makes its pads late, and the pipeline lose its state.
TEST_F(InferMetaSink, AfterDecodebin) {
  if (!HasDecodebin()) GTEST_SKIP() << "needs decodebin and jpegenc";
  EXPECT_EQ(
      "eos",
      Outcome("videotestsrc num-buffers=5 ! jpegenc ! decodebin ! infermeta location=" + path_));
  EXPECT_EQ(5u, ReadLines(path_).size());
}

// A pipeline whose report of PAUSED is late: it comes after that of PLAYING, if that comes soon. A
// bin that was told last that it is paused drops the EOS of its children. Where a sink prerolls,
// PLAYING waits for the thread that reports PAUSED, and only the while is lost.
struct LatePipeline {
  GstPipeline parent;
  GMutex lock;
  GCond reported;
  bool paused, playing;
};
struct LatePipelineClass {
  GstPipelineClass parent;
};
G_DEFINE_TYPE(LatePipeline, late_pipeline, GST_TYPE_PIPELINE)

void late_pipeline_report(LatePipeline* self, bool* what) {
  g_mutex_lock(&self->lock);
  *what = true;
  g_cond_broadcast(&self->reported);
  g_mutex_unlock(&self->lock);
}

bool late_pipeline_wait(LatePipeline* self, const bool* what, gint64 milliseconds) {
  const gint64 end = g_get_monotonic_time() + milliseconds * G_TIME_SPAN_MILLISECOND;
  g_mutex_lock(&self->lock);
  while (!*what && g_cond_wait_until(&self->reported, &self->lock, end)) {
  }
  const bool reported = *what;
  g_mutex_unlock(&self->lock);
  return reported;
}

gboolean late_pipeline_post_message(GstElement* element, GstMessage* message) {
  auto* const self = reinterpret_cast<LatePipeline*>(element);
  GstState state = GST_STATE_NULL;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_STATE_CHANGED &&
      GST_MESSAGE_SRC(message) == GST_OBJECT(element))
    gst_message_parse_state_changed(message, nullptr, &state, nullptr);
  if (state == GST_STATE_PAUSED) {
    late_pipeline_report(self, &self->paused);
    late_pipeline_wait(self, &self->playing, 300);
  }
  const gboolean posted =
      GST_ELEMENT_CLASS(late_pipeline_parent_class)->post_message(element, message);
  if (state == GST_STATE_PLAYING) late_pipeline_report(self, &self->playing);
  return posted;
}

void late_pipeline_init(LatePipeline* self) {
  g_mutex_init(&self->lock);
  g_cond_init(&self->reported);
  self->paused = self->playing = false;
}

void late_pipeline_class_init(LatePipelineClass* klass) {
  GST_ELEMENT_CLASS(klass)->post_message = late_pipeline_post_message;
}

// decodebin's thread reports PAUSED, and the application sets PLAYING meanwhile.
TEST_F(InferMetaSink, EndsWhenPausedIsReportedLate) {
  if (!HasDecodebin()) GTEST_SKIP() << "needs decodebin and jpegenc";
  ASSERT_TRUE(
      gst_element_register(nullptr, "latepipeline", GST_RANK_NONE, late_pipeline_get_type()));
  Ptr<GstElement> pipeline(gst_parse_launch(
      "latepipeline.( videotestsrc num-buffers=5 ! jpegenc ! decodebin ! infermeta )", nullptr));
  auto* const late = reinterpret_cast<LatePipeline*>(pipeline.get());
  ASSERT_STREQ("LatePipeline", G_OBJECT_TYPE_NAME(late));
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  EXPECT_TRUE(late_pipeline_wait(late, &late->paused, 20000));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  EXPECT_EQ("eos", test::WaitForEnd(pipeline.get()));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

// Another run after EOS without NULL: the child is told to play anew.
TEST_F(InferMetaSink, PlaysAgainAfterReady) {
  Ptr<GstElement> pipeline(gst_parse_launch("videotestsrc num-buffers=2 ! infermeta", nullptr));
  for (int run = 0; run < 3; ++run) {
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    EXPECT_EQ("eos", test::WaitForEnd(pipeline.get())) << "run " << run;
    gst_element_set_state(pipeline.get(), GST_STATE_READY);
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

// A file that cannot be written ends the run with one error, not with a hang in PAUSED.
TEST_F(InferMetaSink, AnErrorEndsTheRun) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full";
  EXPECT_EQ("m: property location: cannot write to '/dev/full': No space left on device",
            Outcome("videotestsrc num-buffers=300 ! infermeta name=m location=/dev/full",
                    {GST_STATE_PAUSED, GST_STATE_PLAYING}));
}

TEST_F(InferMetaSink, IsSoughtPausedAndPlaying) {
  Ptr<GstElement> pipeline(gst_parse_launch("videotestsrc num-buffers=2000 ! infermeta", nullptr));
  for (const GstState state : {GST_STATE_PAUSED, GST_STATE_PLAYING}) {
    gst_element_set_state(pipeline.get(), state);
    ASSERT_EQ(GST_STATE_CHANGE_SUCCESS,
              gst_element_get_state(pipeline.get(), nullptr, nullptr, 20 * GST_SECOND));
    EXPECT_TRUE(gst_element_seek_simple(
        pipeline.get(), GST_FORMAT_TIME,
        static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE), GST_SECOND));
    EXPECT_EQ(GST_STATE_CHANGE_SUCCESS,
              gst_element_get_state(pipeline.get(), nullptr, nullptr, 20 * GST_SECOND));
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

// With a line's sink that comes to PAUSED last: it waits for another line, which comes only if no
// frame is held meanwhile.
TEST_F(InferMetaSink, PausesAndPlaysWithAJsonBranch) {
  Ptr<GstElement> pipeline(
      gst_parse_launch("queue name=q ! fakesink videotestsrc ! video/x-raw,width=16,height=16 ! "
                       "infermeta name=m m.json ! q.",
                       nullptr));
  for (int i = 0; i < 10; ++i)
    for (const GstState state : {GST_STATE_PLAYING, GST_STATE_PAUSED}) {
      gst_element_set_state(pipeline.get(), state);
      ASSERT_EQ(GST_STATE_CHANGE_SUCCESS,
                gst_element_get_state(pipeline.get(), nullptr, nullptr, 5 * GST_SECOND))
          << gst_element_state_get_name(state) << ", " << i;
    }
  EXPECT_TRUE(gst_element_seek_simple(pipeline.get(), GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                                      100 * GST_SECOND));
  EXPECT_EQ(GST_STATE_CHANGE_SUCCESS,
            gst_element_get_state(pipeline.get(), nullptr, nullptr, 20 * GST_SECOND));
  gint64 position = -1;
  EXPECT_TRUE(gst_element_query_position(pipeline.get(), GST_FORMAT_TIME, &position));
  EXPECT_EQ(static_cast<gint64>(100 * GST_SECOND), position) << "of the line's sink";
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

// A sink in one run, a filter in the next.
TEST_F(InferMetaSink, TakesAndLeavesTheRoleBetweenRuns) {
  Ptr<GstElement> pipeline(gst_pipeline_new(nullptr));
  GstElement* source = gst_element_factory_make("videotestsrc", nullptr);
  GstElement* meta = gst_element_factory_make("infermeta", nullptr);
  g_object_set(source, "num-buffers", 3, nullptr);
  gst_bin_add_many(GST_BIN(pipeline.get()), source, meta, nullptr);
  ASSERT_TRUE(gst_element_link(source, meta));
  Ptr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  for (int run = 0; run < 4; ++run) {
    GstElement* sink = nullptr;
    if (run % 2 == 1) {
      sink = gst_element_factory_make("fakesink", nullptr);
      gst_bin_add(GST_BIN(pipeline.get()), sink);
      ASSERT_TRUE(gst_element_link(meta, sink));
    }
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    Ptr<GstMessage> eos(gst_bus_timed_pop_filtered(bus.get(), 20 * GST_SECOND, GST_MESSAGE_EOS));
    EXPECT_NE(nullptr, eos) << "run " << run;
    EXPECT_EQ(3u, Stat(meta, "frames"));
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    if (sink != nullptr) gst_bin_remove(GST_BIN(pipeline.get()), sink);
  }
}

}  // namespace
}  // namespace infer_gst
