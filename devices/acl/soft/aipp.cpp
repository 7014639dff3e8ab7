// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/aipp.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "devices/image/to_tensor_colors.h"

namespace infer_server::devices::acl {
namespace {

struct Named {
  aclAippInputFormat format;
  const char* name;
};
constexpr Named kFormats[] = {{ACL_YUV420SP_U8, "YUV420SP_U8"},
                              {ACL_XRGB8888_U8, "XRGB8888_U8"},
                              {ACL_RGB888_U8, "RGB888_U8"},
                              {ACL_YUV400_U8, "YUV400_U8"}};

Status Bad(const std::string& why) { return Status(Code::kInvalidArgument, "AIPP: " + why); }

std::string Size(int width, int height) {
  return std::to_string(width) + " x " + std::to_string(height);
}

// The part of the source read, and the size it becomes.
struct Geometry {
  int src_width, src_height, x = 0, y = 0, width, height, fill_width, fill_height;
};

Geometry Resolve(const AippParams& p, const AippItem& item, int width, int height) {
  Geometry g = {};
  g.src_width = p.src_width > 0 ? p.src_width : width;
  g.src_height = p.src_height > 0 ? p.src_height : height;
  g.width = g.src_width;
  g.height = g.src_height;
  if (item.crop) {
    g.x = item.crop_x;
    g.y = item.crop_y;
    g.width = item.crop_width;
    g.height = item.crop_height;
  }
  g.fill_width = item.resize ? item.resize_width : g.width;
  g.fill_height = item.resize ? item.resize_height : g.height;
  return g;
}

PixelFormat FormatOf(const AippParams& p) {
  switch (p.format) {
    case ACL_YUV420SP_U8:
      return p.rbuv_swap ? PixelFormat::kNV21 : PixelFormat::kNV12;
    case ACL_RGB888_U8:
      return p.rbuv_swap ? PixelFormat::kBGR : PixelFormat::kRGB;
    case ACL_XRGB8888_U8:
      // ax_swap takes RGBX to XRGB.
      if (p.ax_swap) return p.rbuv_swap ? PixelFormat::kBGRA : PixelFormat::kRGBA;
      return p.rbuv_swap ? PixelFormat::kABGR : PixelFormat::kARGB;
    default:
      return PixelFormat::kGray8;
  }
}

ColorMap ColorsOf(const AippParams& p) {
  ColorMap colors;
  for (size_t row = 0; row < 3; ++row) {
    if (!p.csc) {
      colors.m[row][row] = 1;
      continue;
    }
    float constant = static_cast<float>(p.output_bias[row]);
    for (size_t column = 0; column < 3; ++column) {
      const float factor = static_cast<float>(p.matrix[3 * row + column]) / 256;
      colors.m[row][column] = factor;
      constant -= factor * static_cast<float>(p.input_bias[column]);
    }
    colors.m[row][3] = constant;
  }
  return colors;
}

ImageView View(const AippParams& p, const Geometry& g, const void* picture) {
  ImageView view;
  view.format = FormatOf(p);
  view.width = g.src_width;
  view.height = g.src_height;
  const auto* data = static_cast<const uint8_t*>(picture);
  for (int plane = 0; plane < PlaneCount(view.format); ++plane) {
    const size_t row = RowBytes(view.format, plane, g.src_width);
    view.data[plane] = data;
    view.stride[plane] = static_cast<std::ptrdiff_t>(row);
    data += row * static_cast<size_t>(PlaneRows(view.format, plane, g.src_height));
  }
  return view;
}

// Writes the value of the padding where ToTensor() wrote a normalised one.
template <typename T>
void Pad(const ToTensorParams& t, int channels, T value, T* out) {
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < t.height; ++y)
      for (int x = 0; x < t.width; ++x) {
        const bool filled = x >= t.fill_x && x < t.fill_x + t.fill_width && y >= t.fill_y &&
                            y < t.fill_y + t.fill_height;
        const int at = t.layout == Layout::kNCHW ? (c * t.height + y) * t.width + x
                                                 : (y * t.width + x) * channels + c;
        if (!filled) out[at] = value;
      }
}

}  // namespace

size_t AippPictureBytes(aclAippInputFormat format, int width, int height) {
  if (width < 1 || height < 1 || width > kMaxImageSide || height > kMaxImageSide) return 0;
  const size_t pixels = static_cast<size_t>(width) * static_cast<size_t>(height);
  switch (format) {
    case ACL_YUV420SP_U8:
      return width % 2 != 0 || height % 2 != 0 ? 0 : pixels / 2 * 3;
    case ACL_XRGB8888_U8:
      return 4 * pixels;
    case ACL_RGB888_U8:
      return 3 * pixels;
    case ACL_YUV400_U8:
      return pixels;
    default:
      return 0;
  }
}

const char* AippFormatName(aclAippInputFormat format) {
  for (const Named& one : kFormats)
    if (one.format == format) return one.name;
  return nullptr;
}

aclAippInputFormat AippFormatOf(const char* name) {
  for (const Named& one : kFormats)
    if (std::strcmp(one.name, name) == 0) return one.format;
  return ACL_AIPP_RESERVED;
}

