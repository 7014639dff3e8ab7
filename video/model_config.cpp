// SPDX-License-Identifier: Apache-2.0
#include "video/model_config.h"

#include <algorithm>

#include "video/config_json.h"
#include "video/config_values.h"
#include "video/text_file.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;

constexpr std::size_t kMaxFileBytes = 4 << 20;
constexpr double kMost = 1 << 20;

const ConfigKey* FindKey(const std::string& name) {
  for (const ConfigKey& key : ModelConfig::Keys())
    if (name == key.name) return &key;
  return nullptr;
}

Status CheckChoice(const ConfigKey& key, const std::string& value) {
  if (std::find(key.choices.begin(), key.choices.end(), value) != key.choices.end()) return {};
  std::string list;
  for (const std::string& choice : key.choices) list += (list.empty() ? "" : ", ") + choice;
  return {Code::kInvalidArgument, "'" + value + "' is none of: " + list};
}

Status CheckNumbers(const ConfigKey& key, const std::string& value) {
  const Result<std::vector<float>> numbers = ParseChannelNumbers(value);
  if (!numbers.ok()) return numbers.status();
  const std::vector<float>& n = numbers.value();
  if (std::string(key.name) == "std" && std::find(n.begin(), n.end(), 0.0f) != n.end())
    return {Code::kInvalidArgument, "'" + value + "' holds a 0, and pixels are divided by it"};
  return {};
}

Status CheckValue(const ConfigKey& key, const std::string& value) {
  switch (key.kind) {
    case ConfigKind::kText:
    case ConfigKind::kLabels:
      if (value.empty()) return {Code::kInvalidArgument, "'' is empty; leave it out, or name one"};
      return {};
    case ConfigKind::kChoice:
      return CheckChoice(key, value);
    case ConfigKind::kInteger:
      return ParseInteger(value, static_cast<int>(key.least), static_cast<int>(key.most)).status();
    case ConfigKind::kNumber:
      return ParseNumber(value, key.least, key.most).status();
    case ConfigKind::kBool:
      return ParseBool(value).status();
    case ConfigKind::kNumbers:
      return CheckNumbers(key, value);
    case ConfigKind::kThresholds:
      return ParseThresholds(value).status();
  }
  return {};
}

std::string WithoutExtension(const std::string& path) {
  const std::size_t dot = path.rfind('.'), slash = path.rfind('/');
  const bool in_name = dot != std::string::npos && (slash == std::string::npos || dot > slash + 1);
  return in_name ? path.substr(0, dot) : path;
}

// The folder of `file`, with its '/'.
std::string FolderOf(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? "" : file.substr(0, slash + 1);
}

// A relative file name of labels, relative to the folder of `file`.
std::string BesideFile(const std::string& labels, const std::string& file) {
  if (labels.empty() || labels[0] == '/') return labels;
  const std::string path = FolderOf(file) + labels;
  return IsRegularFile(path) || Labels::LooksLikeFile(labels) ? path : labels;
}

}  // namespace

const std::vector<ConfigKey>& ModelConfig::Keys() {
  static const auto* const keys = new std::vector<ConfigKey>{
      {"attribute_name", ConfigKind::kText, "Name of the attribute that a classification answers"},
      {"batch_size", ConfigKind::kInteger, "Items of one engine call (0 = the model's)", 0, 1024},
      {"color_order",
       ConfigKind::kChoice,
       "Order of the input's channels",
       0,
       0,
       {"rgb", "bgr", "gray"}},
      {"custom_postprocess", ConfigKind::kText,
       "Shared object that reads the output tensors, in place of a family"},
      {"engine", ConfigKind::kText, "Engine that runs the model, with its settings"},
      {"interpolation",
       ConfigKind::kChoice,
       "How the picture is resized",
       0,
       0,
       {"bilinear", "area"}},
      {"keep_aspect_ratio", ConfigKind::kBool, "Pad the picture instead of stretching it"},
      {"label_offset", ConfigKind::kInteger,
       "Added to class numbers of ssd networks (-1 = the labels leave out the background)", -1000,
       1000},
      {"labels", ConfigKind::kLabels, "File with one label a line, or a list of labels"},
      {"letterbox_align",
       ConfigKind::kChoice,
       "Where a padded picture sits",
       0,
       0,
       {"top-left", "center"}},
      {"max_objects", ConfigKind::kInteger, "Best objects that are kept (0 = all)", 0, kMost},
      {"mean", ConfigKind::kNumbers, "Subtracted from scaled pixels, a number or one a channel"},
      {"model_name", ConfigKind::kText, "Name of the model in results"},
      {"nms_threshold", ConfigKind::kNumber,
       "Overlap (IoU) above which two boxes of one class are one object", 0, 1},
      {"pad_value", ConfigKind::kNumber, "Value of padding, before normalising", 0, 255},
      {"postprocess", ConfigKind::kText, "Family of networks that reads the output tensors"},
      {"scale", ConfigKind::kNumbers, "Factor of pixels, a number or one a channel"},
      {"std", ConfigKind::kNumbers,
       "Divides pixels after scale and mean, a number or one a channel"},
      {"threshold", ConfigKind::kThresholds,
       "Least score of a result, from 0 to 1, or one a label"},
  };
  return *keys;
}

Result<ModelConfig> ModelConfig::Beside(const std::string& model_path) {
  if (model_path.empty()) return ModelConfig();
  for (const std::string& path : {WithoutExtension(model_path) + ".json", model_path + ".json"}) {
    if (!IsRegularFile(path)) continue;
    const Result<std::string> text = ReadTextFile(path, kMaxFileBytes);
    if (!text.ok()) return Status(text.status()).WithContext("model description");
    return Parse(text.value(), path);
  }
  return ModelConfig();
}

Result<ModelConfig> ModelConfig::Parse(const std::string& json, const std::string& file_name) {
  Result<std::vector<JsonSetting>> settings = ReadSettings(json, file_name);
  if (!settings.ok()) return settings.status();
  ModelConfig config;
  for (JsonSetting& setting : settings.value()) {
    if (setting.key == "labels" && !setting.is_list)
      setting.value = BesideFile(setting.value, file_name);
    if (setting.key == "custom_postprocess" && !setting.value.empty() && setting.value[0] != '/')
      setting.value = FolderOf(file_name) + setting.value;
    const ConfigKey& key = *FindKey(setting.key);
    Status status = CheckValue(key, setting.value);
    if (!status.ok())
      return std::move(status).WithContext(file_name + ":" + std::to_string(setting.line) + ": " +
                                           setting.key);
    config.values_[setting.key] = setting.value;
  }
  return config;
}

Status ModelConfig::Set(const std::string& key, const std::string& value) {
  std::string property = key;
  std::replace(property.begin(), property.end(), '_', '-');
  const ConfigKey* known = FindKey(key);
  if (known == nullptr)
    return {Code::kInvalidArgument, "unknown key '" + key + "'; " + ListConfigKeys()};
  INFER_RETURN_IF_ERROR(CheckValue(*known, value).WithContext(property));
  values_[key] = value;
  return {};
}

void ModelConfig::Override(const ModelConfig& other) {
  if (other.Has("postprocess")) values_.erase("custom_postprocess");
  if (other.Has("custom_postprocess")) values_.erase("postprocess");
  for (const auto& [key, value] : other.values_) values_[key] = value;
}

std::string ModelConfig::Get(const std::string& key, const std::string& otherwise) const {
  const auto it = values_.find(key);
  return it == values_.end() ? otherwise : it->second;
}

}  // namespace infer_server::video
