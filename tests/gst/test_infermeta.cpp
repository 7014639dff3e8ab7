// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <atomic>
#include <thread>

#include "tests/gst/meta_harness.h"

namespace infer_gst {
namespace {

using nlohmann::json;
using test::Harness;
using test::kMetaCaps;
using test::MetaFrame;
using test::Outcome;
using test::ReadLines;
using test::Stat;

class InferMeta : public test::InferMetaTest {
 protected:
  test::Harness Play(const std::string& properties = "") {
    return test::Play(("infermeta name=m location=" + path_ + " " + properties).c_str(), kMetaCaps);
  }
};

TEST_F(InferMeta, WritesALineForEveryFrame) {
  auto h = Play("source-id=door");
  for (guint i = 0; i < 3; ++i) {
    auto frame = MetaFrame(i * 40 * GST_MSECOND);
    if (i == 2) GST_BUFFER_PTS(frame.get()) = GST_CLOCK_TIME_NONE;
    for (guint k = 0; k < i; ++k) {
      auto* roi =
          gst_buffer_add_video_region_of_interest_meta(frame.get(), "person", 1 + k, 2, 3, 4);
      roi->id = static_cast<gint>(k + 1);
    }
    GstBuffer* const same = frame.get();
    Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), frame.release()));
    EXPECT_EQ(same, out.get()) << "the video passes through as it is";
  }
  Ptr<GstElement> element(gst_bin_get_by_name(GST_BIN(h->element), "m"));
  EXPECT_EQ(3u, Stat(element.get(), "frames"));
  EXPECT_EQ(3u, Stat(element.get(), "objects"));
  gst_harness_push_event(h.get(), gst_event_new_eos());

  const auto lines = ReadLines(path_);  // Complete once EOS has passed.
  ASSERT_EQ(3u, lines.size());
  for (guint i = 0; i < 3; ++i) {
    const json& line = lines[i];
    ASSERT_TRUE(line.is_object());
    for (const char* key : {"schema_version", "frame", "pts_ns", "source", "width", "height",
                            "inference", "attributes", "objects"})
      EXPECT_TRUE(line.contains(key)) << key;
    EXPECT_EQ(i, line["frame"]);
    EXPECT_EQ("door", line["source"]);
    EXPECT_EQ(16, line["width"]);
    EXPECT_EQ(8, line["height"]);
    EXPECT_EQ(i, line["objects"].size());
  }
  EXPECT_EQ(40000000, lines[1]["pts_ns"]);
  EXPECT_TRUE(lines[2]["pts_ns"].is_null());
  EXPECT_EQ("person", lines[1]["objects"][0]["label"]);
  EXPECT_EQ(1, lines[1]["objects"][0]["box"]["x"]);
  std::ifstream in(path_, std::ios::ate);
  EXPECT_EQ(static_cast<guint64>(in.tellg()), Stat(element.get(), "bytes"));
}

TEST_F(InferMeta, FramesCountFromZeroInEachStream) {
  auto h = Play();
  const auto push = [&] {
    gst_harness_push(h.get(), MetaFrame(0).release());
    gst_harness_push(h.get(), MetaFrame(0).release());
  };
  push();
  gst_harness_push_event(h.get(), gst_event_new_flush_start());
  gst_harness_push_event(h.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(h.get(), gst_event_new_segment(&segment));
  push();  // The same stream: 2, 3.
  gst_harness_push_event(h.get(), gst_event_new_stream_start("another"));
  Ptr<GstCaps> caps(gst_caps_from_string(kMetaCaps));
  gst_harness_push_event(h.get(), gst_event_new_caps(caps.get()));
  gst_harness_push_event(h.get(), gst_event_new_segment(&segment));
  push();
  gst_harness_push_event(h.get(), gst_event_new_eos());
  std::vector<int> numbers;
  for (const json& line : ReadLines(path_)) numbers.push_back(line["frame"]);
  EXPECT_EQ((std::vector<int>{0, 1, 2, 3, 0, 1}), numbers);
}

TEST_F(InferMeta, StartsAndStopsAgainAndAgain) {
  Ptr<GstElement> pipeline(gst_parse_launch(
      ("videotestsrc num-buffers=3 ! infermeta name=m location=" + path_).c_str(), nullptr));
  Ptr<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline.get()), "m"));
  Ptr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  for (int i = 0; i < 20; ++i) {
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    Ptr<GstMessage> eos(gst_bus_timed_pop_filtered(bus.get(), 20 * GST_SECOND, GST_MESSAGE_EOS));
    ASSERT_NE(nullptr, eos);
    EXPECT_EQ(3u, Stat(element.get(), "frames")) << "counted from the start of each run";
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    EXPECT_EQ(3u, ReadLines(path_).size());
  }
}

