// SPDX-License-Identifier: Apache-2.0
// A family of networks whose results are boxes: it reads them, the rest is the same for all.
#pragma once

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "video/post/detections.h"
#include "video/post/post_processor.h"

namespace infer_server::video {

class INFER_API DetectionFamily : public PostProcessor {
 public:
  devices::Status Process(const float* const* outputs, const Placement& placement,
                          const Rect& region, ItemResult* result) final {
    list_.Start(placement);
    Read(outputs, placement);
    list_.Finish(region, result);
    return {};
  }

 protected:
  // Adds the boxes of one item to list_. `outputs` as in Process(), `placement` for the size of the
  // input.
  virtual void Read(const float* const* outputs, const Placement& placement) = 0;

  DetectionList list_;  // To be bound by Bind().
};

}  // namespace infer_server::video
