// SPDX-License-Identifier: Apache-2.0
// What post-processors ask of a network's tensors when they bind, and how they say no.
#pragma once

#include <string>
#include <vector>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "devices/tensor.h"
#include "video/labels.h"

namespace infer_server::video {

struct PictureSize {
  int width = 0, height = 0, channels = 0;  // All 0: not a picture.
};

// The size of `inputs[0]` if it is a picture: four dimensions, 1 to 4 channels first (NCHW) or last
// (NHWC), by its layout or, where that is not known, by the dimension that can be one.
INFER_API PictureSize PictureOf(const std::vector<devices::TensorInfo>& inputs);

// The kInvalidArgument of a Bind(): what `family` expects and what the network has.
INFER_API devices::Status DoesNotFit(const std::string& family, const std::string& expected,
                                     const std::vector<devices::TensorInfo>& inputs,
                                     const std::vector<devices::TensorInfo>& outputs);

// Fails with kInvalidArgument when there are labels, but fewer than `classes` of tensor `output`.
// No labels at all are fine: classes go by number then.
INFER_API devices::Status CheckLabels(const std::string& family, const Labels& labels,
                                      std::int64_t classes, const devices::TensorInfo& output);

}  // namespace infer_server::video
