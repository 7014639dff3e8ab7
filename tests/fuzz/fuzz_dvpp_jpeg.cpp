// SPDX-License-Identifier: Apache-2.0
// Any bytes as a JPEG file: its header, and decoding to the format that the first byte picks, into
// memory of exactly the picture's size.
#include <cstdlib>
#include <vector>

#include "devices/acl/soft/dvpp_jpeg.h"

using namespace infer_server::devices::acl;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  constexpr acldvppPixelFormat kFormats[] = {PIXEL_FORMAT_YUV_400,
                                             PIXEL_FORMAT_YUV_SEMIPLANAR_420,
                                             PIXEL_FORMAT_YVU_SEMIPLANAR_422,
                                             PIXEL_FORMAT_YUV_SEMIPLANAR_444,
                                             PIXEL_FORMAT_YUV_SEMIPLANAR_440,
                                             PIXEL_FORMAT_RGB_888,
                                             PIXEL_FORMAT_BGRA_8888};
  const uint8_t pick = data[0];
  ++data;
  --size;
  JpegInfo info;
  if (!ReadJpegInfo(data, size, &info).ok()) return 0;
  if (info.width == 0 || info.height == 0) std::abort();
  if (info.width > 600 || info.height > 600) return 0;

  Picture picture;
  picture.format = kFormats[pick % 7];
  const FormatLayout& layout = *FindFormat(picture.format);
  picture.width = DecodedWidth(info, layout, pick >= 128);
  picture.height = DecodedHeight(info, layout, pick >= 128);
  picture.width_stride = FormatRowBytes(layout, picture.width);
  picture.height_stride = picture.height;
  std::vector<uint8_t> pixels(FormatBytes(layout, picture.width_stride, picture.height_stride));
  picture.data = pixels.data();
  const JpegStatus status = DecodeJpeg(data, size, FrameOf(picture));
  // What is said of the header is what decoding does.
  if ((status.code == ACL_ERROR_UNSUPPORTED_JPEG) != !info.unsupported.empty()) std::abort();
  return 0;
}
