// SPDX-License-Identifier: Apache-2.0
// The properties of the infer elements.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <string>

#include "devices/base/status.h"
#include "video/model_config.h"

namespace infer_gst {

enum class InferInput { kFrame, kObjects };
enum class InferStrategy { kDynamic, kStatic };
enum class OnError { kFail, kSkip };
// Settings of which the model's description has the say unless the property is set.
enum class Choice { kFalse, kTrue, kModel };
enum class ColorOrderChoice { kModel, kRgb, kBgr, kGray };
enum class AlignChoice { kModel, kTopLeft, kCenter };
enum class InterpolationChoice { kModel, kBilinear, kArea };

struct InferConfig {
  std::string model;
  std::string labels;
  std::string postprocess;
  std::string custom_postprocess;
  std::string threshold;
  double nms_threshold = 0.45;
  guint max_objects = 0;
  InferInput input = InferInput::kFrame;
  std::string object_class;
  guint min_object_width = 0;
  guint min_object_height = 0;
  guint inference_interval = 1;
  guint batch_size = 0;
  guint batch_timeout = 100;  // ms
  InferStrategy batch_strategy = InferStrategy::kDynamic;
  gint priority = 0;
  guint engine_num = 0;
  std::string engine = "auto";
  gint device_id = 0;
  ColorOrderChoice color_order = ColorOrderChoice::kModel;
  std::string mean;
  std::string std;
  std::string scale;
  Choice keep_aspect_ratio = Choice::kModel;
  AlignChoice letterbox_align = AlignChoice::kModel;
  gint pad_value = -1;
  InterpolationChoice interpolation = InterpolationChoice::kModel;
  gint label_offset = 0;
  std::string model_name;
  std::string attribute_name;
  OnError on_error = OnError::kFail;
  guint engine_timeout = 0;  // ms; of the elements whose devices can be stopped.
  guint start_timeout = 0;   // ms; the same.
};

// A config, and what was set when. Not thread-safe: the element's object lock guards it.
struct InferProperties {
  InferConfig config;
  // Bit i: row i was set by the user, so that it wins over the model's description.
  std::uint64_t set = 0;
  // Counts changes of what is read once, when the element opens its model, and of the rest.
  std::uint64_t opened_changes = 0;
  std::uint64_t live_changes = 0;
};

// Property ids are 1 + the row; the read-only ones follow.
void InstallInferProperties(GObjectClass* klass);
guint FirstReadOnlyId();

// What a property write led to.
enum class SetOutcome { kDone, kUnknownId, kTooLate };
// `running`: the element is in PAUSED or PLAYING, where only what is mutable may change.
SetOutcome SetInferProperty(InferProperties* properties, guint id, const GValue* value,
                            bool running);
bool GetInferProperty(const InferProperties& properties, guint id, GValue* value);

// What was set, in the form of a model description. Fails with kInvalidArgument naming property,
// value and what is accepted.
infer_server::devices::Result<infer_server::video::ModelConfig> ToModelConfig(
    const InferProperties& properties);

}  // namespace infer_gst
