// SPDX-License-Identifier: Apache-2.0
// ToTensor() and OpenCV's cvtColor + resize + blobFromImage on one thread, alternating in one run
// so that the ratio does not depend on what else the machine does. Frames rotate, so that they are
// not in the cache from the last call.
//
// Per case: `ours_us` and `opencv_us`, medians of one picture, and `ratio` = opencv / ours.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>
#include <random>
#include <string>
#include <vector>

#include "devices/image/to_tensor.h"

namespace infer_server::devices {
namespace {

constexpr int kFrames = 8;

struct Case {
  const char* name;
  PixelFormat format;
  int width, height;  // Of the frame.
  int side;           // Of the square input.
  Interpolation interpolation;
};

const Case kCases[] = {
    {"NV12_1080p_416", PixelFormat::kNV12, 1920, 1080, 416, Interpolation::kBilinear},
    {"NV12_1080p_640", PixelFormat::kNV12, 1920, 1080, 640, Interpolation::kBilinear},
    {"NV12_768x576_416", PixelFormat::kNV12, 768, 576, 416, Interpolation::kBilinear},
    {"I420_1080p_416", PixelFormat::kI420, 1920, 1080, 416, Interpolation::kBilinear},
    {"BGR_1080p_416", PixelFormat::kBGR, 1920, 1080, 416, Interpolation::kBilinear},
    {"BGRA_1080p_416", PixelFormat::kBGRA, 1920, 1080, 416, Interpolation::kBilinear},
    {"NV12_1080p_416_area", PixelFormat::kNV12, 1920, 1080, 416, Interpolation::kArea},
};

// Packed planes one below the other, as cvtColor takes them.
class Frames {
 public:
  explicit Frames(const Case& c) : case_(c) {
    std::mt19937 random(1);
    const bool yuv = IsYuv(c.format);
    const int type = yuv ? CV_8UC1 : CV_MAKETYPE(CV_8U, SampleBytes(c.format, 0));
    for (int i = 0; i < kFrames; ++i) {
      cv::Mat mat(yuv ? c.height * 3 / 2 : c.height, c.width, type);
      for (int y = 0; y < mat.rows; ++y)
        for (std::size_t x = 0; x < static_cast<std::size_t>(mat.cols) * mat.elemSize(); ++x)
          mat.ptr(y)[x] = static_cast<std::uint8_t>(random() % 64 + 90);
      mats_.push_back(mat);
    }
  }

  const cv::Mat& Mat(int i) const { return mats_[static_cast<std::size_t>(i % kFrames)]; }
  ImageView View(int i) const {
    ImageView view;
    view.format = case_.format;
    view.width = case_.width;
    view.height = case_.height;
    const std::uint8_t* data = Mat(i).ptr();
    for (int p = 0; p < PlaneCount(case_.format); ++p) {
      view.data[p] = data;
      view.stride[p] = static_cast<std::ptrdiff_t>(RowBytes(case_.format, p, case_.width));
      data += view.stride[p] * PlaneRows(case_.format, p, case_.height);
    }
    return view;
  }

 private:
  Case case_;
  std::vector<cv::Mat> mats_;
};

ToTensorParams Letterbox(const Case& c) {
  ToTensorParams p;
  p.crop_width = c.width;
  p.crop_height = c.height;
  p.width = p.height = p.fill_width = c.side;
  p.fill_height = c.side * c.height / c.width;
  p.pad_value = 114;
  p.interpolation = c.interpolation;
  return p;
}

// What the same tensor takes with OpenCV; its buffers are kept, its blob too.
class OpenCvPath {
 public:
  void Run(const Case& c, const cv::Mat& frame) {
    const ToTensorParams p = Letterbox(c);
    const cv::Mat* bgr = &bgr_;
    switch (c.format) {
      case PixelFormat::kNV12:
        cv::cvtColor(frame, bgr_, cv::COLOR_YUV2BGR_NV12);
        break;
      case PixelFormat::kI420:
        cv::cvtColor(frame, bgr_, cv::COLOR_YUV2BGR_I420);
        break;
      case PixelFormat::kBGRA:
        cv::cvtColor(frame, bgr_, cv::COLOR_BGRA2BGR);
        break;
      default:
        bgr = &frame;
    }
    canvas_.create(c.side, c.side, CV_8UC3);
    canvas_.setTo(cv::Scalar::all(114));
    cv::Mat fill = canvas_(cv::Rect(0, 0, p.fill_width, p.fill_height));
    cv::resize(*bgr, fill, fill.size(), 0, 0,
               c.interpolation == Interpolation::kArea ? cv::INTER_AREA : cv::INTER_LINEAR);
    cv::dnn::blobFromImage(canvas_, blob_);
    benchmark::DoNotOptimize(blob_.data);
  }

 private:
  cv::Mat bgr_, canvas_, blob_;
};

double Median(std::vector<double>* values) {
  const auto middle = values->begin() + static_cast<std::ptrdiff_t>(values->size() / 2);
  std::nth_element(values->begin(), middle, values->end());
  return *middle;
}

template <typename Body>
double Microseconds(Body body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
      .count();
}

void Compare(benchmark::State& state, const Case& c) {
  cv::setNumThreads(1);
  const Frames frames(c);
  const ToTensorParams params = Letterbox(c);
  std::vector<float> out(static_cast<std::size_t>(3 * c.side * c.side));
  OpenCvPath opencv;
  std::vector<double> ours_us, opencv_us;
  int i = 0;
  for (auto _ : state) {
    bool ok = true;
    ours_us.push_back(
        Microseconds([&] { ok = ToTensor(frames.View(i), params, out.data()).ok(); }));
    if (!ok) {
      state.SkipWithError("ToTensor failed");
      break;
    }
    benchmark::DoNotOptimize(out.data());
    // Half a turn away: neither side reads what the other has just read.
    opencv_us.push_back(Microseconds([&] { opencv.Run(c, frames.Mat(i + kFrames / 2)); }));
    state.SetIterationTime((ours_us.back() + opencv_us.back()) * 1e-6);
    ++i;
  }
  if (ours_us.empty() || opencv_us.empty()) return;
  const double ours = Median(&ours_us), theirs = Median(&opencv_us);
  state.counters["ours_us"] = ours;
  state.counters["opencv_us"] = theirs;
  state.counters["ratio"] = theirs / ours;
}

}  // namespace
}  // namespace infer_server::devices

int main(int argc, char** argv) {
  using infer_server::devices::kCases;
  benchmark::Initialize(&argc, argv);
  for (const auto& c : kCases) {
    benchmark::RegisterBenchmark(
        (std::string("ToTensor/") + c.name).c_str(),
        [&c](benchmark::State& state) { infer_server::devices::Compare(state, c); })
        ->UseManualTime();
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
