// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "devices/cpu/model_format.h"
#include "devices/cpu/net_graph.h"
#include "devices/cpu/onnx_tensor.h"
#include "tests/assets.h"
#include "tests/files.h"

namespace infer_server::devices {
namespace {

std::string Show(const NetTensor& tensor) {
  std::string text = tensor.name + " " + NameOf(tensor.type) + "[";
  for (std::size_t i = 0; i < tensor.shape.size(); ++i)
    text +=
        (i == 0 ? "" : ",") + (tensor.shape[i] == kOpenDim ? "?" : std::to_string(tensor.shape[i]));
  return text + "]";
}

std::string Show(const Result<NetGraph>& graph) {
  if (!graph.ok()) return graph.status().message();
  std::string text;
  for (const NetTensor& input : graph.value().inputs) text += Show(input) + " ";
  text += "->";
  for (const NetTensor& output : graph.value().outputs) text += " " + Show(output);
  return text;
}

TEST(OnnxGraph, ReadsInputsAndOutputsInTheFilesOrder) {
  const struct {
    const char* file;
    const char* graph;
  } kTable[] = {
      {"dynamic_detector.onnx", "images f32[?,3,64,64] -> output f32[?,84,7]"},
      {"two_in_two_out.onnx", "a f32[1,3,4,4] b f32[1,2] -> first f32[1,3,4,4] second f32[1,2]"},
      {"fixed_batch.onnx", "x f32[4,2,3,3] -> y f32[4,1,3,3]"},
      {"open_size.onnx", "x f32[?,1,?,?] -> y f32[?,1,?,?]"},
      {"u8_input.onnx", "x u8[1,4] -> y i64[1,4]"},
      {"unknown_op.onnx", "x f32[1,4] -> y f32[1,4]"},
  };
  for (const auto& row : kTable)
    EXPECT_EQ(row.graph, Show(ReadOnnxGraph(ReadFile(DataPath(row.file))))) << row.file;
}

TEST(OnnxGraph, ReadsRealFiles) {
  INFER_SKIP_WITHOUT_ASSETS();
  const auto graph = [](const char* file) {
    return ReadOnnxGraph(ReadFile(AssetPath(std::string("models/") + file)));
  };
  EXPECT_EQ("images f32[1,3,416,416] -> output f32[1,3549,85]", Show(graph("yolox_nano_416.onnx")));
  EXPECT_EQ("input f32[1,3,240,320] -> scores f32[1,4420,2] boxes f32[1,4420,4]",
            Show(graph("ultraface_rfb_320.onnx")));
  EXPECT_EQ(12u, graph("yunet_n_320.onnx").value().outputs.size());
  EXPECT_TRUE(graph("squeezenet1.1_224_fp16.onnx").value().half_precision);
  EXPECT_FALSE(graph("squeezenet1.1_224.onnx").value().half_precision);
  EXPECT_TRUE(graph("fastestdet_352_qdq_int8.onnx").value().quantized);
  EXPECT_FALSE(graph("fastestdet_352.onnx").value().quantized);
}

TEST(OnnxGraph, EveryTruncationIsAnError) {
  const std::string whole = ReadFile(DataPath("dynamic_detector.onnx"));
  ASSERT_GT(whole.size(), 1000u);
  ASSERT_TRUE(ReadOnnxGraph(whole).ok());
  int truncated = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Result<NetGraph> graph = ReadOnnxGraph(std::string_view(whole).substr(0, size));
    // What follows the graph is the opset: cut off exactly there, the graph is whole.
    if (graph.ok()) continue;
    EXPECT_EQ(Code::kInvalidArgument, graph.status().code());
    truncated += graph.status().message().find("is truncated") == 0;
  }
  EXPECT_GT(truncated, static_cast<int>(whole.size()) - 40);
  EXPECT_EQ("is truncated: it has 1000 bytes and " + std::to_string(whole.size() - 1000 - 6) +
                " are missing; copy or download it again",
            Show(ReadOnnxGraph(whole.substr(0, 1000))));
}

TEST(OnnxGraph, SurvivesMutations) {
  const std::string whole = ReadFile(DataPath("two_in_two_out.onnx"));
  ASSERT_FALSE(whole.empty());
  std::mt19937 random(3);
  int read = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = whole;
    for (unsigned n = 1 + random() % 4; n > 0; --n)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    read += ReadOnnxGraph(bytes).ok();
    SniffModelFormat(bytes);
    ReadCaffeText(bytes).ok();
    ReadDarknetText(bytes).ok();
  }
  EXPECT_GT(read, 0);
  EXPECT_LT(read, 20000);
}

