// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_vpc_picture.h"

#include <algorithm>

namespace infer_server::devices {
namespace {

constexpr std::uint32_t kRowPixels = 16, kRows = 2;
constexpr std::uint32_t kMinWidthStride = 32, kMinHeightStride = 6;
constexpr std::uintptr_t kAlignment = 16;

std::uint32_t Up(std::uint32_t value, std::uint32_t step) {
  return (value + step - 1) / step * step;
}

}  // namespace

bool FindVpcFormat(PixelFormat format, acldvppPixelFormat* found) {
  switch (format) {
    case PixelFormat::kNV12:
      *found = PIXEL_FORMAT_YUV_SEMIPLANAR_420;
      return true;
    case PixelFormat::kNV21:
      *found = PIXEL_FORMAT_YVU_SEMIPLANAR_420;
      return true;
    case PixelFormat::kRGB:
      *found = PIXEL_FORMAT_RGB_888;
      return true;
    case PixelFormat::kBGR:
      *found = PIXEL_FORMAT_BGR_888;
      return true;
    case PixelFormat::kRGBA:
      *found = PIXEL_FORMAT_RGBA_8888;
      return true;
    case PixelFormat::kBGRA:
      *found = PIXEL_FORMAT_BGRA_8888;
      return true;
    case PixelFormat::kARGB:
      *found = PIXEL_FORMAT_ARGB_8888;
      return true;
    case PixelFormat::kABGR:
      *found = PIXEL_FORMAT_ABGR_8888;
      return true;
    default:
      return false;
  }
}

VpcPicture VpcLayout(PixelFormat format, int width, int height, bool whole) {
  const bool yuv = IsYuv(format);
  VpcPicture picture;
  picture.format = format;
  picture.width = static_cast<std::uint32_t>(width);
  picture.height = static_cast<std::uint32_t>(height);
  if (yuv && !whole) {
    picture.width -= picture.width % 2;
    picture.height -= picture.height % 2;
  }
  picture.width_stride =
      std::max(Up(picture.width, kRowPixels) * static_cast<std::uint32_t>(SampleBytes(format, 0)),
               kMinWidthStride);
  picture.height_stride = std::max(Up(picture.height, kRows), kMinHeightStride);
  picture.bytes = picture.width_stride * picture.height_stride;
  if (yuv) picture.bytes += picture.bytes / 2;
  return picture;
}

MutableImage VpcPlanes(const VpcPicture& picture) {
  MutableImage image;
  image.format = picture.format;
  image.width = static_cast<int>(picture.width);
  image.height = static_cast<int>(picture.height);
  image.data[0] = static_cast<std::uint8_t*>(picture.data);
  image.stride[0] = picture.width_stride;
  if (PlaneCount(picture.format) > 1) {
    image.data[1] =
        image.data[0] + static_cast<std::size_t>(picture.width_stride) * picture.height_stride;
    image.stride[1] = picture.width_stride;
  }
  return image;
}

std::optional<VpcPicture> VpcInPlace(const ImageView& image, bool written,
                                     AclPictureRanges* ranges) {
  const VpcPicture layout = VpcLayout(image.format, image.width, image.height, false);
  const VpcPicture whole = VpcLayout(image.format, image.width, image.height, true);
  VpcPicture picture = layout;
  if (reinterpret_cast<std::uintptr_t>(image.data[0]) % kAlignment != 0) return std::nullopt;
  if (image.stride[0] < whole.width_stride || image.stride[0] % kRowPixels != 0 ||
      image.stride[0] > (1 << 16))
    return std::nullopt;
  picture.data = const_cast<std::uint8_t*>(image.data[0]);
  picture.width_stride = static_cast<std::uint32_t>(image.stride[0]);
  if (PlaneCount(image.format) > 1) {
    const auto apart = static_cast<std::ptrdiff_t>(reinterpret_cast<std::uintptr_t>(image.data[1]) -
                                                   reinterpret_cast<std::uintptr_t>(image.data[0]));
    if (image.stride[1] != image.stride[0] || apart <= 0 || apart % image.stride[0] != 0 ||
        apart / image.stride[0] > (1 << 14))
      return std::nullopt;
    picture.height_stride = static_cast<std::uint32_t>(apart / image.stride[0]);
    if (picture.height_stride < layout.height_stride || picture.height_stride % kRows != 0)
      return std::nullopt;
  }
  if (written && (picture.width_stride != layout.width_stride ||
                  picture.height_stride != layout.height_stride))
    return std::nullopt;
  const std::size_t rows = picture.height_stride;
  const std::size_t bytes =
      picture.width_stride * (PlaneCount(image.format) > 1 ? rows + rows / 2 : rows);
  if (!ranges->Contain(picture.data, bytes)) return std::nullopt;
  picture.bytes = static_cast<std::uint32_t>(bytes);
  return picture;
}

}  // namespace infer_server::devices
