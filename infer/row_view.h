// SPDX-License-Identifier: Apache-2.0
// One item's part of a batch's tensors.
#pragma once

#include <cstddef>
#include <vector>

#include "infer_data.h"

namespace infer_server {

// A ModelIO of row `row` of `batch`, sharing its memory; row_bytes[i] are the bytes of one row of
// tensor i. Null when `batch` is null, holds no ModelIO, or its tensors are not those.
InferDataPtr RowView(const InferDataPtr& batch, std::size_t row,
                     const std::vector<std::size_t>& row_bytes);

}  // namespace infer_server
