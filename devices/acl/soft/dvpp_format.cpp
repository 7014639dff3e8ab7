// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/dvpp_format.h"

namespace infer_server::devices::acl {
namespace {

constexpr PlaneLayout kLuma{1, 0, 0, 1, {0, 0, 0}, {0, 0, 0}};

constexpr PlaneLayout Chroma(int half_x, int half_y, int u_byte) {
  return {2, half_x, half_y, 2, {u_byte, 1 - u_byte, 0}, {1, 2, 0}};
}
constexpr PlaneLayout Rgb(int bytes, int r, int g, int b) {
  return {bytes, 0, 0, 3, {r, g, b}, {0, 1, 2}};
}

#define YUV_FORMAT(name, half_x, half_y, u_byte)                                    \
  {                                                                                 \
    PIXEL_FORMAT_##name, #name, false, 2, { kLuma, Chroma(half_x, half_y, u_byte) } \
  }
#define RGB_FORMAT(name, bytes, r, g, b)   \
  {                                        \
    PIXEL_FORMAT_##name, #name, true, 1, { \
      Rgb(bytes, r, g, b), {}              \
    }                                      \
  }

constexpr FormatLayout kFormats[] = {
    {PIXEL_FORMAT_YUV_400, "YUV_400", false, 1, {kLuma, {}}},
    YUV_FORMAT(YUV_SEMIPLANAR_420, 1, 1, 0),
    YUV_FORMAT(YVU_SEMIPLANAR_420, 1, 1, 1),
    YUV_FORMAT(YUV_SEMIPLANAR_422, 1, 0, 0),
    YUV_FORMAT(YVU_SEMIPLANAR_422, 1, 0, 1),
    YUV_FORMAT(YUV_SEMIPLANAR_444, 0, 0, 0),
    YUV_FORMAT(YVU_SEMIPLANAR_444, 0, 0, 1),
    YUV_FORMAT(YUV_SEMIPLANAR_440, 0, 1, 0),
    YUV_FORMAT(YVU_SEMIPLANAR_440, 0, 1, 1),
    RGB_FORMAT(RGB_888, 3, 0, 1, 2),
    RGB_FORMAT(BGR_888, 3, 2, 1, 0),
    RGB_FORMAT(ARGB_8888, 4, 1, 2, 3),
    RGB_FORMAT(ABGR_8888, 4, 3, 2, 1),
    RGB_FORMAT(RGBA_8888, 4, 0, 1, 2),
    RGB_FORMAT(BGRA_8888, 4, 2, 1, 0),
};

// Bytes of a row of chroma for one of luma: U and V of half as many samples are as many bytes.
ptrdiff_t ChromaStride(const FormatLayout& layout, ptrdiff_t width_stride) {
  return layout.planes[1].half_x == 1 ? width_stride : 2 * width_stride;
}

}  // namespace

const FormatLayout* FindFormat(acldvppPixelFormat format) {
  for (const FormatLayout& layout : kFormats)
    if (layout.format == format) return &layout;
  return nullptr;
}

const char* FormatNames() {
  return "YUV_400, YUV/YVU_SEMIPLANAR_420/422/440/444, RGB_888, BGR_888, ARGB/ABGR/RGBA/BGRA_8888";
}

uint64_t FormatBytes(const FormatLayout& layout, uint64_t width_stride, uint64_t height_stride) {
  uint64_t bytes = width_stride * height_stride;
  if (layout.plane_count > 1)
    bytes += static_cast<uint64_t>(ChromaStride(layout, static_cast<ptrdiff_t>(width_stride))) *
             (height_stride >> layout.planes[1].half_y);
  return bytes;
}

Frame FrameOf(const Picture& picture) {
  Frame frame;
  frame.layout = FindFormat(picture.format);
  frame.width = static_cast<int>(picture.width);
  frame.height = static_cast<int>(picture.height);
  frame.data[0] = static_cast<uint8_t*>(picture.data);
  frame.stride[0] = picture.width_stride;
  if (frame.layout->plane_count > 1) {
    frame.data[1] =
        frame.data[0] + static_cast<size_t>(picture.width_stride) * picture.height_stride;
    frame.stride[1] = ChromaStride(*frame.layout, frame.stride[0]);
  }
  return frame;
}

Frame PartOf(const Frame& frame, const Roi& roi) {
  Frame part = frame;
  part.width = static_cast<int>(roi.width());
  part.height = static_cast<int>(roi.height());
  for (int p = 0; p < frame.layout->plane_count; ++p) {
    const PlaneLayout& plane = frame.layout->planes[p];
    part.data[p] += static_cast<ptrdiff_t>(roi.top >> plane.half_y) * frame.stride[p] +
                    static_cast<ptrdiff_t>(roi.left >> plane.half_x) * plane.sample_bytes;
  }
  return part;
}

}  // namespace infer_server::devices::acl
