// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>

#include "devices/cpu/fake_engine.h"
#include "devices/cpu/image_layout.h"

namespace infer_server::devices {
namespace {

constexpr double kMostMs = 1e6;
constexpr std::int64_t kMostElements = std::int64_t{1} << 28;

Status Wrong(const std::string& key, const std::string& value, const std::string& expected) {
  return Status(Code::kInvalidArgument,
                "engine 'fake': " + key + "='" + value + "'; expected " + expected);
}

Status ParseNumber(const std::string& key, const std::string& text, std::int64_t least,
                   std::int64_t* value) {
  char* end = nullptr;
  errno = 0;
  const long long number = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || errno != 0 || number < least)
    return Wrong(key, text, "an integer of at least " + std::to_string(least));
  *value = number;
  return Status();
}

Status ParseMs(const std::string& key, const std::string& text, double* value) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(number >= 0 && number <= kMostMs))
    return Wrong(key, text, "milliseconds between 0 and 1000000");
  *value = number;
  return Status();
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) return parts;
    begin = end + 1;
  }
}

bool ParseType(const std::string& text, DataType* type) {
  for (const DataType t : {DataType::kUint8, DataType::kInt8, DataType::kInt16, DataType::kInt32,
                           DataType::kInt64, DataType::kFloat32, DataType::kFloat64})
    if (text == NameOf(t)) {
      *type = t;
      return true;
    }
  return false;
}

// One tensor: [NAME@]DIMxDIM…[:TYPE].
bool ParseTensor(std::string text, TensorInfo* tensor) {
  const std::size_t at = text.find('@');
  if (at != std::string::npos) {
    tensor->name = text.substr(0, at);
    text.erase(0, at + 1);
  }
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos) {
    if (!ParseType(text.substr(colon + 1), &tensor->type)) return false;
    text.erase(colon);
  }
  tensor->shape = {1};
  std::int64_t elements = 1;
  for (const std::string& part : Split(text, 'x')) {
    std::int64_t dim = 0;
    if (!ParseNumber("", part, 1, &dim).ok() || dim > kMostElements / elements) return false;
    elements *= dim;
    tensor->shape.push_back(dim);
  }
  return !tensor->name.empty();
}

Status ParseTensors(const std::string& key, const std::string& text, const std::string& prefix,
                    std::vector<TensorInfo>* tensors) {
  tensors->clear();
  for (const std::string& part : Split(text, ';')) {
    TensorInfo tensor;
    tensor.name = prefix + std::to_string(tensors->size());
    if (!ParseTensor(part, &tensor))
      return Wrong(key, text,
                   "[NAME@]DIMxDIM[:TYPE] (u8, i8, i16, i32, i64, f32, f64), several separated by "
                   "';', such as 3x32x32:u8;4");
    tensor.layout = ImageLayout(tensor.shape);
    tensors->push_back(std::move(tensor));
  }
  return Status();
}

Status ParseWord(const std::string& key, const std::string& text,
                 const std::map<std::string, int>& words, int* value) {
  const auto it = words.find(text);
  if (it != words.end()) {
    *value = it->second;
    return Status();
  }
  std::string known;
  for (const auto& word : words) known += (known.empty() ? "" : ", ") + word.first;
  return Wrong(key, text, "one of: " + known);
}

Status ParseOne(const std::string& key, const std::string& text, FakeSettings* out) {
  std::int64_t number = 0;
  int word = 0;
  if (key == "latency") return ParseMs(key, text, &out->latency_ms);
  if (key == "item-latency") return ParseMs(key, text, &out->item_latency_ms);
  if (key == "jitter") return ParseMs(key, text, &out->jitter_ms);
  if (key == "fail-every") return ParseNumber(key, text, 1, &out->fail_every);
  if (key == "fail-at") return ParseNumber(key, text, 1, &out->fail_at);
  if (key == "hang-at") return ParseNumber(key, text, 1, &out->hang_at);
  if (key == "inputs") return ParseTensors(key, text, "in", &out->inputs);
  if (key == "outputs") return ParseTensors(key, text, "out", &out->outputs);
  if (key == "seed") {
    INFER_RETURN_IF_ERROR(ParseNumber(key, text, 0, &number));
    out->seed = static_cast<std::uint64_t>(number);
  } else if (key == "batch-size") {
    INFER_RETURN_IF_ERROR(ParseNumber(key, text, 1, &number));
    if (number > std::numeric_limits<int>::max()) return Wrong(key, text, "a smaller number");
    out->batch_size = static_cast<int>(number);
  } else if (key == "load-fail") {
    INFER_RETURN_IF_ERROR(ParseWord(key, text, {{"0", 0}, {"1", 1}}, &word));
    out->load_fail = word == 1;
  } else if (key == "batch") {
    INFER_RETURN_IF_ERROR(ParseWord(key, text, {{"any", 0}, {"fixed", 1}}, &word));
    out->fixed_batch = word == 1;
  } else if (key == "mode") {
    INFER_RETURN_IF_ERROR(ParseWord(key, text,
                                    {{"sum", static_cast<int>(FakeMode::kSum)},
                                     {"copy", static_cast<int>(FakeMode::kCopy)},
                                     {"zeros", static_cast<int>(FakeMode::kZeros)}},
                                    &word));
    out->mode = static_cast<FakeMode>(word);
  } else {
    return Wrong(key, text, "a key of the fake engine");
  }
  return Status();
}

}  // namespace

Result<FakeSettings> ParseFakeSettings(const EngineSettings& settings) {
  FakeSettings parsed;
  INFER_RETURN_IF_ERROR(ParseOne("inputs", "3x32x32", &parsed));
  INFER_RETURN_IF_ERROR(ParseOne("outputs", "10", &parsed));
  for (const auto& setting : settings)
    INFER_RETURN_IF_ERROR(ParseOne(setting.first, setting.second, &parsed));
  return parsed;
}

}  // namespace infer_server::devices
