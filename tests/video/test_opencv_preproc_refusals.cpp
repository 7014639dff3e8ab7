// SPDX-License-Identifier: Apache-2.0
// What the process_functions of opencv_frame.h do not take, and the words they say it with.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/video/contrib_pictures.h"
#include "tests/video/host_tensor.h"

namespace infer_server::video {
namespace {

TEST(OpencvPreproc, RefusesWhatMakesNoSenseAndSaysWhy) {
  const cv::Mat good(6, 8, CV_8UC3, cv::Scalar::all(1));
  const OpencvFrame frame{good, PixelFmt::BGR24, {}};
  const auto plain = OpencvPreproc::GetFunction(PixelFmt::RGB24);
  const ModelPtr model = Model();
  const auto refused = [&](const PreprocessorHost::ProcessFunction& function, const auto& item,
                           ModelIO io, const ModelPtr& of = Model()) {
    EXPECT_FALSE(Call(function, item, of, &io));
    return TakeExplanation();
  };
  const auto says = [](const std::string& text, const char* words) {
    EXPECT_NE(std::string::npos, text.find(words)) << text;
  };
  const ModelIO bytes = HostTensor(3, kLayouts[0]), floats = HostTensor(3, kLayouts[2]);
  const auto make = [](PixelFmt dst, std::vector<float> mean, std::vector<float> std, int pad) {
    return OpencvPreproc::GetFunction(dst, mean, std, false, true, pad);
  };
  // The arguments.
  says(refused(make(PixelFmt::ARGB, {}, {}, 0), frame, bytes), "dst_fmt is ARGB");
  says(refused(make(PixelFmt::RGB24, {1, 2}, {}, 0), frame, floats), "mean has 2 values");
  says(refused(make(PixelFmt::RGBA, {1, 2, 3}, {}, 0), frame, floats), "none, 1 or 4");
  says(refused(make(PixelFmt::RGB24, {}, {1, 0, 1}, 0), frame, floats), "std has the value 0");
  says(refused(make(PixelFmt::RGB24, {NAN}, {}, 0), frame, floats), "mean has the value");
  says(refused(make(PixelFmt::RGB24, {}, {}, 256), frame, floats), "pad_value is 256");
  says(refused(OpencvPreproc::GetFunction(PixelFmt::RGB24, {}, {}, false, true, 0, false,
                                          DataType::INT16),
               frame, bytes),
       "src_depth");
  says(refused(make(PixelFmt::RGB24, {1}, {}, 0), frame, bytes), "host_input_layout FLOAT32");
  // The item.
  says(refused(plain, 7, bytes), "the item holds int; expected an OpencvFrame");
  says(refused(plain, OpencvFrame{}, bytes), "expected a picture");
  says(refused(plain, OpencvFrame{good, PixelFmt::RGBA, {}}, bytes), "expected CV_8UC4");
  says(refused(plain, OpencvFrame{good, PixelFmt::NV12, {}}, bytes), "expected CV_8UC1");
  says(refused(plain, OpencvFrame{cv::Mat(7, 8, CV_8UC1), PixelFmt::NV12, {}}, bytes), "rows");
  says(refused(plain, OpencvFrame{cv::Mat(6, 7, CV_8UC1), PixelFmt::I420, {}}, bytes), "even");
  says(refused(plain, OpencvFrame{good, static_cast<PixelFmt>(42), {}}, bytes), "fmt 42");
  says(refused(plain, VideoFrame{}, bytes), "0 x 0 pixels");
  // The region.
  for (const BoundingBox& roi : {BoundingBox{-0.5f, 0, 0.25f, 1}, BoundingBox{0, 0, NAN, 1}}) {
    OpencvFrame cut = frame;
    cut.roi = roi;
    says(refused(plain, cut, bytes), "has no part in it");
    VideoFrame video = Picture(PixelFmt::NV12, 8, 8).Frame();
    video.roi = roi;
    says(refused(plain, video, bytes), "has no part in it");
  }
  // The model.
  says(refused(plain, frame, HostTensor(4, kLayouts[0])), "3 channels for RGB24");
  says(refused(DefaultOpencvPreproc::GetFunction(), frame, HostTensor(1, kLayouts[0])),
       "4 channels for RGBA");
  says(refused(plain, frame, HostTensor(3, {DataType::INT32, DimOrder::NHWC})),
       "must be UINT8, FLOAT32 or FLOAT16");
  ModelIO flat = bytes;
  flat.shapes[0] = Shape{1, 420};
  says(refused(plain, frame, flat), "expected a picture");
  ModelIO small = bytes;
  small.shapes[0] = Shape{1, 11, 14, 3};
  says(refused(plain, frame, small), "needs more");
  says(refused(plain, frame, bytes, Model("3x4x4;3x4x4")), "one input");
}

}  // namespace
}  // namespace infer_server::video
