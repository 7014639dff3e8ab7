// SPDX-License-Identifier: Apache-2.0
// Post-processors on real networks: OpenCV runs the network on a picture that it resized itself, so
// that nothing but the post-processor and its input settings is ours here.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
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
  float iou = 0.9f;
};

class Network {
 public:
  // `config`: key and value by turns.
  // `partner`: the other half of a network of two files. `nhwc`: its input has the channels last.
  Network(const std::string& model, int width, int height, int channels,
          const std::vector<std::pair<std::string, std::string>>& values,
          const std::string& partner = "", bool nhwc = false)
      : net_(partner.empty() ? cv::dnn::readNet(AssetPath(model))
                             : cv::dnn::readNet(AssetPath(model), AssetPath(partner))),
        size_(width, height),
        nhwc_(nhwc),
        inputs_(nhwc ? Tensors{Tensor("image", {1, height, width, channels})}
                     : Picture(width, height, channels)) {
    ModelConfig config;
    for (const auto& [key, value] : values) EXPECT_TRUE(config.Set(key, value).ok());
    names_ = net_.getUnconnectedOutLayersNames();
    Run(cv::Mat(height, width, channels == 1 ? CV_8UC1 : CV_8UC3, cv::Scalar::all(0)),
        InputSettings());
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      std::vector<std::int64_t> shape(outputs_[i].size.p, outputs_[i].size.p + outputs_[i].dims);
      if (shape[0] != 1) shape.insert(shape.begin(), 1);  // Darknet's region layers.
      tensors_.push_back(Tensor(names_[i], shape));
    }
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
    cv::setNumThreads(1);  // ThreadSanitizer does not see how OpenCV's threads wait for each other.
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
    const int sizes[] = {1, wanted.rows, wanted.cols, wanted.channels()};
    net_.setInput(nhwc_ ? cv::Mat(4, sizes, CV_32F, wanted.data) : cv::dnn::blobFromImage(wanted));
    net_.forward(outputs_, names_);
  }

  cv::dnn::Net net_;
  cv::Size size_;
  bool nhwc_;
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
              (want.box.Empty() || Iou(d.box, want.box) >= want.iou);
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
  Network caffe("models/ultraface_rfb_320.caffemodel", 320, 240, 3, raw,
                "models/ultraface_rfb_320.prototxt");
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

TEST(RealNetworks, YoloFastestOfDarknet) {
  INFER_SKIP_WITHOUT_ASSETS();
  Network network("models/yolo-fastest-1.1-xl.weights", 320, 320, 3,
                  {{"postprocess", "yolov3"}, {"labels", AssetPath("models/labels_coco80.txt")}},
                  "models/yolo-fastest-1.1-xl.cfg");
  ExpectObjects(network, network.Infer(Picture("images/dog.jpg")),
                {{"dog", 0.96f, Corners(132, 206, 325, 543), 0.6f},
                 {"bicycle", 0.89f, {}},
                 {"car", 0.84f, {}}});
}

TEST(RealNetworks, NanoDet) {
  INFER_SKIP_WITHOUT_ASSETS();
  Network network("models/nanodet_m_320.onnx", 320, 320, 3,
                  {{"postprocess", "nanodet"}, {"labels", AssetPath("models/labels_coco80.txt")}});
  ExpectObjects(network, network.Infer(Picture("images/dog.jpg")),
                {{"bicycle", 0.54f, {}}, {"car", 0.52f, Corners(466, 78, 692, 171), 0.8f}});
}

