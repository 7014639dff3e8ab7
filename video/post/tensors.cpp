// SPDX-License-Identifier: Apache-2.0
#include "video/post/tensors.h"

#include <cstdint>

namespace infer_server::video {

using devices::Code;
using devices::Layout;
using devices::Status;
using devices::TensorInfo;

PictureSize PictureOf(const std::vector<TensorInfo>& inputs) {
  if (inputs.empty() || inputs[0].shape.size() != 4) return {};
  const std::vector<std::int64_t>& shape = inputs[0].shape;
  constexpr std::int64_t kMaxSide = 1 << 16;
  for (int i = 1; i < 4; ++i)
    if (shape[i] < 1 || shape[i] > kMaxSide) return {};
  const auto can_be_channels = [&](int i) { return shape[i] <= 4; };
  bool first = inputs[0].layout == Layout::kNCHW;
  if (inputs[0].layout == Layout::kAny) first = can_be_channels(1);
  const int channels = first ? 1 : 3;
  if (!can_be_channels(channels)) return {};
  PictureSize size;
  size.channels = static_cast<int>(shape[channels]);
  size.height = static_cast<int>(shape[first ? 2 : 1]);
  size.width = static_cast<int>(shape[first ? 3 : 2]);
  return size;
}

Status DoesNotFit(const std::string& family, const std::string& expected,
                  const std::vector<TensorInfo>& inputs, const std::vector<TensorInfo>& outputs) {
  return {Code::kInvalidArgument,
          "post-processor '" + family + "' does not fit the network: it expects " + expected +
              "; the network has inputs " + devices::ToString(inputs) + " and outputs " +
              devices::ToString(outputs) + "; set postprocess to the network's family"};
}

Status CheckLabels(const std::string& family, const Labels& labels, std::int64_t classes,
                   const TensorInfo& output) {
  if (labels.empty() || static_cast<std::int64_t>(labels.size()) >= classes) return {};
  return {Code::kInvalidArgument,
          "post-processor '" + family + "': labels of " + labels.origin() + " are " +
              std::to_string(labels.size()) + ", but the network has " + std::to_string(classes) +
              " classes (output " + output.ToString() + "); give one label for each class"};
}

}  // namespace infer_server::video
