// SPDX-License-Identifier: Apache-2.0
// Any network: makes no results of its tensors. For those who attach and read them themselves.
#include "video/post/post_processor.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

class Raw : public PostProcessor {
 public:
  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override { return {}; }
  Status Bind(const PostSettings&, const std::vector<TensorInfo>&,
              const std::vector<TensorInfo>&) override {
    return {};
  }
  Status Process(const float* const*, const Placement&, const Rect&, ItemResult*) override {
    return {};
  }
};

INFER_REGISTER(PostProcessors(), raw, "raw", MakePostProcessor<Raw>);

}  // namespace
}  // namespace infer_server::video
