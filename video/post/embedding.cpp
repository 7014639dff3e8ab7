// SPDX-License-Identifier: Apache-2.0
// Embeddings: one output whose numbers describe what is seen, [1,N] or with dimensions of 1 around
// it. They are scaled to length 1, so that the cosine of two is their dot product.
#include <algorithm>
#include <cmath>
#include <string>

#include "video/post/post_processor.h"
#include "video/post/tensors.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

class Embedding : public PostProcessor {
 public:
  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override { return {}; }

  Status Bind(const PostSettings&, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    count_ = outputs.size() == 1 && outputs[0].shape.size() >= 2 ? outputs[0].ItemElements() : 0;
    const bool one_dimension =
        count_ >= 2 && std::count(outputs[0].shape.begin(), outputs[0].shape.end(),
                                  static_cast<std::int64_t>(count_)) == 1;
    if (!one_dimension)
      return DoesNotFit("embedding", "one output [1,N] with N of 2 or more", inputs, outputs);
    return {};
  }

  Status Process(const float* const* outputs, const Placement&, const Rect&,
                 ItemResult* result) override {
    double squares = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const auto number = static_cast<double>(outputs[0][i]);
      squares += number * number;
    }
    // Also false for NaN. Without a length there is no direction.
    if (!(squares > 0 && std::isfinite(squares))) return {};
    const double factor = 1 / std::sqrt(squares);
    result->embedding.resize(count_);
    for (std::size_t i = 0; i < count_; ++i)
      result->embedding[i] = static_cast<float>(static_cast<double>(outputs[0][i]) * factor);
    return {};
  }

 private:
  std::size_t count_ = 0;
};

INFER_REGISTER(PostProcessors(), embedding, "embedding", MakePostProcessor<Embedding>);

}  // namespace
}  // namespace infer_server::video
