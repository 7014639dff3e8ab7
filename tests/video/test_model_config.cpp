// SPDX-License-Identifier: Apache-2.0
#include "video/model_config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/video/post_support.h"
#include "video/config_values.h"

namespace infer_server::video {
namespace {

const char* const kKeys =
    "keys are: attribute_name, batch_size, color_order, custom_postprocess, engine, interpolation, "
    "keep_aspect_ratio, "
    "label_offset, labels, letterbox_align, max_objects, mean, model_name, nms_threshold, "
    "pad_value, postprocess, scale, std, threshold";

const Tensors kYolox = {Tensor("output", {1, 3549, 85})};

std::string ParseError(const std::string& json) {
  return ModelConfig::Parse(json, "a.json").status().message();
}

TEST(ModelConfig, ReadsEveryKindOfValue) {
  const auto config = ModelConfig::Parse(R"({
    "postprocess": "yolox", "labels": ["a, b", "c\\d"], "threshold": 0.3, "nms_threshold": 1,
    "max_objects": 5, "mean": [104, 117.5, "123"], "scale": 2, "std": "1,2,3",
    "keep_aspect_ratio": true, "color_order": "rgb"
  })",
                                         "a.json");
  EXPECT_FALSE(config.ok());  // A string in a list of numbers.
  const auto good = ModelConfig::Parse(R"({
    "postprocess": "yolox", "labels": ["a, b", "c\\d"], "threshold": 0.3, "nms_threshold": 1,
    "max_objects": 5, "mean": [104, 117.5, 123], "scale": 2, "std": "1,2,3",
    "keep_aspect_ratio": true, "color_order": "rgb"
  })",
                                       "a.json");
  ASSERT_TRUE(good.ok()) << good.status().ToString();
  const ModelConfig& c = good.value();
  EXPECT_EQ("a\\, b,c\\\\d,", c.Get("labels"));
  EXPECT_EQ((std::vector<std::string>{"a, b", "c\\d"}),
            Labels::Parse(c.Get("labels")).value().names());
  EXPECT_EQ("0.3", c.Get("threshold"));
  EXPECT_EQ("104,117.5,123", c.Get("mean"));
  EXPECT_EQ("2", c.Get("scale"));
  EXPECT_EQ("true", c.Get("keep_aspect_ratio"));
  EXPECT_FALSE(c.Has("engine"));
  EXPECT_EQ("auto", c.Get("engine", "auto"));
}

TEST(ModelConfig, NamesTheLineOfWhatIsWrong) {
  const std::pair<const char*, std::string> cases[] = {
      {"{\n \"postprocess\": \"yolox\",\n \"treshold\": 0.3\n}",
       std::string("a.json:3: unknown key 'treshold'; ") + kKeys},
      {"{\n\n\"threshold\":\n\n{}}",
       "a.json:3: threshold: an object where a number, or a string or list such as "
       "car:0.5,person:0.3,0.25 is expected"},
      {"{\"labels\": \"a,b\",\n\"labels\": \"c\"}",
       "a.json:2: key 'labels' is set a second time; the first is in line 1"},
      {"{\"max_objects\": 1.5}",
       "a.json:1: max_objects: a number with a fraction or exponent where a whole number is "
       "expected"},
      {"{\"max_objects\": \"5\"}",
       "a.json:1: max_objects: a string where a whole number is expected"},
      {"{\"max_objects\": -1}",
       "a.json:1: max_objects: '-1' is not a whole number from 0 to 1048576"},
      {"{\"max_objects\": 18446744073709551615}",
       "a.json:1: max_objects: '18446744073709551615' is not a whole number from 0 to 1048576"},
      {"{\n\"nms_threshold\"\n:\n2}", "a.json:2: nms_threshold: '2' is not a number from 0 to 1"},
      {"{\"keep_aspect_ratio\": 1}",
       "a.json:1: keep_aspect_ratio: a number where true or false is expected"},
      {"{\"postprocess\": null}", "a.json:1: postprocess: null where a string is expected"},
      {"{\"postprocess\": \"\"}", "a.json:1: postprocess: '' is empty; leave it out, or name one"},
      {"{\"postprocess\": [\"yolox\"]}",
       "a.json:1: postprocess: a list where a string is expected"},
      {"{\"labels\": [\"a\",\n 3]}",
       "a.json:1: labels: a number in the list where a string or a list of strings is expected"},
      {"{\"labels\": [[\"a\"]]}",
       "a.json:1: labels: a list in the list where a string or a list of strings is expected"},
      {"{\"labels\": []}",
       "a.json:1: labels: an empty list where a string or a list of strings is expected"},
      {"{\"mean\": [1,2]}",
       "a.json:1: mean: '1,2' is not one number, or three with commas between them, such as "
       "104,117,123"},
      {"{\"std\": [1,0,1]}", "a.json:1: std: '1,0,1' holds a 0, and pixels are divided by it"},
      {"{\"color_order\": \"grb\"}", "a.json:1: color_order: 'grb' is none of: rgb, bgr, gray"},
      {"[]", "a.json:1: a model description is one JSON object: { \"postprocess\": \"yolox\" }"},
      {"\n7", "a.json:2: a model description is one JSON object: { \"postprocess\": \"yolox\" }"},
  };
  for (const auto& [json, message] : cases) EXPECT_EQ(message, ParseError(json)) << json;
}

