// SPDX-License-Identifier: Apache-2.0
// Post-processors on real networks: OpenCV runs the network on a picture that it resized itself, so
// that nothing but the post-processor and its input settings is ours here.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/assets.h"
#include "tests/coco_scorer.h"
#include "tests/video/post_support.h"
#include "video/model_config.h"

namespace infer_server::video {
namespace {

struct Expected {
  const char* label;
  float score;
  Rect box;  // Empty: not compared.
};

class Network {
 public:
  // `config`: key and value by turns.
  Network(const std::string& model, int width, int height, int channels,
          const std::vector<std::pair<std::string, std::string>>& values)
      : net_(model.find(".prototxt") != std::string::npos
                 ? cv::dnn::readNet(AssetPath("models/ultraface_rfb_320.caffemodel"),
                                    AssetPath(model))
                 : cv::dnn::readNet(AssetPath(model))),
        size_(width, height),
        inputs_(Picture(width, height, channels)) {
    ModelConfig config;
    for (const auto& [key, value] : values) EXPECT_TRUE(config.Set(key, value).ok());
    names_ = net_.getUnconnectedOutLayersNames();
    Run(cv::Mat(height, width, channels == 1 ? CV_8UC1 : CV_8UC3, cv::Scalar::all(0)),
        InputSettings());
    for (std::size_t i = 0; i < outputs_.size(); ++i)
      tensors_.push_back(
          Tensor(names_[i], {outputs_[i].size.p, outputs_[i].size.p + outputs_[i].dims}));
    const auto setup = Settle(config, model, inputs_, tensors_);
    EXPECT_TRUE(setup.ok()) << setup.status().ToString();
    setup_ = setup.value();
    post_ = BoundPost(setup_.postprocess, setup_.post, inputs_, tensors_);
  }

  ItemResult Infer(const cv::Mat& bgr) {
    const Rect region{0, 0, static_cast<float>(bgr.cols), static_cast<float>(bgr.rows)};
    const Placement placement = Place(region, size_.width, size_.height,
                                      setup_.input.keep_aspect_ratio, setup_.input.align);
    cv::Mat picture(size_, CV_8UC3, cv::Scalar::all(static_cast<double>(setup_.input.pad_value)));
    const cv::Rect fill(placement.fill_x, placement.fill_y, placement.fill_width,
                        placement.fill_height);
    cv::resize(bgr, picture(fill), fill.size());
    Run(picture, setup_.input);
    std::vector<const float*> pointers;
    for (const cv::Mat& output : outputs_) pointers.push_back(output.ptr<float>());
    ItemResult result;
    EXPECT_TRUE(post_->Process(pointers.data(), placement, region, &result).ok());
    return result;
  }

  std::string Label(int id) const { return setup_.post.labels.Name(id); }

 private:
  void Run(const cv::Mat& picture, const InputSettings& input) {
    cv::Mat wanted = picture;
    if (input.color_order == ColorOrder::kRGB) cv::cvtColor(picture, wanted, cv::COLOR_BGR2RGB);
    std::vector<cv::Mat> planes;
    cv::split(wanted, planes);
    for (std::size_t c = 0; c < planes.size(); ++c) {
      planes[c].convertTo(planes[c], CV_32F, static_cast<double>(input.scale[c]));
      planes[c] =
          (planes[c] - static_cast<double>(input.mean[c])) / static_cast<double>(input.std[c]);
    }
    cv::merge(planes, wanted);
    net_.setInput(cv::dnn::blobFromImage(wanted));
    net_.forward(outputs_, names_);
  }

