// SPDX-License-Identifier: Apache-2.0
// The command line of inferserver-atc, and the text of --insert_op_conf.
#pragma once

#include <string>
#include <vector>

#include "devices/acl/soft/model_file.h"

namespace infer_server::devices::acl {

struct AtcOptions {
  std::string model;   // ONNX.
  std::string output;  // With its ending; with `singleop` a folder.
  ModelProfiles profiles;
  std::string singleop;  // Descriptions of operators, instead of a model.
  bool help = false;
};

// Takes --key=value and --key value. Reads the file of --insert_op_conf. Fails with
// kInvalidArgument, kUnsupported (what ATC has and this program has not), kNotFound.
Result<AtcOptions> ParseAtcOptions(const std::vector<std::string>& arguments);

// "aipp_op { aipp_mode: static  input_format: RGB888_U8 }", several of them, comments from # on.
// Fails with kInvalidArgument, naming the line.
Result<std::vector<AippConfig>> ParseAippConf(const std::string& text);

const char* AtcHelp();

}  // namespace infer_server::devices::acl
