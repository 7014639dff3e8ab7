// SPDX-License-Identifier: Apache-2.0
// A real clip from file to annotated file: every frame, in order, at its time.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/assets.h"
#include "tests/pipeline/pipeline.h"

namespace infer_gst::test {
namespace {

constexpr int kFrames = 300;

std::string Asset(const std::string& name) { return infer_server::AssetPath(name); }

// Notes the pts of each buffer that passes the src pad of the element `name`.
class PtsProbe {
 public:
  PtsProbe(GstElement* pipeline, const char* name) {
    Ptr<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline), name));
    Ptr<GstPad> pad(gst_element_get_static_pad(element.get(), "src"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, &PtsProbe::Note, this, nullptr);
  }
  const std::vector<GstClockTime>& pts() const { return pts_; }  // After the pipeline stopped.

 private:
  static GstPadProbeReturn Note(GstPad*, GstPadProbeInfo* info, gpointer self) {
    static_cast<PtsProbe*>(self)->pts_.push_back(GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)));
    return GST_PAD_PROBE_OK;
  }
  std::vector<GstClockTime> pts_;
};

TEST(Clip, KeepsEveryFrameInOrderAtItsTime) {
  INFER_SKIP_WITHOUT_ASSETS();
  const std::string annotated = TemporaryFile("annotated.mp4");
  const std::string out = TemporaryFile("clip.jsonl");
  Pipeline pipeline =
      Parse("filesrc location=" + Asset("videos/vtest_h264_30s.mp4") +
            " ! qtdemux ! h264parse ! avdec_h264 ! identity name=in ! cpuinfer name=infer "
            "model=" INFERSERVER_PIPELINES
            "/models/person_vtest.onnx ! inferoverlay ! infermeta name=out location=" +
            out + " ! videoconvert ! x264enc speed-preset=ultrafast ! mp4mux ! filesink location=" +
            annotated);
  ASSERT_NE(nullptr, pipeline);
  EndAfter(pipeline.get(), "in", kFrames);
  PtsProbe in(pipeline.get(), "in"), after(pipeline.get(), "out");
  ASSERT_EQ("", RunToEnd(pipeline.get(), 300));
  pipeline.reset();
  ASSERT_EQ(static_cast<std::size_t>(kFrames), in.pts().size());
  EXPECT_EQ(in.pts(), after.pts());

  const std::vector<Json> lines = ReadJsonLines(out);
  ASSERT_EQ(static_cast<std::size_t>(kFrames), lines.size());
  std::size_t objects = 0;
  for (int i = 0; i < kFrames; ++i) {
    EXPECT_EQ(i, lines[i].at("frame"));
    EXPECT_EQ(in.pts()[i], lines[i].at("pts_ns").get<GstClockTime>());
    objects += lines[i].at("objects").size();
  }
  EXPECT_GT(objects, 300u) << "a street with people in every frame";

  // The file plays, with as many frames.
  Pipeline player = Parse("filesrc location=" + annotated +
                          " ! qtdemux ! h264parse ! avdec_h264 name=decoder ! fakesink sync=false");
  PtsProbe played(player.get(), "decoder");
  ASSERT_EQ("", RunToEnd(player.get()));
  player.reset();
  EXPECT_EQ(static_cast<std::size_t>(kFrames), played.pts().size());
}

}  // namespace
}  // namespace infer_gst::test
