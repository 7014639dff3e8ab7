// SPDX-License-Identifier: Apache-2.0
// Twenty labelled boxes on a 1080p frame: the Annotator on NV12, a copy of that frame by memcpy,
// and OpenCV's rectangle + filled ground + putText on BGR, alternating in one run on one thread.
// Frames rotate, so that they are not in the cache from the last call.
//
// `draw_us`, `memcpy_us`, `opencv_us`: medians of one frame; `memcpy_ratio` = draw / memcpy,
// `opencv_ratio` = opencv / draw.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <random>
#include <vector>

#include "video/draw/annotate.h"
#include "video/draw/palette.h"

namespace infer_server::video {
namespace {

constexpr int kFrames = 8, kWidth = 1920, kHeight = 1080, kBoxes = 20;
constexpr std::size_t kBytes = std::size_t{kWidth} * kHeight * 3 / 2;

FrameResult MakeResult() {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> unit(0, 1);
  const char* labels[] = {"person", "car", "bicycle", "traffic light"};
  FrameResult result;
  for (int i = 0; i < kBoxes; ++i) {
    Object object;
    object.label = labels[i % 4];
    object.score = unit(random);
    object.track_id = i;
    object.box = {unit(random) * 1600, unit(random) * 700, 80 + unit(random) * 240,
                  100 + unit(random) * 280};
    result.objects.push_back(object);
  }
  return result;
}

MutableFrame Nv12(std::vector<std::uint8_t>* bytes) {
  MutableFrame frame;
  frame.width = kWidth;
  frame.height = kHeight;
  frame.data[0] = bytes->data();
  frame.data[1] = bytes->data() + std::size_t{kWidth} * kHeight;
  frame.stride[0] = frame.stride[1] = kWidth;
  frame.matrix = ColorMatrix::kBT709;
  return frame;
}

void DrawByOpenCv(const FrameResult& result, cv::Mat* bgr) {
  for (const Object& object : result.objects) {
    const Color c = ColorOf(object.label);
    const cv::Scalar color(c.b, c.g, c.r);
    const cv::Rect box(static_cast<int>(object.box.x), static_cast<int>(object.box.y),
                       static_cast<int>(object.box.w), static_cast<int>(object.box.h));
    cv::rectangle(*bgr, box, color, 3);
    char text[64];
    std::snprintf(text, sizeof text, "%s #%d %.2f", object.label.c_str(),
                  static_cast<int>(object.track_id), static_cast<double>(object.score));
    int baseline = 0;
    const cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, 0.8, 2, &baseline);
    const cv::Point at(box.x, std::max(size.height + baseline, box.y));
    cv::rectangle(*bgr, {at.x, at.y - size.height - baseline}, {at.x + size.width, at.y}, color,
                  cv::FILLED);
    cv::putText(*bgr, text, {at.x, at.y - baseline}, cv::FONT_HERSHEY_SIMPLEX, 0.8,
                cv::Scalar::all(0), 2, cv::LINE_AA);
  }
}

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

void TwentyBoxes(benchmark::State& state) {
  cv::setNumThreads(1);
  std::vector<std::vector<std::uint8_t>> nv12(kFrames, std::vector<std::uint8_t>(kBytes, 90));
  std::vector<cv::Mat> bgr;
  for (int i = 0; i < kFrames; ++i) bgr.emplace_back(kHeight, kWidth, CV_8UC3, cv::Scalar::all(90));
  std::vector<std::uint8_t> copy(kBytes);
  const FrameResult result = MakeResult();
  Annotator annotator;
  const auto status = annotator.Configure({}, kHeight);
  if (!status.ok()) {
    state.SkipWithError(status.message().c_str());
    return;
  }
  std::vector<double> draw_us, memcpy_us, opencv_us;
  std::size_t i = 0;
  for (auto _ : state) {
    draw_us.push_back(Microseconds([&] { annotator.Draw(result, Nv12(&nv12[i++ % kFrames])); }));
    // Half a turn away: neither side reads what the other has just written.
    memcpy_us.push_back(Microseconds([&] {
      std::memcpy(copy.data(), nv12[(i + kFrames / 2) % kFrames].data(), kBytes);
      benchmark::DoNotOptimize(copy.data());
    }));
    opencv_us.push_back(Microseconds([&] { DrawByOpenCv(result, &bgr[i % kFrames]); }));
    state.SetIterationTime((draw_us.back() + memcpy_us.back() + opencv_us.back()) * 1e-6);
  }
  if (draw_us.empty()) return;
  const double draw = Median(&draw_us), plain = Median(&memcpy_us), opencv = Median(&opencv_us);
  state.counters["draw_us"] = draw;
  state.counters["memcpy_us"] = plain;
  state.counters["opencv_us"] = opencv;
  state.counters["memcpy_ratio"] = draw / plain;
  state.counters["opencv_ratio"] = opencv / draw;
}
BENCHMARK(TwentyBoxes)->UseManualTime();

}  // namespace
}  // namespace infer_server::video

BENCHMARK_MAIN();
