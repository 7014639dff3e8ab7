// SPDX-License-Identifier: Apache-2.0
// The keys of ATC's insert_op_conf, which are those of the container's JSON, too.
#include <cmath>
#include <cstdio>
#include <limits>

#include "devices/acl/soft/model_json.h"

namespace infer_server::devices::acl {
namespace {

Status Bad(const std::string& key, const std::string& value, const std::string& expected) {
  return Status(Code::kInvalidArgument,
                "aipp_op: " + key + " is " + value + ", must be " + expected);
}

struct Numbers {
  const char* key;
  int AippItem::*field;
};
constexpr Numbers kOfItem[] = {
    {"load_start_pos_w", &AippItem::crop_x},      {"load_start_pos_h", &AippItem::crop_y},
    {"crop_size_w", &AippItem::crop_width},       {"crop_size_h", &AippItem::crop_height},
    {"resize_output_w", &AippItem::resize_width}, {"resize_output_h", &AippItem::resize_height},
    {"left_padding_size", &AippItem::pad_left},   {"right_padding_size", &AippItem::pad_right},
    {"top_padding_size", &AippItem::pad_top},     {"bottom_padding_size", &AippItem::pad_bottom},
};

struct Switch {
  const char* key;
  bool AippItem::*field;
};
constexpr Switch kSwitches[] = {
    {"crop", &AippItem::crop}, {"resize", &AippItem::resize}, {"padding", &AippItem::padding}};

// "mean_chn_2" with "mean_chn_" → 2; -1: something else, or beyond `count`.
int Channel(const std::string& key, const std::string& stem, int count) {
  if (key.size() != stem.size() + 1 || key.compare(0, stem.size(), stem) != 0) return -1;
  const int channel = key.back() - '0';
  return channel >= 0 && channel < count ? channel : -1;
}

// "matrix_r1c2" → 5.
int MatrixIndex(const std::string& key) {
  int row = -1, column = -1, end = 0;
  if (std::sscanf(key.c_str(), "matrix_r%1dc%1d%n", &row, &column, &end) != 2 ||
      end != static_cast<int>(key.size()) || row > 2 || column > 2)
    return -1;
  return 3 * row + column;
}

// True: it was one of these.
bool SetFloat(const std::string& key, float value, AippItem* item) {
  if (const int c = Channel(key, "min_chn_", 4); c >= 0) {
    item->min[static_cast<size_t>(c)] = value;
  } else if (const int v = Channel(key, "var_reci_chn_", 4); v >= 0) {
    item->var_reci[static_cast<size_t>(v)] = value;
  } else if (key == "padding_value") {
    item->pad_value = value;
  } else {
    return false;
  }
  return true;
}

bool SetInteger(const std::string& key, int value, AippConfig* config) {
  AippItem* item = &config->params.items.front();
  for (const Numbers& one : kOfItem)
    if (key == one.key) {
      item->*one.field = value;
      return true;
    }
  if (const int c = Channel(key, "mean_chn_", 4); c >= 0) {
    item->mean[static_cast<size_t>(c)] = value;
  } else if (const int m = MatrixIndex(key); m >= 0) {
    config->params.matrix[static_cast<size_t>(m)] = value;
  } else if (const int o = Channel(key, "output_bias_", 3); o >= 0) {
    config->params.output_bias[static_cast<size_t>(o)] = value;
  } else if (const int i = Channel(key, "input_bias_", 3); i >= 0) {
    config->params.input_bias[static_cast<size_t>(i)] = value;
  } else if (key == "src_image_size_w") {
    config->params.src_width = value;
  } else if (key == "src_image_size_h") {
    config->params.src_height = value;
  } else if (key == "max_src_image_size") {
    config->max_src_bytes = static_cast<size_t>(value < 0 ? 0 : value);
  } else if (key == "related_input_rank") {
    config->input = static_cast<size_t>(value < 0 ? std::numeric_limits<int>::max() : value);
  } else {
    return false;
  }
  return true;
}

bool SetSwitch(const std::string& key, bool value, AippConfig* config) {
  for (const Switch& one : kSwitches)
    if (key == one.key) {
      config->params.items.front().*one.field = value;
      return true;
    }
  if (key == "csc_switch") {
    config->params.csc = value;
  } else if (key == "rbuv_swap_switch") {
    config->params.rbuv_swap = value;
  } else if (key == "ax_swap_switch") {
    config->params.ax_swap = value;
  } else {
    return false;
  }
  return true;
}

}  // namespace

Status SetAippKey(const std::string& key, double value, AippConfig* config) {
  if (config->params.items.empty()) config->params.items.resize(1);
  const std::string text = std::to_string(value);
  if (!std::isfinite(value) || std::fabs(value) > 1e9) return Bad(key, text, "a finite number");
  if (SetFloat(key, static_cast<float>(value), &config->params.items.front())) return Status();
  const int integer = static_cast<int>(value);
  AippConfig probe = *config;
  if (SetSwitch(key, value != 0, &probe)) {
    if (value != 0 && value != 1) return Bad(key, text, "true or false");
    *config = probe;
    return Status();
  }
  if (!SetInteger(key, integer, config))
    return Status(Code::kInvalidArgument, "aipp_op: there is no key '" + key + "' here");
  return integer == value ? Status() : Bad(key, text, "a whole number");
}

Status SetAippKey(const std::string& key, const std::string& value, AippConfig* config) {
  if (config->params.items.empty()) config->params.items.resize(1);
  if (key == "aipp_mode") {
    if (value != "static" && value != "dynamic") return Bad(key, value, "static or dynamic");
    config->dynamic = value == "dynamic";
    return Status();
  }
  if (key == "input_format") {
    config->params.format = AippFormatOf(value.c_str());
    if (config->params.format != ACL_AIPP_RESERVED) return Status();
    return Bad(key, value, "YUV420SP_U8, XRGB8888_U8, RGB888_U8 or YUV400_U8");
  }
  return Status(Code::kInvalidArgument, "aipp_op: there is no key '" + key + "' with text here");
}

}  // namespace infer_server::devices::acl
