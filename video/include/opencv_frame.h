// SPDX-License-Identifier: Apache-2.0
// Pictures in cv::Mat as items, and the function that makes network input of them on the host.
// (Seed 004 "contrib"; the CNIS 0.7 header contrib/opencv_frame.h, and OpencvPreproc of 1.0.)
// Needs the headers of OpenCV's core.
#pragma once

#include <opencv2/core.hpp>

#include <vector>

#include "devices/base/export.h"
#include "infer_server.h"
#include "processor.h"
#include "video_frame.h"

namespace infer_server::video {

// A picture, or a part of one. A plain value; copies share the pixels.
struct INFER_API OpencvFrame {
  // RGB24, BGR24: CV_8UC3 of height × width. RGBA, BGRA, ARGB, ABGR: CV_8UC4. NV12, NV21, I420:
  // CV_8UC1 of height + ceil(height / 2) rows × width, width even, the planes one behind the other
  // as cv::cvtColor has them; colours are BT.601, limited range. Rows may have a gap between them.
  cv::Mat img;
  PixelFmt fmt = PixelFmt::BGR24;
  // The part to be looked at, 0..1 of the picture's width and height (of Y); all zero: all of it.
  BoundingBox roi;
};

namespace detail {
INFER_API bool ResizeConvert(PixelFmt dst_fmt, ModelIO* model_input, const InferData& input,
                             const ModelInfo& model);
}  // namespace detail

// A process_function of PreprocessorHost without options: crops an item to its roi, stretches it to
// the model's input and writes it as `dst_fmt` (RGB24, BGR24, RGBA or BGRA).
//
// Item: OpencvFrame, or VideoFrame in host memory (ours). Alpha of the input is not looked at;
// alpha made is 255. Model: one input, [n,height,width,channels] or [n,channels,height,width]; a
// model of 3 channels gets the RGB of RGBA, the BGR of BGRA. It writes 0..255 in the session's
// host_input_layout: UINT8, FLOAT32 or FLOAT16; NHWC or NCHW.
//
// The picture is resampled in one step with bilinear interpolation, as devices/image/to_tensor.h
// says; the roi is cut in fractions of pixels, after YUV has become RGB. Fails (returns false, and
// the item's status is ERROR_BACKEND with the reason in the log and LastError()) for another type
// of item, picture, model or host layout, and a roi with no part in the picture. Throws nothing.
// Thread-safe. Sessions that use the same one share engines.
template <PixelFmt dst_fmt>
struct OpencvResizeConvertBase {
  static_assert(dst_fmt == PixelFmt::RGB24 || dst_fmt == PixelFmt::BGR24 ||
                    dst_fmt == PixelFmt::RGBA || dst_fmt == PixelFmt::BGRA,
                "pictures are made as RGB24, BGR24, RGBA or BGRA");

  bool operator()(ModelIO* model_input, const InferData& input, const ModelInfo& model) const {
    return Run(model_input, input, model);
  }
  bool operator==(const OpencvResizeConvertBase&) const noexcept { return true; }

  static PreprocessorHost::ProcessFunction GetFunction() { return &Run; }

 private:
  static bool Run(ModelIO* model_input, const InferData& input, const ModelInfo& model) {
    return detail::ResizeConvert(dst_fmt, model_input, input, model);
  }
};

using DefaultOpencvPreproc = OpencvResizeConvertBase<PixelFmt::RGBA>;

// The same with options; items, models, cutting and failures are those above, but the model's
// channels must be those of `dst_fmt`.
struct INFER_API OpencvPreproc {
  // dst_fmt: RGB24, BGR24, RGBA or BGRA, the order of the model's channels.
  // mean, std: each empty (0 and 1), one value, or one for each channel in that order.
  // normalize: out = (pixel / 255 − mean) / std, else (pixel − mean) / std. A host_input_layout of
  //   FLOAT32 or FLOAT16 without mean and std gets pixel / 255 in any case; UINT8 gets 0..255, and
  //   is refused with mean, std or normalize.
  // keep_aspect_ratio: pads instead of stretching. The picture is centred between two paddings of
  //   the same size: its side is floor(side · ratio), one more where what is left would be odd.
  // pad_value: 0..255, of each colour of the padding before mean and std; its alpha is 255.
  // transpose: swaps x and y of what was cut out.
  // src_depth: UINT8, or FLOAT32 to also take RGB24 to ABGR frames whose img is of depth CV_32F
  //   (values 0..255, rounded to bytes).
  // Arguments that make no sense give a function that fails and says why. Sessions with functions
  // of different calls of this share no engines.
  static PreprocessorHost::ProcessFunction GetFunction(
      PixelFmt dst_fmt, std::vector<float> mean = {}, std::vector<float> std = {},
      bool normalize = false, bool keep_aspect_ratio = true, int pad_value = 0,
      bool transpose = false, DataType src_depth = DataType::UINT8);
};

}  // namespace infer_server::video