TEST_F(InferMeta, TheJsonPadCarriesTheSameLines) {
  Ptr<GstElement> element(
      GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("infermeta", nullptr))));
  g_object_set(element.get(), "location", path_.c_str(), nullptr);
  Harness h(gst_harness_new_with_element(element.get(), "sink", "src"));
  Harness j(gst_harness_new_with_element(h->element, nullptr, "json"));
  gst_harness_set_src_caps_str(h.get(), kMetaCaps);
  for (guint i = 0; i < 3; ++i) gst_harness_push(h.get(), MetaFrame(i * GST_MSECOND).release());
  gst_harness_push_event(h.get(), gst_event_new_gap(5, 6));
  gst_harness_push_event(h.get(), gst_event_new_eos());

  const auto lines = ReadLines(path_);
  ASSERT_EQ(3u, lines.size());
  for (guint i = 0; i < 3; ++i) {
    Ptr<GstBuffer> buffer(gst_harness_try_pull(j.get()));
    ASSERT_NE(nullptr, buffer);
    EXPECT_EQ(i * GST_MSECOND, GST_BUFFER_PTS(buffer.get()));
    std::string text(gst_buffer_get_size(buffer.get()), 0);
    gst_buffer_extract(buffer.get(), 0, text.data(), text.size());
    EXPECT_EQ('\n', text.back());
    EXPECT_EQ(lines[i], json::parse(text));
  }
  std::vector<GstEventType> types;
  while (GstEvent* event = gst_harness_try_pull_event(j.get())) {
    const Ptr<GstEvent> owned(event);
    types.push_back(GST_EVENT_TYPE(event));
    if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) continue;
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    EXPECT_STREQ("application/x-json", gst_structure_get_name(gst_caps_get_structure(caps, 0)));
  }
  EXPECT_EQ((std::vector<GstEventType>{GST_EVENT_STREAM_START, GST_EVENT_CAPS, GST_EVENT_SEGMENT,
                                       GST_EVENT_GAP, GST_EVENT_EOS}),
            types);
}

TEST_F(InferMeta, TheJsonPadWorksInAPipeline) {
  EXPECT_EQ("eos",
            Outcome("videotestsrc num-buffers=7 ! infermeta name=m m.json ! queue ! filesink "
                    "location=" +
                    path_));
  EXPECT_EQ(7u, ReadLines(path_).size());
  EXPECT_EQ("eos",
            Outcome("videotestsrc num-buffers=7 ! infermeta name=m ! fakesink m.json ! queue ! "
                    "filesink location=" +
                    path_));
  EXPECT_EQ(7u, ReadLines(path_).size());
}

TEST_F(InferMeta, TheJsonPadMayComeAndGoWhilePlaying) {
  Harness h(gst_harness_new_with_padnames("infermeta", "sink", "src"));
  gst_harness_set_src_caps_str(h.get(), kMetaCaps);
  for (int i = 0; i < 3; ++i) {
    GstPad* pad = gst_element_request_pad_simple(h->element, "json");
    ASSERT_NE(nullptr, pad);
    EXPECT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), MetaFrame(0).release())) << "not linked";
    gst_element_release_request_pad(h->element, pad);
    gst_object_unref(pad);
    EXPECT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), MetaFrame(0).release()));
  }
}

