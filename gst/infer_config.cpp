// SPDX-License-Identifier: Apache-2.0
#include "gst/infer_config.h"

#include <cstddef>

#include "gst/property_table.h"

namespace infer_gst {
namespace {

using infer_server::devices::Result;
using infer_server::devices::Status;
using infer_server::video::ModelConfig;

// Registers the enum at its first use.
template <std::size_t N>
GType EnumType(const char* name, const GEnumValue (&values)[N]) {
  const GType known = g_type_from_name(name);
  return known != 0 ? known : g_enum_register_static(name, values);
}

template <typename E>
int Value(E value) {
  return static_cast<int>(value);
}

GType InputType() {
  static const GEnumValue values[] = {
      {Value(InferInput::kFrame), "The whole frame", "frame"},
      {Value(InferInput::kObjects), "Each region that is on the frame", "objects"},
      {0, nullptr, nullptr}};
  static const GType type = EnumType("GstInferInput", values);
  return type;
}

GType StrategyType() {
  static const GEnumValue values[] = {
      {Value(InferStrategy::kDynamic), "Batches are filled over frames and sources", "dynamic"},
      {Value(InferStrategy::kStatic), "Each frame is batched alone", "static"},
      {0, nullptr, nullptr}};
  static const GType type = EnumType("GstInferBatchStrategy", values);
  return type;
}

GType OnErrorType() {
  static const GEnumValue values[] = {
      {Value(OnError::kFail), "Stop with an error", "fail"},
      {Value(OnError::kSkip), "Pass the frame with status failed, and go on", "skip"},
      {0, nullptr, nullptr}};
  static const GType type = EnumType("GstInferOnError", values);
  return type;
}

GType ChoiceType() {
  static const GEnumValue values[] = {{Value(Choice::kFalse), "No", "false"},
                                      {Value(Choice::kTrue), "Yes", "true"},
                                      {Value(Choice::kModel), "As the model says", "model"},
                                      {0, nullptr, nullptr}};
  static const GType type = EnumType("GstInferChoice", values);
  return type;
}

GType ColorOrderType() {
  static const GEnumValue values[] = {
      {Value(ColorOrderChoice::kModel), "As the model says", "model"},
      {Value(ColorOrderChoice::kRgb), "Red first", "rgb"},
      {Value(ColorOrderChoice::kBgr), "Blue first", "bgr"},
      {Value(ColorOrderChoice::kGray), "Brightness only", "gray"},
      {0, nullptr, nullptr}};
  static const GType type = EnumType("GstInferColorOrder", values);
  return type;
}

GType AlignType() {
  static const GEnumValue values[] = {
      {Value(AlignChoice::kModel), "As the model says", "model"},
      {Value(AlignChoice::kTopLeft), "Padding right and below", "top-left"},
      {Value(AlignChoice::kCenter), "Padding on both sides", "center"},
      {0, nullptr, nullptr}};
  static const GType type = EnumType("GstInferLetterboxAlign", values);
  return type;
}

GType InterpolationType() {
  static const GEnumValue values[] = {
      {Value(InterpolationChoice::kModel), "As the model says", "model"},
      {Value(InterpolationChoice::kBilinear), "Bilinear", "bilinear"},
      {Value(InterpolationChoice::kArea), "Mean of the area", "area"},
      {0, nullptr, nullptr}};
  static const GType type = EnumType("GstInferInterpolation", values);
  return type;
}

using C = InferConfig;
constexpr Property<InferConfig> kProperties[] = {
    Prop<&C::model>("model", kReady,
                    "Model file: ONNX, Caffe (.caffemodel with its .prototxt beside it) or Darknet "
                    "(.weights with its .cfg); for AscendCL OM or ONNX"),
    Prop<&C::labels>("labels", kReady,
                     "Names of the classes: a file with one a line, or a list 'person,car' (unset "
                     "= the model's description, else numbers)"),
    Prop<&C::postprocess>(
        "postprocess", kReady,
        "How to read the model's outputs: yolov3, yolov5, yolov8, yolox, nanodet, "
        "fastestdet, ssd, ultraface, ultraface-raw, yunet, classification, "
        "embedding, segmentation, raw (unset = the model's description)"),
    Prop<&C::custom_postprocess>("custom-postprocess", kReady,
                                 "Shared object that reads the model's outputs, in place of "
                                 "postprocess: a file (unset = the model's description)"),
    Prop<&C::threshold>("threshold", kReady,
                        "Least score of a result, 0..1, also by class: '0.3' or "
                        "'car:0.5,person:0.3,0.25' (unset = the model's description, else 0.25)"),
    Prop<&C::nms_threshold>("nms-threshold", kReady,
                            "Boxes of one class that overlap more than this (IoU) are one object; "
                            "1 = keep all (unless set, the model's description counts)",
                            0, 1),
    Prop<&C::max_objects>("max-objects", kReady,
                          "Best objects kept of each frame or region, 0 = all (unless set, the "
                          "model's description counts)",
                          0, 1 << 20),
    Prop<&C::input>("input", kReady, "What the model is run on", 0, 0, &InputType),
    Prop<&C::object_class>("object-class", kPlaying,
                           "With input=objects: run on regions with these labels only, a list "
                           "'person,car' (unset = all)"),
    Prop<&C::min_object_width>("min-object-width", kPlaying,
                               "With input=objects: run on regions at least this wide, in pixels"),
    Prop<&C::min_object_height>("min-object-height", kPlaying,
                                "With input=objects: run on regions at least this high, in pixels"),
    Prop<&C::inference_interval>(
        "inference-interval", kPlaying,
        "Run on every Nth frame; those between carry the last results again, with their age", 1,
        1000),
    Prop<&C::batch_size>("batch-size", kReady,
                         "Items of one engine call, 0 = what the model says, else 1", 0, 1024),
    Prop<&C::batch_timeout>("batch-timeout", kReady,
                            "Longest time an item waits for its batch to fill, in ms", 1, 60000),
    Prop<&C::batch_strategy>("batch-strategy", kReady, "How items come together in batches", 0, 0,
                             &StrategyType),
    Prop<&C::priority>(
        "priority", kReady,
        "Which element's work goes first where several share the device: 0 last, 9 first", 0, 9),
    Prop<&C::engine_num>("engine-num", kReady,
                         "Engines side by side, 0 = as many as there are cores to use", 0, 64),
    Prop<&C::engine>(
        "engine", kReady,
        "Which engine runs the model, and its settings: auto, opencv, "
        "fake:latency=20,... (auto = the model's description, else the fastest); AscendCL has "
        "one"),
    Prop<&C::device_id>("device-id", kReady, "Number of the device, from 0", 0, 1023),
    Prop<&C::color_order>("color-order", kReady, "Order of the model's input channels", 0, 0,
                          &ColorOrderType),
    Prop<&C::mean>("mean", kReady,
                   "Subtracted from the scaled pixel: one number, or one a channel 'a,b,c', in the "
                   "model's order (unset = the model's description)"),
    Prop<&C::std>("std", kReady,
                  "Divides after the mean is subtracted: one number, or one a channel 'a,b,c' "
                  "(unset = the model's description)"),
    Prop<&C::scale>("scale", kReady,
                    "Factor of the 0..255 pixel, before the mean: one number, or one a channel "
                    "'a,b,c' (unset = the model's description)"),
    Prop<&C::keep_aspect_ratio>("keep-aspect-ratio", kReady,
                                "Letterbox the picture instead of stretching it", 0, 0,
                                &ChoiceType),
    Prop<&C::letterbox_align>("letterbox-align", kReady, "Where a letterboxed picture sits", 0, 0,
                              &AlignType),
    Prop<&C::pad_value>(
        "pad-value", kReady,
        "Brightness of the padding of a letterboxed picture, -1 = as the model says", -1, 255),
    Prop<&C::interpolation>("interpolation", kReady, "How the picture is resized", 0, 0,
                            &InterpolationType),
    Prop<&C::label_offset>(
        "label-offset", kReady,
        "Added to the class numbers of ssd models, -1 = the labels leave out the "
        "background (unless set, the model's description counts)",
        -1000, 1000),
    Prop<&C::model_name>("model-name", kReady,
                         "Name of the model in results (unset = the file's name)"),
    Prop<&C::attribute_name>("attribute-name", kReady,
                             "Name of what a classification says, as in 'gender' (unset = "
                             "model-name)"),
    Prop<&C::on_error>("on-error", kPlaying, "What happens when the model fails on a frame", 0, 0,
                       &OnErrorType),
};
constexpr std::size_t kRows = std::size(kProperties);
static_assert(kRows <= 64, "InferProperties::set has 64 bits");

bool IsSet(const InferProperties& properties, const char* name) {
  for (std::size_t i = 0; i < kRows; ++i)
    if (g_str_equal(kProperties[i].name, name)) return (properties.set >> i & 1) != 0;
  return false;
}

std::string Text(double number) {
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  return g_ascii_dtostr(text, sizeof text, number);
}

const char* NickOf(GType type, int value) {
  const auto* klass = static_cast<GEnumClass*>(g_type_class_peek(type));
  const GEnumValue* entry =
      klass != nullptr ? g_enum_get_value(const_cast<GEnumClass*>(klass), value) : nullptr;
  return entry != nullptr ? entry->value_nick : "";
}

}  // namespace

void InstallInferProperties(GObjectClass* klass) { InstallProperties(klass, kProperties); }

guint FirstReadOnlyId() { return static_cast<guint>(kRows + 1); }

SetOutcome SetInferProperty(InferProperties* properties, guint id, const GValue* value,
                            bool running) {
  if (id == 0 || id > kRows) return SetOutcome::kUnknownId;
  const bool live = (kProperties[id - 1].flags & GST_PARAM_MUTABLE_PLAYING) != 0;
  if (running && !live) return SetOutcome::kTooLate;
  SetProperty(kProperties, id, value, &properties->config);
  properties->set |= std::uint64_t{1} << (id - 1);
  ++(live ? properties->live_changes : properties->opened_changes);
  return SetOutcome::kDone;
}

bool GetInferProperty(const InferProperties& properties, guint id, GValue* value) {
  return GetProperty(kProperties, id, value, properties.config);
}

Result<ModelConfig> ToModelConfig(const InferProperties& properties) {
  const InferConfig& config = properties.config;
  ModelConfig model;
  Status status;
  const auto set = [&](bool wanted, const char* key, const std::string& value) {
    if (status.ok() && wanted) status = model.Set(key, value);
  };
  const auto set_text = [&set](const char* key, const std::string& value) {
    set(!value.empty(), key, value);
  };
  set_text("labels", config.labels);
  set_text("postprocess", config.postprocess);
  set_text("custom_postprocess", config.custom_postprocess);
  set_text("threshold", config.threshold);
  set(IsSet(properties, "nms-threshold"), "nms_threshold", Text(config.nms_threshold));
  set(IsSet(properties, "max-objects"), "max_objects", std::to_string(config.max_objects));
  set(config.batch_size != 0, "batch_size", std::to_string(config.batch_size));
  set(config.engine != "auto", "engine", config.engine);
  set(config.color_order != ColorOrderChoice::kModel, "color_order",
      NickOf(ColorOrderType(), Value(config.color_order)));
  set_text("mean", config.mean);
  set_text("std", config.std);
  set_text("scale", config.scale);
  set(config.keep_aspect_ratio != Choice::kModel, "keep_aspect_ratio",
      NickOf(ChoiceType(), Value(config.keep_aspect_ratio)));
  set(config.letterbox_align != AlignChoice::kModel, "letterbox_align",
      NickOf(AlignType(), Value(config.letterbox_align)));
  set(config.pad_value >= 0, "pad_value", std::to_string(config.pad_value));
  set(config.interpolation != InterpolationChoice::kModel, "interpolation",
      NickOf(InterpolationType(), Value(config.interpolation)));
  set(IsSet(properties, "label-offset"), "label_offset", std::to_string(config.label_offset));
  set_text("model_name", config.model_name);
  set_text("attribute_name", config.attribute_name);
  if (!status.ok()) return status;
  return model;
}

}  // namespace infer_gst
