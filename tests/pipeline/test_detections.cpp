// SPDX-License-Identifier: Apache-2.0
// A picture goes in, the known detections come out: whatever the pixel format, and over a set of
// pictures as well as the network itself can.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/assets.h"
#include "tests/coco_scorer.h"
#include "tests/pipeline/pipeline.h"

namespace infer_gst::test {
namespace {

std::string Asset(const std::string& name) { return infer_server::AssetPath(name); }

std::vector<Box> AtLeast(std::vector<Box> boxes, float score) {
  boxes.erase(std::remove_if(boxes.begin(), boxes.end(),
                             [score](const Box& box) { return box.score < score; }),
              boxes.end());
  return boxes;
}

std::string Yolox(const std::string& settings) {
  return " cpuinfer model=" + Asset("models/yolox_nano_416.onnx") +
         " postprocess=yolox labels=" + Asset("models/labels_coco80.txt") + " " + settings + " ";
}

class DogInEveryFormat : public testing::TestWithParam<const char*> {};

TEST_P(DogInEveryFormat, GivesTheManifestsDetections) {
  INFER_SKIP_WITHOUT_ASSETS();
  const std::string out = TemporaryFile(std::string(GetParam()) + ".jsonl");
  ASSERT_EQ("", RunToEnd("filesrc location=" + Asset("images/dog.jpg") +
                         " ! jpegdec ! videoconvert ! video/x-raw,format=" + GetParam() + " !" +
                         Yolox("threshold=0.3") + "! infermeta location=" + out));
  const std::vector<Json> lines = ReadJsonLines(out);
  ASSERT_EQ(1u, lines.size());
  EXPECT_EQ(0, lines[0].at("frame"));
  EXPECT_EQ(768, lines[0].at("width"));
  EXPECT_EQ("ran", lines[0].at("inference").at(0).at("status"));
  // Below 0.40 formats may differ; a box just at the border may fall on either side of it.
  const std::vector<Box> known = {{"dog", .86f, 132, 206, 325, 543},
                                  {"bicycle", .80f, 51, 137, 572, 423},
                                  {"car", .80f, 466, 78, 692, 171}};
  ExpectSameBoxes(known, AtLeast(BoxesOf(lines[0]), 0.40f), 0.9f, 0.04f, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Formats, DogInEveryFormat,
                         testing::Values("NV12", "NV21", "I420", "RGB", "BGR", "RGBA", "BGRA"),
                         [](const auto& test) { return std::string(test.param); });

std::vector<std::filesystem::path> FilesOf(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

TEST(CocoVal40, ScoresAsTheNetworkItself) {
  INFER_SKIP_WITHOUT_ASSETS();
  const auto images = FilesOf(Asset("gt/coco_val40/images"));
  std::vector<std::string> paths(images.begin(), images.end());
  const std::string out = TemporaryFile("coco.jsonl");
  // Pictures of forty sizes in one stream: the caps change with every frame.
  Pipeline pipeline = Parse(
      "appsrc name=src caps=image/jpeg format=time ! jpegdec ! videoconvert ! "
      "video/x-raw,format=NV12 !" +
      Yolox("threshold=0.01 nms-threshold=0.6") + "! infermeta location=" + out);
  ASSERT_NE(nullptr, pipeline);
  PushFiles(pipeline.get(), paths);
  ASSERT_EQ("", RunToEnd(pipeline.get()));
  const std::vector<Json> lines = ReadJsonLines(out);
  ASSERT_EQ(paths.size(), lines.size());

  std::vector<infer_server::ScoredBox> truth, found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto image = static_cast<int>(i);
    const auto boxes = infer_server::ReadYoloLabels(
        Asset("gt/coco_val40/labels/" + images[i].stem().string() + ".txt"), image,
        lines[i].at("width"), lines[i].at("height"));
    truth.insert(truth.end(), boxes.begin(), boxes.end());
    for (const Json& object : lines[i].at("objects")) {
      const Json& b = object.at("box");
      found.push_back({image,
                       object.at("label_id"),
                       object.at("score"),
                       {b.at("x"), b.at("y"), b.at("w"), b.at("h")}});
    }
  }
  ASSERT_EQ(345u, truth.size());
  const auto score = infer_server::ScoreDetections(truth, found);
  std::printf("coco_val40 through the pipeline: mAP50 %.3f, mAP50-95 %.3f\n", score.map50,
              score.map50_95);
  RecordProperty("map50", std::to_string(score.map50));
  RecordProperty("map50_95", std::to_string(score.map50_95));
  EXPECT_GE(score.map50, 0.47);
  EXPECT_GE(score.map50_95, 0.31);
}

}  // namespace
}  // namespace infer_gst::test
