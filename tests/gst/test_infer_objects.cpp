// SPDX-License-Identifier: Apache-2.0
// input=objects: networks on the regions that are already on a frame.
#include <gtest/gtest.h>

#include <map>

#include "tests/gst/infer_harness.h"

namespace infer_gst {
namespace {

using infer_server::video::Object;
using test::FakeInfer;
using test::Frame;
using test::kRgb16;
using test::Play;
using test::Stat;

// The class is the colour channel that is brightest in the region.
std::string Classifier(const std::string& more = "") {
  return FakeInfer(
      "mode=copy,inputs=3x1x1,outputs=3",
      "input=objects postprocess=classification color-order=rgb scale=0.01 threshold=0 "
      "labels=red,green,blue attribute-name=colour model-name=colours " +
          more);
}

GstVideoRegionOfInterestMeta* AddRegion(GstBuffer* buffer, const char* label, guint x, guint y,
                                        guint w, guint h) {
  return gst_buffer_add_video_region_of_interest_meta(buffer, label, x, y, w, h);
}

// Makes channel `channel` of a part of the frame bright.
void Paint(GstBuffer* buffer, gsize x, gsize y, gsize w, gsize h, gsize channel) {
  for (gsize row = y; row < y + h; ++row)
    for (gsize column = x; column < x + w; ++column)
      gst_buffer_memset(buffer, (row * 16 + column) * 3 + channel, 255, 1);
}

std::map<std::string, std::string> ColoursOf(GstBuffer* buffer) {
  std::map<std::string, std::string> colours;
  for (const Object& object : test::Results(buffer).objects)
    colours[object.label] = object.attributes.empty() ? "-" : object.attributes[0].label;
  return colours;
}

TEST(InferObjects, AnswersBecomeAttributesOfTheRegionTheyAreAbout) {
  const auto h = Play(Classifier().c_str(), kRgb16);
  Ptr<GstBuffer> frame = Frame(0);
  Paint(frame.get(), 0, 0, 8, 8, 2);
  Paint(frame.get(), 8, 8, 8, 8, 1);
  AddRegion(frame.get(), "left", 0, 0, 8, 8);
  AddRegion(frame.get(), "right", 8, 8, 8, 8);

  Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), frame.release()));

  EXPECT_EQ((std::map<std::string, std::string>{{"left", "blue"}, {"right", "green"}}),
            ColoursOf(out.get()));
  EXPECT_EQ("ran", test::StatusOf(out.get()));
  const Object object = test::Results(out.get()).objects[0];
  EXPECT_EQ("colour", object.attributes[0].name);
  EXPECT_EQ("colours", object.attributes[0].model);
  EXPECT_EQ(2, object.attributes[0].label_id);
}

TEST(InferObjects, RegionsOutsideTheFrameOrWithoutAreaAreLeftAlone) {
  const auto h = Play(Classifier().c_str(), kRgb16);
  Ptr<GstBuffer> frame = Frame(0);
  AddRegion(frame.get(), "empty", 3, 3, 0, 0);
  AddRegion(frame.get(), "outside", 16, 0, 5, 5);
  AddRegion(frame.get(), "far", 4000000000u, 4000000000u, 4000000000u, 4000000000u);
  AddRegion(frame.get(), "half", 8, 8, 100, 100);

  Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), frame.release()));

  const auto colours = ColoursOf(out.get());
  EXPECT_EQ("-", colours.at("empty"));
  EXPECT_EQ("-", colours.at("outside"));
  EXPECT_EQ("-", colours.at("far"));
  EXPECT_NE("-", colours.at("half")) << "the part inside the frame";
}

TEST(InferObjects, ClassAndSizeChooseTheRegions) {
  const auto h =
      Play(Classifier("object-class=\"face, hand\" min-object-width=4 min-object-height=3").c_str(),
           kRgb16);
  Ptr<GstBuffer> frame = Frame(0);
  AddRegion(frame.get(), "face", 0, 0, 4, 3);
  AddRegion(frame.get(), "hand", 0, 0, 8, 8);
  AddRegion(frame.get(), "person", 0, 0, 8, 8);
  Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), frame.release()));
  auto colours = ColoursOf(out.get());
  EXPECT_NE("-", colours.at("face"));
  EXPECT_NE("-", colours.at("hand"));
  EXPECT_EQ("-", colours.at("person"));

  frame = Frame(1);
  AddRegion(frame.get(), "face", 0, 0, 3, 8);
  AddRegion(frame.get(), "hand", 0, 0, 8, 2);
  out.reset(gst_harness_push_and_pull(h.get(), frame.release()));
  EXPECT_EQ((std::map<std::string, std::string>{{"face", "-"}, {"hand", "-"}}),
            ColoursOf(out.get()));
  EXPECT_EQ("none", test::StatusOf(out.get()));
}

TEST(InferObjects, AFrameWithoutRegionsKeepsItsPlace) {
  const auto h = Play(Classifier().c_str(), kRgb16);
  test::Recorder out(h.get());
  std::vector<std::string> statuses;
  out.on_buffer = [&statuses](GstBuffer* buffer) {
    statuses.push_back(test::StatusOf(buffer));
    return GST_FLOW_OK;
  };
  for (guint64 i = 0; i < 4; ++i) {
    Ptr<GstBuffer> frame = Frame(i);
    if (i % 2 == 0) AddRegion(frame.get(), "a", 0, 0, 8, 8);
    gst_harness_push(h.get(), frame.release());
  }
  ASSERT_TRUE(out.WaitFor("buffer", 4));
  EXPECT_EQ((std::vector<std::string>{"ran", "none", "ran", "none"}), statuses);
  EXPECT_EQ(2u, Stat(h.get(), "items"));
}

