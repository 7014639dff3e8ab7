// SPDX-License-Identifier: Apache-2.0
// Pictures of every PixelFmt as VideoFrame, OpencvFrame and the view that the plain reference
// reads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "devices/image/image.h"
#include "opencv_frame.h"
#include "video_helper.h"

namespace infer_server::video {

inline const PixelFmt kAllFormats[] = {PixelFmt::I420,  PixelFmt::NV12,  PixelFmt::NV21,
                                       PixelFmt::RGB24, PixelFmt::BGR24, PixelFmt::RGBA,
                                       PixelFmt::BGRA,  PixelFmt::ARGB,  PixelFmt::ABGR};

inline devices::PixelFormat KernelFormat(PixelFmt format) {
  using devices::PixelFormat;
  const PixelFormat formats[] = {PixelFormat::kI420, PixelFormat::kNV12, PixelFormat::kNV21,
                                 PixelFormat::kRGB,  PixelFormat::kBGR,  PixelFormat::kRGBA,
                                 PixelFormat::kBGRA, PixelFormat::kARGB, PixelFormat::kABGR};
  return formats[static_cast<int>(format)];
}

// Random pixels, the rows of each plane without a gap.
struct Picture {
  PixelFmt format;
  int width, height;
  std::vector<std::uint8_t> planes[3];

  Picture(PixelFmt fmt, int w, int h, unsigned seed = 1) : format(fmt), width(w), height(h) {
    std::mt19937 random(seed);
    const devices::PixelFormat kernel = KernelFormat(fmt);
    for (int p = 0; p < devices::PlaneCount(kernel); ++p) {
      planes[p].resize(devices::RowBytes(kernel, p, w) *
                       static_cast<std::size_t>(devices::PlaneRows(kernel, p, h)));
      for (std::uint8_t& byte : planes[p]) byte = static_cast<std::uint8_t>(random());
    }
  }

  devices::ImageView View() const {
    devices::ImageView view;
    view.format = KernelFormat(format);
    view.width = width;
    view.height = height;
    for (int p = 0; p < devices::PlaneCount(view.format); ++p) {
      view.data[p] = planes[p].data();
      view.stride[p] = static_cast<std::ptrdiff_t>(devices::RowBytes(view.format, p, width));
    }
    return view;
  }

  // In memory of its own, with `gap` more in each row (pixels of packed formats, else bytes).
  VideoFrame Frame(std::size_t gap = 0) const {
    VideoFrame frame;
    frame.format = format;
    frame.width = static_cast<std::size_t>(width);
    frame.height = static_cast<std::size_t>(height);
    frame.plane_num = GetPlaneNum(format);
    for (std::size_t p = 0; p < frame.plane_num; ++p) {
      const int plane = static_cast<int>(p);
      const devices::PixelFormat kernel = KernelFormat(format);
      const std::size_t row = devices::RowBytes(kernel, plane, width);
      frame.stride[p] = (frame.plane_num == 1 ? frame.width : row) + gap;
      const std::size_t step = frame.GetRowStride(p);
      frame.plane[p] = Buffer(frame.GetPlaneSize(p));
      auto* to = static_cast<std::uint8_t*>(frame.plane[p].MutableData());
      for (std::size_t y = 0; y * row < planes[p].size(); ++y)
        std::copy_n(&planes[p][y * row], row, to + y * step);
    }
    return frame;
  }

  // `gap` columns of something else on both sides of the cv::Mat.
  OpencvFrame Mat(int gap = 0) const {
    const bool yuv = GetPlaneNum(format) > 1;
    const int bytes = devices::SampleBytes(KernelFormat(format), 0);
    const int rows = height + (yuv ? (height + 1) / 2 : 0);
    cv::Mat around(rows, width + 2 * gap, CV_8UC(yuv ? 1 : bytes), cv::Scalar::all(77));
    cv::Mat img = around.colRange(gap, gap + width);
    std::size_t k = 0, p = 0;  // The planes come one behind the other, whatever their width.
    for (int y = 0; y < rows; ++y)
      for (std::size_t i = 0; i < static_cast<std::size_t>(width * img.channels()); ++i, ++k) {
        while (k == planes[p].size()) ++p, k = 0;
        img.ptr<std::uint8_t>(y)[i] = planes[p][k];
      }
    return {img, format, {}};
  }
};

}  // namespace infer_server::video
