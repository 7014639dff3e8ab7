// SPDX-License-Identifier: Apache-2.0
// Which kind of network file some bytes are. Judged by content: names lie.
#pragma once

#include <string_view>

namespace infer_server::devices {

enum class ModelFormat {
  kUnknown,
  kOnnx,
  kCaffeWeights,    // .caffemodel
  kCaffeText,       // .prototxt
  kDarknetWeights,  // .weights
  kDarknetText,     // .cfg
};

ModelFormat SniffModelFormat(std::string_view bytes);

}  // namespace infer_server::devices