TEST(OnnxGraph, SaysWhyItIsNone) {
  const struct {
    std::string bytes;
    const char* message;
  } kTable[] = {
      {"", "is not an ONNX network: it has no graph"},
      {std::string("\x08\x07", 2), "is not an ONNX network: it has no graph"},
      {std::string("\x08\x07\x3a\x00", 4), "is not an ONNX network: it has no graph"},
      {std::string("\x08\x07\x3a\x02\x12\x00", 6),
       "is not an ONNX network: its graph has no input"},
      {std::string("\x08\x07\x4b", 3), "is not an ONNX network: it cannot be read from byte 2 on"},
      {std::string("\x08\x07\x58\x01", 4),
       "is not an ONNX network: at byte 2 it has a field that ONNX does not know"},
      {std::string("\x08\x07\x3a\x05\x0a", 5),
       "is truncated: it has 5 bytes and 4 are missing; copy or download it again"},
  };
  for (const auto& row : kTable) EXPECT_EQ(row.message, Show(ReadOnnxGraph(row.bytes)));
}

TEST(OnnxTensor, DataMustFitTheShape) {
  const struct {
    std::string bytes;
    const char* message;
  } kTable[] = {
      {{"\x08\x02\x10\x01\x4a\x08"
        "12345678"},
       ""},  // f32[2], raw
      {{"\x08\x02\x10\x01\x22\x08"
        "12345678"},
       ""},                                                    // f32[2], packed floats
      {{"\x0a\x02\x02\x01\x10\x07\x3a\x03\x05\x85\x01"}, ""},  // i64[2,1], packed varints
      {{"\x10\x01\x25"
        "1234"},
       ""},  // A scalar.
      {{"\x08\x03\x10\x01\x42\x01w\x4a\x08"
        "12345678"},
       "tensor 'w' has 8 bytes and a shape for 3 elements of 4 bytes"},
      {{"\x08\x03\x10\x01"}, "tensor '' has 0 elements and a shape for 3 elements"},
      {{"\x08\x01\x10\x63\x4a\x01x"}, "tensor '' has the unknown element type 99"},
      {{"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\x01"}, "tensor '' is too large"},
      {{"\x08\x01\x10\x01\x70\x01"},
       "tensor '' has its data in another file; save the network as one file"},
      {{"\x08\x01\x4a\x7f"}, "tensor '' breaks off"},
  };
  for (const auto& row : kTable)
    EXPECT_EQ(row.message, CheckOnnxTensor(row.bytes).status().message()) << row.message;
}

TEST(CaffeText, ReadsEveryWayToNameInputs) {
  EXPECT_EQ("data f32[1,3,8,9] ->",
            Show(ReadCaffeText("name: \"n\" # c\nlayer { name: 'i' type: \"Input\" top: \"data\"\n"
                               "input_param { shape { dim: 1 dim: 3 dim: 8 dim: 9 } } }")));
  EXPECT_EQ("a f32[1,2] b f32[1,3] ->",
            Show(ReadCaffeText("input: \"a\" input: \"b\" input_shape { dim: 1 dim: 2 }\n"
                               "input_shape { dim: 1; dim: 3 } layer { type: \"ReLU\" }")));
  EXPECT_EQ("a f32[1,2,3,4] ->",
            Show(ReadCaffeText("input: \"a\" input_dim: 1 input_dim: 2 input_dim: 3 input_dim: 4\n"
                               "layer { type: \"ReLU\" x { y { z: 1 } } }")));
}

