// SPDX-License-Identifier: Apache-2.0
// Values of the model description and of the elements' properties, from text.
//
// Every function takes text with or without spaces at its ends, and fails with kInvalidArgument and
// a message that starts with the value: "'abc' is not a number from 0 to 1".
#pragma once

#include <string>
#include <vector>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "video/post/post_processor.h"

namespace infer_server::video {

// "a" and "b" of "a, b"; one empty part for "".
INFER_API std::vector<std::string> SplitCommas(const std::string& text);

INFER_API devices::Result<double> ParseNumber(const std::string& text, double least, double most);
INFER_API devices::Result<int> ParseInteger(const std::string& text, int least, int most);
INFER_API devices::Result<bool> ParseBool(const std::string& text);  // true | false
// One number, or three.
INFER_API devices::Result<std::vector<float>> ParseChannelNumbers(const std::string& text);

struct LabelThreshold {
  std::string label;  // Name or number; empty for the score of all classes not named.
  float score = 0;
};

// "car:0.5,person:0.3,0.25". Labels are not looked up here. A label may hold ':', not ','.
INFER_API devices::Result<std::vector<LabelThreshold>> ParseThresholds(const std::string& text);

// Puts them into threshold and class_thresholds by `post->labels`. Fails with kInvalidArgument,
// listing the labels, for one that there is not.
INFER_API devices::Status ApplyThresholds(const std::vector<LabelThreshold>& thresholds,
                                          PostSettings* post);

}  // namespace infer_server::video