TEST(ModelConfig, SaysWhereJsonIsBroken) {
  EXPECT_EQ(0u, ParseError("{\n\"labels\": \"a\",\n}").find("a.json:3: not JSON: syntax error"));
  EXPECT_EQ(0u, ParseError("").find("a.json:1: not JSON: syntax error"));
  EXPECT_EQ(0u, ParseError("{\"labels\": \"\xff\"}").find("a.json:1: not JSON: "));
  EXPECT_EQ(0u, ParseError("{}{}").find("a.json:1: not JSON: "));
  EXPECT_EQ(0u, ParseError(std::string(100000, '[')).find("a.json:1: "));
  EXPECT_EQ(0u, ParseError("{\"nms_threshold\": 1e999}").find("a.json:1: not JSON: "));
}

TEST(ModelConfig, ChecksWhatIsSet) {
  ModelConfig config;
  EXPECT_TRUE(config.Set("threshold", "car:0.5,0.25").ok());
  EXPECT_EQ("INVALID_ARGUMENT: nms-threshold: '1.5' is not a number from 0 to 1",
            config.Set("nms_threshold", "1.5").ToString());
  EXPECT_EQ("INVALID_ARGUMENT: letterbox-align: 'left' is none of: top-left, center",
            config.Set("letterbox_align", "left").ToString());
  EXPECT_EQ("INVALID_ARGUMENT: keep-aspect-ratio: 'yes' is not true or false",
            config.Set("keep_aspect_ratio", "yes").ToString());
  EXPECT_EQ(
      "INVALID_ARGUMENT: threshold: 'car:' is not a score from 0 to 1, or a list of label:score "
      "with a score for all other labels, such as car:0.5,person:0.3,0.25",
      config.Set("threshold", "car:").ToString());
  for (const char* bad : {"", "nan", "-0.1", "1e9", "0.5,", ":0.5", "0x1p-1", "0,5x"})
    EXPECT_FALSE(config.Set("threshold", bad).ok()) << bad;
  for (const char* bad : {"", "inf", "1,2", "1,2,3,4", "1;2;3"})
    EXPECT_FALSE(config.Set("mean", bad).ok()) << bad;
  EXPECT_EQ(std::string("INVALID_ARGUMENT: unknown key 'x'; ") + kKeys,
            config.Set("x", "1").ToString());
  EXPECT_EQ("car:0.5,0.25", config.Get("threshold"));
}

TEST(ModelConfig, OtherWins) {
  ModelConfig file, properties;
  ASSERT_TRUE(file.Set("threshold", "0.1").ok());
  ASSERT_TRUE(file.Set("engine", "fake").ok());
  ASSERT_TRUE(properties.Set("threshold", "0.2").ok());
  file.Override(properties);
  EXPECT_EQ("0.2", file.Get("threshold"));
  EXPECT_EQ("fake", file.Get("engine"));
}

class Beside : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "beside_test/";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + name) << text;
  }
  std::string folder_;
};

TEST_F(Beside, FindsTheFileOfTheModelsName) {
  EXPECT_FALSE(ModelConfig::Beside(folder_ + "a.onnx").value().Has("engine"));
  Write("a.onnx.json", "{\"engine\": \"second\"}");
  EXPECT_EQ("second", ModelConfig::Beside(folder_ + "a.onnx").value().Get("engine"));
  Write("a.json", "{\"engine\": \"first\"}");
  EXPECT_EQ("first", ModelConfig::Beside(folder_ + "a.onnx").value().Get("engine"));
  Write("a.json", "{\"engin\": \"x\"}");
  EXPECT_EQ(folder_ + "a.json:1: unknown key 'engin'; " + kKeys,
            ModelConfig::Beside(folder_ + "a.onnx").status().message());
  EXPECT_TRUE(ModelConfig::Beside("").ok());
}

