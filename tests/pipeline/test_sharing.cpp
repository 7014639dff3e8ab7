// SPDX-License-Identifier: Apache-2.0
// The same results whatever the batch size, the number of engines, and of sources that share them.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/assets.h"
#include "tests/pipeline/pipeline.h"

namespace infer_gst::test {
namespace {

constexpr int kFrames = 12;

std::string Asset(const std::string& name) { return infer_server::AssetPath(name); }

// What a network says of a frame, as numbers: boxes, or the best class of the frame.
struct Answer {
  std::vector<Box> boxes;
  std::string label;
  float score = 0;
};

std::vector<Answer> AnswersIn(const std::string& path) {
  std::vector<Answer> answers;
  const std::vector<Json> lines = ReadJsonLines(path);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(i, lines[i].at("frame").get<std::size_t>()) << "order";
    EXPECT_EQ("ran", lines[i].at("inference").at(0).at("status"));
    Answer answer;
    answer.boxes = BoxesOf(lines[i]);
    for (const Json& attribute : lines[i].at("attributes")) {
      answer.label = attribute.at("label");
      answer.score = attribute.at("score");
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

// Runs `sources` copies of `source` through infer elements that share their engines.
std::vector<std::vector<Answer>> Run(const std::string& source, const std::string& infer, int batch,
                                     int engines, int sources) {
  std::string line;
  std::vector<std::string> outputs;
  for (int s = 0; s < sources; ++s) {
    outputs.push_back(TemporaryFile("sharing-" + std::to_string(s) + ".jsonl"));
    line += source + " ! identity name=source" + std::to_string(s) + " ! " + infer +
            " batch-size=" + std::to_string(batch) + " engine-num=" + std::to_string(engines) +
            " ! infermeta location=" + outputs.back() + " ";
  }
  Pipeline pipeline = Parse(line);
  if (!pipeline) return std::vector<std::vector<Answer>>(1);
  for (int s = 0; s < sources; ++s) EndAfter(pipeline.get(), "source" + std::to_string(s), kFrames);
  EXPECT_EQ("", RunToEnd(pipeline.get())) << line;
  std::vector<std::vector<Answer>> answers;
  for (const std::string& output : outputs) answers.push_back(AnswersIn(output));
  return answers;
}

void ExpectSameWhatever(const std::string& source, const std::string& infer, bool wants_boxes) {
  const std::vector<Answer> plain = Run(source, infer, 1, 1, 1).at(0);
  ASSERT_EQ(static_cast<std::size_t>(kFrames), plain.size());
  std::size_t boxes = 0;
  for (const Answer& answer : plain) boxes += answer.boxes.size();
  if (wants_boxes) {
    ASSERT_GT(boxes, 0u) << "a comparison of nothing shows nothing";
  } else {
    ASSERT_NE("", plain[0].label);
  }
  for (const int batch : {1, 4})
    for (const int engines : {1, 2})
      for (const int sources : {1, 2}) {
        const std::string what = "batch " + std::to_string(batch) + ", engines " +
                                 std::to_string(engines) + ", sources " + std::to_string(sources);
        for (const auto& answers : Run(source, infer, batch, engines, sources)) {
          ASSERT_EQ(plain.size(), answers.size()) << what;
          for (std::size_t i = 0; i < plain.size(); ++i) {
            ExpectSameBoxes(plain[i].boxes, answers[i].boxes, 0.99f, 0.002f,
                            what + ", frame " + std::to_string(i));
            EXPECT_EQ(plain[i].label, answers[i].label) << what;
            EXPECT_NEAR(plain[i].score, answers[i].score, 0.002f) << what;
          }
        }
      }
}

std::string Clip() {
  return "filesrc location=" + Asset("videos/vtest_h264_30s.mp4") +
         " ! qtdemux ! h264parse ! avdec_h264";
}

TEST(SameResultsWhateverTheBatch, YoloxNanoByTheProbeOneByOne) {
  INFER_SKIP_WITHOUT_ASSETS();
  ExpectSameWhatever(Clip(),
                     "cpuinfer postprocess=yolox model=" + Asset("models/yolox_nano_416.onnx") +
                         " labels=" + Asset("models/labels_coco80.txt"),
                     true);
}

TEST(SameResultsWhateverTheBatch, SqueezenetTrulyBatched) {
  INFER_SKIP_WITHOUT_ASSETS();
  ExpectSameWhatever(
      Clip(),
      "cpuinfer postprocess=classification model=" + Asset("models/squeezenet1.1_224.onnx") +
          " labels=" + Asset("models/labels_imagenet1000_synset.txt"),
      false);
}

TEST(SameResultsWhateverTheBatch, DynamicBatchDetector) {
  // A moving ball and changing patterns: no assets needed.
  ExpectSameWhatever("videotestsrc pattern=ball ! video/x-raw,format=I420,width=320,height=240",
                     "cpuinfer postprocess=yolox threshold=0.3 model=" INFERSERVER_TEST_DATA
                     "/dynamic_detector.onnx",
                     true);
}

}  // namespace
}  // namespace infer_gst::test
