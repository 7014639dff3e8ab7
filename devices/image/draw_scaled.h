// SPDX-License-Identifier: Apache-2.0
// Crop → resize → colour → picture, as devices/image_processor.h defines it.
#pragma once

#include <array>
#include <cstdint>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "devices/image/image.h"

namespace infer_server::devices {

// `crop` of `from` into `fill` of `to`, the rest of which becomes `pad`. Formats: YUV to NV12,
// NV21, RGB or BGR; R, G and B to RGB or BGR. REQUIRES: both parts are inside their pictures and
// not empty; in pictures with halved chroma they begin at even pixels and end there or at the edge.
// Scratch memory is kept per thread. Fails with kOutOfMemory. Thread-safe.
INFER_API Status DrawScaled(const ImageView& from, const ImageRect& crop, const MutableImage& to,
                            const ImageRect& fill, const std::array<std::uint8_t, 3>& pad);

}  // namespace infer_server::devices
