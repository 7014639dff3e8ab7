// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "gst/frame_meta.h"
#include "gst/region_meta.h"
#include "tests/gst/harness.h"

namespace infer_gst {
namespace {

constexpr char kGray[] = "video/x-raw,format=GRAY8,width=160,height=120,framerate=30/1";
constexpr int kWidth = 160, kHeight = 120;

int ByteAt(GstBuffer* buffer, gsize offset) {
  guint8 byte = 0;
  EXPECT_EQ(1u, gst_buffer_extract(buffer, offset, &byte, 1));
  return byte;
}

Ptr<GstBuffer> GrayFrame() { return test::Solid(kWidth * kHeight, 40); }

GstVideoRegionOfInterestMeta* AddRoi(GstBuffer* buffer, const char* label = "person") {
  return gst_buffer_add_video_region_of_interest_meta(buffer, label, 40, 60, 50, 40);
}

std::vector<guint8> Bytes(GstBuffer* buffer) {
  std::vector<guint8> bytes(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

// What a frame with one region looks like after `properties`.
std::vector<guint8> Drawn(const std::string& properties, void (*add)(GstBuffer*) = nullptr) {
  auto h = test::Play(("inferoverlay " + properties).c_str(), kGray);
  auto in = GrayFrame();
  auto* roi = AddRoi(in.get());
  gst_video_region_of_interest_meta_add_param(
      roi, gst_structure_new("detection", "confidence", G_TYPE_DOUBLE, 0.87, nullptr));
  if (add != nullptr) add(in.get());
  Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), in.release()));
  return out != nullptr ? Bytes(out.get()) : std::vector<guint8>();
}

int At(const std::vector<guint8>& gray, int x, int y) {
  return gray.at(static_cast<std::size_t>(y * kWidth + x));
}

constexpr char kBare[] =
    "show-labels=false show-scores=false show-track-ids=false show-attributes=false ";

class OverlayFormat : public testing::TestWithParam<const char*> {};

TEST_P(OverlayFormat, DrawsABoxWhereTheRegionIs) {
  GstVideoInfo info;
  ASSERT_TRUE(gst_video_info_set_format(&info, gst_video_format_from_string(GetParam()), 33, 25));
  Ptr<GstCaps> caps(gst_video_info_to_caps(&info));
  Ptr<char> text(gst_caps_to_string(caps.get()));
  auto h = test::Play((std::string("inferoverlay thickness=1 color=#ffffff ") + kBare).c_str(),
                      text.get());
  auto in = test::Solid(info.size, 40);
  gst_buffer_add_video_region_of_interest_meta(in.get(), "person", 4, 6, 12, 9);

  Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), in.release()));

  ASSERT_NE(nullptr, out);
  GstVideoFrame frame;
  ASSERT_TRUE(gst_video_frame_map(&frame, &info, out.get(), GST_MAP_READ));
  const auto first = [&](int x, int y) -> int {
    const auto* row = static_cast<guint8*>(GST_VIDEO_FRAME_COMP_DATA(&frame, 0)) +
                      y * GST_VIDEO_FRAME_COMP_STRIDE(&frame, 0);
    return row[x * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, 0)];
  };
  const int white = GST_VIDEO_INFO_IS_YUV(&info) ? 235 : 255;
  EXPECT_EQ(white, first(4, 6)) << "top left";
  EXPECT_EQ(white, first(15, 14)) << "bottom right";
  EXPECT_EQ(white, first(4, 10)) << "left";
  EXPECT_EQ(40, first(5, 7)) << "inside";
  EXPECT_EQ(40, first(16, 10)) << "outside";
  gst_video_frame_unmap(&frame);
}

INSTANTIATE_TEST_SUITE_P(Overlay, OverlayFormat,
                         testing::Values("NV12", "NV21", "I420", "RGB", "BGR", "RGBA", "BGRA",
                                         "GRAY8"),
                         [](const auto& p) { return std::string(p.param); });

TEST(Overlay, NothingToDrawNothingCopied) {
  auto h = test::Play("inferoverlay", kGray);
  auto in = GrayFrame();
  GstBuffer* const same = in.get();
  gst_buffer_ref(same);  // Not writable: drawing would have to copy.
  Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), in.release()));
  EXPECT_EQ(same, out.get());
  gst_buffer_unref(same);
}