TEST_F(Beside, TakesLabelsRelativeToItself) {
  Write("a.json", "{\"labels\": \"names.txt\"}");
  EXPECT_EQ(folder_ + "names.txt", ModelConfig::Beside(folder_ + "a.onnx").value().Get("labels"));
  Write("names", "x\n");
  Write("a.json", "{\"labels\": \"names\"}");
  EXPECT_EQ(folder_ + "names", ModelConfig::Beside(folder_ + "a.onnx").value().Get("labels"));
  Write("a.json", "{\"labels\": \"person,car\"}");
  EXPECT_EQ("person,car", ModelConfig::Beside(folder_ + "a.onnx").value().Get("labels"));
  Write("a.json", "{\"labels\": \"person\"}");
  EXPECT_EQ("person", ModelConfig::Beside(folder_ + "a.onnx").value().Get("labels"));
  Write("a.json", "{\"labels\": \"/etc/none.txt\"}");
  EXPECT_EQ("/etc/none.txt", ModelConfig::Beside(folder_ + "a.onnx").value().Get("labels"));
}

TEST(Thresholds, GoToTheirLabels) {
  PostSettings post;
  post.labels = Labels({"person", "car", "a:b"});
  const auto apply = [&](const char* text) {
    return ApplyThresholds(ParseThresholds(text).value(), &post).message();
  };
  EXPECT_EQ("", apply("car:0.5, 0:0.1 ,0.3"));
  EXPECT_FLOAT_EQ(0.1f, post.ThresholdOf(0));
  EXPECT_FLOAT_EQ(0.5f, post.ThresholdOf(1));
  EXPECT_FLOAT_EQ(0.3f, post.ThresholdOf(2));
  EXPECT_EQ("", apply("a:b:0.7"));
  EXPECT_FLOAT_EQ(0.7f, post.ThresholdOf(2));
  EXPECT_FLOAT_EQ(0.3f, post.ThresholdOf(1));
  EXPECT_EQ("there is no label 'dog' to set a score for; the labels are: person, car, a:b",
            apply("dog:0.5"));
  EXPECT_NE("", apply("3:0.5"));
  post.labels = Labels({"crane", "heron", "crane"});
  EXPECT_EQ("", apply("crane:0.9,0.2"));
  EXPECT_FLOAT_EQ(0.9f, post.ThresholdOf(0));
  EXPECT_FLOAT_EQ(0.2f, post.ThresholdOf(1));
  EXPECT_FLOAT_EQ(0.9f, post.ThresholdOf(2)) << "two classes of one name";
  post.labels = Labels();
  EXPECT_EQ("", apply("3:0.5"));
  EXPECT_EQ(
      "there is no label 'dog' to set a score for; there are no labels: name classes by their "
      "numbers, or set labels",
      apply("dog:0.5"));
}

TEST(Settle, FillsInWhatTheFamilyWants) {
  ModelConfig config;
  ASSERT_TRUE(config.Set("postprocess", "yolox").ok());
  const auto setup = Settle(config, "/models/yolox_nano.onnx", Picture(416, 416), kYolox);
  ASSERT_TRUE(setup.ok()) << setup.status().ToString();
  EXPECT_TRUE(setup.value().input.keep_aspect_ratio);
  EXPECT_FLOAT_EQ(114, setup.value().input.pad_value);
  EXPECT_FLOAT_EQ(0.25f, setup.value().post.threshold);
  EXPECT_EQ("yolox_nano", setup.value().model_name);
  EXPECT_EQ("yolox_nano", setup.value().attribute_name);
}

TEST(Settle, LetsTheUserHaveTheLastWord) {
  ModelConfig config;
  const std::pair<const char*, const char*> values[] = {{"postprocess", "yolox"},
                                                        {"threshold", "1:0.5,0.1"},
                                                        {"nms_threshold", "0.6"},
                                                        {"max_objects", "7"},
                                                        {"mean", "1,2,3"},
                                                        {"std", "4"},
                                                        {"color_order", "rgb"},
                                                        {"keep_aspect_ratio", "false"},
                                                        {"letterbox_align", "center"},
                                                        {"pad_value", "9"},
                                                        {"interpolation", "area"},
                                                        {"model_name", "m"},
                                                        {"attribute_name", "kind"},
                                                        {"scale", "0.5"}};
  for (const auto& [key, value] : values) ASSERT_TRUE(config.Set(key, value).ok()) << key;
  const auto settled = Settle(config, "a.onnx", Picture(416, 416), kYolox);
  ASSERT_TRUE(settled.ok()) << settled.status().ToString();
  const ModelSetup& setup = settled.value();
  EXPECT_FLOAT_EQ(0.5f, setup.post.ThresholdOf(1));
  EXPECT_FLOAT_EQ(0.1f, setup.post.ThresholdOf(2));
  EXPECT_FLOAT_EQ(0.6f, setup.post.nms_threshold);
  EXPECT_EQ(7, setup.post.max_objects);
  EXPECT_EQ((std::array<float, 3>{1, 2, 3}), setup.input.mean);
  EXPECT_EQ((std::array<float, 3>{4, 4, 4}), setup.input.std);
  EXPECT_EQ((std::array<float, 3>{0.5f, 0.5f, 0.5f}), setup.input.scale);
  EXPECT_EQ(ColorOrder::kRGB, setup.input.color_order);
  EXPECT_FALSE(setup.input.keep_aspect_ratio);
  EXPECT_EQ(Align::kCenter, setup.input.align);
  EXPECT_EQ(Interpolation::kArea, setup.input.interpolation);
  EXPECT_FLOAT_EQ(9, setup.input.pad_value);
  EXPECT_EQ("m", setup.model_name);
  EXPECT_EQ("kind", setup.attribute_name);
}

