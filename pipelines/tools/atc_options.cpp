// SPDX-License-Identifier: Apache-2.0
#include "pipelines/tools/atc_options.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "devices/base/read_file.h"

namespace infer_server::devices::acl {
namespace {

Status Bad(const std::string& why) { return Status(Code::kInvalidArgument, why); }

std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (true) {
    const size_t end = text.find(at, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) return parts;
    begin = end + 1;
  }
}

bool ParseNumbers(const std::string& text, std::vector<int64_t>* numbers) {
  for (const std::string& part : Split(text, ',')) {
    int64_t number = 0;
    const char* const end = part.data() + part.size();
    const auto parsed = std::from_chars(part.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return false;
    numbers->push_back(number);
  }
  return true;
}

// "data:1,3,224,224;info:1,2"; names may have colons.
Status ParseShapes(const std::string& text, std::vector<InputShape>* inputs) {
  for (const std::string& part : Split(text, ';')) {
    const size_t colon = part.rfind(':');
    InputShape input;
    if (colon == std::string::npos || colon == 0 ||
        !ParseNumbers(part.substr(colon + 1), &input.dims))
      return Bad("--input_shape: '" + part + "', must be NAME:DIM,DIM,…, with -1 for open sizes");
    input.name = part.substr(0, colon);
    inputs->push_back(std::move(input));
  }
  return Status();
}

struct DynamicOption {
  const char* key;
  Dynamic dynamic;
};
constexpr DynamicOption kDynamic[] = {{"dynamic_batch_size", Dynamic::kBatch},
                                      {"dynamic_image_size", Dynamic::kImageSize},
                                      {"dynamic_dims", Dynamic::kDims}};

// Batches are separated by commas, the others' profiles by semicolons.
Status ParseDynamic(const std::string& key, const std::string& text, ModelProfiles* profiles) {
  for (const DynamicOption& one : kDynamic) {
    if (key != one.key) continue;
    if (profiles->dynamic != Dynamic::kNone)
      return Bad("--" + key +
                 ": there can be one of --dynamic_batch_size, --dynamic_image_size "
                 "and --dynamic_dims");
    profiles->dynamic = one.dynamic;
    for (const std::string& part : Split(text, one.dynamic == Dynamic::kBatch ? ',' : ';')) {
      profiles->profiles.emplace_back();
      if (!ParseNumbers(part, &profiles->profiles.back()))
        return Bad("--" + key + ": '" + part + "' are not numbers");
    }
  }
  return Status();
}

Status ReadAippConf(const std::string& path, ModelProfiles* profiles) {
  std::string text;
  if (!ReadFile(path, &text))
    return Status(Code::kNotFound, "--insert_op_conf: cannot read '" + path + "'");
  Result<std::vector<AippConfig>> read = ParseAippConf(text);
  if (!read.ok())
    return Status(read.status().code(),
                  "--insert_op_conf: " + path + ": " + read.status().message());
  profiles->aipp = std::move(read).value();
  return Status();
}

// Names of ATC's that say how to compile for a processor, which is not done here.
bool Ignored(const std::string& key) {
  static const char* const keys[] = {"soc_version",
                                     "log",
                                     "precision_mode",
                                     "op_select_implmode",
                                     "optypelist_for_implmode",
                                     "buffer_optimize",
                                     "disable_reuse_memory",
                                     "core_type",
                                     "aicore_num",
                                     "op_debug_level",
                                     "host_env_os",
                                     "host_env_cpu",
                                     "fusion_switch_file"};
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

Status SetOption(const std::string& key, const std::string& value, AtcOptions* options) {
  ModelProfiles* profiles = &options->profiles;
  if (key == "model") {
    options->model = value;
  } else if (key == "singleop") {
    options->singleop = value;
  } else if (key == "output") {
    options->output = value;
  } else if (key == "framework") {
    if (value != "5")
      return Status(Code::kUnsupported,
                    "--framework is " + value + "; only 5, ONNX, is taken here");
  } else if (key == "input_format") {
    if (value != "NCHW" && value != "NHWC" && value != "ND")
      return Bad("--input_format is " + value + ", must be NCHW, NHWC or ND");
    profiles->format = value;
  } else if (key == "input_shape") {
    return ParseShapes(value, &profiles->inputs);
  } else if (key == "engine") {
    profiles->engine = value;
  } else if (key == "insert_op_conf") {
    return ReadAippConf(value, profiles);
  } else if (key.rfind("dynamic_", 0) == 0) {
    const Dynamic before = profiles->dynamic;
    INFER_RETURN_IF_ERROR(ParseDynamic(key, value, profiles));
    if (profiles->dynamic == before) return Bad("there is no option --" + key + " (--help)");
  } else if (!Ignored(key)) {
    return Bad("there is no option --" + key + " (--help)");
  }
  return Status();
}

}  // namespace

const char* AtcHelp() {
  return R"(inferserver-atc: writes a model file for the software AscendCL from an ONNX file.

  --model=FILE.onnx            what to read
  --framework=5                5 is ONNX, the only one
  --output=NAME                writes NAME.om
  --input_shape="NAME:DIM,DIM,…;…"   every input; -1 for sizes that profiles give
  --input_format=NCHW|NHWC|ND
  --dynamic_batch_size="1,2,4"       profiles: batches
  --dynamic_image_size="H,W;H,W"     profiles: heights and widths
  --dynamic_dims="N,N,…;N,N,…"       profiles: a number for each -1, in the order of --input_shape
  --insert_op_conf=FILE        AIPP: aipp_op { aipp_mode: static  input_format: YUV420SP_U8 … }
  --engine=NAME                which engine runs it (auto)

  --singleop=FILE.json         instead of --model: single operators, "op", "input_desc", "output_desc", "attr"
  --output=FOLDER              gets a file for each of them; it is what aclopSetModelDir takes

Options that tell ATC how to compile for a processor, such as --soc_version, are taken and have no effect.
)";
}

Result<AtcOptions> ParseAtcOptions(const std::vector<std::string>& arguments) {
  AtcOptions options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      options.help = true;
      return options;
    }
    if (argument.rfind("--", 0) != 0) return Bad("'" + argument + "' is no option (--help)");
    const size_t equals = argument.find('=');
    const std::string key = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    if (equals == std::string::npos && i + 1 == arguments.size())
      return Bad("--" + key + " has no value");
    const std::string value =
        equals == std::string::npos ? arguments[++i] : argument.substr(equals + 1);
    INFER_RETURN_IF_ERROR(SetOption(key, value, &options));
  }
  if (options.model.empty() == options.singleop.empty() || options.output.empty())
    return Bad("--output and one of --model and --singleop must be given (--help)");
  if (!options.singleop.empty()) return options;
  const std::string ending = ".om";
  if (options.output.size() < ending.size() ||
      options.output.compare(options.output.size() - ending.size(), ending.size(), ending) != 0)
    options.output += ending;
  const Status good = CheckProfiles(options.profiles);
  if (!good.ok()) return good;
  return options;
}

}  // namespace infer_server::devices::acl
