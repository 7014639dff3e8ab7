// SPDX-License-Identifier: Apache-2.0
// What tests of DVPP share: a channel and a stream, pictures with their memory, and where each
// format keeps its components, told apart from the library's own tables.
#pragma once

#define ENABLE_DVPP_INTERFACE
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "acl/ops/acl_dvpp.h"
#include "tests/devices/acl/acl_test.h"

namespace acl_test {

// Component c (0 Y or R, 1 U or G, 2 V or B, 3 alpha) of pixel (x, y) is at
// plane · width_stride · height_stride + (y / div_y) · stride + (x / div_x) · step + byte.
struct Spot {
  int plane, step, byte, div_x, div_y;
};

struct Format {
  acldvppPixelFormat id;
  bool rgb;
  int components;
  Spot spot[4];
};

inline Format Semiplanar(acldvppPixelFormat id, int div_x, int div_y, int u) {
  return {
      id, false, 3, {{0, 1, 0, 1, 1}, {1, 2, u, div_x, div_y}, {1, 2, 1 - u, div_x, div_y}, {}}};
}
inline Format Packed(acldvppPixelFormat id, int step, int r, int g, int b, int a = 0) {
  return {id,
          true,
          step,
          {{0, step, r, 1, 1}, {0, step, g, 1, 1}, {0, step, b, 1, 1}, {0, step, a, 1, 1}}};
}

inline const std::vector<Format>& Formats() {
  static const std::vector<Format> formats = {
      {PIXEL_FORMAT_YUV_400, false, 1, {{0, 1, 0, 1, 1}, {}, {}, {}}},
      Semiplanar(PIXEL_FORMAT_YUV_SEMIPLANAR_420, 2, 2, 0),
      Semiplanar(PIXEL_FORMAT_YVU_SEMIPLANAR_420, 2, 2, 1),
      Semiplanar(PIXEL_FORMAT_YUV_SEMIPLANAR_422, 2, 1, 0),
      Semiplanar(PIXEL_FORMAT_YVU_SEMIPLANAR_422, 2, 1, 1),
      Semiplanar(PIXEL_FORMAT_YUV_SEMIPLANAR_444, 1, 1, 0),
      Semiplanar(PIXEL_FORMAT_YVU_SEMIPLANAR_444, 1, 1, 1),
      Semiplanar(PIXEL_FORMAT_YUV_SEMIPLANAR_440, 1, 2, 0),
      Semiplanar(PIXEL_FORMAT_YVU_SEMIPLANAR_440, 1, 2, 1),
      Packed(PIXEL_FORMAT_RGB_888, 3, 0, 1, 2),
      Packed(PIXEL_FORMAT_BGR_888, 3, 2, 1, 0),
      Packed(PIXEL_FORMAT_ARGB_8888, 4, 1, 2, 3, 0),
      Packed(PIXEL_FORMAT_ABGR_8888, 4, 3, 2, 1, 0),
      Packed(PIXEL_FORMAT_RGBA_8888, 4, 0, 1, 2, 3),
      Packed(PIXEL_FORMAT_BGRA_8888, 4, 2, 1, 0, 3),
  };
  return formats;
}

inline const Format& FormatOf(acldvppPixelFormat id) {
  for (const Format& format : Formats())
    if (format.id == id) return format;
  throw std::out_of_range("no such format");
}

// A picture: its description, and memory of acldvppMalloc of exactly its size.
class Pic {
 public:
  Pic(acldvppPixelFormat id, uint32_t w, uint32_t h, uint32_t pad_x = 0, uint32_t pad_y = 0,
      acldvppPicDesc* desc = nullptr)
      : format(FormatOf(id)), width(w), height(h), own_(desc == nullptr) {
    stride = std::max(32u, (w + pad_x) * static_cast<uint32_t>(format.spot[0].step));
    rows = h + pad_y;
    size = stride * rows;
    if (!format.rgb && format.components == 3) {
      const auto div_x = static_cast<uint32_t>(format.spot[1].div_x);
      size += stride * 2 / div_x * (rows / static_cast<uint32_t>(format.spot[1].div_y));
    }
    EXPECT_EQ(acldvppMalloc(&memory_, size), ACL_SUCCESS);
    pic = desc == nullptr ? acldvppCreatePicDesc() : desc;
    Describe();
  }
  Pic(const Pic&) = delete;
  Pic& operator=(const Pic&) = delete;
  ~Pic() {
    EXPECT_EQ(acldvppFree(memory_), ACL_SUCCESS);
    if (own_) {
      EXPECT_EQ(acldvppDestroyPicDesc(pic), ACL_SUCCESS);
    }
  }

