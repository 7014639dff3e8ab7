// SPDX-License-Identifier: Apache-2.0
// How long an ONNX model in memory is, when nobody says.
#pragma once

#include <cstddef>

#include "devices/base/status.h"

namespace infer_server {

// Walks the top-level fields of the ModelProto at `data` to their end: fields in ascending order of
// the numbers and wire types that ONNX defines, the graph among them. Looks at a few bytes past the
// end without harm (memory that is not there is taken for the end); when by chance they read as
// another field, too much is reported, so give the size where it is known. Fails with
// kInvalidArgument when this is not an ONNX model.
devices::Result<std::size_t> OnnxLength(const void* data);

}  // namespace infer_server