  cv::dnn::Net net_;
  cv::Size size_;
  Tensors inputs_, tensors_;
  std::vector<cv::String> names_;
  std::vector<cv::Mat> outputs_;
  ModelSetup setup_;
  std::unique_ptr<PostProcessor> post_;
};

cv::Mat Picture(const char* name) {
  cv::Mat picture = cv::imread(AssetPath(name));
  EXPECT_FALSE(picture.empty()) << name;
  return picture;
}

// Each expected object is there, and there is no other with a score of `complete` or more.
void ExpectObjects(const Network& network, const ItemResult& result,
                   const std::vector<Expected>& expected, float complete = 0.4f) {
  std::vector<bool> used(result.detections.size(), false);
  for (const Expected& want : expected) {
    bool found = false;
    for (std::size_t i = 0; i < used.size() && !found; ++i) {
      const Detection& d = result.detections[i];
      found = !used[i] && network.Label(d.label_id) == want.label &&
              std::abs(d.score - want.score) <= 0.04f &&
              (want.box.Empty() || Iou(d.box, want.box) >= 0.9f);
      if (found) used[i] = true;
    }
    EXPECT_TRUE(found) << want.label << " " << want.score;
  }
  for (std::size_t i = 0; i < used.size(); ++i) {
    const Detection& d = result.detections[i];
    EXPECT_TRUE(used[i] || d.score < complete) << "extra " << network.Label(d.label_id) << " "
                                               << d.score << " at " << d.box.x << "," << d.box.y;
  }
}

Rect Corners(float x1, float y1, float x2, float y2) { return {x1, y1, x2 - x1, y2 - y1}; }

TEST(RealNetworks, YoloxNano) {
  INFER_SKIP_WITHOUT_ASSETS();
  Network network("models/yolox_nano_416.onnx", 416, 416, 3,
                  {{"postprocess", "yolox"}, {"labels", AssetPath("models/labels_coco80.txt")}});
  ExpectObjects(network, network.Infer(Picture("images/dog.jpg")),
                {{"dog", 0.86f, Corners(132, 206, 325, 543)},
                 {"bicycle", 0.80f, Corners(51, 137, 572, 423)},
                 {"car", 0.80f, Corners(466, 78, 692, 171)}});
  ExpectObjects(network, network.Infer(Picture("images/person.jpg")),
                {{"person", 0.88f, {}}, {"dog", 0.87f, {}}, {"horse", 0.87f, {}}});
  ExpectObjects(network, network.Infer(Picture("images/car_1.png")),
                {{"car", 0.66f, {}}, {"truck", 0.50f, {}}});
}

TEST(RealNetworks, FastestDet) {
  INFER_SKIP_WITHOUT_ASSETS();
  Network network(
      "models/fastestdet_352.onnx", 352, 352, 3,
      {{"postprocess", "fastestdet"}, {"labels", AssetPath("models/labels_coco80.txt")}});
  ExpectObjects(
      network, network.Infer(Picture("images/dog.jpg")),
      {{"dog", 0.78f, {}}, {"car", 0.77f, {}}, {"bicycle", 0.74f, {}}, {"car", 0.57f, {}}}, 0.5f);
}

TEST(RealNetworks, UltraFaceBothExports) {
  INFER_SKIP_WITHOUT_ASSETS();
  const std::vector<std::pair<std::string, std::string>> common = {
      {"labels", AssetPath("models/labels_face.txt")}, {"threshold", "0.7"}};
  auto decoded = common, raw = common;
  decoded.emplace_back("postprocess", "ultraface");
  raw.emplace_back("postprocess", "ultraface-raw");
  Network onnx("models/ultraface_rfb_320.onnx", 320, 240, 3, decoded);
  Network caffe("models/ultraface_rfb_320.prototxt", 320, 240, 3, raw);
  const cv::Mat picture = Picture("images/faces_3.jpg");
  const ItemResult a = onnx.Infer(picture), b = caffe.Infer(picture);
  ASSERT_FALSE(a.detections.empty());
  ASSERT_EQ(a.detections.size(), b.detections.size());
  for (std::size_t i = 0; i < a.detections.size(); ++i) {
    EXPECT_NEAR(a.detections[i].score, b.detections[i].score, 1e-3f);
    EXPECT_GE(Iou(a.detections[i].box, b.detections[i].box), 0.98f);
  }
  RecordProperty("faces", static_cast<int>(a.detections.size()));
}

TEST(RealNetworks, SqueezeNet) {
  INFER_SKIP_WITHOUT_ASSETS();
  Network network("models/squeezenet1.1_224.onnx", 224, 224, 3,
                  {{"postprocess", "classification"},
                   {"labels", AssetPath("models/labels_imagenet1000_synset.txt")}});
  const ItemResult result = network.Infer(Picture("images/goldfish.jpg"));
  ASSERT_EQ(1u, result.classifications.size());
  EXPECT_EQ("goldfish, Carassius auratus", network.Label(result.classifications[0].label_id));
  EXPECT_NEAR(0.994f, result.classifications[0].score, 0.01f);
}

std::vector<std::pair<std::string, cv::Mat>> CocoPictures() {
  std::vector<std::pair<std::string, cv::Mat>> pictures;
  for (const auto& entry : std::filesystem::directory_iterator(AssetPath("gt/coco_val40/images")))
    pictures.emplace_back(entry.path().stem().string(), cv::imread(entry.path().string()));
  std::sort(pictures.begin(), pictures.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return pictures;
}

std::vector<ScoredBox> CocoTruth(const std::vector<std::pair<std::string, cv::Mat>>& pictures) {
  std::vector<ScoredBox> truth;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const cv::Mat& picture = pictures[i].second;
    const auto boxes =
        ReadYoloLabels(AssetPath("gt/coco_val40/labels/" + pictures[i].first + ".txt"),
                       static_cast<int>(i), picture.cols, picture.rows);
    truth.insert(truth.end(), boxes.begin(), boxes.end());
  }
  return truth;
}

TEST(RealNetworks, TheScorerGivesTheReferencesScore) {
  INFER_SKIP_WITHOUT_ASSETS();
  const auto pictures = CocoPictures();
  const std::vector<ScoredBox> truth = CocoTruth(pictures);
  ASSERT_EQ(345u, truth.size());
  std::ifstream file(AssetPath("gt/coco_val40/reference_yolox_nano_416.json"));
  const auto reference = nlohmann::json::parse(file);
  std::vector<ScoredBox> found;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    for (const auto& d : reference.at(pictures[i].first + ".jpg")) {
      const auto box = d.at("box").get<std::vector<float>>();
      found.push_back({static_cast<int>(i), d.at("id").get<int>(), d.at("score").get<float>(),
                       Corners(box[0], box[1], box[2], box[3])});
    }
  }
  const MeanPrecision mean = ScoreDetections(truth, found);
  EXPECT_NEAR(0.379, mean.map50, 0.0015);
  EXPECT_NEAR(0.263, mean.map50_95, 0.0015);
}

TEST(RealNetworks, YoloxNanoIsAsAccurateAsItsReference) {
  INFER_SKIP_WITHOUT_ASSETS();
  const auto pictures = CocoPictures();
  Network network("models/yolox_nano_416.onnx", 416, 416, 3,
                  {{"postprocess", "yolox"},
                   {"labels", AssetPath("models/labels_coco80.txt")},
                   {"threshold", "0.01"},
                   {"nms_threshold", "0.6"}});
  std::vector<ScoredBox> found;
  for (std::size_t i = 0; i < pictures.size(); ++i)
    for (const Detection& d : network.Infer(pictures[i].second).detections)
      found.push_back({static_cast<int>(i), d.label_id, d.score, d.box});
  const MeanPrecision mean = ScoreDetections(CocoTruth(pictures), found);
  EXPECT_NEAR(0.486, mean.map50, 0.005);
  EXPECT_NEAR(0.320, mean.map50_95, 0.005);
  RecordProperty("map50", std::to_string(mean.map50));
  RecordProperty("map50_95", std::to_string(mean.map50_95));
}

}  // namespace
}  // namespace infer_server::video