// UltraFace, a network of others, finds the same faces; the five points lie in their boxes, in the
// order that faces have them.
TEST(RealNetworks, YuNetWithItsPoints) {
  INFER_SKIP_WITHOUT_ASSETS();
  Network yunet("models/yunet_n_320.onnx", 320, 320, 3,
                {{"postprocess", "yunet"}, {"threshold", "0.6"}});
  Network ultraface("models/ultraface_rfb_320.onnx", 320, 240, 3,
                    {{"postprocess", "ultraface"}, {"threshold", "0.7"}});
  const cv::Mat picture = Picture("images/faces_3.jpg");
  const ItemResult faces = yunet.Infer(picture), others = ultraface.Infer(picture);
  ASSERT_FALSE(faces.detections.empty());
  EXPECT_EQ(others.detections.size(), faces.detections.size());
  for (const Detection& face : faces.detections) {
    EXPECT_TRUE(
        std::any_of(others.detections.begin(), others.detections.end(),
                    [&](const Detection& other) { return Iou(face.box, other.box) > 0.5f; }))
        << face.box.x << "," << face.box.y;
    ASSERT_EQ(5, face.keypoint_count);
    const Keypoint* at = &faces.keypoints[static_cast<std::size_t>(face.keypoint_begin)];
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(at[i].x > face.box.x && at[i].x < face.box.x + face.box.w) << i;
      EXPECT_TRUE(at[i].y > face.box.y && at[i].y < face.box.y + face.box.h) << i;
    }
    EXPECT_LT(at[0].x, at[1].x);  // Eyes, then the mouth below them.
    EXPECT_LT(at[3].x, at[4].x);
    EXPECT_LT(std::max(at[0].y, at[1].y), std::min(at[3].y, at[4].y));
    EXPECT_TRUE(at[2].y > std::min(at[0].y, at[1].y) && at[2].y < std::max(at[3].y, at[4].y));
  }
  RecordProperty("faces", static_cast<int>(faces.detections.size()));
}

TEST(RealNetworks, RoadSegmentation) {
  INFER_SKIP_WITHOUT_ASSETS();
  Network network("models/road_segmentation_adas_0001.onnx", 896, 512, 3,
                  {{"postprocess", "segmentation"}, {"labels", "background,road,curb,mark"}}, "",
                  true);
  const ItemResult result = network.Infer(Picture("images/car_1.png"));
  ASSERT_EQ(896, result.mask_width);
  ASSERT_EQ(512, result.mask_height);
  // The camera looks along a road: it fills most of the lower half, and nothing of the upper one.
  const auto half = result.mask.begin() + static_cast<std::ptrdiff_t>(result.mask.size() / 2);
  EXPECT_EQ(0, std::count(result.mask.begin(), half, 1));
  const auto road = static_cast<double>(std::count(half, result.mask.end(), 1));
  EXPECT_NEAR(0.60, road / static_cast<double>(result.mask.end() - half), 0.05);
}

// A person is more like itself, seen a little differently, than like any other person.
TEST(RealNetworks, PersonReidentification) {
  INFER_SKIP_WITHOUT_ASSETS();
  Network network("models/person_reid_0248_nchw.onnx", 128, 256, 3, {{"postprocess", "embedding"}});
  const auto pictures = CocoPictures();
  std::vector<std::vector<float>> seen, seen_again;
  for (const ScoredBox& person : CocoTruth(pictures)) {
    if (person.label != 0 || person.box.h < 200 || person.box.h < 1.5f * person.box.w) continue;
    const cv::Mat& picture = pictures[static_cast<std::size_t>(person.image)].second;
    const cv::Rect all(0, 0, picture.cols, picture.rows);
    const cv::Rect box(static_cast<int>(person.box.x), static_cast<int>(person.box.y),
                       static_cast<int>(person.box.w), static_cast<int>(person.box.h));
    cv::Mat mirrored;
    cv::flip(picture(cv::Rect(box.x + 4, box.y + 6, box.width, box.height) & all), mirrored, 1);
    seen.push_back(network.Infer(picture(box & all).clone()).embedding);
    seen_again.push_back(network.Infer(mirrored).embedding);
  }
  ASSERT_GE(seen.size(), 5u);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    ASSERT_EQ(256u, seen[i].size());
    std::vector<float> likeness;
    for (const std::vector<float>& other : seen_again)
      likeness.push_back(std::inner_product(other.begin(), other.end(), seen[i].begin(), 0.0f));
    const auto best = std::max_element(likeness.begin(), likeness.end());
    EXPECT_EQ(static_cast<std::ptrdiff_t>(i), best - likeness.begin());
    EXPECT_GT(likeness[i], 0.7f);
  }
}

}  // namespace
}  // namespace infer_server::video