TEST(Overlay, ASharedFrameIsCopiedBeforeItIsDrawnOn) {
  auto h = test::Play("inferoverlay", kGray);
  auto in = GrayFrame();
  AddRoi(in.get());
  Ptr<GstBuffer> kept(gst_buffer_ref(in.get()));
  Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), in.release()));
  EXPECT_NE(Bytes(kept.get()), Bytes(out.get()));
  EXPECT_EQ(40, ByteAt(kept.get(), 60 * kWidth + 40));
}

TEST(Overlay, AFrameOfOursIsDrawnOnInPlace) {
  auto h = test::Play("inferoverlay", kGray);
  auto in = GrayFrame();
  AddRoi(in.get());
  GstBuffer* const same = in.get();
  Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), in.release()));
  EXPECT_EQ(same, out.get());
  EXPECT_NE(40, ByteAt(out.get(), 60 * kWidth + 40));
}

TEST(Overlay, RegionsStayOnTheFrame) {
  auto h = test::Play("inferoverlay", kGray);
  auto in = GrayFrame();
  AddRoi(in.get());
  Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), in.release()));
  infer_server::video::FrameResult result;
  ReadRegions(out.get(), &result);
  ASSERT_EQ(1u, result.objects.size());
  EXPECT_EQ("person", result.objects[0].label);
}

TEST(Overlay, ThicknessAndBoxes) {
  const auto three = Drawn(std::string("thickness=3 ") + kBare);
  EXPECT_NE(40, At(three, 42, 80));
  EXPECT_EQ(40, At(three, 43, 80));
  const auto none = Drawn(std::string("draw-boxes=false ") + kBare);
  EXPECT_EQ(40, At(none, 40, 80));
}

TEST(Overlay, ColourAndFill) {
  const auto filled =
      Drawn(std::string("color=#ffffff fill-opacity=0.5 draw-boxes=false ") + kBare);
  EXPECT_NEAR(148, At(filled, 60, 80), 2);
  EXPECT_EQ(40, At(filled, 39, 80));
}

TEST(Overlay, EachTextPropertyChangesTheLabel) {
  const auto add = [](GstBuffer* buffer) {
    gpointer state = nullptr;
    auto* roi = reinterpret_cast<GstVideoRegionOfInterestMeta*>(gst_buffer_iterate_meta_filtered(
        buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE));
    gst_video_region_of_interest_meta_add_param(
        roi, gst_structure_new("object_id", "id", G_TYPE_INT, 12, nullptr));
    gst_video_region_of_interest_meta_add_param(
        roi, gst_structure_new("gender", "label", G_TYPE_STRING, "woman", "confidence",
                               G_TYPE_DOUBLE, 0.9, nullptr));
  };
  std::map<std::vector<guint8>, std::string> seen;
  for (const char* properties :
       {"", "show-labels=false", "show-scores=false", "show-track-ids=false",
        "show-attributes=false", "label-opacity=0", "label-opacity=0.5", "font-size=20",
        "font=monospace", "font=\"DejaVu Sans:bold\"", kBare}) {
    const auto frame = Drawn(properties, add);
    ASSERT_FALSE(frame.empty()) << properties;
    EXPECT_TRUE(seen.emplace(frame, properties).second)
        << properties << " looks like " << seen[frame];
  }
}

TEST(Overlay, DrawsKeypoints) {
  const auto add = [](GstBuffer* buffer) {
    infer_server::video::ItemResult found;
    found.detections.resize(1);
    found.detections[0].box = {100, 10, 40, 40};
    found.detections[0].keypoint_count = 1;
    found.keypoints = {{120, 30, 1}};
    AddDetections(buffer, found, LabelQuarks(), "m", -1);
  };
  EXPECT_NE(40, At(Drawn(kBare, add), 120, 30));
  EXPECT_EQ(40, At(Drawn(std::string("draw-keypoints=false ") + kBare, add), 120, 30));
}

TEST(Overlay, TheFramesAttributesAreAtTheTopLeft) {
  const auto add = [](GstBuffer* buffer) {
    AddFrameAttribute(buffer, {"scene", "street", 1, 0.9f, "m"});
  };
  EXPECT_NE(40, At(Drawn("", add), 1, 1));
  EXPECT_EQ(40, At(Drawn(""), 1, 1));
}

