// SPDX-License-Identifier: Apache-2.0
// A network on the regions another one found.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/assets.h"
#include "tests/pipeline/pipeline.h"

namespace infer_gst::test {
namespace {

std::string Asset(const std::string& name) { return infer_server::AssetPath(name); }

std::string Source() {
  return "filesrc location=" + Asset("images/faces_3.jpg") +
         " ! jpegdec ! videoconvert ! video/x-raw,format=RGB";
}

std::string Gender(const std::string& settings) {
  return " ! cpuinfer postprocess=classification attribute-name=gender model=" +
         Asset("models/gender_mini_xception_64.onnx") +
         " labels=" + Asset("models/labels_gender2.txt") + " " + settings;
}

TEST(SecondaryInference, EqualsTheNetworkOnTheCropAlone) {
  INFER_SKIP_WITHOUT_ASSETS();
  const std::string out = TemporaryFile("faces.jsonl");
  ASSERT_EQ("",
            RunToEnd(Source() + " ! cpuinfer postprocess=ultraface threshold=0.7 model=" +
                     Asset("models/ultraface_rfb_320.onnx") +
                     " labels=" + Asset("models/labels_face.txt") +
                     Gender("input=objects object-class=face") + " ! infermeta location=" + out));
  const std::vector<Json> lines = ReadJsonLines(out);
  ASSERT_EQ(1u, lines.size());
  const int width = lines[0].at("width"), height = lines[0].at("height");
  ASSERT_GE(lines[0].at("objects").size(), 3u);
  for (const Json& face : lines[0].at("objects")) {
    EXPECT_EQ("face", face.at("label"));
    ASSERT_EQ(1u, face.at("attributes").size());
    const Json& attribute = face.at("attributes")[0];
    EXPECT_EQ("gender", attribute.at("name"));

    // The same pixels cut out by GStreamer and given to the network as a whole frame.
    const Json& b = face.at("box");
    const int left = static_cast<int>(std::lround(b.at("x").get<double>()));
    const int top = static_cast<int>(std::lround(b.at("y").get<double>()));
    const int right =
        static_cast<int>(std::lround(width - b.at("x").get<double>() - b.at("w").get<double>()));
    const int bottom =
        static_cast<int>(std::lround(height - b.at("y").get<double>() - b.at("h").get<double>()));
    const std::string alone = TemporaryFile("crop.jsonl");
    ASSERT_EQ("", RunToEnd(Source() + " ! videocrop left=" + std::to_string(left) +
                           " top=" + std::to_string(top) + " right=" + std::to_string(right) +
                           " bottom=" + std::to_string(bottom) + Gender("") +
                           " ! infermeta location=" + alone));
    const Json frame = ReadJsonLines(alone).at(0);
    ASSERT_EQ(1u, frame.at("attributes").size());
    const Json& expected = frame.at("attributes")[0];
    EXPECT_EQ(expected.at("label"), attribute.at("label"));
    // The region's edges are not whole pixels, the crop's are.
    EXPECT_NEAR(expected.at("score").get<float>(), attribute.at("score").get<float>(), 0.06f);
  }
}

TEST(SecondaryInference, LeavesOtherClassesAlone) {
  INFER_SKIP_WITHOUT_ASSETS();
  const std::string out = TemporaryFile("others.jsonl");
  ASSERT_EQ("",
            RunToEnd(Source() + " ! cpuinfer postprocess=ultraface threshold=0.7 model=" +
                     Asset("models/ultraface_rfb_320.onnx") +
                     " labels=" + Asset("models/labels_face.txt") +
                     Gender("input=objects object-class=car") + " ! infermeta location=" + out));
  const Json line = ReadJsonLines(out).at(0);
  ASSERT_GE(line.at("objects").size(), 3u);
  for (const Json& face : line.at("objects")) EXPECT_TRUE(face.at("attributes").empty());
  EXPECT_EQ("none", line.at("inference").at(1).at("status"));
}

}  // namespace
}  // namespace infer_gst::test
