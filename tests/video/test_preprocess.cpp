// SPDX-License-Identifier: Apache-2.0
#include "video/preprocess.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

namespace infer_server::video {
namespace {

using devices::Code;
using devices::DataType;
using devices::Layout;
using devices::Status;
using devices::TensorInfo;

TensorInfo Tensor(std::vector<std::int64_t> shape, DataType type = DataType::kFloat32,
                  Layout layout = Layout::kAny) {
  TensorInfo info;
  info.name = "images";
  info.shape = std::move(shape);
  info.type = type;
  info.layout = layout;
  return info;
}

// Waves of several lengths, an edge and some texture.
cv::Mat Picture(int width, int height) {
  cv::Mat picture(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double edge = x > width / 3 && y > height / 4 ? 60 : 0;
      picture.at<cv::Vec3b>(y, x) =
          cv::Vec3b(cv::saturate_cast<uchar>(100 + 70 * std::sin(x * 0.05) + edge),
                    cv::saturate_cast<uchar>(120 + 90 * std::cos(y * 0.11 + x * 0.03)),
                    cv::saturate_cast<uchar>((x * 7 + y * 13) % 64 + edge));
    }
  }
  return picture;
}

FrameView ViewOfBgr(const cv::Mat& mat) {
  FrameView view;
  view.format = PixelFormat::kBGR;
  view.width = mat.cols;
  view.height = mat.rows;
  view.data[0] = mat.ptr();
  view.stride[0] = static_cast<std::ptrdiff_t>(mat.step[0]);
  return view;
}

struct Difference {
  double mean = 0, max = 0;
};

Difference Compare(const std::vector<float>& ours, const cv::Mat& blob) {
  Difference d;
  const float* theirs = blob.ptr<float>();
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double difference = std::abs(ours[i] - theirs[i]);
    d.mean += difference / static_cast<double>(ours.size());
    d.max = std::max(d.max, difference);
  }
  return d;
}

TEST(FillTensor, EqualsOpenCvOnALetterboxedPicture) {
  const cv::Mat picture = Picture(769, 577);
  InputSettings settings;
  settings.keep_aspect_ratio = true;
  settings.pad_value = 114;
  std::vector<float> out(3 * 416 * 416);
  Placement placement;
  const Status status = FillTensor(ViewOfBgr(picture), {0, 0, 769, 577}, settings,
                                   Tensor({1, 3, 416, 416}), out.data(), &placement);
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(312, placement.fill_height);
  // In float, where OpenCV does not round in between.
  cv::Mat exact, canvas(416, 416, CV_32FC3, cv::Scalar::all(114));
  picture.convertTo(exact, CV_32F);
  cv::Mat fill = canvas(cv::Rect(0, 0, placement.fill_width, placement.fill_height));
  cv::resize(exact, fill, fill.size(), 0, 0, cv::INTER_LINEAR);
  const Difference from_float = Compare(out, cv::dnn::blobFromImage(canvas));
  EXPECT_LT(from_float.mean, 1e-3);
  EXPECT_LT(from_float.max, 1e-2);
  // In bytes, as networks' own example programs do it.
  cv::Mat bytes(416, 416, CV_8UC3, cv::Scalar::all(114));
  fill = bytes(cv::Rect(0, 0, placement.fill_width, placement.fill_height));
  cv::resize(picture, fill, fill.size(), 0, 0, cv::INTER_LINEAR);
  const Difference from_bytes = Compare(out, cv::dnn::blobFromImage(bytes));
  EXPECT_LT(from_bytes.mean, 0.3);
  EXPECT_LT(from_bytes.max, 1.1);
}

TEST(FillTensor, NormalisesInTheOrderOfTheModelsChannels) {
  const cv::Mat picture = Picture(320, 240);
  InputSettings settings;
  settings.color_order = ColorOrder::kRGB;
  settings.scale = {1 / 255.0f, 1 / 255.0f, 1 / 255.0f};
  settings.mean = {0.485f, 0.456f, 0.406f};
  settings.std = {0.229f, 0.224f, 0.225f};
  std::vector<float> out(3 * 224 * 224);
  Placement placement;
  ASSERT_TRUE(FillTensor(ViewOfBgr(picture), {0, 0, 320, 240}, settings, Tensor({1, 3, 224, 224}),
                         out.data(), &placement)
                  .ok());
  cv::Mat exact, rgb;
  picture.convertTo(exact, CV_32F, 1 / 255.0);
  cv::resize(exact, exact, cv::Size(224, 224), 0, 0, cv::INTER_LINEAR);
  cv::cvtColor(exact, rgb, cv::COLOR_BGR2RGB);
  cv::subtract(rgb, cv::Scalar(0.485, 0.456, 0.406), rgb);
  cv::divide(rgb, cv::Scalar(0.229, 0.224, 0.225), rgb);
  EXPECT_LT(Compare(out, cv::dnn::blobFromImage(rgb)).max, 1e-3);
}

