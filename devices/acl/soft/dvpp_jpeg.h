// SPDX-License-Identifier: Apache-2.0
// JPEG files by libjpeg: baseline, Huffman-coded YUV or grey, which is what the vendor's hardware
// takes. Knows nothing of devices; reports nothing by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "devices/acl/soft/dvpp_format.h"

namespace infer_server::devices::acl {

struct JpegInfo {
  uint32_t width = 0, height = 0;  // Pixels.
  int components = 0;
  acldvppJpegFormat sampling = ACL_JPEG_CSS_UNKNOWN;
  std::string unsupported;  // Why it cannot be decoded; empty: it can.
};

// A code and its reason in words.
struct JpegStatus {
  aclError code = ACL_SUCCESS;
  std::string why;
  bool ok() const { return code == ACL_SUCCESS; }
};

// 100000: not a JPEG file, or its header ends early. Thread-safe, as all here.
JpegStatus ReadJpegInfo(const void* data, size_t size, JpegInfo* info);

// The format of a file's own sampling, V before U; YVU_SEMIPLANAR_420 for what has none.
acldvppPixelFormat OwnFormat(const JpegInfo& info);
// The picture that decoding into `layout` makes: sides of subsampled formats become even, down or
// with `up` up.
uint32_t DecodedWidth(const JpegInfo& info, const FormatLayout& layout, bool up);
uint32_t DecodedHeight(const JpegInfo& info, const FormatLayout& layout, bool up);

// Decodes into the frame, which is of the decoded size. 148052: not supported; 100006: damaged or
// cut off; 200000: out of memory.
JpegStatus DecodeJpeg(const void* data, size_t size, const Frame& to);

// Appends the file of a frame of YUV_SEMIPLANAR_420 or YVU_SEMIPLANAR_420 to `file`. `quality` is
// 1..100.
JpegStatus EncodeJpeg(const Frame& from, int quality, std::vector<uint8_t>* file);

}  // namespace infer_server::devices::acl