Status CheckAipp(const AippParams& params, const AippItem& item, int width, int height,
                 int channels) {
  if (AippFormatName(params.format) == nullptr)
    return Status(Code::kUnsupported, "AIPP: input_format " + std::to_string(params.format) +
                                          "; there are YUV420SP_U8, XRGB8888_U8, RGB888_U8 and "
                                          "YUV400_U8 here");
  if (channels != 1 && channels != 3)
    return Bad("the network's input has " + std::to_string(channels) +
               " channels, must have 1 or 3");
  if (params.format == ACL_YUV400_U8 && (channels != 1 || params.csc))
    return Bad("YUV400_U8 is for networks of one channel, without csc_switch");
  if (width < 1 || height < 1) return Status();  // Left open; checked with the profile's.
  const Geometry g = Resolve(params, item, width, height);
  if (AippPictureBytes(params.format, g.src_width, g.src_height) == 0)
    return Bad("src_image_size is " + Size(g.src_width, g.src_height) +
               ", must be 1 or more, and even for YUV420SP_U8");
  if (item.crop && (g.x < 0 || g.y < 0 || g.width < 1 || g.height < 1 ||
                    g.width > g.src_width - g.x || g.height > g.src_height - g.y))
    return Bad("the crop of " + Size(g.width, g.height) + " at " + std::to_string(g.x) + ", " +
               std::to_string(g.y) + " is not inside the picture of " +
               Size(g.src_width, g.src_height));
  if (item.resize && ((item.resize_in_width > 0 && item.resize_in_width != g.width) ||
                      (item.resize_in_height > 0 && item.resize_in_height != g.height)))
    return Bad("the resize begins with " + Size(item.resize_in_width, item.resize_in_height) +
               ", and there are " + Size(g.width, g.height));
  const int left = item.padding ? item.pad_left : 0, right = item.padding ? item.pad_right : 0;
  const int top = item.padding ? item.pad_top : 0, bottom = item.padding ? item.pad_bottom : 0;
  if (left < 0 || right < 0 || top < 0 || bottom < 0 || left > width || right > width ||
      top > height || bottom > height || g.fill_width < 1 || g.fill_height < 1 ||
      g.fill_width != width - left - right || g.fill_height != height - top - bottom)
    return Bad("crop, resize and padding give " + Size(g.fill_width, g.fill_height) + " with " +
               std::to_string(left) + " + " + std::to_string(right) + " columns and " +
               std::to_string(top) + " + " + std::to_string(bottom) +
               " rows round it, and the network's input is " + Size(width, height));
  return Status();
}

Status RunAipp(const AippParams& params, const TensorInfo& tensor, int rows, const void* pictures,
               void* out) {
  if (tensor.type != DataType::kFloat32 && tensor.type != DataType::kUint8)
    return Status(Code::kUnsupported, "AIPP: the network's input is of " +
                                          std::string(NameOf(tensor.type)) + ", must be f32 or u8");
  const bool nchw = tensor.layout == Layout::kNCHW;
  const int channels = static_cast<int>(tensor.shape[nchw ? 1 : 3]);
  ToTensorParams t;
  t.height = static_cast<int>(tensor.shape[nchw ? 2 : 1]);
  t.width = static_cast<int>(tensor.shape[nchw ? 3 : 2]);
  t.layout = tensor.layout;
  t.type = tensor.type;
  t.color_order = channels == 1 ? ColorOrder::kGray : ColorOrder::kRGB;
  const ColorMap colors = ColorsOf(params);
  const auto* from = static_cast<const char*>(pictures);
  auto* to = static_cast<char*>(out);
  for (int row = 0; row < rows; ++row) {
    const AippItem& item = params.items[params.items.size() == 1 ? 0 : static_cast<size_t>(row)];
    INFER_RETURN_IF_ERROR(CheckAipp(params, item, t.width, t.height, channels));
    const Geometry g = Resolve(params, item, t.width, t.height);
    t.crop_x = g.x;
    t.crop_y = g.y;
    t.crop_width = g.width;
    t.crop_height = g.height;
    t.fill_x = item.padding ? item.pad_left : 0;
    t.fill_y = item.padding ? item.pad_top : 0;
    t.fill_width = g.fill_width;
    t.fill_height = g.fill_height;
    for (size_t c = 0; c < 3; ++c) {
      t.scale[c] = item.var_reci[c];
      t.mean[c] = (static_cast<float>(item.mean[c]) + item.min[c]) * item.var_reci[c];
    }
    INFER_RETURN_IF_ERROR(ToTensorWithColors(View(params, g, from), t, colors, to));
    if (item.padding && tensor.type == DataType::kFloat32)
      Pad(t, channels, item.pad_value, reinterpret_cast<float*>(to));
    if (item.padding && tensor.type == DataType::kUint8)
      Pad(t, channels,
          static_cast<uint8_t>(item.pad_value > 0 ? std::min(item.pad_value, 255.0f) : 0.0f),
          reinterpret_cast<uint8_t*>(to));
    from += AippPictureBytes(params.format, g.src_width, g.src_height);
    to += tensor.ItemBytes();
  }
  return Status();
}

}  // namespace infer_server::devices::acl