TEST(FillTensor, CutsTheRegionOut) {
  const cv::Mat picture = Picture(200, 100);
  std::vector<float> whole(3 * 40 * 30), alone(3 * 40 * 30);
  Placement placement;
  // Pixel for pixel, so that none beyond the region counts.
  ASSERT_TRUE(FillTensor(ViewOfBgr(picture), {50, 20, 40, 30}, {}, Tensor({1, 3, 30, 40}),
                         whole.data(), &placement)
                  .ok());
  const cv::Mat cut = picture(cv::Rect(50, 20, 40, 30)).clone();
  ASSERT_TRUE(FillTensor(ViewOfBgr(cut), {0, 0, 40, 30}, {}, Tensor({1, 3, 30, 40}), alone.data(),
                         &placement)
                  .ok());
  EXPECT_EQ(alone, whole);
}

TEST(FillTensor, LeavesThePlacementThatTheBoxesGoBackBy) {
  const cv::Mat picture = Picture(200, 100);
  std::vector<float> out(3 * 64 * 64);
  InputSettings settings;
  settings.keep_aspect_ratio = true;
  settings.align = Align::kCenter;
  Placement placement;
  ASSERT_TRUE(FillTensor(ViewOfBgr(picture), {20, 10, 100, 50}, settings, Tensor({1, 3, 64, 64}),
                         out.data(), &placement)
                  .ok());
  const Rect back = placement.ToFrame({0, 16, 64, 32});
  EXPECT_FLOAT_EQ(20, back.x);
  EXPECT_FLOAT_EQ(10, back.y);
  EXPECT_FLOAT_EQ(100, back.w);
  EXPECT_FLOAT_EQ(50, back.h);
}

TEST(FillTensor, MakesGreyForOneChannel) {
  cv::Mat picture(4, 4, CV_8UC3, cv::Scalar(10, 20, 30));
  std::vector<float> out(16);
  Placement placement;
  ASSERT_TRUE(
      FillTensor(ViewOfBgr(picture), {0, 0, 4, 4}, {}, Tensor({1, 1, 4, 4}), out.data(), &placement)
          .ok());
  EXPECT_NEAR(0.299 * 30 + 0.587 * 20 + 0.114 * 10, out[5], 1e-4);
}

struct LayoutCase {
  std::vector<std::int64_t> shape;
  Layout known, expected;
  int width, height, channels;
};

TEST(ImageInput, FindsTheChannels) {
  const LayoutCase cases[] = {
      {{1, 3, 20, 30}, Layout::kAny, Layout::kNCHW, 30, 20, 3},
      {{1, 20, 30, 3}, Layout::kAny, Layout::kNHWC, 30, 20, 3},
      {{1, 1, 20, 30}, Layout::kAny, Layout::kNCHW, 30, 20, 1},
      {{1, 3, 20, 3}, Layout::kAny, Layout::kNCHW, 3, 20, 3},
      {{1, 3, 20, 3}, Layout::kNHWC, Layout::kNHWC, 20, 3, 3},
  };
  for (const LayoutCase& c : cases) {
    const auto image = ImageInputOf(Tensor(c.shape, DataType::kUint8, c.known));
    ASSERT_TRUE(image.ok()) << image.status().ToString();
    EXPECT_EQ(c.expected, image.value().layout);
    EXPECT_EQ(c.width, image.value().width);
    EXPECT_EQ(c.height, image.value().height);
    EXPECT_EQ(c.channels, image.value().channels);
  }
}

TEST(ImageInput, RefusesWhatIsNoPictureAndShowsIt) {
  const TensorInfo bad[] = {Tensor({1, 10}),
                            Tensor({1, 20, 30, 4}),
                            Tensor({2, 3, 20, 30}),
                            Tensor({1, 3, 0, 30}),
                            Tensor({1, 3, 20, 30}, DataType::kInt64),
                            Tensor({})};
  for (const TensorInfo& tensor : bad) {
    const auto image = ImageInputOf(tensor);
    ASSERT_FALSE(image.ok()) << tensor.ToString();
    EXPECT_NE(std::string::npos, image.status().message().find(tensor.ToString()))
        << image.status().message();
  }
}

TEST(FillTensor, RefusesWhatDoesNotFitAndShowsTheTensor) {
  const cv::Mat picture = Picture(16, 16);
  std::vector<float> out(3 * 8 * 8);
  const TensorInfo tensor = Tensor({1, 3, 8, 8});
  const auto fill = [&](const Rect& region, const InputSettings& settings) {
    Placement placement;
    return FillTensor(ViewOfBgr(picture), region, settings, tensor, out.data(), &placement);
  };
  InputSettings gray, pad;
  gray.color_order = ColorOrder::kGray;
  pad.pad_value = -1;
  for (const Status& status :
       {fill({0, 0, 0, 16}, {}), fill({0, 0, NAN, 16}, {}), fill({NAN, 0, 16, 16}, {}),
        fill({0, 0, 16, 16}, gray), fill({0, 0, 16, 16}, pad)}) {
    EXPECT_EQ(Code::kInvalidArgument, status.code());
    EXPECT_NE(std::string::npos, status.message().find("images f32[1,3,8,8]")) << status.message();
  }
}

}  // namespace
}  // namespace infer_server::video
