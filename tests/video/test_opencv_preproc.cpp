// SPDX-License-Identifier: Apache-2.0
// The process_functions of opencv_frame.h against the plain definition of the kernel, and against
// OpenCV itself.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <string>

#include "tests/alloc_counter.h"
#include "tests/devices/reference_to_tensor.h"
#include "tests/video/contrib_pictures.h"
#include "tests/video/host_tensor.h"
#include "video/host_picture.h"

namespace infer_server::video {
namespace {

struct Options {
  PixelFmt dst = PixelFmt::RGBA;
  std::vector<float> mean, std;
  bool normalize = false, keep_aspect_ratio = false;
  int pad_value = 0;
  bool transpose = false;

  PreprocessorHost::ProcessFunction Function() const {
    return OpencvPreproc::GetFunction(dst, mean, std, normalize, keep_aspect_ratio, pad_value,
                                      transpose);
  }
};

// The definition in plain code: which value belongs at column x, row y of the model's picture.
double Expected(const devices::ImageView& view, const Rect& region, const Options& o, DataType type,
                int channel, int x, int y) {
  int width = kWidth, height = kHeight;
  if (o.transpose) std::swap(width, height), std::swap(x, y);
  devices::ToTensorParams p;
  p.crop_x = region.x, p.crop_y = region.y;
  p.crop_width = region.w, p.crop_height = region.h;
  p.width = p.fill_width = width;
  p.height = p.fill_height = height;
  if (o.keep_aspect_ratio) {
    const double ratio = std::min(width / p.crop_width, height / p.crop_height);
    p.fill_width = std::max(1, static_cast<int>(std::floor(p.crop_width * ratio + 1e-6)));
    p.fill_height = std::max(1, static_cast<int>(std::floor(p.crop_height * ratio + 1e-6)));
    while ((width - p.fill_width) % 2 != 0) ++p.fill_width;
    while ((height - p.fill_height) % 2 != 0) ++p.fill_height;
    p.fill_x = (width - p.fill_width) / 2;
    p.fill_y = (height - p.fill_height) / 2;
  }
  p.pad_value = static_cast<float>(o.pad_value);
  const bool bgr = o.dst == PixelFmt::BGR24 || o.dst == PixelFmt::BGRA;
  p.color_order = bgr ? devices::ColorOrder::kBGR : devices::ColorOrder::kRGB;
  double value = channel == 3 ? 255 : devices::reference::ElementAt(view, p, channel, x, y);
  if (type == DataType::UINT8) return std::floor(value + 0.5);
  const auto at = [channel](const std::vector<float>& list, double none) {
    if (list.empty()) return none;
    return static_cast<double>(list[list.size() == 1 ? 0 : static_cast<std::size_t>(channel)]);
  };
  if (o.normalize || (o.mean.empty() && o.std.empty())) value /= 255;
  return (value - at(o.mean, 0)) / at(o.std, 1);
}

// The largest distance of `io` from that.
double Miss(const ModelIO& io, const devices::ImageView& view, const Rect& region,
            const Options& o) {
  const bool planar = io.layouts[0].order == DimOrder::NCHW;
  const auto channels = static_cast<int>(io.shapes[0][planar ? 1 : 3]);
  double worst = 0;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      for (int c = 0; c < channels; ++c) {
        const double expected = Expected(view, region, o, io.layouts[0].dtype, c, x, y);
        double miss = std::abs(ElementOf(io, c, x, y) - expected);
        if (c == 3 && io.layouts[0].dtype == DataType::UINT8) miss *= 2;  // Alpha is exact.
        worst = std::max(worst, miss);
      }
  return worst;
}

int ChannelsOf(PixelFmt format) {
  return format == PixelFmt::RGB24 || format == PixelFmt::BGR24 ? 3 : 4;
}

double Allowed(DataType type) {
  if (type == DataType::UINT8) return 1;  // Where the value lies between two levels.
  return type == DataType::FLOAT16 ? 2e-3 : 1e-5;
}

TEST(OpencvPreproc, AgreesWithTheDefinitionInEveryCombination) {
  const ModelPtr model = Model();
  int count = 0;
  for (const PixelFmt src : kAllFormats)
    for (const PixelFmt dst : {PixelFmt::RGB24, PixelFmt::BGR24, PixelFmt::RGBA, PixelFmt::BGRA})
      for (const DataLayout& layout : kLayouts)
        for (const int bits : {0, 1, 2, 3, 4, 5, 6, 7}) {
          const bool odd = (bits & 4) != 0;
          ++count;
          const Picture picture(src, odd ? 37 : 38, odd ? 25 : 26, static_cast<unsigned>(count));
          Options o;
          o.dst = dst;
          o.keep_aspect_ratio = (bits & 1) != 0;
          o.transpose = (bits & 2) != 0;
          o.pad_value = 114;
          o.normalize = layout.dtype != DataType::UINT8;
          if (o.normalize && bits % 4 != 0) o.mean = {0.25f};
          if (o.normalize && bits % 4 != 1) {
            o.std = {0.5f, 0.75f, 1.25f, 2};
            o.std.resize(static_cast<std::size_t>(ChannelsOf(dst)));
          }
          SCOPED_TRACE(PixelFmtStr(src) + " to " + PixelFmtStr(dst) + ", type " +
                       std::to_string(static_cast<int>(layout.dtype)) + ", case " +
                       std::to_string(bits));
          ModelIO io = HostTensor(ChannelsOf(dst), layout);
          const Rect whole{0, 0, static_cast<float>(picture.width),
                           static_cast<float>(picture.height)};
          ASSERT_TRUE(Call(o.Function(), picture.Frame(odd ? 3 : 0), model, &io))
              << TakeExplanation();
          EXPECT_LE(Miss(io, picture.View(), whole, o), Allowed(layout.dtype));
          if (GetPlaneNum(src) > 1 && odd) continue;  // No cv::Mat of that.
          ModelIO same = HostTensor(ChannelsOf(dst), layout);
          ASSERT_TRUE(Call(o.Function(), picture.Mat(count % 3), model, &same))
              << TakeExplanation();
          EXPECT_EQ(0, std::memcmp(io.buffers[0].Data(), same.buffers[0].Data(),
                                   io.buffers[0].MemorySize()));
        }
}

TEST(OpencvPreproc, ReadsYuvMatsOfOddHeightAndWithGaps) {
  for (const PixelFmt src : {PixelFmt::I420, PixelFmt::NV12, PixelFmt::NV21})
    for (const int height : {1, 2, 5, 25})
      for (const int gap : {0, 3, 4}) {
        SCOPED_TRACE(PixelFmtStr(src) + " of height " + std::to_string(height));
        const Picture picture(src, 18, height);
        Options o;
        o.dst = PixelFmt::BGR24;
        ModelIO io = HostTensor(3, kLayouts[0]);
        OpencvFrame frame = picture.Mat();
        if (gap > 0) {
          cv::Mat around(frame.img.rows, frame.img.cols + gap, CV_8UC1, cv::Scalar(9));
          frame.img.copyTo(around.colRange(0, frame.img.cols));
          frame.img = around.colRange(0, frame.img.cols);
        }
        ASSERT_TRUE(Call(o.Function(), frame, Model(), &io)) << TakeExplanation();
        EXPECT_LE(Miss(io, picture.View(), {0, 0, 18, static_cast<float>(height)}, o), 1);
      }
}

TEST(OpencvPreproc, CutsOutTheRoiAndWhatOfItIsInThePicture) {
  struct Row {
    BoundingBox roi;
    Rect region;  // In a picture of 40 × 20.
  };
  for (const PixelFmt src : kAllFormats)
    for (const Row& row :
         {Row{{0.25f, 0.5f, 0.5f, 0.25f}, {10, 10, 20, 5}},
          Row{{0.1f, 0.1f, 0.0625f, 0.125f}, {4, 2, 2.5f, 2.5f}},
          Row{{-0.5f, 0.25f, 0.75f, 1}, {0, 5, 10, 15}}, Row{{0.75f, 0.5f, 1, 1}, {30, 10, 10, 10}},
          Row{{2, 0, 0.5f, 0.5f}, {0, 0, 40, 20}}}) {
      const Picture picture(src, 40, 20);
      for (const bool keep : {false, true}) {
        SCOPED_TRACE(PixelFmtStr(src) + " from " + std::to_string(row.roi.x));
        Options o;
        o.dst = PixelFmt::RGB24;
        o.keep_aspect_ratio = keep;
        OpencvFrame mat = picture.Mat();
        VideoFrame frame = picture.Frame();
        mat.roi = frame.roi = row.roi;
        ModelIO io = HostTensor(3, kLayouts[0]), same = HostTensor(3, kLayouts[0]);
        ASSERT_TRUE(Call(o.Function(), mat, Model(), &io)) << TakeExplanation();
        ASSERT_TRUE(Call(o.Function(), frame, Model(), &same)) << TakeExplanation();
        EXPECT_LE(Miss(io, picture.View(), row.region, o), 1);
        EXPECT_EQ(0, std::memcmp(io.buffers[0].Data(), same.buffers[0].Data(),
                                 io.buffers[0].MemorySize()));
      }
    }
}

TEST(OpencvPreproc, PadsBothSidesAlike) {
  struct Row {
    int width, height, to_width, to_height, left, top;
  };
  // Of 640 × 360 in 416 × 416: 234 rows, 91 above and below. Of 100 × 99 in 10 × 10: 9 rows are 10.
  for (const Row& row :
       {Row{640, 360, 416, 416, 0, 91}, Row{100, 99, 10, 10, 0, 0}, Row{99, 100, 10, 10, 0, 0},
        Row{50, 100, 9, 10, 2, 0}, Row{30, 10, 9, 8, 0, 2}, Row{500, 1, 8, 8, 0, 3}}) {
    const Placement place =
        PlaceEvenly({0, 0, static_cast<float>(row.width), static_cast<float>(row.height)},
                    row.to_width, row.to_height, true);
    EXPECT_EQ(row.left, place.fill_x) << row.width;
    EXPECT_EQ(row.top, place.fill_y) << row.width;
    EXPECT_EQ(row.to_width, place.fill_width + 2 * place.fill_x);
    EXPECT_EQ(row.to_height, place.fill_height + 2 * place.fill_y);
  }
}

TEST(OpencvPreproc, NormalizesAsTheOriginal) {
  cv::Mat img(5, 4, CV_8UC3, cv::Scalar(51, 102, 204));  // B, G, R.
  struct Row {
    std::vector<float> mean, std;
    bool normalize;
    std::vector<float> rgb;
  };
  for (const Row& row :
       {Row{{}, {}, false, {0.8f, 0.4f, 0.2f}}, Row{{}, {}, true, {0.8f, 0.4f, 0.2f}},
        Row{{4}, {}, false, {200, 98, 47}}, Row{{}, {2}, false, {102, 51, 25.5f}},
        Row{{204, 2, 1}, {1, 100, 0.5f}, false, {0, 1, 100}},
        Row{{0.3f, 0.4f, 0.1f}, {0.5f}, true, {1, 0, 0.2f}}}) {
    ModelIO io = HostTensor(3, {DataType::FLOAT32, DimOrder::NCHW});
    const auto function =
        OpencvPreproc::GetFunction(PixelFmt::RGB24, row.mean, row.std, row.normalize);
    ASSERT_TRUE(Call(function, OpencvFrame{img, PixelFmt::BGR24, {}}, Model(), &io));
    for (int c = 0; c < 3; ++c)
      EXPECT_NEAR(static_cast<double>(row.rgb[static_cast<std::size_t>(c)]), ElementOf(io, c, 7, 5),
                  1e-4);
  }
}

TEST(OpencvPreproc, TakesPicturesOfFloatsWhenTold) {
  cv::Mat img(6, 8, CV_32FC3, cv::Scalar(10.4, 300, -7));
  ModelIO io = HostTensor(3, kLayouts[0]);
  const auto floats =
      OpencvPreproc::GetFunction(PixelFmt::BGR24, {}, {}, false, true, 0, false, DataType::FLOAT32);
  ASSERT_TRUE(Call(floats, OpencvFrame{img, PixelFmt::BGR24, {}}, Model(), &io));
  EXPECT_EQ(10, ElementOf(io, 0, 7, 5));
  EXPECT_EQ(255, ElementOf(io, 1, 7, 5));
  EXPECT_EQ(0, ElementOf(io, 2, 7, 5));
  EXPECT_TRUE(Call(floats, Picture(PixelFmt::NV12, 8, 8).Mat(), Model(), &io));
  EXPECT_FALSE(Call(OpencvPreproc::GetFunction(PixelFmt::BGR24),
                    OpencvFrame{img, PixelFmt::BGR24, {}}, Model(), &io));
}

// OpenCV computes in fixed point and takes the nearest chroma sample: see the tolerances.
TEST(OpencvPreproc, IsCloseToOpenCV) {
  cv::Mat noise(30, 44, CV_8UC3), bgr, resized;
  cv::randu(noise, 0, 255);
  cv::resize(noise, bgr, {88, 60}, 0, 0, cv::INTER_CUBIC);
  cv::resize(bgr, resized, {kWidth, kHeight});
  ModelIO io = HostTensor(3, kLayouts[0]);
  const auto stretch =
      OpencvPreproc::GetFunction(PixelFmt::BGR24, {}, {}, false, /*keep_aspect_ratio=*/false);
  ASSERT_TRUE(Call(stretch, OpencvFrame{bgr, PixelFmt::BGR24, {}}, Model(), &io));
  const cv::Mat ours(kHeight, kWidth, CV_8UC3, io.buffers[0].MutableData());
  EXPECT_LE(cv::norm(ours, resized, cv::NORM_INF), 1);

  cv::Mat smooth, yuv, back;
  cv::GaussianBlur(bgr, smooth, {31, 31}, 8);
  cv::cvtColor(smooth, yuv, cv::COLOR_BGR2YUV_I420);
  cv::cvtColor(yuv, back, cv::COLOR_YUV2BGR_I420);
  cv::resize(back, resized, {kWidth, kHeight});
  ASSERT_TRUE(Call(stretch, OpencvFrame{yuv, PixelFmt::I420, {}}, Model(), &io));
  EXPECT_LE(cv::norm(ours, resized, cv::NORM_INF), 5);
}

TEST(DefaultOpencvPreproc, StretchesToRgbaWithoutOptions) {
  const ModelPtr model = Model("4x10x14");
  for (const PixelFmt src : kAllFormats) {
    SCOPED_TRACE(PixelFmtStr(src));
    const Picture picture(src, 38, 26);
    ModelIO io = HostTensor(4, kLayouts[0]);
    ASSERT_TRUE(Call(DefaultOpencvPreproc::GetFunction(), picture.Mat(), model, &io));
    EXPECT_LE(Miss(io, picture.View(), {0, 0, 38, 26}, Options()), 1);
    // Floats are 0..255 too, and a model without alpha gets none.
    ModelIO floats = HostTensor(3, {DataType::FLOAT32, DimOrder::NCHW});
    Options o;
    o.std = {1};
    ASSERT_TRUE(Call(DefaultOpencvPreproc(), picture.Frame(), Model(), &floats));
    EXPECT_LE(Miss(floats, picture.View(), {0, 0, 38, 26}, o), 1e-3);
    ModelIO bgra = HostTensor(4, kLayouts[1]);
    o.dst = PixelFmt::BGRA;
    ASSERT_TRUE(Call(OpencvResizeConvertBase<PixelFmt::BGRA>::GetFunction(), picture.Frame(), model,
                     &bgra));
    EXPECT_LE(Miss(bgra, picture.View(), {0, 0, 38, 26}, o), 1);
  }
}

TEST(DefaultOpencvPreproc, TellsTheElementTypeByTheSizeWhereNoLayoutIs) {
  for (const DataType type : {DataType::UINT8, DataType::FLOAT32}) {
    ModelIO io = HostTensor(3, {type, DimOrder::NHWC});
    io.layouts.clear();
    const cv::Mat img(3, 3, CV_8UC3, cv::Scalar::all(9));
    ASSERT_TRUE(Call(DefaultOpencvPreproc(), OpencvFrame{img, PixelFmt::RGB24, {}}, Model(), &io));
    io.layouts.push_back({type, DimOrder::NHWC});
    EXPECT_EQ(9, ElementOf(io, 2, kWidth - 1, kHeight - 1));
  }
}

TEST(DefaultOpencvPreproc, IsTheSameParameterEveryTime) {
  const auto same = [](auto one, auto other) {
    BaseObject a, b;
    a.SetParams("process_function", one);
    b.SetParams("process_function", other);
    return a.ParamsEqual(b);
  };
  EXPECT_TRUE(same(DefaultOpencvPreproc::GetFunction(), DefaultOpencvPreproc::GetFunction()));
  EXPECT_TRUE(same(DefaultOpencvPreproc(), DefaultOpencvPreproc()));
  EXPECT_FALSE(same(DefaultOpencvPreproc::GetFunction(),
                    OpencvResizeConvertBase<PixelFmt::BGRA>::GetFunction()));
  EXPECT_FALSE(same(OpencvPreproc::GetFunction(PixelFmt::RGB24),
                    OpencvPreproc::GetFunction(PixelFmt::RGB24)));
}

TEST(OpencvPreproc, AllocatesNothingInSteadyState) {
  const ModelPtr model = Model("4x10x14");
  ModelIO io = HostTensor(4, kLayouts[0]);
  InferData mat, frame;
  mat.Set(Picture(PixelFmt::NV12, 64, 48).Mat());
  frame.Set(Picture(PixelFmt::BGR24, 33, 21).Frame());
  const auto letterbox = OpencvPreproc::GetFunction(PixelFmt::BGRA);
  const auto plain = DefaultOpencvPreproc::GetFunction();
  const auto all = [&] {
    return plain(&io, mat, *model) && plain(&io, frame, *model) && letterbox(&io, mat, *model);
  };
  ASSERT_TRUE(all());
  const long before = test::Allocations();
  ASSERT_TRUE(all());
  EXPECT_EQ(before, test::Allocations());
}

}  // namespace
}  // namespace infer_server::video
