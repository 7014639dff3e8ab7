// SPDX-License-Identifier: Apache-2.0
// VPC's pixels, against the plainest code in float64 and against OpenCV.
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <thread>

#include "tests/devices/acl/dvpp_test.h"

namespace acl_test {
namespace {

struct Box {
  uint32_t left, top, width, height;
};

// The value of a component of the input where output sample (x, y), of an output part of `to`
// pixels with a sample each div pixels, falls.
double SampleAt(const Pic& from, const Box& crop, int component, double to_width, double to_height,
                int x, int y, int div_x, int div_y, bool nearest) {
  const Spot& spot = from.format.spot[component];
  const auto axis = [&](double from_size, int from_div, double to_size, int to_div, int i, int* low,
                        int* high, double* weight) {
    const double step = (from_size / from_div) / (to_size / to_div);
    const int last = (static_cast<int>(from_size) + from_div - 1) / from_div - 1;
    double at = (i + 0.5) * step - 0.5;
    if (nearest) {
      at = static_cast<int>(from_size) * to_div * i / (static_cast<int>(to_size) * from_div);
    }
    at = std::clamp(at, 0.0, static_cast<double>(last));
    *low = static_cast<int>(at);
    *high = std::min(*low + 1, last);
    *weight = at - *low;
  };
  int x0, x1, y0, y1;
  double wx, wy;
  axis(crop.width, spot.div_x, to_width, div_x, x, &x0, &x1, &wx);
  axis(crop.height, spot.div_y, to_height, div_y, y, &y0, &y1, &wy);
  const auto value = [&](int sx, int sy) -> double {
    return *from.At(component, crop.left + static_cast<uint32_t>(sx * spot.div_x),
                    crop.top + static_cast<uint32_t>(sy * spot.div_y));
  };
  const double upper = value(x0, y0) * (1 - wx) + value(x1, y0) * wx;
  const double lower = value(x0, y1) * (1 - wx) + value(x1, y1) * wx;
  return upper * (1 - wy) + lower * wy;
}

// ITU-R: red and blue weights by acldvppCscMatrix / 2.
constexpr double kWeights[3][2] = {{0.299, 0.114}, {0.2126, 0.0722}, {0.2627, 0.0593}};

double Mixed(const double* in, int component, bool to_rgb, uint32_t csc) {
  const double kr = kWeights[csc / 2][0], kb = kWeights[csc / 2][1], kg = 1 - kr - kb;
  const bool narrow = csc % 2 == 1;
  const double luma = narrow ? 219 : 255, chroma = narrow ? 224 : 255, black = narrow ? 16 : 0;
  if (to_rgb) {
    const double y = (in[0] - black) / luma, u = (in[1] - 128) / chroma, v = (in[2] - 128) / chroma;
    const double r = y + 2 * (1 - kr) * v, b = y + 2 * (1 - kb) * u;
    const double g = (y - kr * r - kb * b) / kg;
    return 255 * (component == 0 ? r : component == 1 ? g : b);
  }
  const double r = in[0] / 255, g = in[1] / 255, b = in[2] / 255;
  const double y = kr * r + kg * g + kb * b;
  if (component == 0) return y * luma + black;
  return (component == 1 ? (b - y) / (1 - kb) : (r - y) / (1 - kr)) / 2 * chroma + 128;
}

double Expected(const Pic& from, const Box& crop, const Format& to, int component, double width,
                double height, int x, int y, bool nearest, uint32_t csc) {
  const Spot& spot = to.spot[component];
  const auto sample = [&](int c) -> double {
    if (c == 3 && from.format.components < 4) return 255;
    if (c < 3 && c >= from.format.components) return 128;
    return SampleAt(from, crop, c, width, height, x, y, spot.div_x, spot.div_y, nearest);
  };
  if (component == 3 || from.format.rgb == to.rgb) return sample(component);
  const double in[3] = {sample(0), sample(1), sample(2)};
  return Mixed(in, component, to.rgb, csc);
}

// Compares the part `paste` of `to`; other bytes must be as in `before`.
void Compare(const Pic& from, const Box& crop, const Pic& to, const Box& paste,
             const std::vector<uint8_t>& before, bool nearest, uint32_t csc) {
  std::vector<bool> written(to.size, false);
  double worst = 0;
  for (int c = 0; c < to.format.components; ++c) {
    const Spot& spot = to.format.spot[c];
    for (uint32_t y = 0; y < paste.height / spot.div_y; ++y)
      for (uint32_t x = 0; x < paste.width / spot.div_x; ++x) {
        const uint8_t* const at = to.At(c, paste.left + x * spot.div_x, paste.top + y * spot.div_y);
        const double want =
            std::clamp(Expected(from, crop, to.format, c, paste.width, paste.height,
                                static_cast<int>(x), static_cast<int>(y), nearest, csc),
                       0.0, 255.0);
        worst = std::max(worst, std::abs(*at - want));
        written[static_cast<size_t>(at - to.bytes())] = true;
      }
  }
  EXPECT_LT(worst, 0.502);
  size_t touched = 0;
  for (size_t i = 0; i < to.size; ++i) touched += !written[i] && to.bytes()[i] != before[i];
  EXPECT_EQ(touched, 0u) << "bytes outside the area";
}

using Vpc = Dvpp;

// Every pair of formats, random sizes, strides, regions, filters and matrices.
TEST_F(Vpc, EveryPairOfFormatsAsTheReference) {
  std::mt19937 random(1);
  const auto even = [&](uint32_t low, uint32_t high) {
    return static_cast<uint32_t>((low + random() % (high - low + 1)) / 2 * 2);
  };
  for (const Format& in : Formats())
    for (const Format& out : Formats()) {
      const uint32_t csc = random() % 6;
      ASSERT_EQ(acldvppSetChannelDescParam(channel_, ACL_DVPP_CSC_MATRIX_UINT32, 4, &csc),
                ACL_SUCCESS);
      const bool nearest = random() % 4 == 0;
      ASSERT_EQ(acldvppSetResizeConfigInterpolation(resize_, nearest ? 2 : random() % 2),
                ACL_SUCCESS);
      Pic from(in.id, even(12, 90), even(6, 60), random() % 7 * 2, random() % 3 * 2);
      Pic to(out.id, even(12, 90), even(6, 60), random() % 7 * 2, random() % 3 * 2);
      from.FillRandom(&random);
      to.FillRandom(&random);
      const std::vector<uint8_t> before(to.bytes(), to.bytes() + to.size);
      const auto part = [&](const Pic& pic) {
        Box box{even(0, pic.width - 10), even(0, pic.height - 6), 0, 0};
        box.width = even(10, pic.width - box.left);
        box.height = even(6, pic.height - box.top);
        return box;
      };
      const Box crop = part(from), paste = part(to);
      SCOPED_TRACE(testing::Message()
                   << "format " << in.id << " to " << out.id << ", " << crop.width << " x "
                   << crop.height << " to " << paste.width << " x " << paste.height
                   << (nearest ? ", nearest" : "") << ", matrix " << csc);
      Region crop_area(crop.left, crop.top, crop.width, crop.height);
      Region paste_area(paste.left, paste.top, paste.width, paste.height);
      ASSERT_EQ(Done(acldvppVpcCropResizePasteAsync(channel_, from.pic, to.pic, crop_area.roi,
                                                    paste_area.roi, resize_, stream_)),
                ACL_SUCCESS)
          << Recent();
      EXPECT_EQ(to.ret_code(), 0u);
      Compare(from, crop, to, paste, before, nearest, csc);
    }
}

// Resize alone, and the limits of the ratio.
TEST_F(Vpc, ResizesFrom16TimesLargerTo32TimesSmaller) {
  std::mt19937 random(2);
  const uint32_t sizes[][4] = {
      {12, 6, 192, 96}, {384, 192, 12, 6}, {12, 192, 192, 6}, {64, 64, 64, 64}};
  for (const auto& s : sizes) {
    Pic from(PIXEL_FORMAT_YUV_SEMIPLANAR_420, s[0], s[1], 4, 2);
    Pic to(PIXEL_FORMAT_YUV_SEMIPLANAR_420, s[2], s[3], 2, 4);
    from.FillRandom(&random);
    const std::vector<uint8_t> before(to.bytes(), to.bytes() + to.size);
    ASSERT_EQ(Done(acldvppVpcResizeAsync(channel_, from.pic, to.pic, resize_, stream_)),
              ACL_SUCCESS);
    Compare(from, {0, 0, s[0], s[1]}, to, {0, 0, s[2], s[3]}, before, false, 0);
  }
}

// Within one level of what the documentation compares it with.
TEST_F(Vpc, ResizesAsOpenCvDoes) {
  std::mt19937 random(3);
  for (const acldvppPixelFormat id : {PIXEL_FORMAT_RGB_888, PIXEL_FORMAT_YUV_400}) {
    Pic from(id, 321, 243), to(id, 200, 300);
    from.FillRandom(&random);
    ASSERT_EQ(Done(acldvppVpcResizeAsync(channel_, from.pic, to.pic, resize_, stream_)),
              ACL_SUCCESS);
    const int type = id == PIXEL_FORMAT_RGB_888 ? CV_8UC3 : CV_8UC1;
    const cv::Mat source(243, 321, type, from.bytes(), from.stride);
    const cv::Mat made(300, 200, type, to.bytes(), to.stride);
    cv::Mat wanted;
    cv::resize(source, wanted, made.size(), 0, 0, cv::INTER_LINEAR);
    EXPECT_LE(cv::norm(made, wanted, cv::NORM_INF), 1);

    ASSERT_EQ(acldvppSetResizeConfigInterpolation(resize_, 2), ACL_SUCCESS);
    ASSERT_EQ(Done(acldvppVpcResizeAsync(channel_, from.pic, to.pic, resize_, stream_)),
              ACL_SUCCESS);
    cv::resize(source, wanted, made.size(), 0, 0, cv::INTER_NEAREST);
    EXPECT_EQ(cv::norm(made, wanted, cv::NORM_INF), 0);
    ASSERT_EQ(acldvppSetResizeConfigInterpolation(resize_, 0), ACL_SUCCESS);
  }
}

TEST_F(Vpc, CropOfTheSameSizeIsACopy) {
  std::mt19937 random(4);
  for (const Format& format : Formats()) {
    Pic from(format.id, 64, 32), to(format.id, 20, 10);
    from.FillRandom(&random);
    Region area(6, 8, 20, 10);
    ASSERT_EQ(Done(acldvppVpcCropAsync(channel_, from.pic, to.pic, area.roi, stream_)),
              ACL_SUCCESS);
    for (int c = 0; c < format.components; ++c)
      for (uint32_t y = 0; y < 10; ++y)
        for (uint32_t x = 0; x < 20; ++x) ASSERT_EQ(*to.At(c, x, y), *from.At(c, 6 + x, 8 + y));
  }
}

TEST_F(Vpc, ManyRegionsInOneCall) {
  std::mt19937 random(5);
  const auto pick = [&](uint32_t least, uint32_t count) {
    return static_cast<uint32_t>(least + random() % count * 2);
  };
  constexpr uint32_t kCounts[] = {0, 100, 1, 155};
  constexpr uint32_t kRegions = 256;
  acldvppBatchPicDesc* const inputs = acldvppCreateBatchPicDesc(4);
  acldvppBatchPicDesc* const outputs = acldvppCreateBatchPicDesc(kRegions);
  {
    std::vector<std::unique_ptr<Pic>> from, to;
    for (uint32_t i = 0; i < 4; ++i) {
      from.push_back(std::make_unique<Pic>(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 128, 96, 0, 0,
                                           acldvppGetPicDesc(inputs, i)));
      from.back()->FillRandom(&random);
    }
    std::vector<std::unique_ptr<Region>> regions;
    std::vector<acldvppRoiConfig*> crops;
    std::vector<Box> boxes;
    std::vector<uint32_t> owner;
    for (uint32_t i = 0; i < 4; ++i)
      for (uint32_t k = 0; k < kCounts[i]; ++k) {
        boxes.push_back({pick(0, 40), pick(0, 30), pick(10, 19), pick(6, 15)});
        const Box& b = boxes.back();
        regions.push_back(std::make_unique<Region>(b.left, b.top, b.width, b.height));
        crops.push_back(regions.back()->roi);
        owner.push_back(i);
        to.push_back(std::make_unique<Pic>(
            k % 2 == 0 ? PIXEL_FORMAT_YUV_SEMIPLANAR_420 : PIXEL_FORMAT_BGR_888, 32, 32, 0, 0,
            acldvppGetPicDesc(outputs, static_cast<uint32_t>(to.size()))));
      }
    uint32_t counts[4];
    std::copy_n(kCounts, 4, counts);
    ASSERT_EQ(Done(acldvppVpcBatchCropResizeAsync(channel_, inputs, counts, 4, outputs,
                                                  crops.data(), resize_, stream_)),
              ACL_SUCCESS)
        << Recent();
    for (size_t i = 0; i < kRegions; ++i) {
      EXPECT_EQ(to[i]->ret_code(), 0u);
      Compare(*from[owner[i]], boxes[i], *to[i], {0, 0, 32, 32},
              std::vector<uint8_t>(to[i]->bytes(), to[i]->bytes() + to[i]->size), false, 0);
    }
    counts[1] = 99;
    EXPECT_EQ(acldvppVpcBatchCropResizeAsync(channel_, inputs, counts, 4, outputs, crops.data(),
                                             resize_, stream_),
              ACL_ERROR_INVALID_PARAM);
    EXPECT_NE(Recent().find("sum up to 255"), std::string::npos);
    crops[200] = nullptr;
    EXPECT_EQ(acldvppVpcBatchCropAsync(channel_, inputs, counts, 3, outputs, crops.data(), stream_),
              ACL_ERROR_INVALID_PARAM);
  }
  EXPECT_EQ(acldvppDestroyBatchPicDesc(inputs), ACL_SUCCESS);
  EXPECT_EQ(acldvppDestroyBatchPicDesc(outputs), ACL_SUCCESS);
  EXPECT_EQ(acldvppCreateBatchPicDesc(257), nullptr);
}

TEST_F(Vpc, ConvertsColourOfTheSameSizeOnly) {
  Pic yuv(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 64, 48), rgb(PIXEL_FORMAT_RGB_888, 64, 48);
  Pic back(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 64, 48), small(PIXEL_FORMAT_RGB_888, 32, 24);
  for (uint32_t y = 0; y < 48; ++y)  // Colours that exist in both.
    for (uint32_t x = 0; x < 64; ++x) {
      *yuv.At(0, x, y) = static_cast<uint8_t>(100 + x / 2);
      *yuv.At(1, x, y) = static_cast<uint8_t>(118 + x / 4);
      *yuv.At(2, x, y) = static_cast<uint8_t>(120 + y / 4);
    }
  ASSERT_EQ(Done(acldvppVpcConvertColorAsync(channel_, yuv.pic, rgb.pic, stream_)), ACL_SUCCESS);
  ASSERT_EQ(Done(acldvppVpcConvertColorAsync(channel_, rgb.pic, back.pic, stream_)), ACL_SUCCESS);
  for (int c = 0; c < 3; ++c)
    for (uint32_t y = 0; y < 48; ++y)
      for (uint32_t x = 0; x < 64; ++x) ASSERT_NEAR(*back.At(c, x, y), *yuv.At(c, x, y), 1);
  EXPECT_EQ(acldvppVpcConvertColorAsync(channel_, yuv.pic, small.pic, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("must be 64 x 48"), std::string::npos);
  EXPECT_EQ(acldvppVpcConvertColorAsync(channel_, yuv.pic, back.pic, stream_),
            ACL_ERROR_INVALID_PARAM);
}

TEST_F(Vpc, BordersAsOpenCvMakesThem) {
  std::mt19937 random(6);
  acldvppBorderConfig* const border = acldvppCreateBorderConfig();
  acldvppSetBorderConfigLeft(border, 6);
  acldvppSetBorderConfigRight(border, 14);
  acldvppSetBorderConfigTop(border, 8);
  acldvppSetBorderConfigBottom(border, 2);
  for (uint32_t c = 0; c < 4; ++c) acldvppSetBorderConfigValue(border, c, 20.0 * c + 7);
  constexpr int kOpenCv[] = {cv::BORDER_CONSTANT, cv::BORDER_REPLICATE, cv::BORDER_REFLECT,
                             cv::BORDER_REFLECT_101};
  for (const acldvppPixelFormat id : {PIXEL_FORMAT_RGB_888, PIXEL_FORMAT_YUV_400,
                                      PIXEL_FORMAT_RGBA_8888, PIXEL_FORMAT_YUV_SEMIPLANAR_420}) {
    for (int type = 0; type < 4; ++type) {
      acldvppSetBorderConfigBorderType(border, static_cast<acldvppBorderType>(type));
      Pic from(id, 16, 10, 3, 2), to(id, 36, 20, 1, 4);
      from.FillRandom(&random);
      ASSERT_EQ(Done(acldvppVpcMakeBorderAsync(channel_, from.pic, to.pic, border, stream_)),
                ACL_SUCCESS)
          << Recent();
      const int channels = id == PIXEL_FORMAT_YUV_SEMIPLANAR_420 ? 1 : from.format.components;
      const cv::Mat source(10, 16, CV_8UC(channels), from.bytes(), from.stride);
      cv::Mat wanted;
      cv::copyMakeBorder(source, wanted, 8, 2, 6, 14, kOpenCv[type], cv::Scalar(7, 27, 47, 67));
      const cv::Mat made(20, 36, CV_8UC(channels), to.bytes(), to.stride);
      EXPECT_EQ(cv::norm(made, wanted, cv::NORM_INF), 0) << "format " << id << " type " << type;
      if (id != PIXEL_FORMAT_YUV_SEMIPLANAR_420) continue;
      const cv::Mat chroma(5, 8, CV_8UC2, from.At(1, 0, 0), from.stride);
      cv::copyMakeBorder(chroma, wanted, 4, 1, 3, 7, kOpenCv[type], cv::Scalar(27, 47));
      const cv::Mat made_chroma(10, 18, CV_8UC2, to.At(1, 0, 0), to.stride);
      EXPECT_EQ(cv::norm(made_chroma, wanted, cv::NORM_INF), 0) << "chroma, type " << type;
    }
  }
  Pic from(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 16, 10), to(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 36, 20);
  acldvppSetBorderConfigLeft(border, 7);
  acldvppSetBorderConfigRight(border, 13);
  EXPECT_EQ(acldvppVpcMakeBorderAsync(channel_, from.pic, to.pic, border, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("multiples of 2"), std::string::npos);
  acldvppSetBorderConfigLeft(border, 8);
  EXPECT_EQ(acldvppVpcMakeBorderAsync(channel_, from.pic, to.pic, border, stream_),
            ACL_ERROR_INVALID_PARAM);
  acldvppSetBorderConfigLeft(border, 0xFFFFFFF8);
  EXPECT_EQ(acldvppVpcMakeBorderAsync(channel_, from.pic, to.pic, border, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppDestroyBorderConfig(border), ACL_SUCCESS);
}

// For thread sanitizers: two streams, one channel, shared inputs.
TEST_F(Vpc, TwoStreamsAtOnce) {
  Pic from(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 64, 48);
  from.FillSmooth();
  aclrtContext context = nullptr;
  ASSERT_EQ(aclrtGetCurrentContext(&context), ACL_SUCCESS);
  const auto work = [&] {
    ASSERT_EQ(aclrtSetCurrentContext(context), ACL_SUCCESS);
    aclrtStream stream = nullptr;
    ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
    {
      Pic rgb(PIXEL_FORMAT_RGB_888, 48, 40), small(PIXEL_FORMAT_BGR_888, 24, 20);
      for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(acldvppVpcResizeAsync(channel_, from.pic, rgb.pic, resize_, stream), ACL_SUCCESS);
        ASSERT_EQ(acldvppVpcResizeAsync(channel_, rgb.pic, small.pic, resize_, stream),
                  ACL_SUCCESS);
      }
      EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
      EXPECT_EQ(small.ret_code(), 0u);
    }
    EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
  };
  std::thread one(work), two(work);
  one.join();
  two.join();
}

}  // namespace
}  // namespace acl_test
