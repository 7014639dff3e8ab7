// SPDX-License-Identifier: Apache-2.0
#include "video/opencv_frame_view.h"

#include <string>

#include "video/video_frame_view.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;

Status Invalid(const OpencvFrame& frame, const std::string& expected) {
  const cv::Mat& img = frame.img;
  return Status(Code::kInvalidArgument, "opencv frame: img of " + PixelFmtStr(frame.fmt) + " has " +
                                            std::to_string(img.dims <= 2 ? img.cols : 0) + " x " +
                                            std::to_string(img.dims <= 2 ? img.rows : 0) +
                                            " elements of " + std::to_string(img.channels()) +
                                            " channels, depth " + std::to_string(img.depth()) +
                                            "; expected " + expected);
}

// The planes of a YUV picture lie one behind the other.
Result<FrameView> YuvViewOf(const OpencvFrame& frame, const cv::Mat& img) {
  FrameView view;
  view.format = FormatOf(frame.fmt);
  view.width = img.cols;
  view.height = img.rows / 3 * 2 + img.rows % 3 / 2;  // rows = height + half of it, rounded up.
  const int half_rows = view.height / 2 + view.height % 2;
  if (img.type() != CV_8UC1 || img.cols % 2 != 0 || view.height + half_rows != img.rows)
    return Invalid(frame, "CV_8UC1, columns even, height + ceil(height / 2) rows");
  const auto step = static_cast<std::ptrdiff_t>(img.step[0]);
  const std::uint8_t* chroma = img.data + step * view.height;
  view.data[0] = img.data;
  view.data[1] = chroma;
  view.stride[0] = view.stride[1] = step;
  if (frame.fmt == PixelFmt::I420) {  // Two rows of chroma in one of the picture.
    view.stride[1] = view.stride[2] = step / 2;
    view.data[2] = chroma + step / 2 * half_rows;
  }
  return view;
}

}  // namespace

Result<FrameView> ViewOf(const OpencvFrame& frame, bool floats, cv::Mat* kept) {
  if (GetPlaneNum(frame.fmt) == 0)
    return Status(Code::kInvalidArgument, "opencv frame: fmt " +
                                              std::to_string(static_cast<int>(frame.fmt)) +
                                              " is none of PixelFmt");
  if (frame.img.empty() || frame.img.dims != 2) return Invalid(frame, "a picture");
  if (GetPlaneNum(frame.fmt) > 1) {
    if (frame.fmt != PixelFmt::I420 || frame.img.isContinuous()) return YuvViewOf(frame, frame.img);
    *kept = frame.img.clone();
    return YuvViewOf(frame, *kept);
  }
  const int channels = devices::SampleBytes(FormatOf(frame.fmt), 0);
  const cv::Mat* img = &frame.img;
  if (floats && img->depth() == CV_32F) {
    frame.img.convertTo(*kept, CV_8U);
    img = kept;
  }
  if (img->type() != CV_8UC(channels))
    return Invalid(frame, "CV_8UC" + std::to_string(channels) + " (or CV_32FC" +
                              std::to_string(channels) + " with src_depth FLOAT32)");
  FrameView view;
  view.format = FormatOf(frame.fmt);
  view.width = img->cols;
  view.height = img->rows;
  view.data[0] = img->data;
  view.stride[0] = static_cast<std::ptrdiff_t>(img->step[0]);
  return view;
}

}  // namespace infer_server::video
