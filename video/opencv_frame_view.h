// SPDX-License-Identifier: Apache-2.0
// From an application's OpencvFrame to what kernels read.
#pragma once

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "opencv_frame.h"
#include "video/frame.h"

namespace infer_server::video {

// Borrows the frame's pixels, or those of `kept`, which gets a copy where they cannot be read as
// they are: of depth CV_32F (taken when `floats`), or I420 with gaps between its rows. Fails with
// kInvalidArgument, saying what was expected, when the picture does not go with its format.
// Thread-safe.
INFER_API devices::Result<FrameView> ViewOf(const OpencvFrame& frame, bool floats, cv::Mat* kept);

}  // namespace infer_server::video