TEST(Overlay, LabelsChooseWhatIsDrawn) {
  for (const auto& [labels, drawn] : {std::pair{"car", false}, {"car, person", true}}) {
    auto h = test::Play("inferoverlay name=o", kGray);
    Ptr<GstElement> element(gst_bin_get_by_name(GST_BIN(h->element), "o"));
    g_object_set(element.get(), "labels", labels, nullptr);
    auto in = GrayFrame();
    AddRoi(in.get());
    Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), in.release()));
    EXPECT_EQ(drawn, ByteAt(out.get(), 60 * kWidth + 40) != 40) << labels;
  }
}

TEST(Overlay, PropertiesTakeEffectWithTheNextFrame) {
  auto h = test::Play((std::string("inferoverlay name=o thickness=1 ") + kBare).c_str(), kGray);
  Ptr<GstElement> element(gst_bin_get_by_name(GST_BIN(h->element), "o"));
  for (int t : {1, 4, 2}) {
    g_object_set(element.get(), "thickness", t, nullptr);
    auto in = GrayFrame();
    AddRoi(in.get());
    Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), in.release()));
    EXPECT_NE(40, ByteAt(out.get(), static_cast<gsize>(80 * kWidth + 40 + t - 1)));
    EXPECT_EQ(40, ByteAt(out.get(), static_cast<gsize>(80 * kWidth + 40 + t)));
  }
}

// The text of the first message of `type` that taking `element` to PAUSED posts.
std::string MessageOfStart(const char* launch_line, GstMessageType type) {
  Ptr<GstElement> pipeline(gst_parse_launch(launch_line, nullptr));
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  Ptr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  Ptr<GstMessage> message(gst_bus_timed_pop_filtered(
      bus.get(), 10 * GST_SECOND, static_cast<GstMessageType>(type | GST_MESSAGE_ASYNC_DONE)));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  if (message == nullptr || GST_MESSAGE_TYPE(message.get()) != type) return "";
  GError* error = nullptr;
  gst_message_parse_error(message.get(), &error, nullptr);
  const Ptr<GError> owned(error);
  return error->message;
}

TEST(Overlay, RefusesToStartWithAWrongProperty) {
  EXPECT_EQ("o: property font: font file '/nowhere.ttf': No such file or directory",
            MessageOfStart("videotestsrc num-buffers=1 ! inferoverlay name=o font=/nowhere.ttf ! "
                           "fakesink",
                           GST_MESSAGE_ERROR));
  EXPECT_EQ(
      "o: property color: colour 'blue' is not red, green and blue in hexadecimal, as in "
      "#ff8000",
      MessageOfStart("videotestsrc num-buffers=1 ! inferoverlay name=o color=blue ! fakesink",
                     GST_MESSAGE_ERROR));
  EXPECT_EQ(
      "o: property font-size: 3 is neither 0 nor between 6 and 256 pixels",
      MessageOfStart("videotestsrc num-buffers=1 ! inferoverlay name=o font-size=3 ! fakesink",
                     GST_MESSAGE_ERROR));
}

TEST(Overlay, AWrongPropertyWhilePlayingIsAWarning) {
  auto h = test::Play("inferoverlay name=o", kGray);
  Ptr<GstElement> element(gst_bin_get_by_name(GST_BIN(h->element), "o"));
  Ptr<GstBus> bus(gst_bus_new());
  gst_element_set_bus(h->element, bus.get());
  g_object_set(element.get(), "color", "blue", nullptr);
  auto in = GrayFrame();
  AddRoi(in.get());
  Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), in.release()));
  EXPECT_NE(40, ByteAt(out.get(), 60 * kWidth + 40)) << "drawn as before";
  Ptr<GstMessage> message(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_WARNING));
  EXPECT_NE(nullptr, message);
  gst_element_set_bus(h->element, nullptr);
}

TEST(Overlay, RefusesOtherFormats) {
  auto h =
      test::Play("inferoverlay", "video/x-raw,format=P010_10LE,width=16,height=16,framerate=30/1");
  EXPECT_EQ(GST_FLOW_NOT_NEGOTIATED,
            gst_harness_push(h.get(), test::Solid(16 * 16 * 3, 0).release()));
}

}  // namespace
}  // namespace infer_gst
