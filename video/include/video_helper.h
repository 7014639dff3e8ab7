// SPDX-License-Identifier: Apache-2.0
// The InferServer for video: frames, boxes, and requests made of them. (Seed 004 "contrib"; the
// CNIS 0.7 header contrib/video_helper.h.)
#pragma once

#include <string>

#include "devices/base/export.h"
#include "video_frame.h"
#include "video_infer_server.h"

namespace infer_server::video {

// What turns frames into network input on a device.
enum class PreprocessType {
  UNKNOWN = 0,
  RESIZE_CONVERT = 1,
  SCALER = 2,
  CNCV_PREPROC = 3,
  CNCV_RESIZE_CONVERT = CNCV_PREPROC,  // Its name in 0.7.
};

// "RESIZE_CONVERT"; "UNKNOWN" for a value that is none of them.
INFER_API std::string PreprocessTypeStr(PreprocessType type);

}  // namespace infer_server::video
