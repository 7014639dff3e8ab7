// SPDX-License-Identifier: Apache-2.0
#include "video/draw/annotate.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "tests/video/guarded_frame.h"
#include "video/draw/palette.h"

namespace infer_server::video {
namespace {

Object MakeObject(const char* label, Rect box, float score = 0.875f) {
  Object object;
  object.id = 1;
  object.label = label;
  object.label_id = 0;
  object.score = score;
  object.box = box;
  return object;
}

std::string TextOf(const Object& object, const LabelStyle& style = {}) {
  std::string text;
  AppendLabelText(object, style, &text);
  return text;
}

TEST(LabelText, SaysLabelTrackAndScore) {
  Object object = MakeObject("person", {});
  EXPECT_EQ("person 0.88\n", TextOf(object));
  object.track_id = 12;
  EXPECT_EQ("person #12 0.88\n", TextOf(object));
  object.attributes = {{"gender", "woman", 0, 0.5f, "g"}, {"", "happy", 1, 1, "e"}};
  EXPECT_EQ("person #12 0.88\ngender: woman 0.50\nhappy 1.00\n", TextOf(object));
}

TEST(LabelText, LeavesOutWhatIsOffOrUnknown) {
  Object object = MakeObject("person", {}, std::numeric_limits<float>::quiet_NaN());
  object.track_id = 3;
  EXPECT_EQ("person #3\n", TextOf(object));
  LabelStyle style;
  style.track_ids = false;
  EXPECT_EQ("person\n", TextOf(object, style));
  style.labels = false;
  EXPECT_EQ("", TextOf(object, style));
  style = {};
  style.scores = style.attributes = false;
  object.attributes = {{"a", "b", 0, 1, "m"}};
  object.score = 1;
  EXPECT_EQ("person #3\n", TextOf(object, style));
}

TEST(LabelText, IsBoundedAndOneLineEach) {
  Object object = MakeObject("", {});
  for (int i = 0; i < 200; ++i) object.label += "\xC3\xA9";
  object.label[0] = '\n';
  object.attributes.resize(50, {"name", "label", 0, 1, "m"});
  const std::string text = TextOf(object);
  EXPECT_EQ(kMaxLines, std::count(text.begin(), text.end(), '\n'));
  EXPECT_LE(text.find('\n'), kMaxLineBytes + 3);
  EXPECT_EQ("\xA9\xE2\x80\xA6\n", text.substr(text.find('\n') - 4, 5)) << "cut between characters";
}

TEST(Palette, KeepsCommonLabelsApart) {
  std::set<int> seen;
  for (const char* label : {"person", "car", "bicycle", "dog", "truck", "bus", "motorcycle", "cat",
                            "face", "traffic light", "bird", "horse", "bottle", "chair"}) {
    const Color c = ColorOf(label);
    EXPECT_TRUE(seen.insert(c.r << 16 | c.g << 8 | c.b).second) << label;
  }
  EXPECT_EQ((Color{0x02, 0xdd, 0x3e}), ColorOf("person"));
}

class Annotate : public testing::TestWithParam<PixelFormat> {
 protected:
  void Configure(const AnnotateStyle& style) {
    const auto status = annotator_.Configure(style, 120);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  // Byte `b` of the first plane at a pixel.
  int At(int x, int y) const {
    return guarded_.frame
        .data[0][y * guarded_.frame.stride[0] + x * devices::SampleBytes(GetParam(), 0)];
  }
  int InkByte(Color c) const { return Canvas(guarded_.frame).InkOf(c).plane[0].value[0]; }

  GuardedFrame guarded_{GetParam(), 161, 121, true, 7, 40};
  Annotator annotator_;
  FrameResult result_;
};

TEST_P(Annotate, OutlinesTheBox) {
  AnnotateStyle style;
  style.text = {false, false, false, false};
  style.thickness = 2;
  style.color = "#ff0000";
  Configure(style);
  result_.objects = {MakeObject("person", {20.4f, 30.4f, 60, 50})};
  ASSERT_TRUE(annotator_.HasWork(result_));
  annotator_.Draw(result_, guarded_.frame);
  const int red = InkByte({255, 0, 0});
  EXPECT_EQ(red, At(20, 30));
  EXPECT_EQ(red, At(21, 50));
  EXPECT_EQ(red, At(79, 79));
  EXPECT_EQ(40, At(22, 50)) << "inside";
  EXPECT_EQ(40, At(19, 50)) << "outside";
  EXPECT_EQ(40, At(80, 50)) << "outside";
  EXPECT_TRUE(guarded_.PaddingIsUntouched());
}

TEST_P(Annotate, PutsTheLabelAboveTheBoxInItsColour) {
  Configure({});
  result_.objects = {MakeObject("person", {20, 60, 60, 50})};
  annotator_.Draw(result_, guarded_.frame);
  EXPECT_NE(40, At(21, 58)) << "ground of the label";
  EXPECT_EQ(40, At(21, 30));
}

TEST_P(Annotate, KeepsLabelsInTheFrame) {
  Configure({});
  // No room above: the label goes inside. Beyond the right edge: it moves left.
  result_.objects = {MakeObject("a label of some length", {100, -5, 200, 60})};
  annotator_.Draw(result_, guarded_.frame);
  EXPECT_NE(40, At(30, 3));
  EXPECT_TRUE(guarded_.PaddingIsUntouched());
}

TEST_P(Annotate, SurvivesHostileBoxes) {
  AnnotateStyle style;
  style.fill_opacity = 0.5;
  Configure(style);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  for (float a : {nan, inf, -inf, 1e9f, -1e9f, 0.f, -1.f, 0.3f, 160.9f, 3e38f, -3e38f})
    for (float b : {nan, inf, -inf, 1e9f, -1e9f, 0.f, -1.f, 0.3f, 160.9f, 3e38f}) {
      for (Rect box : {Rect{a, b, 10, 10}, Rect{3, 3, a, b}, Rect{a, a, b, b}, Rect{a, 1, b, 7}}) {
        Object object = MakeObject("x\xFF\xC3", box, a);
        object.keypoints = {{a, b, 1}, {b, a, nan}, {nan, 3, 1}};
        object.track_id = std::numeric_limits<std::int64_t>::max();
        result_.objects.push_back(object);
      }
    }
  annotator_.Draw(result_, guarded_.frame);
  EXPECT_TRUE(guarded_.PaddingIsUntouched());
}

TEST_P(Annotate, ATinyBoxIsStillSeen) {
  AnnotateStyle style;
  style.text = {false, false, false, false};
  style.thickness = 8;
  style.color = "#ffffff";
  Configure(style);
  result_.objects = {MakeObject("x", {50.2f, 50.2f, 0.1f, 0.1f}), MakeObject("x", {80, 80, 8, 8})};
  annotator_.Draw(result_, guarded_.frame);
  EXPECT_EQ(InkByte({255, 255, 255}), At(50, 50));
  EXPECT_EQ(40, At(51, 50));
  EXPECT_EQ(40, At(84, 84)) << "a quarter at most on each side, so the object is seen";
}

TEST_P(Annotate, DrawsKeypoints) {
  AnnotateStyle style;
  style.boxes = false;
  style.text = {false, false, false, false};
  style.color = "#ffffff";
  Configure(style);
  result_.objects = {MakeObject("face", {10, 10, 50, 50})};
  EXPECT_TRUE(annotator_.HasWork(result_));
  result_.objects[0].keypoints = {{30.5f, 20.5f, 1}, {160.9f, 120.9f, 1}};
  annotator_.Draw(result_, guarded_.frame);
  EXPECT_EQ(InkByte({255, 255, 255}), At(30, 20));
  EXPECT_EQ(InkByte({255, 255, 255}), At(160, 120));
  EXPECT_EQ(40, At(10, 10));
  style.keypoints = false;
  Configure(style);
  EXPECT_FALSE(annotator_.HasWork(result_));
}

TEST_P(Annotate, TheFramesAttributesStandAtTheTopLeft) {
  Configure({});
  EXPECT_FALSE(annotator_.HasWork(result_));
  result_.attributes = {{"scene", "street", 3, 0.9f, "m"}};
  EXPECT_TRUE(annotator_.HasWork(result_));
  annotator_.Draw(result_, guarded_.frame);
  EXPECT_NE(40, At(1, 1));
  EXPECT_EQ(40, At(1, 60));
}

TEST_P(Annotate, OnlyLabelsAskedForAreDrawn) {
  AnnotateStyle style;
  style.labels = {"car", "bus"};
  Configure(style);
  result_.objects = {MakeObject("person", {10, 40, 50, 50})};
  EXPECT_FALSE(annotator_.HasWork(result_));
  const auto before = guarded_.Bytes();
  annotator_.Draw(result_, guarded_.frame);
  EXPECT_EQ(before, guarded_.Bytes());
  result_.objects[0].label = "bus";
  EXPECT_TRUE(annotator_.HasWork(result_));
}

INSTANTIATE_TEST_SUITE_P(Draw, Annotate, testing::ValuesIn(kDrawnFormats),
                         [](const auto& p) { return std::string(devices::NameOf(p.param)); });

TEST(Annotator, LabelsDoNotCoverEachOtherWhereThereIsRoom) {
  GuardedFrame apart(PixelFormat::kGray8, 320, 240, true, 0, 40);
  GuardedFrame together(PixelFormat::kGray8, 320, 240, true, 0, 40);
  AnnotateStyle style;
  style.boxes = false;
  style.label_opacity = 1;
  Annotator annotator;
  ASSERT_TRUE(annotator.Configure(style, 240).ok());
  FrameResult result;
  result.objects = {MakeObject("cat", {20, 100, 100, 60}), MakeObject("cat", {20, 180, 100, 60})};
  annotator.Draw(result, apart.frame);
  result.objects[1].box = result.objects[0].box;
  annotator.Draw(result, together.frame);
  const auto inked = [](const GuardedFrame& f) {
    const auto bytes = f.Bytes();
    return std::count_if(bytes.begin(), bytes.end(), [](int v) { return v != 40; });
  };
  EXPECT_GT(inked(apart), 0);
  EXPECT_EQ(inked(apart), inked(together));
}

TEST(Annotator, FillingTenThousandBoxesIsBounded) {
  GuardedFrame guarded(PixelFormat::kNV12, 320, 240);
  AnnotateStyle style;
  style.fill_opacity = 0.01;
  style.boxes = false;
  style.text = {false, false, false, false};
  Annotator annotator;
  ASSERT_TRUE(annotator.Configure(style, 240).ok());
  FrameResult result;
  result.objects.assign(10000, MakeObject("x", {0, 0, 320, 240}));
  annotator.Draw(result, guarded.frame);
  // Each fill moves white luma by 255/100 at most: the number of fills shows.
  style.color = "#ffffff";
  style.fill_opacity = 1.0 / 255;
  ASSERT_TRUE(annotator.Configure(style, 240).ok());
  GuardedFrame grey(PixelFormat::kGray8, 320, 240);
  annotator.Draw(result, grey.frame);
  EXPECT_EQ(Annotator::kMaxFill, grey.Bytes()[0]);
}

TEST(Annotator, KeepsItsStyleWhenANewOneIsWrong) {
  Annotator annotator;
  ASSERT_TRUE(annotator.Configure({}, 240).ok());
  AnnotateStyle bad;
  bad.font = "/nowhere.ttf";
  EXPECT_EQ(devices::Code::kNotFound, annotator.Configure(bad, 240).code());
  bad = {};
  bad.color = "blue";
  EXPECT_EQ(devices::Code::kInvalidArgument, annotator.Configure(bad, 240).code());
  FrameResult result;
  result.attributes = {{"a", "b", 0, 1, "m"}};
  EXPECT_TRUE(annotator.HasWork(result));
}

}  // namespace
}  // namespace infer_server::video
