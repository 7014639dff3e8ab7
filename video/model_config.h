// SPDX-License-Identifier: Apache-2.0
// What is known of a model: the JSON file beside it, and what the user set on top of it.
//
// a.onnx is described by a.json, else by a.onnx.json. Keys are the infer elements' property names
// with '_' (schema: video/model_config.schema.json); values may be numbers, strings, booleans and
// lists as fits. An unknown key or a value of the wrong kind is an error that names file, line and
// key.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "devices/model.h"
#include "devices/tensor.h"
#include "video/input_settings.h"
#include "video/post/post_processor.h"

namespace infer_server::video {

enum class ConfigKind {
  kText,
  kChoice,      // One of `choices`.
  kInteger,     // From least to most.
  kNumber,      // From least to most.
  kBool,        // true | false
  kNumbers,     // One number, or one for each of three channels.
  kThresholds,  // "0.25" or "car:0.5,person:0.3,0.25".
  kLabels,      // A file, or a list (see Labels::Parse).
};

struct ConfigKey {
  const char* name;
  ConfigKind kind;
  const char* help;  // Effect and unit.
  double least = 0, most = 0;
  std::vector<std::string> choices = {};
};

// Values by key, as text in the form the elements' properties take ("104,117,123", "true",
// "car:0.5,0.25"). A plain value; not thread-safe.
class INFER_API ModelConfig {
 public:
  // Every key there is, sorted: the one table that descriptions, properties and schema follow.
  static const std::vector<ConfigKey>& Keys();

  // Reads the description beside `model_path`. None there is not an error: the result is empty.
  static devices::Result<ModelConfig> Beside(const std::string& model_path);
  // `json` is the text of the file `file_name`. A relative file name in "labels" is taken relative
  // to that file's folder. Fails with kInvalidArgument: "a.json:3: unknown key 'treshold'; ...".
  static devices::Result<ModelConfig> Parse(const std::string& json, const std::string& file_name);

  // Checks key and value. Fails with kInvalidArgument naming the key (as the property, with '-'),
  // the value and what is accepted.
  devices::Status Set(const std::string& key, const std::string& value);
  // Takes over what `other` sets: other wins. Of postprocess and custom_postprocess, setting one
  // ends the other.
  void Override(const ModelConfig& other);

  bool Has(const std::string& key) const { return values_.count(key) != 0; }
  std::string Get(const std::string& key, const std::string& otherwise = "") const;

 private:
  std::map<std::string, std::string> values_;
};

// Everything a session's processors need, settled.
struct INFER_API ModelSetup {
  std::string postprocess;
  std::string custom_postprocess;  // A shared object in place of a family: video/custom_post.h.
  InputSettings input;
  PostSettings post;
  std::string model_name;      // Provenance in results.
  std::string attribute_name;  // Attribute::name of classifications; model_name unless set.
};

// Settles `config` for a model with these tensors: what the config does not say comes from the
// post-processor's family. Checks, by binding one, that the post-processor fits the tensors.
// Fails with kInvalidArgument or kNotFound; when no post-processor is named, the message says so,
// names those there are and lists the tensors.
INFER_API devices::Result<ModelSetup> Settle(const ModelConfig& config,
                                             const std::string& model_path,
                                             const std::vector<devices::TensorInfo>& inputs,
                                             const std::vector<devices::TensorInfo>& outputs);

// The post-processor of `setup`, not bound. Fails as Settle() does.
INFER_API devices::Result<std::unique_ptr<PostProcessor>> MakePostProcessor(
    const ModelSetup& setup, const std::vector<devices::TensorInfo>& inputs,
    const std::vector<devices::TensorInfo>& outputs);

}  // namespace infer_server::video
