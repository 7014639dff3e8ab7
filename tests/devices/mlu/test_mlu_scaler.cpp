// SPDX-License-Identifier: Apache-2.0
// The hardware scaler: formats, parts, sizes, misuse.
#include <algorithm>
#include <random>

#include "cn_codec_common.h"
#include "devices/image/to_tensor.h"
#include "tests/devices/mlu/mlu_test.h"

static_assert(CNCODEC_PIX_FMT_NV12 == 0 && CNCODEC_PIX_FMT_NV21 == 1 && CNCODEC_PIX_FMT_I420 == 2);
static_assert(CNCODEC_PIX_FMT_YV12 == 3 && CNCODEC_PIX_FMT_ARGB == 11);
static_assert(CNCODEC_PIX_FMT_ABGR == 12 && CNCODEC_PIX_FMT_BGRA == 13);
static_assert(CNCODEC_PIX_FMT_RGBA == 14 && CNCODEC_SUCCESS == 0);
static_assert(CNCODEC_COLOR_SPACE_BT_709 == 0 && CNCODEC_COLOR_SPACE_BT_601 == 1);
static_assert(CNCODEC_COLOR_SPACE_BT_2020 == 2 && CNCODEC_Filter_BiLinear == 0);

namespace mlu_test {
namespace {

using infer_server::devices::ImageView;
using infer_server::devices::PixelFormat;

constexpr size_t RoundUp(size_t value, size_t to) { return (value + to - 1) / to * to; }

// A frame in device memory, and the same bytes on the host.
struct TestFrame {
  TestFrame(cncodecPixelFormat pixel_format, u32_t width, u32_t height) {
    frame.pixelFmt = pixel_format;
    frame.colorSpace = CNCODEC_COLOR_SPACE_BT_601;
    frame.width = width;
    frame.height = height;
    const u32_t half_width = (width + 1) / 2, half_height = (height + 1) / 2;
    switch (pixel_format) {
      case CNCODEC_PIX_FMT_NV12:
      case CNCODEC_PIX_FMT_NV21:
        Add(width + 5, height);
        Add(half_width * 2 + 3, half_height);
        break;
      case CNCODEC_PIX_FMT_I420:
      case CNCODEC_PIX_FMT_YV12:
        Add(width + 5, height);
        Add(half_width + 1, half_height);
        Add(half_width + 2, half_height);
        break;
      default:
        Add(static_cast<u32_t>(RoundUp(width * 4, 128)), height);
    }
  }
  void Add(u32_t stride, u32_t rows) {
    frame.stride[frame.planeNum] = stride;
    memory.push_back(std::make_unique<DeviceBytes>(stride * rows));
    bytes.emplace_back(stride * rows);
    frame.plane[frame.planeNum].addr = reinterpret_cast<u64_t>(memory.back()->at());
    frame.plane[frame.planeNum++].size = stride * rows;
  }
  void FillRandom(unsigned seed) {
    std::mt19937 random(seed);
    for (size_t p = 0; p < bytes.size(); ++p) {
      for (uint8_t& byte : bytes[p]) byte = static_cast<uint8_t>(random());
      memory[p]->Put(bytes[p]);
    }
  }
  void Fetch() {
    for (size_t p = 0; p < bytes.size(); ++p) bytes[p] = memory[p]->Get<uint8_t>(bytes[p].size());
  }

