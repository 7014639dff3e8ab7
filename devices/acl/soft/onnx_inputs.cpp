// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/onnx_inputs.h"

#include <set>

#include "devices/cpu/wire_reader.h"

namespace infer_server::devices::acl {
namespace {

// Fields of onnx.proto.
constexpr uint32_t kModelGraph = 7;
constexpr uint32_t kGraphInitializer = 5, kGraphInput = 11;
constexpr uint32_t kValueName = 1, kTensorName = 8;

// The last field of that number that holds bytes.
std::string_view Bytes(std::string_view message, uint32_t number) {
  std::string_view bytes;
  WireReader reader(message);
  for (WireField field; reader.Next(&field);)
    if (field.number == number && field.wire_type == 2) bytes = field.bytes;
  return bytes;
}

}  // namespace

std::vector<std::string> OnnxInputNames(std::string_view onnx) {
  const std::string_view graph = Bytes(onnx, kModelGraph);
  std::set<std::string_view> weights;
  std::vector<std::string_view> inputs;
  WireReader reader(graph);
  for (WireField field; reader.Next(&field);) {
    if (field.wire_type != 2) continue;
    if (field.number == kGraphInitializer) weights.insert(Bytes(field.bytes, kTensorName));
    if (field.number == kGraphInput) inputs.push_back(Bytes(field.bytes, kValueName));
  }
  std::vector<std::string> names;
  for (const std::string_view input : inputs)
    if (weights.count(input) == 0) names.emplace_back(input);
  return names;
}

Status OrderInputs(std::string_view onnx, std::vector<InputShape>* inputs) {
  const std::vector<std::string> names = OnnxInputNames(onnx);
  std::vector<InputShape> ordered;
  std::string all;
  for (const std::string& name : names) {
    all += (all.empty() ? "" : ", ") + name;
    for (InputShape& input : *inputs)
      if (input.name == name) ordered.push_back(input);
  }
  if (ordered.size() != names.size() || ordered.size() != inputs->size())
    return Status(Code::kInvalidArgument,
                  "the shapes given are not of the network's inputs, which are: " + all);
  inputs->swap(ordered);
  return Status();
}

}  // namespace infer_server::devices::acl