TEST(Settle, ClassificationHasNoLeastScoreUnlessSet) {
  ModelConfig config;
  ASSERT_TRUE(config.Set("postprocess", "classification").ok());
  const Tensors outputs = {Tensor("prob", {1, 7})};
  const auto gray = Settle(config, "emotion.onnx", Picture(64, 64, 1), outputs);
  ASSERT_TRUE(gray.ok()) << gray.status().ToString();
  EXPECT_FLOAT_EQ(0, gray.value().post.threshold);
  EXPECT_EQ(ColorOrder::kGray, gray.value().input.color_order);
  EXPECT_FLOAT_EQ(1, gray.value().input.mean[0]);
  ASSERT_TRUE(config.Set("threshold", "0.4").ok());
  EXPECT_FLOAT_EQ(0.4f, Settle(config, "a", Picture(64, 64, 1), outputs).value().post.threshold);
}

TEST(Settle, SaysWhatIsMissing) {
  const auto error = [](const std::vector<std::pair<const char*, const char*>>& values) {
    ModelConfig config;
    for (const auto& [key, value] : values) EXPECT_TRUE(config.Set(key, value).ok());
    return Settle(config, "a.onnx", Picture(416, 416), kYolox).status().ToString();
  };
  EXPECT_EQ(
      "INVALID_ARGUMENT: model 'a.onnx': nothing says how to read the network's outputs: set "
      "postprocess, or the key postprocess in the JSON file beside the model, to one of: "
      "classification, embedding, fastestdet, nanodet, raw, segmentation, ssd, ultraface, "
      "ultraface-raw, yolov3, yolov5, yolov8, yolox, yunet; the network has "
      "inputs image f32[1,3,416,416] and outputs output f32[1,3549,85]",
      error({}));
  EXPECT_EQ(
      "NOT_FOUND: model 'a.onnx': postprocess: no post-processor 'yolo'; there are: "
      "classification, embedding, fastestdet, nanodet, raw, segmentation, ssd, ultraface, "
      "ultraface-raw, yolov3, yolov5, yolov8, yolox, yunet",
      error({{"postprocess", "yolo"}}));
  EXPECT_EQ(
      "INVALID_ARGUMENT: model 'a.onnx': color-order: 'gray' does not fit input image "
      "f32[1,3,416,416], which has 3 channels",
      error({{"postprocess", "yolox"}, {"color_order", "gray"}}));
  EXPECT_EQ(
      "INVALID_ARGUMENT: model 'a.onnx': threshold: there is no label 'cat' to set a score for; "
      "there are no labels: name classes by their numbers, or set labels",
      error({{"postprocess", "yolox"}, {"threshold", "cat:0.3"}}));
  EXPECT_EQ(
      "INVALID_ARGUMENT: model 'a.onnx': post-processor 'yolox': labels of a list are 2, but the "
      "network has 80 classes (output output f32[1,3549,85]); give one label for each class",
      error({{"postprocess", "yolox"}, {"labels", "a,b"}}));
  EXPECT_EQ(0u,
            error({{"postprocess", "yolox"}, {"labels", "no.txt"}})
                .find("NOT_FOUND: model 'a.onnx': labels: labels file 'no.txt' does not exist"));
}

TEST(ModelConfig, TheSchemaHasTheSameKeys) {
  const char* root = std::getenv("INFERSERVER_SOURCE_ROOT");
  if (root == nullptr) GTEST_SKIP() << "INFERSERVER_SOURCE_ROOT is not set";
  std::ifstream file(std::string(root) + "/video/model_config.schema.json");
  ASSERT_TRUE(file.is_open());
  const auto schema = nlohmann::json::parse(file);
  std::vector<std::string> keys, in_schema;
  for (const ConfigKey& key : ModelConfig::Keys()) keys.push_back(key.name);
  for (const auto& item : schema["properties"].items()) in_schema.push_back(item.key());
  EXPECT_EQ(keys, in_schema);
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  for (const ConfigKey& key : ModelConfig::Keys())
    EXPECT_EQ(key.help, schema["properties"][key.name]["description"].get<std::string>());
}

}  // namespace
}  // namespace infer_server::video