  cncodecFrame frame = {};
  std::vector<std::unique_ptr<DeviceBytes>> memory;
  std::vector<std::vector<uint8_t>> bytes;
};

cncodecWorkInfo Work(int card = 0) {
  cncodecWorkInfo work = {};
  work.inMsg.instance = 2;
  work.inMsg.cardId = card;
  return work;
}

i32_t Transform(TestFrame* dst, TestFrame* src, cncodecRectangle* to = nullptr,
                cncodecRectangle* from = nullptr) {
  cncodecWorkInfo work = Work();
  return cncodecImageTransform(&dst->frame, to, &src->frame, from, CNCODEC_Filter_BiLinear, &work);
}

// R, G, B of a part of the host's copy, as the image kernels make them.
std::vector<uint8_t> Reference(const TestFrame& src, const cncodecRectangle& part, int width,
                               int height) {
  ImageView image;
  const cncodecPixelFormat format = src.frame.pixelFmt;
  image.format = format == CNCODEC_PIX_FMT_NV12   ? PixelFormat::kNV12
                 : format == CNCODEC_PIX_FMT_NV21 ? PixelFormat::kNV21
                 : format == CNCODEC_PIX_FMT_RGBA ? PixelFormat::kRGBA
                                                  : PixelFormat::kI420;
  image.width = static_cast<int>(src.frame.width);
  image.height = static_cast<int>(src.frame.height);
  for (size_t p = 0; p < src.bytes.size(); ++p) {
    const size_t from = format == CNCODEC_PIX_FMT_YV12 && p > 0 ? 3 - p : p;
    image.data[p] = src.bytes[from].data();
    image.stride[p] = src.frame.stride[from];
  }
  infer_server::devices::ToTensorParams params;
  params.crop_x = part.left;
  params.crop_y = part.top;
  params.crop_width = part.right - part.left;
  params.crop_height = part.bottom - part.top;
  params.width = params.fill_width = width;
  params.height = params.fill_height = height;
  params.color_order = infer_server::devices::ColorOrder::kRGB;
  params.layout = infer_server::devices::Layout::kNHWC;
  params.type = infer_server::devices::DataType::kUint8;
  std::vector<uint8_t> rgb(static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
  EXPECT_TRUE(ToTensor(image, params, rgb.data()).ok());
  return rgb;
}

class Scaler : public Runtime {
 protected:
  Scaler() : Runtime({{"INFERSERVER_MLU_DEVICES", "2"}}) {}
};

TEST_F(Scaler, EveryFormatOddSizesAndParts) {
  // Where R, G, B and alpha are.
  const std::map<cncodecPixelFormat, std::vector<size_t>> targets = {
      {CNCODEC_PIX_FMT_RGBA, {0, 1, 2, 3}},
      {CNCODEC_PIX_FMT_BGRA, {2, 1, 0, 3}},
      {CNCODEC_PIX_FMT_ARGB, {1, 2, 3, 0}},
      {CNCODEC_PIX_FMT_ABGR, {3, 2, 1, 0}}};
  std::mt19937 random(4);
  for (const cncodecPixelFormat from :
       {CNCODEC_PIX_FMT_NV12, CNCODEC_PIX_FMT_NV21, CNCODEC_PIX_FMT_I420, CNCODEC_PIX_FMT_YV12,
        CNCODEC_PIX_FMT_RGBA}) {
    for (const auto& [to, order] : targets) {
      TestFrame src(from, random() % 60 + 5, random() % 60 + 5);
      TestFrame dst(to, random() % 60 + 8, random() % 60 + 8);
      src.FillRandom(random());
      EXPECT_EQ(cnrtMemset(dst.memory[0]->at(), 77, dst.memory[0]->size()), CNRT_RET_SUCCESS);
      cncodecRectangle part = {1, 2, src.frame.width, src.frame.height - 1};
      cncodecRectangle place = {3, 1, dst.frame.width - 2, dst.frame.height};
      ASSERT_EQ(Transform(&dst, &src, &place, &part), CNCODEC_SUCCESS) << Messages::Take();
      dst.Fetch();
      const size_t width = place.right - place.left;
      const std::vector<uint8_t> rgb =
          Reference(src, part, static_cast<int>(width), static_cast<int>(place.bottom - place.top));
      for (size_t y = 0; y < dst.frame.height; ++y) {
        for (size_t x = 0; x < dst.frame.width; ++x) {
          const uint8_t* pixel = &dst.bytes[0][y * dst.frame.stride[0] + x * 4];
          if (x < place.left || x >= place.right || y < place.top) {
            ASSERT_EQ(std::count(pixel, pixel + 4, 77), 4);  // Not drawn on.
            continue;
          }
          for (size_t c = 0; c < 3; ++c)
            ASSERT_EQ(pixel[order[c]], rgb[((y - place.top) * width + x - place.left) * 3 + c])
                << from << " " << to << " " << x << " " << y;
          ASSERT_EQ(pixel[order[3]], 255);
        }
      }
    }
  }
}

TEST_F(Scaler, RefusesMisuse) {
  TestFrame src(CNCODEC_PIX_FMT_NV12, 32, 16), dst(CNCODEC_PIX_FMT_RGBA, 20, 10);
  ASSERT_EQ(Transform(&dst, &src), CNCODEC_SUCCESS);
  const auto with = [&](auto change) {
    const cncodecFrame good_dst = dst.frame, good_src = src.frame;
    change(&dst.frame, &src.frame);
    const i32_t code = Transform(&dst, &src);
    dst.frame = good_dst;
    src.frame = good_src;
    return code;
  };
  using Frame = cncodecFrame*;
  EXPECT_EQ(with([](Frame d, Frame) { d->pixelFmt = CNCODEC_PIX_FMT_NV12; }),
            CNRT_RET_ERR_UNSUPPORTED);
  EXPECT_EQ(with([](Frame, Frame s) { s->pixelFmt = static_cast<cncodecPixelFormat>(7); }),
            CNRT_RET_ERR_UNSUPPORTED);
  EXPECT_EQ(with([](Frame, Frame s) { s->colorSpace = static_cast<cncodecColorSpace>(9); }),
            CNRT_RET_ERR_INVALID);
  EXPECT_EQ(with([](Frame d, Frame) { d->stride[0] = 80; }), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(with([](Frame, Frame s) { s->stride[1] = 31; }), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(with([](Frame, Frame s) { s->planeNum = 1; }), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(with([](Frame, Frame s) { s->plane[1].addr += 64; }), CNRT_RET_ERR_OUT_RANGE);
  EXPECT_EQ(with([](Frame, Frame s) { s->plane[0].addr = 0; }), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(with([](Frame d, Frame) { d->height = 11; }), CNRT_RET_ERR_OUT_RANGE);
  EXPECT_EQ(with([](Frame d, Frame) { d->width = 0; }), CNRT_RET_ERR_OUT_RANGE);
  EXPECT_EQ(with([](Frame d, Frame) { d->deviceId = 1; }), CNRT_RET_ERR_INVALID);
  std::vector<uint8_t> host(4096);
  EXPECT_EQ(with([&](Frame d, Frame) { d->plane[0].addr = reinterpret_cast<u64_t>(host.data()); }),
            CNRT_RET_ERR_INVALID_POINTER);
  for (cncodecRectangle part : {cncodecRectangle{0, 0, 33, 16}, cncodecRectangle{5, 0, 5, 16},
                                cncodecRectangle{9, 0, 5, 16}, cncodecRectangle{0, 0, 4, 17}})
    EXPECT_EQ(Transform(&dst, &src, nullptr, &part), CNRT_RET_ERR_OUT_RANGE);
  cncodecWorkInfo work = Work();
  EXPECT_EQ(
      cncodecImageTransform(nullptr, nullptr, &src.frame, nullptr, CNCODEC_Filter_BiLinear, &work),
      CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cncodecImageTransform(&dst.frame, nullptr, &src.frame, nullptr, CNCODEC_Filter_BiCubic,
                                  &work),
            CNRT_RET_ERR_UNSUPPORTED);
  work.inMsg.batchNum = 2;
  EXPECT_EQ(cncodecImageTransform(&dst.frame, nullptr, &src.frame, nullptr, CNCODEC_Filter_BiLinear,
                                  &work),
            CNRT_RET_ERR_UNSUPPORTED);
  work = Work(1);
  dst.frame.deviceId = 1;  // The frames are of device 0.
  EXPECT_EQ(cncodecImageTransform(&dst.frame, nullptr, &src.frame, nullptr, CNCODEC_Filter_BiLinear,
                                  &work),
            CNRT_RET_ERR_INVALID_POINTER);
  work = Work(2);
  EXPECT_EQ(cncodecImageTransform(&dst.frame, nullptr, &src.frame, nullptr, CNCODEC_Filter_BiLinear,
                                  &work),
            CNRT_RET_ERR_NODEV);
}

// At most 64 times as large.
TEST_F(Scaler, UpscalesSoFar) {
  TestFrame src(CNCODEC_PIX_FMT_RGBA, 2, 2), dst(CNCODEC_PIX_FMT_BGRA, 128, 64);
  TestFrame larger(CNCODEC_PIX_FMT_BGRA, 129, 64);
  EXPECT_EQ(Transform(&dst, &src), CNCODEC_SUCCESS);
  EXPECT_EQ(Transform(&larger, &src), CNRT_RET_ERR_OUT_RANGE);
}

}  // namespace
}  // namespace mlu_test
