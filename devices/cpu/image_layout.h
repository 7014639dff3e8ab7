// SPDX-License-Identifier: Apache-2.0
// Which way round an image tensor of a model lies.
#pragma once

#include <cstdint>
#include <vector>

#include "devices/tensor.h"

namespace infer_server::devices {

// The layout of a 4-dimensional tensor with 1, 3 or 4 channels on one side; kAny when neither side
// looks like channels. [1,3,4,3] and the like are taken for NCHW, the rule in the field.
inline Layout ImageLayout(const std::vector<std::int64_t>& shape) {
  const auto channels = [](std::int64_t n) { return n == 1 || n == 3 || n == 4; };
  if (shape.size() != 4) return Layout::kAny;
  if (channels(shape[1])) return Layout::kNCHW;
  return channels(shape[3]) ? Layout::kNHWC : Layout::kAny;
}

}  // namespace infer_server::devices
