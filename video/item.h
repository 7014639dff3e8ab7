// SPDX-License-Identifier: Apache-2.0
// One piece of work of the video path: what travels through a session as an InferData.
#pragma once

#include "video/frame.h"
#include "video/result.h"

namespace infer_server::video {

// Set into an InferData as a `VideoItem*`, so that nothing is copied or allocated. The owner keeps
// it and the frame's pixels alive and leaves it alone until the session has answered.
struct VideoItem {
  FrameView frame;
  Rect region;          // Frame pixels: what the network is to see; not empty.
  Placement placement;  // Written by the preprocessor.
  ItemResult result;    // Written by the post-processor.
};

}  // namespace infer_server::video
