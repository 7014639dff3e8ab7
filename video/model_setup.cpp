// SPDX-License-Identifier: Apache-2.0
// Settle(): from a description to what the processors need.
#include <algorithm>

#include "video/config_values.h"
#include "video/custom_post.h"
#include "video/model_config.h"
#include "video/post/tensors.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;
using devices::TensorInfo;

std::string StemOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

// REQUIRES: the config checked the values.
void ApplyNumbers(const ModelConfig& config, const char* key, std::array<float, 3>* to) {
  if (!config.Has(key)) return;
  const std::vector<float> numbers = ParseChannelNumbers(config.Get(key)).value();
  for (std::size_t i = 0; i < to->size(); ++i) (*to)[i] = numbers[numbers.size() == 1 ? 0 : i];
}

Status ApplyInput(const ModelConfig& config, const std::vector<TensorInfo>& inputs,
                  InputSettings* input) {
  const PictureSize picture = PictureOf(inputs);
  if (picture.channels == 1) input->color_order = ColorOrder::kGray;
  if (config.Has("color_order")) {
    const std::string order = config.Get("color_order");
    input->color_order = order == "rgb"   ? ColorOrder::kRGB
                         : order == "bgr" ? ColorOrder::kBGR
                                          : ColorOrder::kGray;
    if (picture.channels != 0 && picture.channels != devices::Channels(input->color_order))
      return {Code::kInvalidArgument, "color-order: '" + order + "' does not fit input " +
                                          inputs[0].ToString() + ", which has " +
                                          std::to_string(picture.channels) + " channels"};
  }
  ApplyNumbers(config, "mean", &input->mean);
  ApplyNumbers(config, "std", &input->std);
  ApplyNumbers(config, "scale", &input->scale);
  if (config.Has("keep_aspect_ratio"))
    input->keep_aspect_ratio = ParseBool(config.Get("keep_aspect_ratio")).value();
  if (config.Has("letterbox_align"))
    input->align = config.Get("letterbox_align") == "center" ? Align::kCenter : Align::kTopLeft;
  if (config.Has("pad_value"))
    input->pad_value = static_cast<float>(ParseNumber(config.Get("pad_value"), 0, 255).value());
  if (config.Has("interpolation"))
    input->interpolation =
        config.Get("interpolation") == "area" ? Interpolation::kArea : Interpolation::kBilinear;
  return {};
}

Status ApplyPost(const ModelConfig& config, PostSettings* post) {
  if (config.Has("labels")) {
    Result<Labels> labels = Labels::Parse(config.Get("labels"));
    if (!labels.ok()) return Status(labels.status()).WithContext("labels");
    post->labels = std::move(labels).value();
  }
  if (config.Has("threshold")) {
    const Result<std::vector<LabelThreshold>> list = ParseThresholds(config.Get("threshold"));
    INFER_RETURN_IF_ERROR(Status(list.status()).WithContext("threshold"));
    INFER_RETURN_IF_ERROR(ApplyThresholds(list.value(), post).WithContext("threshold"));
  }
  if (config.Has("nms_threshold"))
    post->nms_threshold =
        static_cast<float>(ParseNumber(config.Get("nms_threshold"), 0, 1).value());
  if (config.Has("max_objects"))
    post->max_objects = ParseInteger(config.Get("max_objects"), 0, 1 << 20).value();
  if (config.Has("label_offset"))
    post->label_offset = ParseInteger(config.Get("label_offset"), -1000, 1000).value();
  return {};
}

}  // namespace

Result<std::unique_ptr<PostProcessor>> MakePostProcessor(const ModelSetup& setup,
                                                         const std::vector<TensorInfo>& inputs,
                                                         const std::vector<TensorInfo>& outputs) {
  const std::string &name = setup.postprocess, &custom = setup.custom_postprocess;
  if (!name.empty() && !custom.empty())
    return Status(Code::kInvalidArgument, "postprocess '" + name + "' and custom-postprocess '" +
                                              custom + "' are both set; leave one of them out");
  if (!custom.empty()) {
    Result<std::unique_ptr<PostProcessor>> loaded = LoadCustomPost(custom);
    if (!loaded.ok()) return Status(loaded.status()).WithContext("custom-postprocess");
    return loaded;
  }
  if (!name.empty()) {
    Result<std::unique_ptr<PostProcessor>> made = PostProcessors().Create(name);
    if (!made.ok()) return Status(made.status()).WithContext("postprocess");
    return made;
  }
  std::string names;
  for (const std::string& known : PostProcessors().Names())
    names += (names.empty() ? "" : ", ") + known;
  return Status(Code::kInvalidArgument,
                "nothing says how to read the network's outputs: set postprocess, or the key "
                "postprocess in the JSON file beside the model, to one of: " +
                    names + "; the network has inputs " + devices::ToString(inputs) +
                    " and outputs " + devices::ToString(outputs));
}

Result<ModelSetup> Settle(const ModelConfig& config, const std::string& model_path,
                          const std::vector<TensorInfo>& inputs,
                          const std::vector<TensorInfo>& outputs) {
  const std::string context = "model '" + model_path + "'";
  ModelSetup setup;
  setup.postprocess = config.Get("postprocess");
  setup.custom_postprocess = config.Get("custom_postprocess");
  Result<std::unique_ptr<PostProcessor>> processor = MakePostProcessor(setup, inputs, outputs);
  if (!processor.ok()) return Status(processor.status()).WithContext(context);

  setup.input = processor.value()->DefaultInput(inputs);
  setup.post = processor.value()->DefaultPost();
  Status status = ApplyInput(config, inputs, &setup.input);
  if (status.ok()) status = ApplyPost(config, &setup.post);
  if (status.ok()) status = processor.value()->Bind(setup.post, inputs, outputs);
  if (!status.ok()) return std::move(status).WithContext(context);

  setup.model_name = config.Get("model_name", StemOf(model_path));
  setup.attribute_name = config.Get("attribute_name", setup.model_name);
  return setup;
}

}  // namespace infer_server::video
