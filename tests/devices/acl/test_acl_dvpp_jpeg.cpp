// SPDX-License-Identifier: Apache-2.0
// JPEG: what a file is, its size decoded, decoding to each format, encoding, and files that are
// damaged or not supported.
#include "tests/devices/acl/dvpp_test.h"
#include "tests/devices/acl/jpeg_files.h"

namespace acl_test {
namespace {

using File = std::vector<uint8_t>;

uint32_t SizeOf(const File& file) { return static_cast<uint32_t>(file.size()); }

// A decoded picture, described as the library leaves it.
class Decoded {
 public:
  explicit Decoded(acldvppPixelFormat format, uint32_t size) : desc_(acldvppCreatePicDesc()) {
    EXPECT_EQ(acldvppMalloc(&memory_, size), ACL_SUCCESS);
    std::memset(memory_, 3, size);
    acldvppSetPicDescData(desc_, memory_);
    acldvppSetPicDescSize(desc_, size);
    acldvppSetPicDescFormat(desc_, format);
    acldvppSetPicDescRetCode(desc_, 77);
  }
  Decoded(const Decoded&) = delete;
  Decoded& operator=(const Decoded&) = delete;
  ~Decoded() {
    EXPECT_EQ(acldvppFree(memory_), ACL_SUCCESS);
    EXPECT_EQ(acldvppDestroyPicDesc(desc_), ACL_SUCCESS);
  }
  acldvppPicDesc* desc() { return desc_; }
  uint32_t width() const { return acldvppGetPicDescWidth(desc_); }
  uint32_t height() const { return acldvppGetPicDescHeight(desc_); }
  uint8_t At(int component, uint32_t x, uint32_t y) const {
    const Format& format = FormatOf(acldvppGetPicDescFormat(desc_));
    const Spot& spot = format.spot[component];
    const uint32_t stride = acldvppGetPicDescWidthStride(desc_);
    const uint32_t rows = acldvppGetPicDescHeightStride(desc_);
    const auto div_x = static_cast<uint32_t>(spot.div_x), div_y = static_cast<uint32_t>(spot.div_y);
    const size_t at = size_t{spot.plane == 0 ? 0 : stride * rows} +
                      y / div_y * (spot.plane == 0 ? stride : stride * 2 / div_x) +
                      x / div_x * static_cast<uint32_t>(spot.step) +
                      static_cast<uint32_t>(spot.byte);
    return static_cast<uint8_t*>(memory_)[at];
  }

