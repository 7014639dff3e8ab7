// SPDX-License-Identifier: Apache-2.0
// Ultra-Light-Fast face detectors: scores [1,N,2] (background, face) and boxes [1,N,4], told apart
// by their last dimension. There are two exports whose tensors have the same names and shapes:
//  * "ultraface": boxes are x1, y1, x2, y2 as parts of the picture (the ONNX files);
//  * "ultraface-raw": boxes are offsets from prior boxes (the Caffe files), decoded here.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "video/post/detection_family.h"
#include "video/post/tensors.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

struct Prior {
  float cx, cy, w, h;  // Parts of the picture.
};

// Edges in pixels of the prior boxes of each stride; 0 = no more.
struct PriorLevel {
  int stride;
  std::array<float, 3> edges;
};
constexpr PriorLevel kLevels[] = {
    {8, {10, 16, 24}}, {16, {32, 48, 0}}, {32, {64, 96, 0}}, {64, {128, 192, 256}}};
constexpr float kCenterVariance = 0.1f, kSizeVariance = 0.2f;

std::vector<Prior> MakePriors(const PictureSize& size) {
  const auto part = [](float pixels, int side) {
    return std::min(pixels / static_cast<float>(side), 1.0f);
  };
  std::vector<Prior> priors;
  for (const PriorLevel& level : kLevels) {
    const auto stride = static_cast<float>(level.stride);
    const int columns = (size.width + level.stride - 1) / level.stride;
    const int rows = (size.height + level.stride - 1) / level.stride;
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < columns; ++x)
        for (const float edge : level.edges) {
          if (edge == 0) continue;
          priors.push_back({part((static_cast<float>(x) + 0.5f) * stride, size.width),
                            part((static_cast<float>(y) + 0.5f) * stride, size.height),
                            part(edge, size.width), part(edge, size.height)});
        }
  }
  return priors;
}

class UltraFace : public DetectionFamily {
 public:
  explicit UltraFace(bool raw) : raw_(raw) {}

  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override {
    InputSettings settings;
    settings.color_order = ColorOrder::kRGB;
    settings.mean.fill(127);
    settings.std.fill(128);
    return settings;
  }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    const std::string family = raw_ ? "ultraface-raw" : "ultraface";
    const bool two = outputs.size() == 2 && outputs[0].shape.size() == 3 &&
                     outputs[1].shape.size() == 3 && outputs[0].shape[1] == outputs[1].shape[1] &&
                     outputs[0].shape[1] > 0;
    scores_ = two && outputs[0].shape[2] == 4 ? 1 : 0;
    if (!two || outputs[scores_].shape[2] != 2 || outputs[1 - scores_].shape[2] != 4)
      return DoesNotFit(family, "two outputs: scores [1,N,2] and boxes [1,N,4]", inputs, outputs);
    count_ = static_cast<std::size_t>(outputs[0].shape[1]);
    if (raw_) {
      const PictureSize size = PictureOf(inputs);
      priors_ = MakePriors(size);
      if (priors_.size() != count_)
        return DoesNotFit(family,
                          "scores [1,N,2] and boxes [1,N,4] with N = " +
                              std::to_string(priors_.size()) + " for an input of " +
                              std::to_string(size.width) + "x" + std::to_string(size.height),
                          inputs, outputs);
    }
    INFER_RETURN_IF_ERROR(CheckLabels(family, settings.labels, 1, outputs[scores_]));
    list_.Bind(settings, count_);
    return {};
  }

 private:
  void Read(const float* const* outputs, const Placement& placement) override {
    const float* scores = outputs[scores_];
    const float* boxes = outputs[1 - scores_];
    const auto width = static_cast<float>(placement.input_width);
    const auto height = static_cast<float>(placement.input_height);
    for (std::size_t i = 0; i < count_; ++i) {
      const float score = scores[2 * i + 1];
      if (!(score >= list_.least_score())) continue;
      std::array<float, 4> box;
      std::copy_n(boxes + 4 * i, 4, box.begin());
      if (raw_) box = Decode(box, priors_[i]);
      list_.Add(box[0] * width, box[1] * height, box[2] * width, box[3] * height, score, 0);
    }
  }

  static std::array<float, 4> Decode(const std::array<float, 4>& offsets, const Prior& prior) {
    const float cx = prior.cx + offsets[0] * kCenterVariance * prior.w;
    const float cy = prior.cy + offsets[1] * kCenterVariance * prior.h;
    const float w = prior.w * std::exp(offsets[2] * kSizeVariance);
    const float h = prior.h * std::exp(offsets[3] * kSizeVariance);
    return {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
  }

  const bool raw_;
  int scores_ = 0;  // Which output; the other one is the boxes.
  std::size_t count_ = 0;
  std::vector<Prior> priors_;
};

INFER_REGISTER(PostProcessors(), ultraface, "ultraface", (MakePostProcessor<UltraFace, false>));
INFER_REGISTER(PostProcessors(), ultraface_raw, "ultraface-raw",
               (MakePostProcessor<UltraFace, true>));

}  // namespace
}  // namespace infer_server::video
