// SPDX-License-Identifier: Apache-2.0
// The frames that elements and kernels work on, borrowed from whoever owns the pixels.
#pragma once

#include "devices/image/image.h"

namespace infer_server::video {

using devices::ChromaSite;
using devices::ColorMatrix;
using devices::ColorRange;
using devices::PixelFormat;

using FrameView = devices::ImageView;        // Read only.
using MutableFrame = devices::MutableImage;  // To draw on.

}  // namespace infer_server::video