  void Describe() {
    acldvppSetPicDescData(pic, memory_);
    acldvppSetPicDescSize(pic, size);
    acldvppSetPicDescFormat(pic, format.id);
    acldvppSetPicDescWidth(pic, width);
    acldvppSetPicDescHeight(pic, height);
    acldvppSetPicDescWidthStride(pic, stride);
    acldvppSetPicDescHeightStride(pic, rows);
    acldvppSetPicDescRetCode(pic, 77);
  }
  void FillRandom(std::mt19937* random) {
    for (uint32_t i = 0; i < size; ++i) bytes()[i] = static_cast<uint8_t>((*random)());
  }
  // Smooth, and different in every component.
  void FillSmooth() {
    for (int c = 0; c < format.components; ++c)
      for (uint32_t y = 0; y < height; ++y)
        for (uint32_t x = 0; x < width; ++x)
          *At(c, x, y) = static_cast<uint8_t>(40 + c * 50 + x * 60 / width + y * 50 / height);
  }
  uint8_t* At(int component, uint32_t x, uint32_t y) const {
    const Spot& spot = format.spot[component];
    const size_t plane_stride = spot.plane == 0 ? stride : stride * 2 / spot.div_x;
    return bytes() + static_cast<size_t>(spot.plane) * stride * rows +
           y / spot.div_y * plane_stride + x / spot.div_x * spot.step + spot.byte;
  }
  uint8_t* bytes() const { return static_cast<uint8_t*>(memory_); }
  uint32_t ret_code() const { return acldvppGetPicDescRetCode(pic); }

  const Format& format;
  const uint32_t width, height;
  uint32_t stride = 0, rows = 0, size = 0;
  acldvppPicDesc* pic = nullptr;

 private:
  void* memory_ = nullptr;
  const bool own_;
};

// Inclusive bounds, as the API has them.
class Region {
 public:
  Region(uint32_t left, uint32_t top, uint32_t width, uint32_t height)
      : roi(acldvppCreateRoiConfig(left, left + width - 1, top, top + height - 1)) {}
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region() { EXPECT_EQ(acldvppDestroyRoiConfig(roi), ACL_SUCCESS); }
  acldvppRoiConfig* const roi;
};

class Dvpp : public Runtime {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    ASSERT_EQ(aclrtCreateStream(&stream_), ACL_SUCCESS);
    channel_ = acldvppCreateChannelDesc();
    ASSERT_EQ(acldvppCreateChannel(channel_), ACL_SUCCESS);
    resize_ = acldvppCreateResizeConfig();
  }
  void TearDown() override {
    EXPECT_EQ(acldvppDestroyResizeConfig(resize_), ACL_SUCCESS);
    EXPECT_EQ(acldvppDestroyChannel(channel_), ACL_SUCCESS);
    EXPECT_EQ(acldvppDestroyChannelDesc(channel_), ACL_SUCCESS);
    EXPECT_EQ(aclrtDestroyStream(stream_), ACL_SUCCESS);
    Runtime::TearDown();
  }
  // The first failure: of the call, or of what it queued.
  aclError Done(aclError queued) {
    const aclError code = aclrtSynchronizeStream(stream_);
    return queued != ACL_SUCCESS ? queued : code;
  }

  aclrtStream stream_ = nullptr;
  acldvppChannelDesc* channel_ = nullptr;
  acldvppResizeConfig* resize_ = nullptr;
};

}  // namespace acl_test
