// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/net_graph.h"

#include <algorithm>
#include <set>

#include "devices/cpu/onnx_tensor.h"
#include "devices/cpu/wire_reader.h"

namespace infer_server::devices {
namespace {

constexpr std::size_t kMostDims = 16;
constexpr std::size_t kMostTensors = 4096;
constexpr std::int64_t kMostDim = std::int64_t{1} << 31;

// Field numbers of onnx.proto3.
namespace model_field {
constexpr std::uint32_t kIrVersion = 1, kModelVersion = 5, kGraph = 7;
}
namespace graph_field {
constexpr std::uint32_t kNode = 1, kInitializer = 5, kInput = 11, kOutput = 12;
}
namespace node_field {
constexpr std::uint32_t kInput = 1, kOutput = 2, kOpType = 4, kAttribute = 5;
}
namespace attribute_field {
constexpr std::uint32_t kTensor = 5, kTensors = 10;
}
namespace value_field {
constexpr std::uint32_t kName = 1, kType = 2;
}
constexpr std::uint32_t kFloat16 = 10;  // TensorProto.DataType

Status NotOnnx(const std::string& why) {
  return Status(Code::kInvalidArgument, "is not an ONNX network: " + why);
}

// Top-level fields: their wire type, or -1 for one that ModelProto does not have.
int ModelWireType(std::uint32_t number) {
  switch (number) {
    case model_field::kIrVersion:
    case model_field::kModelVersion:
      return 0;
    case 2:   // producer_name
    case 3:   // producer_version
    case 4:   // domain
    case 6:   // doc_string
    case 7:   // graph
    case 8:   // opset_import
    case 14:  // metadata_props
    case 20:  // training_info
    case 25:  // functions
    case 26:  // configuration
      return 2;
    default:
      return -1;
  }
}

bool ToDataType(std::uint64_t onnx, DataType* type) {
  switch (onnx) {
    case 1:
      *type = DataType::kFloat32;
      return true;
    case 2:
      *type = DataType::kUint8;
      return true;
    case 3:
      *type = DataType::kInt8;
      return true;
    case 5:
      *type = DataType::kInt16;
      return true;
    case 6:
      *type = DataType::kInt32;
      return true;
    case 7:
      *type = DataType::kInt64;
      return true;
    case 9:
      *type = DataType::kBool;
      return true;
    case kFloat16:
      *type = DataType::kFloat16;
      return true;
    case 11:
      *type = DataType::kFloat64;
      return true;
    default:
      return false;
  }
}

// The bytes of the last field `number` of a message: what protobuf's own readers take.
std::string_view Last(std::string_view message, std::uint32_t number) {
  std::string_view found;
  WireReader reader(message);
  for (WireField field; reader.Next(&field);)
    if (field.number == number && field.wire_type == 2) found = field.bytes;
  return found;
}

std::uint64_t LastNumber(std::string_view message, std::uint32_t number) {
  std::uint64_t found = 0;
  WireReader reader(message);
  for (WireField field; reader.Next(&field);)
    if (field.number == number && field.wire_type == 0) found = field.value;
  return found;
}

// TensorShapeProto.Dimension: 1 = value, 2 = name of an open dimension; neither = open.
std::int64_t ReadDim(std::string_view dimension) {
  std::int64_t dim = kOpenDim;
  WireReader reader(dimension);
  for (WireField field; reader.Next(&field);)
    if (field.number == 1 && field.wire_type == 0) dim = static_cast<std::int64_t>(field.value);
  // Exporters write 0 or a negative number for "any" too.
  return dim <= 0 ? kOpenDim : dim;
}

Status ReadValueInfo(std::string_view message, NetTensor* tensor) {
  tensor->name = std::string(Last(message, value_field::kName));
  const std::string_view tensor_type = Last(Last(message, value_field::kType), 1);
  const std::uint64_t type = LastNumber(tensor_type, 1);
  if (!ToDataType(type, &tensor->type))
    return Status(Code::kUnsupported,
                  "has a tensor '" + tensor->name +
                      "' of a kind that is not known here (ONNX element type " +
                      std::to_string(type) +
                      "); expected a tensor of numbers or booleans with a known element type");
  WireReader shape(Last(tensor_type, 2));
  for (WireField field; shape.Next(&field);) {
    if (field.number != 1 || field.wire_type != 2) continue;
    const std::int64_t dim = ReadDim(field.bytes);
    if (dim > kMostDim || tensor->shape.size() == kMostDims)
      return NotOnnx("the shape of tensor '" + tensor->name + "' is too large");
    tensor->shape.push_back(dim);
  }
  return Status();
}

std::string Quoted(std::string_view name) { return "'" + std::string(name.substr(0, 100)) + "'"; }

bool IsQuantized(std::string_view op) {
  const auto ends = [op](std::string_view end) {
    return op.size() >= end.size() && op.substr(op.size() - end.size()) == end;
  };
  return op == "QuantizeLinear" || op == "DequantizeLinear" || op == "DynamicQuantizeLinear" ||
         op.substr(0, 7) == "QLinear" || ends("Integer");
}

Status CheckTensor(std::string_view message, std::string_view* name, NetGraph* graph) {
  const Result<OnnxTensorHeader> tensor = CheckOnnxTensor(message);
  if (!tensor.ok())
    return Status(tensor.status().code(), "is damaged: " + tensor.status().message());
  graph->half_precision |= tensor.value().data_type == kFloat16;
  *name = tensor.value().name;
  return Status();
}

using Names = std::set<std::string_view>;

// One operator: the constants among its attributes, and what it reads, which must be in `made`:
// OpenCV follows such names without looking. Adds what it makes.
Status ReadNode(std::string_view message, Names* made, NetGraph* graph) {
  std::string_view op, missing, unused;
  WireReader reader(message);
  for (WireField field; reader.Next(&field);) {
    if (field.wire_type != 2) continue;
    if (field.number == node_field::kOpType) op = field.bytes;
    // An empty name stands for an optional input that is left out.
    if (field.number == node_field::kInput && !field.bytes.empty() && made->count(field.bytes) == 0)
      missing = field.bytes;
    if (field.number != node_field::kAttribute) continue;
    WireReader attribute(field.bytes);
    for (WireField value; attribute.Next(&value);)
      if (value.wire_type == 2 &&
          (value.number == attribute_field::kTensor || value.number == attribute_field::kTensors))
        INFER_RETURN_IF_ERROR(CheckTensor(value.bytes, &unused, graph));
  }
  WireReader outputs(message);
  for (WireField field; outputs.Next(&field);)
    if (field.number == node_field::kOutput && field.wire_type == 2) made->insert(field.bytes);
  graph->quantized |= IsQuantized(op);
  if (missing.empty()) return Status();
  return Status(Code::kInvalidArgument, "is damaged: its operator " + Quoted(op) + " reads " +
                                            Quoted(missing) + ", which nothing before it makes");
}

// The weights and what goes in and out, all of which may come after the nodes that use them.
Status ReadTensors(std::string_view message, Names* weights, std::vector<NetTensor>* inputs,
                   NetGraph* graph) {
  WireReader reader(message);
  for (WireField field; reader.Next(&field);) {
    if (field.wire_type != 2) continue;
    if (field.number == graph_field::kInitializer) {
      std::string_view name;
      INFER_RETURN_IF_ERROR(CheckTensor(field.bytes, &name, graph));
      weights->insert(name);
    } else if (field.number == graph_field::kInput || field.number == graph_field::kOutput) {
      auto& tensors = field.number == graph_field::kInput ? *inputs : graph->outputs;
      if (tensors.size() == kMostTensors) return NotOnnx("it has too many inputs or outputs");
      tensors.emplace_back();
      INFER_RETURN_IF_ERROR(ReadValueInfo(field.bytes, &tensors.back()));
    }
  }
  if (reader.state() == WireReader::State::kEnd) return Status();
  return NotOnnx("its graph breaks off at byte " + std::to_string(reader.field_start()));
}

Status ReadGraph(std::string_view message, NetGraph* graph) {
  Names weights;
  std::vector<NetTensor> inputs;
  INFER_RETURN_IF_ERROR(ReadTensors(message, &weights, &inputs, graph));
  Names made = weights;
  for (const NetTensor& input : inputs) made.insert(input.name);
  WireReader reader(message);
  for (WireField field; reader.Next(&field);)
    if (field.number == graph_field::kNode && field.wire_type == 2)
      INFER_RETURN_IF_ERROR(ReadNode(field.bytes, &made, graph));
  for (const NetTensor& output : graph->outputs)
    if (made.count(output.name) == 0)
      return Status(Code::kInvalidArgument,
                    "is damaged: nothing makes its output " + Quoted(output.name));
  for (const NetTensor& input : inputs)
    if (weights.count(input.name) == 0) graph->inputs.push_back(input);
  if (graph->inputs.empty()) return NotOnnx("its graph has no input");
  if (graph->outputs.empty()) return NotOnnx("its graph has no output");
  return Status();
}

}  // namespace

bool LooksLikeOnnx(std::string_view bytes) {
  WireReader reader(bytes);
  WireField field;
  const bool whole = reader.Next(&field);
  return (whole || reader.state() == WireReader::State::kTruncated) && field.number != 0 &&
         ModelWireType(field.number) == field.wire_type;
}

Result<NetGraph> ReadOnnxGraph(std::string_view bytes) {
  WireReader reader(bytes);
  std::string_view graph;
  bool versioned = false;
  for (WireField field; reader.Next(&field);) {
    if (ModelWireType(field.number) != field.wire_type)
      return NotOnnx("at byte " + std::to_string(reader.field_start()) +
                     " it has a field that ONNX does not know");
    versioned |= field.number == model_field::kIrVersion;
    if (field.number == model_field::kGraph) graph = field.bytes;
  }
  if (reader.state() == WireReader::State::kTruncated && versioned)
    return Status(Code::kInvalidArgument,
                  "is truncated: it has " + std::to_string(bytes.size()) + " bytes and " +
                      (reader.missing() > 0 ? std::to_string(reader.missing()) + " are missing"
                                            : "breaks off inside a field") +
                      "; copy or download it again");
  if (reader.state() != WireReader::State::kEnd)
    return NotOnnx("it cannot be read from byte " + std::to_string(reader.field_start()) + " on");
  if (graph.empty()) return NotOnnx("it has no graph");
  NetGraph read;
  INFER_RETURN_IF_ERROR(ReadGraph(graph, &read));
  return read;
}

}  // namespace infer_server::devices
