// SPDX-License-Identifier: Apache-2.0
// Turns a network's output tensors into results.
//
// One family of networks per file, which registers itself: yolox, ssd, classification, ...
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "devices/base/export.h"
#include "devices/base/registry.h"
#include "devices/base/status.h"
#include "devices/tensor.h"
#include "video/input_settings.h"
#include "video/labels.h"
#include "video/result.h"

namespace infer_server::video {

struct PostSettings {
  Labels labels;
  // Least score of class i; for classes past the end, `threshold`.
  std::vector<float> class_thresholds;
  float threshold = 0.25f;
  float nms_threshold = 0.45f;  // Boxes of one class that overlap more (IoU) are one; 1 = keep all.
  int max_objects = 0;          // Best that are kept; 0 = all (of classifications: 1).
  // Added to the class numbers that ssd networks put out, to get the label's number: -1 where the
  // network counts a background class 0 that the labels leave out.
  int label_offset = 0;

  float ThresholdOf(int label_id) const {
    const auto i = static_cast<std::size_t>(label_id);
    return i < class_thresholds.size() ? class_thresholds[i] : threshold;
  }
};

// One instance belongs to one engine's chain: one call at a time.
class INFER_API PostProcessor {
 public:
  virtual ~PostProcessor() = default;

  // How this family of networks wants its input unless the user or the model's file says otherwise.
  // `inputs` are the network's: one of 1 channel may be fed differently from one of 3. Before
  // Bind().
  virtual InputSettings DefaultInput(const std::vector<devices::TensorInfo>& inputs) const = 0;
  // The family's thresholds unless the user or the model's file says otherwise. Before Bind().
  virtual PostSettings DefaultPost() const { return {}; }

  // Prepares for a network with these tensors (of one item, dimension 0 is 1). Called once, first.
  // Fails with kInvalidArgument, saying what the family expects and listing the network's tensors
  // with names and shapes, when they do not fit, or when there are fewer labels than classes.
  virtual devices::Status Bind(const PostSettings& settings,
                               const std::vector<devices::TensorInfo>& inputs,
                               const std::vector<devices::TensorInfo>& outputs) = 0;

  // Adds the results of one item to `result` (cleared by the caller), in frame pixels, boxes
  // clipped to `region`, which is what the network saw. outputs[i] is output i of the network as
  // 32-bit floats. NaN and infinities in the tensors never reach a result. Allocates nothing that
  // grows with use.
  virtual devices::Status Process(const float* const* outputs, const Placement& placement,
                                  const Rect& region, ItemResult* result) = 0;
};

// For INFER_REGISTER(): makes a T of `arguments`.
template <typename T, auto... arguments>
devices::Result<std::unique_ptr<PostProcessor>> MakePostProcessor() {
  return std::unique_ptr<PostProcessor>(std::make_unique<T>(arguments...));
}

// yolox, fastestdet, ssd, ultraface, classification, raw, ...
INFER_API devices::Registry<PostProcessor>& PostProcessors();

}  // namespace infer_server::video
