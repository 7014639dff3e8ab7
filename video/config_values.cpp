// SPDX-License-Identifier: Apache-2.0
#include "video/config_values.h"

#include <charconv>
#include <cmath>

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;

constexpr int kMostLabel = 65535;
constexpr std::size_t kLabelsListed = 100;

std::string Trim(const std::string& text) {
  const char* spaces = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(spaces);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

// Whatever the locale; false unless all of `text` is a finite number.
template <typename T>
bool Scan(const std::string& text, T* value) {
  const std::from_chars_result end =
      std::from_chars(text.data(), text.data() + text.size(), *value);
  return !text.empty() && end.ec == std::errc() && end.ptr == text.data() + text.size();
}

// "0.5", "16", "65535".
std::string Show(double number) {
  char text[32];
  const std::to_chars_result end = std::to_chars(text, text + sizeof(text), number);
  return std::string(text, end.ptr);
}

Status Bad(const std::string& text, const std::string& expected) {
  return {Code::kInvalidArgument, "'" + text + "' is not " + expected};
}

std::string ListLabels(const Labels& labels) {
  if (labels.empty()) return "there are no labels: name classes by their numbers, or set labels";
  std::string list = "the labels are: ";
  for (std::size_t i = 0; i < labels.size() && i < kLabelsListed; ++i)
    list += (i == 0 ? "" : ", ") + labels.names()[i];
  if (labels.size() > kLabelsListed)
    list += ", and " + std::to_string(labels.size() - kLabelsListed) + " more";
  return list;
}

// The numbers of all classes of that name (ImageNet has two cranes), or of the one of that number;
// none when there is none.
std::vector<std::size_t> FindClasses(const Labels& labels, const std::string& label) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels.names()[i] == label) found.push_back(i);
  int number = -1;
  if (!found.empty() || !Scan(label, &number) || number < 0 || number > kMostLabel) return found;
  const auto i = static_cast<std::size_t>(number);
  if (labels.empty() || i < labels.size()) found.push_back(i);
  return found;
}

}  // namespace

std::vector<std::string> SplitCommas(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0, end = 0;
  do {
    end = text.find(',', begin);
    parts.push_back(Trim(text.substr(begin, end == std::string::npos ? end : end - begin)));
    begin = end + 1;
  } while (end != std::string::npos);
  return parts;
}

Result<double> ParseNumber(const std::string& text, double least, double most) {
  double value = 0;
  if (!Scan(Trim(text), &value) || !(value >= least && value <= most))
    return Bad(text, "a number from " + Show(least) + " to " + Show(most));
  return value;
}

Result<int> ParseInteger(const std::string& text, int least, int most) {
  int value = 0;
  if (!Scan(Trim(text), &value) || value < least || value > most)
    return Bad(text,
               "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

Result<bool> ParseBool(const std::string& text) {
  const std::string word = Trim(text);
  if (word != "true" && word != "false") return Bad(text, "true or false");
  return word == "true";
}

Result<std::vector<float>> ParseChannelNumbers(const std::string& text) {
  std::vector<float> numbers;
  for (const std::string& part : SplitCommas(text)) {
    float value = 0;
    if (!Scan(part, &value) || !std::isfinite(value))
      return Bad(text, "one number, or three with commas between them, such as 104,117,123");
    numbers.push_back(value);
  }
  if (numbers.size() != 1 && numbers.size() != 3)
    return Bad(text, "one number, or three with commas between them, such as 104,117,123");
  return numbers;
}

Result<std::vector<LabelThreshold>> ParseThresholds(const std::string& text) {
  std::vector<LabelThreshold> thresholds;
  for (const std::string& part : SplitCommas(text)) {
    const std::size_t colon = part.rfind(':');
    LabelThreshold threshold;
    if (colon != std::string::npos) threshold.label = Trim(part.substr(0, colon));
    const Result<double> score =
        ParseNumber(colon == std::string::npos ? part : part.substr(colon + 1), 0, 1);
    if (!score.ok() || (colon != std::string::npos && threshold.label.empty()))
      return Bad(text,
                 "a score from 0 to 1, or a list of label:score with a score for all other labels, "
                 "such as car:0.5,person:0.3,0.25");
    threshold.score = static_cast<float>(score.value());
    thresholds.push_back(std::move(threshold));
  }
  return thresholds;
}

Status ApplyThresholds(const std::vector<LabelThreshold>& thresholds, PostSettings* post) {
  for (const LabelThreshold& each : thresholds)
    if (each.label.empty()) post->threshold = each.score;
  post->class_thresholds.clear();
  for (const LabelThreshold& each : thresholds) {
    if (each.label.empty()) continue;
    const std::vector<std::size_t> classes = FindClasses(post->labels, each.label);
    if (classes.empty())
      return {Code::kInvalidArgument, "there is no label '" + each.label +
                                          "' to set a score for; " + ListLabels(post->labels)};
    for (const std::size_t i : classes) {
      if (post->class_thresholds.size() <= i) post->class_thresholds.resize(i + 1, post->threshold);
      post->class_thresholds[i] = each.score;
    }
  }
  return {};
}

}  // namespace infer_server::video