TEST(InferObjects, MoreRegionsThanTheEngineHasRoomForWork) {
  const auto h = Play(Classifier("engine-num=1 batch-size=4 batch-timeout=20").c_str(), kRgb16);
  for (guint64 i = 0; i < 3; ++i) {
    Ptr<GstBuffer> frame = Frame(i);
    Paint(frame.get(), 0, 0, 16, 16, 1);
    for (guint r = 0; r < 500; ++r) AddRegion(frame.get(), "a", r % 8, r % 5, 8, 8);
    Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), frame.release()));
    const auto result = test::Results(out.get());
    ASSERT_EQ(500u, result.objects.size());
    for (const Object& object : result.objects) {
      ASSERT_EQ(1u, object.attributes.size());
      ASSERT_EQ("green", object.attributes[0].label);
    }
  }
}

TEST(InferObjects, HeldAnswersGoToTheRegionThatIsStillThere) {
  const auto h = Play(Classifier("inference-interval=2").c_str(), kRgb16);
  Ptr<GstBuffer> first = Frame(0);
  Paint(first.get(), 0, 0, 8, 8, 2);
  AddRegion(first.get(), "a", 0, 0, 8, 8);
  Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), first.release()));

  Ptr<GstBuffer> second = Frame(1);
  AddRegion(second.get(), "new", 8, 8, 8, 8);
  AddRegion(second.get(), "a", 1, 0, 8, 8);
  out.reset(gst_harness_push_and_pull(h.get(), second.release()));
  EXPECT_EQ((std::map<std::string, std::string>{{"a", "blue"}, {"new", "-"}}),
            ColoursOf(out.get()));
  EXPECT_EQ("held 1", test::StatusOf(out.get()));
}

// ---- What describes the whole region, or the whole frame ----

TEST(InferObjects, EmbeddingsAndMasksGoToTheRegion) {
  const std::string common = "input=objects color-order=rgb model-name=m ";
  for (const bool mask : {false, true}) {
    const auto h =
        Play(mask ? FakeInfer("mode=copy,inputs=3x2x2,outputs=3x2x2",
                              common + "postprocess=segmentation labels=r,g,b")
                        .c_str()
                  : FakeInfer("mode=copy,inputs=3x1x1,outputs=3", common + "postprocess=embedding")
                        .c_str(),
             kRgb16);
    Ptr<GstBuffer> frame = Frame(0);
    Paint(frame.get(), 0, 0, 8, 8, 2);
    Paint(frame.get(), 8, 8, 8, 8, 1);
    AddRegion(frame.get(), "left", 0, 0, 8, 8);
    AddRegion(frame.get(), "right", 8, 8, 8, 8);

    Ptr<GstBuffer> out(gst_harness_push_and_pull(h.get(), frame.release()));

    const auto result = test::Results(out.get());
    ASSERT_EQ(2u, result.objects.size());
    if (mask) {
      ASSERT_NE(nullptr, result.objects[0].mask);
      ASSERT_NE(nullptr, result.objects[1].mask);
      EXPECT_EQ((std::vector<std::uint8_t>{2, 2, 2, 2}), result.objects[0].mask->cells);
      EXPECT_EQ((std::vector<std::uint8_t>{1, 1, 1, 1}), result.objects[1].mask->cells);
      EXPECT_EQ((std::vector<std::string>{"r", "g", "b"}), result.objects[0].mask->labels);
    } else {
      EXPECT_EQ((std::vector<float>{0, 0, 1}), result.objects[0].embedding);
      EXPECT_EQ((std::vector<float>{0, 1, 0}), result.objects[1].embedding);
    }
    EXPECT_EQ(nullptr, result.inference[0].mask);
    EXPECT_TRUE(result.inference[0].embedding.empty());
  }
}

TEST(InferObjects, AMaskOfTheFrameGoesWithTheModel) {
  const auto h = Play(FakeInfer("mode=copy,inputs=3x2x2,outputs=3x2x2",
                                "postprocess=segmentation color-order=rgb inference-interval=2")
                          .c_str(),
                      kRgb16);
  Ptr<GstBuffer> frame = Frame(0);
  Paint(frame.get(), 8, 0, 8, 8, 1);
  Paint(frame.get(), 0, 8, 8, 8, 2);
  Ptr<GstBuffer> first(gst_harness_push_and_pull(h.get(), frame.release()));
  Ptr<GstBuffer> held(gst_harness_push_and_pull(h.get(), Frame(1).release()));
  for (GstBuffer* out : {first.get(), held.get()}) {
    const auto result = test::Results(out);
    EXPECT_TRUE(result.objects.empty());
    ASSERT_EQ(1u, result.inference.size());
    ASSERT_NE(nullptr, result.inference[0].mask);
    EXPECT_EQ((std::vector<std::uint8_t>{0, 1, 2, 0}), result.inference[0].mask->cells);
  }
  EXPECT_EQ("held 1", test::StatusOf(held.get()));
}

}  // namespace
}  // namespace infer_gst
