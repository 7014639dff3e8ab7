// SPDX-License-Identifier: Apache-2.0
// Classification: one output of one number for each class, [1,classes] or with dimensions of 1
// around it.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "video/post/post_processor.h"
#include "video/post/tensors.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

// How far the sum of probabilities may be from 1 for them to be taken as they are. Networks of
// 8-bit numbers are this far off.
constexpr float kSumTolerance = 0.02f;

bool IsDistribution(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) {
    if (!(value >= -kSumTolerance && value <= 1 + kSumTolerance)) return false;
    sum += static_cast<double>(value);
  }
  return std::abs(sum - 1) <= static_cast<double>(kSumTolerance);
}

void Softmax(std::vector<float>* values) {
  const float most = *std::max_element(values->begin(), values->end());
  float sum = 0;
  for (float& value : *values) {
    value = std::exp(value - most);
    sum += value;
  }
  for (float& value : *values) value /= sum;
}

class Classifier : public PostProcessor {
 public:
  // Three channels as networks trained on ImageNet want them; one channel from -1 to 1.
  InputSettings DefaultInput(const std::vector<TensorInfo>& inputs) const override {
    InputSettings settings;
    if (PictureOf(inputs).channels == 1) {
      settings.color_order = ColorOrder::kGray;
      settings.scale.fill(1 / 127.5f);
      settings.mean.fill(1);
      return settings;
    }
    settings.color_order = ColorOrder::kRGB;
    settings.scale.fill(1 / 255.0f);
    settings.mean = {0.485f, 0.456f, 0.406f};
    settings.std = {0.229f, 0.224f, 0.225f};
    return settings;
  }

  // The best class is the answer, however unsure: of many alike classes none may reach 0.25.
  PostSettings DefaultPost() const override {
    PostSettings settings;
    settings.threshold = 0;
    return settings;
  }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    const std::size_t classes = outputs.size() == 1 ? outputs[0].ItemElements() : 0;
    if (classes == 0 || outputs[0].shape.size() < 2 || !OneDimension(outputs[0], classes))
      return DoesNotFit("classification", "one output [1,classes]", inputs, outputs);
    INFER_RETURN_IF_ERROR(CheckLabels("classification", settings.labels,
                                      static_cast<std::int64_t>(classes), outputs[0]));
    settings_ = settings;
    settings_.labels = Labels();
    values_.resize(classes);
    order_.resize(classes);
    return {};
  }

  Status Process(const float* const* outputs, const Placement&, const Rect&,
                 ItemResult* result) override {
    std::copy_n(outputs[0], values_.size(), values_.begin());
    for (const float value : values_)
      if (!std::isfinite(value)) return {};
    if (values_.size() == 1) {
      // One number: a probability, or what a sigmoid makes one of.
      if (!(values_[0] >= 0 && values_[0] <= 1)) values_[0] = 1 / (1 + std::exp(-values_[0]));
    } else if (!IsDistribution(values_)) {
      Softmax(&values_);
    }
    std::iota(order_.begin(), order_.end(), 0);
    const std::size_t wanted = static_cast<std::size_t>(std::max(settings_.max_objects, 1));
    const std::size_t count = std::min(wanted, order_.size());
    std::partial_sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(count),
                      order_.end(), [this](int a, int b) {
                        return values_[a] != values_[b] ? values_[a] > values_[b] : a < b;
                      });
    for (std::size_t i = 0; i < count; ++i) {
      const float score = std::clamp(values_[order_[i]], 0.0f, 1.0f);
      if (score >= settings_.ThresholdOf(order_[i]))
        result->classifications.push_back({order_[i], score});
    }
    return {};
  }

 private:
  static bool OneDimension(const TensorInfo& output, std::size_t classes) {
    return std::count(output.shape.begin(), output.shape.end(),
                      static_cast<std::int64_t>(classes)) > 0;
  }

  PostSettings settings_;
  std::vector<float> values_;
  std::vector<int> order_;
};

INFER_REGISTER(PostProcessors(), classification, "classification", MakePostProcessor<Classifier>);

}  // namespace
}  // namespace infer_server::video