TEST(CaffeText, SaysWhyItIsNone) {
  const struct {
    const char* text;
    const char* message;
  } kTable[] = {
      {"", "is not a Caffe network text: it has no layer"},
      {"layer { type: \"ReLU\" }", "is not a Caffe network text: it has no input"},
      {"layer { type: \"Input\" top: \"x\" }",
       "is not a Caffe network text: its input 'x' has no shape"},
      {"layer {\n type: \"Input\"",
       "is truncated: it ends inside 'layer {'; copy or download it again"},
      {"layer {\n type",
       "is not a Caffe network text: line 2: 'type' has no value; the file ends "
       "too early"},
      {"layer }",
       "is not a Caffe network text: line 1: 'layer' has no value; expected NAME: VALUE "
       "or NAME { }"},
      {"}", "is not a Caffe network text: line 1: a '}' too many"},
      {"input_dim: -3",
       "is not a Caffe network text: the input dimension '-3' is not a positive "
       "number"},
  };
  for (const auto& row : kTable) EXPECT_EQ(row.message, Show(ReadCaffeText(row.text))) << row.text;
  EXPECT_FALSE(ReadCaffeText(std::string(100000, '{')).ok());
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "a { ";
  EXPECT_FALSE(ReadCaffeText(deep).ok());
}

TEST(DarknetText, ReadsTheInput) {
  EXPECT_EQ("data f32[1,3,64,96] ->",
            Show(ReadDarknetText("# c\n[net]\nbatch=8\nwidth = 96\r\nheight=64\nchannels=3\n"
                                 "[convolutional]\nwidth=1\n")));
  EXPECT_EQ("is not a Darknet network text: its first section is [yolo]; expected [net]",
            Show(ReadDarknetText("[yolo]\n")));
  EXPECT_EQ("is not a Darknet network text: width=0 is not a size",
            Show(ReadDarknetText("[net]\nwidth=0\n[yolo]")));
  EXPECT_EQ("is truncated: it has no layer after [net]; copy or download it again",
            Show(ReadDarknetText("[net]\nwidth=1\n")));
  EXPECT_EQ("is not a Darknet network text: [net] does not give width, height and channels",
            Show(ReadDarknetText("[net]\nwidth=1\n[yolo]")));
}

TEST(ModelFormat, IsToldByContent) {
  EXPECT_EQ(ModelFormat::kOnnx, SniffModelFormat(ReadFile(DataPath("u8_input.onnx"))));
  EXPECT_EQ(ModelFormat::kDarknetText, SniffModelFormat("# x\n[net]\nwidth=1"));
  EXPECT_EQ(ModelFormat::kCaffeText, SniffModelFormat("name: \"x\"\n  layer {}"));
  EXPECT_EQ(ModelFormat::kUnknown, SniffModelFormat("person\ncar\n"));
  EXPECT_EQ(ModelFormat::kUnknown, SniffModelFormat(std::string(1000, '\0')));
  EXPECT_EQ(ModelFormat::kUnknown, SniffModelFormat(""));
}

TEST(ModelFormat, TellsRealFiles) {
  INFER_SKIP_WITHOUT_ASSETS();
  const struct {
    const char* file;
    ModelFormat format;
  } kTable[] = {
      {"models/yolox_nano_416.onnx", ModelFormat::kOnnx},
      {"models/ultraface_rfb_320.caffemodel", ModelFormat::kCaffeWeights},
      {"models/ultraface_rfb_320.prototxt", ModelFormat::kCaffeText},
      {"models/yolo-fastest-1.1-xl.weights", ModelFormat::kDarknetWeights},
      {"models/yolo-fastest-1.1-xl.cfg", ModelFormat::kDarknetText},
      {"models/labels_coco80.txt", ModelFormat::kUnknown},
      {"images/dog.jpg", ModelFormat::kUnknown},
      {"images/car_1.png", ModelFormat::kUnknown},
      {"videos/vtest_h264_30s.mp4", ModelFormat::kUnknown},
  };
  for (const auto& row : kTable)
    EXPECT_EQ(row.format, SniffModelFormat(ReadFile(AssetPath(row.file)))) << row.file;
}

}  // namespace
}  // namespace infer_server::devices
