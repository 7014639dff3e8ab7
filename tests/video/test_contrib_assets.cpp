// SPDX-License-Identifier: Apache-2.0
// The functions of opencv_frame.h and VideoInferServer with a real network: squeezenet knows a
// goldfish, whatever the frame's format, and where it is.
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "opencv_frame.h"
#include "tests/assets.h"
#include "video_helper.h"

namespace infer_server::video {
namespace {

constexpr int kGoldfish = 1;  // Of ImageNet's classes.

struct Top {
  int label;
  float score;
};

bool ReadTop(InferData* item, const ModelIO& io, const ModelInfo& model) {
  const auto* scores = static_cast<const float*>(io.buffers[0].Data());
  const auto* best = std::max_element(scores, scores + model.OutputShape(0).DataCount());
  item->Set(Top{static_cast<int>(best - scores), *best});
  return true;
}

class Squeezenet : public ::testing::Test {
 protected:
  void SetUp() override {
    INFER_SKIP_WITHOUT_ASSETS();
    SessionDesc desc;
    desc.name = "squeezenet";
    desc.model = InferServer::LoadModel(AssetPath("models/squeezenet1.1_224.onnx"));
    desc.host_input_layout = {DataType::FLOAT32, DimOrder::NHWC};
    desc.preproc = PreprocessorHost::Create();
    desc.preproc->SetParams("process_function",
                            OpencvPreproc::GetFunction(PixelFmt::RGB24, {0.485f, 0.456f, 0.406f},
                                                       {0.229f, 0.224f, 0.225f}, /*normalize=*/true,
                                                       /*keep_aspect_ratio=*/false));
    desc.postproc = Postprocessor::Create();
    desc.postproc->SetParams("process_function", &ReadTop);
    desc.batch_timeout = 1;
    session_ = server_.CreateSyncSession(desc);
    ASSERT_NE(nullptr, session_);
    fish_ = cv::imread(AssetPath("images/goldfish.jpg"));
    ASSERT_FALSE(fish_.empty());
  }
  void TearDown() override { EXPECT_TRUE(session_ == nullptr || server_.DestroySession(session_)); }

  Top TopOf(std::size_t i) const { return output_->data[i]->Get<Top>(); }

  VideoInferServer server_{0};
  Session_t session_ = nullptr;
  cv::Mat fish_;
  Status status_ = Status::STATUS_COUNT;
  PackagePtr output_ = std::make_shared<Package>();
};

// Borrows the planes of `yuv`, I420 as cv::cvtColor makes it.
VideoFrame I420Of(cv::Mat yuv) {
  VideoFrame frame;
  frame.format = PixelFmt::I420;
  frame.width = static_cast<std::size_t>(yuv.cols);
  frame.height = static_cast<std::size_t>(yuv.rows) / 3 * 2;
  frame.plane_num = 3;
  auto* bytes = yuv.data;
  for (std::size_t p = 0; p < 3; ++p) {
    frame.plane[p] = Buffer(bytes, frame.GetPlaneSize(p), nullptr);
    bytes += frame.GetPlaneSize(p);
  }
  return frame;
}

TEST_F(Squeezenet, KnowsTheGoldfishOfAnOpencvFrame) {
  PackagePtr input = Package::Create(1);
  input->data[0].Set(OpencvFrame{fish_, PixelFmt::BGR24, {}});
  ASSERT_TRUE(server_.RequestSync(session_, input, &status_, output_));
  ASSERT_EQ(Status::SUCCESS, status_) << server_.LastError(session_);
  EXPECT_EQ(kGoldfish, TopOf(0).label);
  EXPECT_NEAR(0.994f, TopOf(0).score, 0.01f);
}

TEST_F(Squeezenet, FindsTheGoldfishAmongTheBoxesOfAFrame) {
  cv::Mat other = cv::imread(AssetPath("images/horses.jpg"));
  ASSERT_FALSE(other.empty());
  cv::Mat both(320, 640, CV_8UC3), yuv;
  cv::resize(other, both.colRange(0, 320), {320, 320});
  cv::resize(fish_, both.colRange(320, 640), {320, 320});
  cv::cvtColor(both, yuv, cv::COLOR_BGR2YUV_I420);
  const std::vector<BoundingBox> boxes = {{0, 0, 0.5f, 1}, {0.5f, 0, 0.6f, 1}};
  ASSERT_TRUE(server_.RequestSync(session_, I420Of(yuv), boxes, "", &status_, output_));
  ASSERT_EQ(Status::SUCCESS, status_) << server_.LastError(session_);
  EXPECT_NE(kGoldfish, TopOf(0).label);
  EXPECT_EQ(kGoldfish, TopOf(1).label);
  EXPECT_NEAR(0.994f, TopOf(1).score, 0.02f);
}

}  // namespace
}  // namespace infer_server::video
