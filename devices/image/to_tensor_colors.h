// SPDX-License-Identifier: Apache-2.0
// ToTensor() with a colour conversion of the caller's instead of the frame's own.
#pragma once

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "devices/image/color_matrix.h"
#include "devices/image/image.h"
#include "devices/image/to_tensor.h"

namespace infer_server::devices {

// As ToTensor(), but channel c of the output is what `colors` makes of the frame's components; of
// params.color_order only kGray counts, which makes one channel, of Y alone where there is chroma.
// Thread-safe.
INFER_API Status ToTensorWithColors(const ImageView& frame, const ToTensorParams& params,
                                    const ColorMap& colors, void* out);

}  // namespace infer_server::devices
