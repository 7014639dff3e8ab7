// SPDX-License-Identifier: Apache-2.0
// A matrix of elements of one type into its transpose of another.
#pragma once

#include <cstddef>

#include "devices/tensor.h"

namespace infer_server {

// to[i][o] = from[o][i] for o < outer, i < inner: with outer or inner 1 the order stays. Numbers
// are converted as Cast() says. `from` and `to` do not overlap. Thread-safe.
void CastTranspose(devices::DataType from_type, const void* from, devices::DataType to_type,
                   void* to, std::size_t outer, std::size_t inner);

}  // namespace infer_server
