// SPDX-License-Identifier: Apache-2.0
// Reads a model description's JSON into keys and texts, knowing each key's line.
#pragma once

#include <string>
#include <vector>

#include "devices/base/export.h"
#include "devices/base/status.h"

namespace infer_server::video {

struct JsonSetting {
  std::string key;  // One of ModelConfig::Keys().
  std::string value;
  bool is_list = false;  // Was a JSON list; `value` has commas between the elements.
  int line = 0;          // Of the key, from 1.
};

// Reads one object of known keys. Fails with kInvalidArgument, naming file and line, for text that
// is not JSON, an unknown key, a key set twice and a value of the wrong kind.
INFER_API devices::Result<std::vector<JsonSetting>> ReadSettings(const std::string& json,
                                                                 const std::string& file_name);

// "keys are: attribute_name, ..."
INFER_API std::string ListConfigKeys();

}  // namespace infer_server::video
