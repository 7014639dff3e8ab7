// SPDX-License-Identifier: Apache-2.0
// The hardware scaler, by the kernels of devices/image/.
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "cn_codec_common.h"
#include "devices/image/to_tensor.h"
#include "devices/mlu/soft/memory.h"
#include "devices/mlu/soft/runtime.h"

namespace infer_server::devices::mlu {
namespace {

constexpr u32_t kLargestSide = 8192, kRowAlignment = 128;
constexpr u32_t kMostUpscale = 64;

// Where R, G, B and alpha are in a pixel of four bytes.
struct Packed {
  PixelFormat format;
  int red, green, blue, alpha;
};

bool FindPacked(cncodecPixelFormat format, Packed* packed) {
  switch (format) {
    case CNCODEC_PIX_FMT_RGBA:
      *packed = {PixelFormat::kRGBA, 0, 1, 2, 3};
      return true;
    case CNCODEC_PIX_FMT_BGRA:
      *packed = {PixelFormat::kBGRA, 2, 1, 0, 3};
      return true;
    case CNCODEC_PIX_FMT_ARGB:
      *packed = {PixelFormat::kARGB, 1, 2, 3, 0};
      return true;
    case CNCODEC_PIX_FMT_ABGR:
      *packed = {PixelFormat::kABGR, 3, 2, 1, 0};
      return true;
    default:
      return false;
  }
}

// False: none of those that are built.
bool FormatOf(cncodecPixelFormat format, PixelFormat* found) {
  Packed packed;
  switch (format) {
    case CNCODEC_PIX_FMT_NV12:
      *found = PixelFormat::kNV12;
      return true;
    case CNCODEC_PIX_FMT_NV21:
      *found = PixelFormat::kNV21;
      return true;
    case CNCODEC_PIX_FMT_I420:
    case CNCODEC_PIX_FMT_YV12:
      *found = PixelFormat::kI420;
      return true;
    default:
      if (!FindPacked(format, &packed)) return false;
      *found = packed.format;
      return true;
  }
}

bool MatrixOf(cncodecColorSpace space, ColorMatrix* matrix) {
  switch (space) {
    case CNCODEC_COLOR_SPACE_BT_709:
      *matrix = ColorMatrix::kBT709;
      return true;
    case CNCODEC_COLOR_SPACE_BT_601:
      *matrix = ColorMatrix::kBT601;
      return true;
    case CNCODEC_COLOR_SPACE_BT_2020:
      *matrix = ColorMatrix::kBT2020;
      return true;
  }
  return false;
}

cncodecRectangle PartOf(const cncodecFrame& frame, const cncodecRectangle* part) {
  return part != nullptr ? *part : cncodecRectangle{0, 0, frame.width, frame.height};
}

u32_t Width(const cncodecRectangle& part) { return part.right - part.left; }
u32_t Height(const cncodecRectangle& part) { return part.bottom - part.top; }

cnrtRet_t CheckSizes(const cncodecFrame& frame, const cncodecRectangle& part, const char* what,
                     const char* function) {
  if (frame.width < 1 || frame.width > kLargestSide || frame.height < 1 ||
      frame.height > kLargestSide)
    return Fail(CNRT_RET_ERR_OUT_RANGE, function, "%s is %u x %u pixels, must be 1 to %u a side",
                what, frame.width, frame.height, kLargestSide);
  if (part.left >= part.right || part.top >= part.bottom || part.right > frame.width ||
      part.bottom > frame.height)
    return Fail(CNRT_RET_ERR_OUT_RANGE, function,
                "%sRect is (%u, %u) to (%u, %u), must be a part of %u x %u pixels", what, part.left,
                part.top, part.right, part.bottom, frame.width, frame.height);
  return CNRT_RET_SUCCESS;
}

// A frame as a picture whose planes lie inside memory of the card.
cnrtRet_t MakeImage(const cncodecFrame& frame, int card, const char* what, const char* function,
                    ImageView* image) {
  if (!FormatOf(frame.pixelFmt, &image->format))
    return Fail(CNRT_RET_ERR_UNSUPPORTED, function,
                "%s has pixel format %d, must be NV12, NV21, I420, YV12, ARGB, ABGR, BGRA or RGBA",
                what, static_cast<int>(frame.pixelFmt));
  if (!MatrixOf(frame.colorSpace, &image->matrix))
    return Fail(CNRT_RET_ERR_INVALID, function, "%s has color space %d, must be 0 to 2", what,
                static_cast<int>(frame.colorSpace));
  image->width = static_cast<int>(frame.width);
  image->height = static_cast<int>(frame.height);
  const int planes = PlaneCount(image->format);
  if (frame.planeNum < static_cast<u32_t>(planes))
    return Fail(CNRT_RET_ERR_INVALID, function, "%s has %u planes, must have %d", what,
                frame.planeNum, planes);
  for (int p = 0; p < planes; ++p) {
    // YV12 has V before U.
    const int from = frame.pixelFmt == CNCODEC_PIX_FMT_YV12 && p > 0 ? 3 - p : p;
    const size_t row = RowBytes(image->format, p, image->width);
    const size_t rows = static_cast<size_t>(PlaneRows(image->format, p, image->height));
    if (frame.stride[from] < row)
      return Fail(CNRT_RET_ERR_INVALID, function, "%s: stride[%d] is %u, must be %zu bytes or more",
                  what, from, frame.stride[from], row);
    image->data[p] = reinterpret_cast<const uint8_t*>(frame.plane[from].addr);
    image->stride[p] = static_cast<ptrdiff_t>(frame.stride[from]);
    MLU_RETURN_IF_ERROR(CheckDeviceSpan(function, what, image->data[p],
                                        (rows - 1) * frame.stride[from] + row, card));
  }
  return CNRT_RET_SUCCESS;
}

cnrtRet_t CheckWork(const cncodecFrame& dst, cncodecFilter filter, const cncodecWorkInfo& work,
                    const char* function) {
  MLU_RETURN_IF_ERROR(CheckOrdinal(work.inMsg.cardId, function));
  if (dst.deviceId != work.inMsg.cardId)
    return Fail(CNRT_RET_ERR_INVALID, function,
                "dst's deviceId is %d, workInfo's cardId %d; set both", dst.deviceId,
                work.inMsg.cardId);
  if (filter != CNCODEC_Filter_BiLinear)
    return Fail(CNRT_RET_ERR_UNSUPPORTED, function, "filter is %d, must be CNCODEC_Filter_BiLinear",
                static_cast<int>(filter));
  if (work.inMsg.instance > 2)
    return Fail(CNRT_RET_ERR_INVALID, function, "instance is %u, must be 0, 1 or 2",
                work.inMsg.instance);
  if (work.inMsg.batchNum > 1 || work.inMsg.mode != 0 || work.inMsg.cropNum != 0)
    return Fail(
        CNRT_RET_ERR_UNSUPPORTED, function,
        "batchNum is %u, mode %u, cropNum %u; one picture a call, mode 0 and no crops are built",
        work.inMsg.batchNum, work.inMsg.mode, work.inMsg.cropNum);
  return CNRT_RET_SUCCESS;
}

// Pixels of R, G, B at `rgb` become those of dst.
void WritePixels(const std::vector<uint8_t>& rgb, const cncodecFrame& dst,
                 const cncodecRectangle& part, const Packed& packed) {
  const uint8_t* from = rgb.data();
  for (u32_t y = part.top; y < part.bottom; ++y) {
    uint8_t* to = reinterpret_cast<uint8_t*>(dst.plane[0].addr) + size_t{y} * dst.stride[0] +
                  size_t{part.left} * 4;
    for (u32_t x = part.left; x < part.right; ++x, from += 3, to += 4) {
      to[packed.red] = from[0];
      to[packed.green] = from[1];
      to[packed.blue] = from[2];
      to[packed.alpha] = 255;
    }
  }
}

cnrtRet_t Transform(const cncodecFrame& dst, const cncodecRectangle& to, const cncodecFrame& src,
                    const cncodecRectangle& from, int card, const char* function) {
  Packed packed;
  if (!FindPacked(dst.pixelFmt, &packed))
    return Fail(CNRT_RET_ERR_UNSUPPORTED, function,
                "dst has pixel format %d, must be ARGB, ABGR, BGRA or RGBA",
                static_cast<int>(dst.pixelFmt));
  const u32_t row = (dst.width * 4 + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
  if (dst.stride[0] != row)
    return Fail(CNRT_RET_ERR_INVALID, function,
                "dst's stride is %u, must be %u: the width's bytes rounded up to %u", dst.stride[0],
                row, kRowAlignment);
  if (Width(to) > Width(from) * kMostUpscale || Height(to) > Height(from) * kMostUpscale)
    return Fail(CNRT_RET_ERR_OUT_RANGE, function,
                "%u x %u pixels cannot become %u x %u: %u times at most", Width(from), Height(from),
                Width(to), Height(to), kMostUpscale);
  ImageView image, target;
  MLU_RETURN_IF_ERROR(MakeImage(src, card, "src", function, &image));
  MLU_RETURN_IF_ERROR(MakeImage(dst, card, "dst", function, &target));
  ToTensorParams params;
  params.crop_x = from.left;
  params.crop_y = from.top;
  params.crop_width = Width(from);
  params.crop_height = Height(from);
  params.width = params.fill_width = static_cast<int>(Width(to));
  params.height = params.fill_height = static_cast<int>(Height(to));
  params.color_order = ColorOrder::kRGB;
  params.layout = Layout::kNHWC;
  params.type = DataType::kUint8;
  try {
    std::vector<uint8_t> rgb(size_t{Width(to)} * Height(to) * 3);
    const Status status = ToTensor(image, params, rgb.data());
    if (!status.ok()) return Fail(CNRT_RET_ERR_MLU, function, "%s", status.message().c_str());
    WritePixels(rgb, dst, to, packed);
  } catch (const std::bad_alloc&) {
    return Fail(CNRT_RET_ERR_NOMEM, function, "no memory for the picture");
  }
  return CNRT_RET_SUCCESS;
}

}  // namespace
}  // namespace infer_server::devices::mlu

using namespace infer_server::devices::mlu;

i32_t cncodecImageTransform(cncodecFrame* dst, cncodecRectangle* dstRect, cncodecFrame* src,
                            cncodecRectangle* srcRect, cncodecFilter filter,
                            cncodecWorkInfo* workInfo) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(dst);
  MLU_REQUIRE_NOT_NULL(src);
  MLU_REQUIRE_NOT_NULL(workInfo);
  const cncodecRectangle to = PartOf(*dst, dstRect), from = PartOf(*src, srcRect);
  MLU_RETURN_IF_ERROR(CheckWork(*dst, filter, *workInfo, __func__));
  MLU_RETURN_IF_ERROR(CheckSizes(*dst, to, "dst", __func__));
  MLU_RETURN_IF_ERROR(CheckSizes(*src, from, "src", __func__));
  return Transform(*dst, to, *src, from, workInfo->inMsg.cardId, __func__);
}
