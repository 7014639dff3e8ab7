// SPDX-License-Identifier: Apache-2.0
// Where the components of a pixel format lie in memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "devices/acl/soft/dvpp_desc.h"

namespace infer_server::devices::acl {

// Components are counted 0..3: Y, U, V or R, G, B, alpha.
constexpr int kMaxComponents = 4;
constexpr int kMaxFramePlanes = 3;

// Samples of one plane that are taken together.
struct PlaneLayout {
  int sample_bytes;                // From one sample to the next.
  int half_x, half_y;              // 1: half as many samples as pixels on that axis.
  int components;                  // In a sample, 1..3.
  int byte[kMaxFramePlanes];       // Where each is in the sample,
  int component[kMaxFramePlanes];  // and which it is.
};

struct FormatLayout {
  acldvppPixelFormat format;
  const char* name;  // "YUV_SEMIPLANAR_420"
  bool rgb;
  int plane_count;
  PlaneLayout planes[kMaxFramePlanes];
  bool alpha() const { return rgb && planes[0].sample_bytes == 4; }
  bool grey() const { return plane_count == 1 && !rgb; }
  // What width and height must be a multiple of.
  int step_x() const { return plane_count > 1 ? 1 + planes[1].half_x : 1; }
  int step_y() const { return plane_count > 1 ? 1 + planes[1].half_y : 1; }
};

// nullptr: not one of those that are built.
const FormatLayout* FindFormat(acldvppPixelFormat format);
// Their names, for messages.
const char* FormatNames();

// Bytes of a row of `width` pixels of the first plane.
inline uint32_t FormatRowBytes(const FormatLayout& layout, uint32_t width) {
  return width * static_cast<uint32_t>(layout.planes[0].sample_bytes);
}
// Bytes of a picture of these strides.
uint64_t FormatBytes(const FormatLayout& layout, uint64_t width_stride, uint64_t height_stride);

// A picture, or a part of one, as memory. Row y of plane p is at data[p] + y · stride[p].
struct Frame {
  const FormatLayout* layout = nullptr;
  int width = 0, height = 0;  // Pixels.
  uint8_t* data[kMaxFramePlanes] = {};
  ptrdiff_t stride[kMaxFramePlanes] = {};
  int columns(int plane) const {
    const int half = layout->planes[plane].half_x;
    return (width + half) >> half;
  }
  int rows(int plane) const {
    const int half = layout->planes[plane].half_y;
    return (height + half) >> half;
  }
};

// REQUIRES: the picture has a known format.
Frame FrameOf(const Picture& picture);
// The part under a region. REQUIRES: it is inside, and begins at a chroma sample.
Frame PartOf(const Frame& frame, const Roi& roi);

}  // namespace infer_server::devices::acl
