// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/model_json.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace infer_server::devices::acl {
namespace {

using Json = nlohmann::json;

constexpr const char* kDynamic[] = {"none", "batch", "image_size", "dims"};

Status Bad(const std::string& why) {
  return Status(Code::kInvalidArgument, "the container's JSON is damaged: " + why);
}

bool ReadNumbers(const Json& json, std::vector<int64_t>* numbers) {
  if (!json.is_array()) return false;
  for (const Json& one : json) {
    if (!one.is_number_integer()) return false;
    numbers->push_back(one.get<int64_t>());
  }
  return true;
}

bool ReadInputs(const Json& json, std::vector<InputShape>* inputs) {
  if (!json.is_array()) return false;
  for (const Json& one : json) {
    if (!one.is_object() || !one.contains("name") || !one["name"].is_string() ||
        !one.contains("dims"))
      return false;
    inputs->emplace_back();
    inputs->back().name = one["name"].get<std::string>();
    if (!ReadNumbers(one["dims"], &inputs->back().dims)) return false;
  }
  return true;
}

bool ReadProfiles(const Json& json, std::vector<std::vector<int64_t>>* profiles) {
  if (!json.is_array()) return false;
  for (const Json& one : json) {
    profiles->emplace_back();
    if (!ReadNumbers(one, &profiles->back())) return false;
  }
  return true;
}

bool ReadDynamic(const Json& json, Dynamic* dynamic) {
  for (int i = 0; i < 4; ++i)
    if (json == kDynamic[i]) {
      *dynamic = static_cast<Dynamic>(i);
      return true;
    }
  return false;
}

Status ReadAipp(const Json& json, std::vector<AippConfig>* all) {
  if (!json.is_array()) return Bad("aipp is not a list");
  for (const Json& one : json) {
    if (!one.is_object()) return Bad("aipp holds something else than objects");
    AippConfig config;
    config.params.items.resize(1);
    for (const auto& [key, value] : one.items()) {
      if (value.is_string()) {
        INFER_RETURN_IF_ERROR(SetAippKey(key, value.get<std::string>(), &config));
      } else if (value.is_number()) {
        INFER_RETURN_IF_ERROR(SetAippKey(key, value.get<double>(), &config));
      } else {
        return Bad("aipp." + key + " is neither a number nor text");
      }
    }
    for (const AippConfig& other : *all)
      if (other.input == config.input)
        return Bad("two aipp of input " + std::to_string(config.input));
    all->push_back(std::move(config));
  }
  return Status();
}

Json AippJson(const AippConfig& c) {
  const AippParams& p = c.params;
  const AippItem& item = p.items.front();
  Json json = {{"related_input_rank", c.input}, {"aipp_mode", c.dynamic ? "dynamic" : "static"}};
  if (c.dynamic) {
    json["max_src_image_size"] = c.max_src_bytes;
    return json;
  }
  // Without one, whoever loads it says so.
  if (const char* format = AippFormatName(p.format); format != nullptr)
    json["input_format"] = format;
  json.update({{"src_image_size_w", p.src_width},
               {"src_image_size_h", p.src_height},
               {"csc_switch", p.csc ? 1 : 0},
               {"rbuv_swap_switch", p.rbuv_swap ? 1 : 0},
               {"ax_swap_switch", p.ax_swap ? 1 : 0},
               {"crop", item.crop ? 1 : 0},
               {"load_start_pos_w", item.crop_x},
               {"load_start_pos_h", item.crop_y},
               {"crop_size_w", item.crop_width},
               {"crop_size_h", item.crop_height},
               {"resize", item.resize ? 1 : 0},
               {"resize_output_w", item.resize_width},
               {"resize_output_h", item.resize_height},
               {"padding", item.padding ? 1 : 0},
               {"left_padding_size", item.pad_left},
               {"right_padding_size", item.pad_right},
               {"top_padding_size", item.pad_top},
               {"bottom_padding_size", item.pad_bottom},
               {"padding_value", item.pad_value}});
  for (size_t i = 0; i < 9; ++i)
    json["matrix_r" + std::to_string(i / 3) + "c" + std::to_string(i % 3)] = p.matrix[i];
  for (size_t i = 0; i < 3; ++i) {
    json["output_bias_" + std::to_string(i)] = p.output_bias[i];
    json["input_bias_" + std::to_string(i)] = p.input_bias[i];
  }
  for (size_t i = 0; i < 4; ++i) {
    json["mean_chn_" + std::to_string(i)] = item.mean[i];
    json["min_chn_" + std::to_string(i)] = item.min[i];
    json["var_reci_chn_" + std::to_string(i)] = item.var_reci[i];
  }
  return json;
}

}  // namespace

Result<ModelProfiles> ProfilesFromJson(std::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) return Bad("it is not a JSON object");
  ModelProfiles profiles;
  bool version = false;
  for (const auto& [key, value] : json.items()) {
    bool good = false;
    if (key == "version") {
      if (value != 1)
        return Status(Code::kInvalidArgument,
                      "the container has version " +
                          (value.is_number() ? value.dump() : value.type_name()) +
                          " and this library reads version 1; write it anew with inferserver-atc");
      version = good = true;
    } else if (key == "input_format") {
      good = value == "NCHW" || value == "NHWC" || value == "ND";
      if (good) profiles.format = value.get<std::string>();
    } else if (key == "inputs") {
      good = ReadInputs(value, &profiles.inputs);
    } else if (key == "dynamic") {
      good = ReadDynamic(value, &profiles.dynamic);
    } else if (key == "profiles") {
      good = ReadProfiles(value, &profiles.profiles);
    } else if (key == "engine") {
      good = value.is_string();
      if (good) profiles.engine = value.get<std::string>();
    } else if (key == "aipp") {
      INFER_RETURN_IF_ERROR(ReadAipp(value, &profiles.aipp));
      good = true;
    } else {
      return Bad("unknown key '" + key + "'");
    }
    if (!good) return Bad("the value of '" + key + "' cannot be");
  }
  if (!version) return Bad("it has no version");
  return profiles;
}

std::string ProfilesToJson(const ModelProfiles& profiles) {
  Json json = {{"version", 1}, {"engine", profiles.engine}};
  if (!profiles.format.empty()) json["input_format"] = profiles.format;
  for (const InputShape& input : profiles.inputs)
    json["inputs"].push_back({{"name", input.name}, {"dims", input.dims}});
  if (profiles.dynamic != Dynamic::kNone) {
    json["dynamic"] = kDynamic[static_cast<size_t>(profiles.dynamic)];
    json["profiles"] = profiles.profiles;
  }
  for (const AippConfig& config : profiles.aipp) json["aipp"].push_back(AippJson(config));
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace infer_server::devices::acl