GstFlowReturn CountLine(GstPad* pad, GstObject*, GstBuffer* buffer) {
  static_cast<std::atomic<int>*>(pad->chaindata)->fetch_add(1);
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

// GStreamer warns, which ends the test, when a line comes before the stream's first events.
TEST_F(InferMeta, AJsonPadStartsWithItsEventsWheneverItComes) {
  Harness h(gst_harness_new_with_padnames("infermeta", "sink", "src"));
  gst_harness_set_src_caps_str(h.get(), kMetaCaps);
  gst_harness_set_drop_buffers(h.get(), TRUE);
  std::atomic<bool> stop{false};
  std::thread frames([&] {
    while (!stop) gst_harness_push(h.get(), MetaFrame(0).release());
  });
  for (int i = 0; i < 100; ++i) {
    std::atomic<int> lines{0};
    Ptr<GstPad> pad(gst_element_request_pad_simple(h->element, "json"));
    Ptr<GstPad> peer(gst_pad_new("peer", GST_PAD_SINK));
    gst_object_ref_sink(peer.get());
    gst_pad_set_chain_function_full(peer.get(), CountLine, &lines, nullptr);
    gst_pad_set_active(peer.get(), TRUE);
    gst_pad_link(pad.get(), peer.get());
    while (lines == 0) std::this_thread::yield();
    Ptr<GstCaps> caps(gst_pad_get_current_caps(peer.get()));
    EXPECT_NE(nullptr, caps);
    gst_element_release_request_pad(h->element, pad.get());
    gst_pad_set_active(peer.get(), FALSE);  // No line is on its way to `lines` any more.
  }
  stop = true;
  frames.join();
}

TEST_F(InferMeta, LinesLargerThanUsualFitTheJsonPad) {
  Harness h(gst_harness_new_with_padnames("infermeta", "sink", "src"));
  Harness j(gst_harness_new_with_element(h->element, nullptr, "json"));
  gst_harness_set_src_caps_str(h.get(), kMetaCaps);
  for (guint objects : {1000u, 0u, 1000u}) {
    auto frame = MetaFrame(0);
    for (guint i = 0; i < objects; ++i)
      gst_buffer_add_video_region_of_interest_meta(frame.get(), "person", 0, 0, 1, 1);
    gst_harness_push(h.get(), frame.release());
    Ptr<GstBuffer> buffer(gst_harness_pull(j.get()));
    std::string text(gst_buffer_get_size(buffer.get()), 0);
    gst_buffer_extract(buffer.get(), 0, text.data(), text.size());
    EXPECT_EQ(objects, json::parse(text)["objects"].size());
  }
}

TEST_F(InferMeta, TakesAnyFormatAndMemory) {
  for (const char* caps :
       {"video/x-raw,format=P010_10LE,width=16,height=8,framerate=30/1",
        "video/x-raw(memory:Other),format=NV12,width=16,height=8,framerate=30/1"}) {
    auto h = test::Play("infermeta", caps);
    EXPECT_EQ(GST_FLOW_OK, gst_harness_push(h.get(), MetaFrame(0).release())) << caps;
  }
}

TEST_F(InferMeta, RefusesToStartWhenItCannotWrite) {
  EXPECT_EQ(
      "m: property location: cannot write '/nowhere/x.jsonl': No such file or directory; "
      "name a file in a folder that exists and may be written to, or - for standard output",
      Outcome("videotestsrc num-buffers=1 ! infermeta name=m location=/nowhere/x.jsonl"));
}

// The texts of the warnings on the bus until `pipeline` ends.
std::vector<std::string> Warnings(const std::string& pipeline) {
  Ptr<GstElement> playing(gst_parse_launch(pipeline.c_str(), nullptr));
  Ptr<GstBus> bus(gst_element_get_bus(playing.get()));
  gst_element_set_state(playing.get(), GST_STATE_PLAYING);
  std::vector<std::string> texts;
  while (true) {
    Ptr<GstMessage> message(gst_bus_timed_pop_filtered(
        bus.get(), 60 * GST_SECOND,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING)));
    if (message == nullptr || GST_MESSAGE_TYPE(message.get()) != GST_MESSAGE_WARNING) break;
    GError* error = nullptr;
    gst_message_parse_warning(message.get(), &error, nullptr);
    texts.emplace_back(error->message);
    g_clear_error(&error);
  }
  gst_element_set_state(playing.get(), GST_STATE_NULL);
  return texts;
}

TEST_F(InferMeta, SaysOnceThatNobodyGetsTheLines) {
  const std::string source = "videotestsrc num-buffers=5 ! infermeta name=m ";
  const auto texts = Warnings(source + "! fakesink");
  ASSERT_EQ(1u, texts.size());
  EXPECT_NE(std::string::npos, texts[0].find("m: property location is empty")) << texts[0];
  EXPECT_NE(std::string::npos, texts[0].find("or link json")) << texts[0];
  EXPECT_EQ(1u, Warnings(source).size()) << "as a sink, too";
  EXPECT_EQ(0u, Warnings(source + "location=" + path_ + " ! fakesink").size());
  EXPECT_EQ(0u, Warnings(source + "! fakesink m.json ! queue ! fakesink").size());
}

TEST_F(InferMeta, AFullDiskIsAnError) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full";
  EXPECT_EQ("m: property location: cannot write to '/dev/full': No space left on device",
            Outcome("videotestsrc num-buffers=3 ! infermeta name=m location=/dev/full"));
}

TEST_F(InferMeta, WhatItWritesCannotChangeWhilePlaying) {
  auto h = Play("source-id=door");
  Ptr<GstElement> element(gst_bin_get_by_name(GST_BIN(h->element), "m"));
  g_object_set(element.get(), "location", "/nowhere/x.jsonl", "source-id", "gate", nullptr);
  for (const auto& [property, value] :
       {std::pair("location", path_), std::pair("source-id", std::string("door"))}) {
    gchar* text = nullptr;
    g_object_get(element.get(), property, &text, nullptr);
    EXPECT_STREQ(value.c_str(), text) << property;
    g_free(text);
  }
}

TEST_F(InferMeta, DashIsStandardOutput) {
  const int kept = dup(STDOUT_FILENO);
  const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  fflush(stdout);
  dup2(file, STDOUT_FILENO);
  const std::string outcome = Outcome("videotestsrc num-buffers=2 ! infermeta location=-");
  dup2(kept, STDOUT_FILENO);
  close(kept);
  close(file);
  EXPECT_EQ("eos", outcome);
  EXPECT_EQ(2u, ReadLines(path_).size());
}

TEST_F(InferMeta, DownstreamsAnswerIsPassedOn) {
  Harness h(gst_harness_new_with_padnames("infermeta", "sink", "src"));
  gst_harness_set_src_caps_str(h.get(), kMetaCaps);
  gst_pad_set_active(h->sinkpad, FALSE);
  EXPECT_EQ(GST_FLOW_FLUSHING, gst_harness_push(h.get(), MetaFrame(0).release()));
}

}  // namespace
}  // namespace infer_gst
