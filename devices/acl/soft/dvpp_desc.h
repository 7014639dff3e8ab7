// SPDX-License-Identifier: Apache-2.0
// What the descriptions and configurations of acl_dvpp.h hold.
//
// A call takes copies of what it needs when it is made; only the return code, and for JPEG decoding
// the sizes, are written back when the work is done. So a description may go before its work.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#define ENABLE_DVPP_INTERFACE
#include "acl/ops/acl_dvpp.h"
#include "devices/acl/soft/dvpp_object.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {

// Width and height in pixels, width_stride in bytes, height_stride in rows, size in bytes.
struct Picture {
  void* data = nullptr;
  uint32_t size = 0;
  acldvppPixelFormat format = PIXEL_FORMAT_UNKNOWN;
  uint32_t width = 0, height = 0;
  uint32_t width_stride = 0, height_stride = 0;
};

// A value that threads may read and write; read and written as a whole.
template <typename T>
class Guarded {
 public:
  T Get() const INFER_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    return value_;
  }
  template <typename F>
  void Change(F change) INFER_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    change(&value_);
  }

 private:
  mutable Mutex mutex_;
  T value_ INFER_GUARDED_BY(mutex_);
};

struct PicDesc : DvppObject {
  static constexpr const char* kWhat = "picture description";
  PicDesc() : DvppObject(kWhat) {}
  Guarded<Picture> picture;
  std::atomic<uint32_t> ret_code{0};
  bool of_batch = false;  // Destroyed with its batch only.
};

struct BatchPicDesc : DvppObject {
  static constexpr const char* kWhat = "batch of picture descriptions";
  BatchPicDesc() : DvppObject(kWhat) {}
  std::vector<void*> handles;
  std::vector<std::shared_ptr<PicDesc>> pictures;
};

// Inclusive bounds, in pixels.
struct Roi {
  uint32_t left = 0, right = 0, top = 0, bottom = 0;
  uint32_t width() const { return right - left + 1; }
  uint32_t height() const { return bottom - top + 1; }
};

struct RoiConfig : DvppObject {
  static constexpr const char* kWhat = "region";
  RoiConfig() : DvppObject(kWhat) {}
  Guarded<Roi> roi;
};

struct ResizeConfig : DvppObject {
  static constexpr const char* kWhat = "resize configuration";
  ResizeConfig() : DvppObject(kWhat) {}
  std::atomic<uint32_t> interpolation{0};
};

struct Border {
  uint32_t left = 0, right = 0, top = 0, bottom = 0;
  acldvppBorderType type = BORDER_CONSTANT;
  std::array<double, 4> value{};  // By component: Y, U, V or R, G, B, A.
};

struct BorderConfig : DvppObject {
  static constexpr const char* kWhat = "border configuration";
  BorderConfig() : DvppObject(kWhat) {}
  Guarded<Border> border;
};

struct JpegeConfig : DvppObject {
  static constexpr const char* kWhat = "JPEG encoder configuration";
  JpegeConfig() : DvppObject(kWhat) {}
  std::atomic<uint32_t> level{100};
};

struct ChannelSettings {
  uint32_t mode = 0;  // Bits of acldvppChannelMode; 0: any work.
  uint32_t csc_matrix = ACL_DVPP_CSC_MATRIX_BT601_WIDE;
  uint32_t jpegd_precision = JPEGD_PRECISION_ALIGN_DOWN;
  uint32_t width = 0, height = 0;  // Kept for the user.
  uint64_t id = 0;                 // 0: the channel is not open.
};

struct ChannelDesc : DvppObject {
  static constexpr const char* kWhat = "channel description";
  ChannelDesc() : DvppObject(kWhat) {}
  Guarded<ChannelSettings> settings;
};

// The settings of an open channel that does work of `mode`. False: *code is reported.
bool FindChannel(const acldvppChannelDesc* channel, acldvppChannelMode mode, const char* function,
                 ChannelSettings* settings, aclError* code);

}  // namespace infer_server::devices::acl