 private:
  acldvppPicDesc* const desc_;
  void* memory_ = nullptr;
};

class Jpeg : public Dvpp {
 protected:
  uint32_t Predict(const File& file, acldvppPixelFormat format) {
    uint32_t size = 0;
    EXPECT_EQ(acldvppJpegPredictDecSize(file.data(), SizeOf(file), format, &size), ACL_SUCCESS);
    return size;
  }
  aclError Decode(const File& file, acldvppPicDesc* to) {
    void* memory = nullptr;
    EXPECT_EQ(acldvppMalloc(&memory, file.size()), ACL_SUCCESS);
    EXPECT_EQ(aclrtMemcpy(memory, file.size(), file.data(), file.size(), ACL_MEMCPY_HOST_TO_DEVICE),
              ACL_SUCCESS);
    const aclError code = Done(acldvppJpegDecodeAsync(channel_, memory, SizeOf(file), to, stream_));
    EXPECT_EQ(acldvppFree(memory), ACL_SUCCESS);
    return code;
  }
};

struct Sampling {
  int h, v;
  acldvppJpegFormat format;
  acldvppPixelFormat own;
};
constexpr Sampling kSamplings[] = {
    {1, 1, ACL_JPEG_CSS_444, PIXEL_FORMAT_YVU_SEMIPLANAR_444},
    {2, 1, ACL_JPEG_CSS_422, PIXEL_FORMAT_YVU_SEMIPLANAR_422},
    {2, 2, ACL_JPEG_CSS_420, PIXEL_FORMAT_YVU_SEMIPLANAR_420},
    {1, 2, ACL_JPEG_CSS_440, PIXEL_FORMAT_YVU_SEMIPLANAR_440},
};

TEST_F(Jpeg, InfoSaysWhatTheHeaderSays) {
  uint32_t width = 0, height = 0;
  int32_t components = 0;
  acldvppJpegFormat format = ACL_JPEG_CSS_UNKNOWN;
  const auto info = [&](const File& file) {
    return acldvppJpegGetImageInfoV2(file.data(), SizeOf(file), &width, &height, &components,
                                     &format);
  };
  for (const Sampling& sampling : kSamplings) {
    JpegKind kind;
    kind.h = sampling.h;
    kind.v = sampling.v;
    ASSERT_EQ(info(MakeJpeg(77, 43, kind)), ACL_SUCCESS);
    EXPECT_EQ(width, 77u);
    EXPECT_EQ(height, 43u);
    EXPECT_EQ(components, 3);
    EXPECT_EQ(format, sampling.format);
  }
  JpegKind kind;
  kind.h = 4;
  kind.v = 1;
  ASSERT_EQ(info(MakeJpeg(64, 64, kind)), ACL_SUCCESS);
  EXPECT_EQ(format, ACL_JPEG_CSS_411);
  const File grey = MakeJpeg(64, 32, {1, JCS_GRAYSCALE, 1, 1});
  ASSERT_EQ(info(grey), ACL_SUCCESS);
  EXPECT_EQ(components, 1);
  EXPECT_EQ(format, ACL_JPEG_CSS_GRAY);
  ASSERT_EQ(info(MakeJpeg(64, 32, {4, JCS_CMYK, 1, 1})), ACL_SUCCESS);
  EXPECT_EQ(components, 4);
  EXPECT_EQ(format, ACL_JPEG_CSS_UNKNOWN);
  EXPECT_EQ(acldvppJpegGetImageInfo(grey.data(), SizeOf(grey), &width, nullptr, nullptr),
            ACL_SUCCESS);
}

TEST_F(Jpeg, PredictedSizesHaveTheStridesOfTheChip) {
  const File file = MakeJpeg(77, 43, {});
  EXPECT_EQ(Predict(file, PIXEL_FORMAT_YUV_SEMIPLANAR_420), 128u * 48 * 3 / 2);
  EXPECT_EQ(Predict(file, PIXEL_FORMAT_UNKNOWN), 128u * 48 * 3 / 2);
  EXPECT_EQ(Predict(file, PIXEL_FORMAT_YUV_SEMIPLANAR_422), 128u * 48 * 2);
  EXPECT_EQ(Predict(file, PIXEL_FORMAT_YVU_SEMIPLANAR_444), 128u * 48 * 3);
  EXPECT_EQ(Predict(file, PIXEL_FORMAT_RGB_888), 128u * 48 * 3);
  EXPECT_EQ(Predict(file, PIXEL_FORMAT_YUV_400), 128u * 48);
  uint32_t size = 0;
  EXPECT_EQ(
      acldvppJpegPredictDecSize(file.data(), SizeOf(file), PIXEL_FORMAT_YUV_PACKED_444, &size),
      ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppJpegPredictDecSize(file.data(), SizeOf(file), PIXEL_FORMAT_RGB_888, nullptr),
            ACL_ERROR_INVALID_PARAM);
}

// Every sampling to every YUV format: smooth components come back.
TEST_F(Jpeg, DecodesEverySamplingToEveryFormat) {
  for (const Sampling& sampling : kSamplings)
    for (const Format& format : Formats()) {
      if (format.rgb) continue;
      JpegKind kind;
      kind.h = sampling.h;
      kind.v = sampling.v;
      kind.restart = sampling.v;
      const File file = MakeJpeg(90, 52, kind);
      Decoded to(format.id, Predict(file, format.id));
      ASSERT_EQ(Decode(file, to.desc()), ACL_SUCCESS) << Recent();
      SCOPED_TRACE(testing::Message() << "sampling " << sampling.format << " to " << format.id);
      EXPECT_EQ(acldvppGetPicDescRetCode(to.desc()), 0u);
      EXPECT_EQ(to.width(), 90u);
      EXPECT_EQ(to.height(), 52u);
      EXPECT_EQ(acldvppGetPicDescWidthStride(to.desc()), 128u);
      EXPECT_EQ(acldvppGetPicDescHeightStride(to.desc()), 64u);
      int worst = 0;
      for (int c = 0; c < format.components; ++c)
        for (uint32_t y = 0; y < 52; ++y)
          for (uint32_t x = 0; x < 90; ++x)
            worst =
                std::max(worst, std::abs(to.At(c, x, y) - JpegSample(c, static_cast<int>(x),
                                                                     static_cast<int>(y), 90, 52)));
      EXPECT_LE(worst, 3);
    }
}

TEST_F(Jpeg, DecodesToRgbAsLibjpegDoes) {
  for (const Sampling& sampling : kSamplings) {
    JpegKind kind;
    kind.h = sampling.h;
    kind.v = sampling.v;
    const File file = MakeJpeg(90, 53, kind);
    const File wanted = ReadJpeg(file, JCS_RGB);
    for (const acldvppPixelFormat id : {PIXEL_FORMAT_RGB_888, PIXEL_FORMAT_BGR_888}) {
      Decoded to(id, Predict(file, id));
      ASSERT_EQ(Decode(file, to.desc()), ACL_SUCCESS) << Recent();
      int worst = 0;
      for (uint32_t y = 0; y < 53; ++y)
        for (uint32_t x = 0; x < 90; ++x)
          for (int c = 0; c < 3; ++c)
            worst = std::max(worst, std::abs(to.At(c, x, y) -
                                             wanted[(y * 90 + x) * 3 + static_cast<uint32_t>(c)]));
      EXPECT_LE(worst, 3) << "sampling " << sampling.format;
    }
  }
}

TEST_F(Jpeg, GreyHasNeutralChroma) {
  const File file = MakeJpeg(64, 32, {1, JCS_GRAYSCALE, 1, 1});
  Decoded to(PIXEL_FORMAT_YUV_SEMIPLANAR_420, Predict(file, PIXEL_FORMAT_YUV_SEMIPLANAR_420));
  ASSERT_EQ(Decode(file, to.desc()), ACL_SUCCESS);
  for (uint32_t x = 0; x < 64; ++x) {
    EXPECT_NEAR(to.At(0, x, 5), JpegSample(0, static_cast<int>(x), 5, 64, 32), 2);
    EXPECT_EQ(to.At(1, x, 5), 128);
    EXPECT_EQ(to.At(2, x, 5), 128);
  }
}

TEST_F(Jpeg, UnknownFormatIsTheFilesOwn) {
  for (const Sampling& sampling : kSamplings) {
    JpegKind kind;
    kind.h = sampling.h;
    kind.v = sampling.v;
    const File file = MakeJpeg(32, 32, kind);
    Decoded to(PIXEL_FORMAT_UNKNOWN, Predict(file, PIXEL_FORMAT_UNKNOWN));
    ASSERT_EQ(Decode(file, to.desc()), ACL_SUCCESS);
    EXPECT_EQ(acldvppGetPicDescFormat(to.desc()), sampling.own);
    EXPECT_NEAR(to.At(2, 16, 16), JpegSample(2, 16, 16, 32, 32), 2);
  }
}

TEST_F(Jpeg, OddSidesBecomeEven) {
  const File file = MakeJpeg(33, 17, {});
  const auto decoded = [&](acldvppPixelFormat format, uint32_t width, uint32_t height) {
    Decoded to(format, Predict(file, format));
    ASSERT_EQ(Decode(file, to.desc()), ACL_SUCCESS);
    EXPECT_EQ(to.width(), width);
    EXPECT_EQ(to.height(), height);
    EXPECT_NEAR(to.At(0, width - 1, height - 1), JpegSample(0, 32, 16, 33, 17), 4);
  };
  decoded(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 32, 16);
  decoded(PIXEL_FORMAT_YUV_SEMIPLANAR_444, 33, 17);
  decoded(PIXEL_FORMAT_YUV_SEMIPLANAR_422, 32, 17);
  const uint32_t up = JPEGD_PRECISION_ALIGN_UP;
  ASSERT_EQ(acldvppSetChannelDescParam(channel_, ACL_DVPP_JPEGD_PRECISION_MODE_UINT32, 4, &up),
            ACL_SUCCESS);
  decoded(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 34, 18);
}

// What the user describes is kept, or refused in words.
TEST_F(Jpeg, DescribedOutput) {
  const File file = MakeJpeg(64, 48, {});
  Decoded to(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 80 * 50 * 3 / 2);
  acldvppSetPicDescWidth(to.desc(), 64);
  acldvppSetPicDescHeight(to.desc(), 48);
  acldvppSetPicDescWidthStride(to.desc(), 80);
  acldvppSetPicDescHeightStride(to.desc(), 50);
  ASSERT_EQ(Decode(file, to.desc()), ACL_SUCCESS) << Recent();
  EXPECT_EQ(acldvppGetPicDescWidthStride(to.desc()), 80u);
  EXPECT_NEAR(to.At(1, 60, 40), JpegSample(1, 60, 40, 64, 48), 2);
  const auto refuses = [&](const char* words) {
    EXPECT_EQ(Decode(file, to.desc()), ACL_ERROR_INVALID_PARAM);
    EXPECT_EQ(acldvppGetPicDescRetCode(to.desc()), static_cast<uint32_t>(ACL_ERROR_INVALID_PARAM));
    const std::string text = Recent();
    EXPECT_NE(text.find(words), std::string::npos) << text;
  };
  acldvppSetPicDescWidthStride(to.desc(), 62);
  refuses("strides of 62");
  acldvppSetPicDescWidthStride(to.desc(), 96);
  refuses("acldvppJpegPredictDecSize");
  // Their product passes 2^64.
  acldvppSetPicDescWidthStride(to.desc(), 4294901763);
  acldvppSetPicDescHeightStride(to.desc(), 2863355220);
  refuses("at most 16384 and 16384");
  acldvppSetPicDescWidth(to.desc(), 65);
  refuses("the file is 64 x 48");
}

TEST_F(Jpeg, UnsupportedFilesAreToldApart) {
  const auto refused = [&](const File& file, const char* words) {
    uint32_t size = 0, width = 0, height = 0;
    int32_t components = 0;
    EXPECT_EQ(acldvppJpegGetImageInfo(file.data(), SizeOf(file), &width, &height, &components),
              ACL_SUCCESS);
    EXPECT_EQ(width, 64u);
    EXPECT_EQ(acldvppJpegPredictDecSize(file.data(), SizeOf(file), PIXEL_FORMAT_UNKNOWN, &size),
              ACL_ERROR_UNSUPPORTED_JPEG);
    EXPECT_NE(Recent().find(words), std::string::npos);
    Decoded to(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 64 * 64 * 3);
    EXPECT_EQ(Decode(file, to.desc()), ACL_ERROR_UNSUPPORTED_JPEG);
    EXPECT_NE(Recent().find(words), std::string::npos);
    EXPECT_EQ(acldvppGetPicDescRetCode(to.desc()),
              static_cast<uint32_t>(ACL_ERROR_UNSUPPORTED_JPEG));
    EXPECT_EQ(to.width(), 0u);
  };
  JpegKind kind;
  kind.progressive = true;
  refused(MakeJpeg(64, 48, kind), "progressive");
  kind.progressive = false;
  kind.arithmetic = true;
  refused(MakeJpeg(64, 48, kind), "arithmetically");
  refused(MakeJpeg(64, 48, {4, JCS_CMYK, 1, 1}), "not YUV or grey");
  refused(MakeJpeg(64, 48, {3, JCS_RGB, 1, 1}), "not YUV or grey");
  kind = {};
  kind.h = 4;
  kind.v = 1;
  refused(MakeJpeg(64, 48, kind), "chroma");
}

TEST_F(Jpeg, DamagedFilesFail) {
  const File file = MakeJpeg(64, 48, {});
  uint32_t size = 0;
  File garbage(500, 0x5A);
  EXPECT_EQ(acldvppJpegPredictDecSize(garbage.data(), SizeOf(garbage), PIXEL_FORMAT_UNKNOWN, &size),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("no JPEG file"), std::string::npos);
  EXPECT_EQ(acldvppJpegPredictDecSize(file.data(), 0, PIXEL_FORMAT_UNKNOWN, &size),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppJpegPredictDecSize(nullptr, 10, PIXEL_FORMAT_UNKNOWN, &size),
            ACL_ERROR_INVALID_PARAM);
  // Cut off anywhere: no success, no reading past the end.
  for (size_t length = 1; length + 2 < file.size(); length += length < 700 ? 13 : 101) {
    Decoded to(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 64 * 48 * 3 / 2);
    const File part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_NE(Decode(part, to.desc()), ACL_SUCCESS) << length << " of " << file.size();
    EXPECT_NE(acldvppGetPicDescRetCode(to.desc()), 0u);
    EXPECT_NE(acldvppGetPicDescRetCode(to.desc()), 77u);
  }
  // The stream goes on.
  Decoded to(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 64 * 48 * 3 / 2);
  EXPECT_EQ(Decode(file, to.desc()), ACL_SUCCESS);
}

TEST_F(Jpeg, ArgumentsAreChecked) {
  const File file = MakeJpeg(64, 48, {});
  Decoded to(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 64 * 48 * 3 / 2);
  EXPECT_EQ(acldvppJpegDecodeAsync(channel_, file.data(), SizeOf(file), to.desc(), stream_),
            ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_NE(Recent().find("acldvppMalloc"), std::string::npos);
  Pic pic(PIXEL_FORMAT_YUV_400, 64, 48);
  EXPECT_EQ(acldvppJpegDecodeAsync(channel_, pic.bytes(), 64 * 48 + 1, to.desc(), stream_),
            ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(acldvppJpegDecodeAsync(channel_, pic.bytes(), 0, to.desc(), stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppJpegDecodeAsync(channel_, pic.bytes(), 10, nullptr, stream_),
            ACL_ERROR_INVALID_PARAM);
  acldvppSetPicDescFormat(to.desc(), PIXEL_FORMAT_YUYV_PACKED_422);
  EXPECT_EQ(acldvppJpegDecodeAsync(channel_, pic.bytes(), 10, to.desc(), stream_),
            ACL_ERROR_INVALID_PARAM);
}

TEST_F(Jpeg, EncodesWhatDecodesAgain) {
  acldvppJpegeConfig* const config = acldvppCreateJpegeConfig();
  acldvppSetJpegeConfigLevel(config, 95);
  for (const acldvppPixelFormat id :
       {PIXEL_FORMAT_YUV_SEMIPLANAR_420, PIXEL_FORMAT_YVU_SEMIPLANAR_420}) {
    Pic from(id, 90, 50, 6, 2);
    from.FillSmooth();
    uint32_t room = 0;
    ASSERT_EQ(acldvppJpegPredictEncSize(from.pic, config, &room), ACL_SUCCESS);
    void* memory = nullptr;
    ASSERT_EQ(acldvppMalloc(&memory, room), ACL_SUCCESS);
    uint32_t size = room;
    ASSERT_EQ(Done(acldvppJpegEncodeAsync(channel_, from.pic, memory, &size, config, stream_)),
              ACL_SUCCESS)
        << Recent();
    EXPECT_LT(size, room / 4);
    const File file(static_cast<uint8_t*>(memory), static_cast<uint8_t*>(memory) + size);
    Decoded to(PIXEL_FORMAT_YUV_SEMIPLANAR_420, Predict(file, PIXEL_FORMAT_YUV_SEMIPLANAR_420));
    ASSERT_EQ(Decode(file, to.desc()), ACL_SUCCESS);
    for (int c = 0; c < 3; ++c)
      for (uint32_t y = 0; y < 50; ++y)
        for (uint32_t x = 0; x < 90; ++x) ASSERT_NEAR(to.At(c, x, y), *from.At(c, x, y), 3);
    size = 20;
    EXPECT_EQ(Done(acldvppJpegEncodeAsync(channel_, from.pic, memory, &size, config, stream_)),
              ACL_ERROR_INVALID_PARAM);
    EXPECT_NE(Recent().find("acldvppJpegPredictEncSize"), std::string::npos);
    EXPECT_EQ(acldvppFree(memory), ACL_SUCCESS);
  }
  EXPECT_EQ(acldvppDestroyJpegeConfig(config), ACL_SUCCESS);
}

// The usual chain: decode, look, resize.
TEST_F(Jpeg, DecodedPicturesAreResized) {
  const File file = MakeJpeg(200, 120, {});
  Decoded decoded(PIXEL_FORMAT_YUV_SEMIPLANAR_420, Predict(file, PIXEL_FORMAT_YUV_SEMIPLANAR_420));
  ASSERT_EQ(Decode(file, decoded.desc()), ACL_SUCCESS);
  Pic to(PIXEL_FORMAT_RGB_888, 64, 64);
  ASSERT_EQ(Done(acldvppVpcResizeAsync(channel_, decoded.desc(), to.pic, resize_, stream_)),
            ACL_SUCCESS)
      << Recent();
  EXPECT_EQ(to.ret_code(), 0u);
}

}  // namespace
}  // namespace acl_test
