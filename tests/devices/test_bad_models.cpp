// SPDX-License-Identifier: Apache-2.0
// Files that are no networks, or none that OpenCV DNN runs: what the user is told.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <opencv2/core/utility.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/assets.h"
#include "tests/devices/run_model.h"
#include "tests/files.h"

namespace infer_server::devices {
namespace {

// A folder for the files of one test.
class BadModel : public testing::Test {
 protected:
  BadModel() {
    char name[] = "/tmp/inferserver-test-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~BadModel() override {
    for (const std::string& path : made_) unlink(path.c_str());
    rmdir(folder_.c_str());
  }
  std::string Make(const std::string& name, const std::string& bytes) {
    made_.push_back(folder_ + "/" + name);
    WriteFile(made_.back(), bytes);
    return made_.back();
  }
  // The message, with the folder taken out.
  std::string Message(const std::string& path, Code code, const std::string& engine = "auto") {
    const Status status = Load(path, 0, engine).status();
    EXPECT_EQ(code, status.code()) << status.ToString();
    std::string text = status.message();
    for (std::size_t at; (at = text.find(folder_ + "/")) != std::string::npos;)
      text.erase(at, folder_.size() + 1);
    const std::string version = cv::getVersionString();
    for (std::size_t at; (at = text.find(version)) != std::string::npos;)
      text.replace(at, version.size(), "V");
    return text;
  }
  std::string folder_;
  std::vector<std::string> made_;
};

TEST_F(BadModel, MessagesSayWhatIsWrong) {
  const std::string good = ReadFile(DataPath("dynamic_detector.onnx"));
  ASSERT_GT(good.size(), 2000u);
  EXPECT_EQ("model file 'none.onnx' does not exist; give the path of a network file",
            Message(folder_ + "/none.onnx", Code::kNotFound));
  EXPECT_EQ("model file 'empty.onnx' is empty (0 bytes); expected a network",
            Message(Make("empty.onnx", ""), Code::kInvalidArgument));
  EXPECT_EQ("model file 'half.onnx' is truncated: it has 2000 bytes and " +
                std::to_string(good.size() - 2006) + " are missing; copy or download it again",
            Message(Make("half.onnx", good.substr(0, 2000)), Code::kInvalidArgument));
  std::string damaged = good;
  damaged[damaged.find("cell_8_w")] = 'x';
  EXPECT_EQ(
      "model file 'name.onnx' is damaged: its operator 'Conv' reads 'xell_8_w', which nothing "
      "before it makes",
      Message(Make("name.onnx", damaged), Code::kInvalidArgument));
  EXPECT_EQ(
      "model file 'words.onnx' is not a network: expected an ONNX file, a Caffe .caffemodel with "
      "its .prototxt or a Darknet .weights with its .cfg",
      Message(Make("words.onnx", "person\nbicycle\n"), Code::kInvalidArgument));
  EXPECT_EQ(
      "OpenCV DNN V cannot load the model file 'op.onnx': it lacks the operator "
      "'SpectralGate@org.example' that the network needs",
      Message(Make("op.onnx", ReadFile(DataPath("unknown_op.onnx"))), Code::kUnsupported));
  EXPECT_EQ(
      "input 'x' [?,1,?,?] of the model file 'open.onnx' leaves sizes open; say them, for one item "
      "and without the batch: engine=opencv:inputs=3x480x640",
      Message(Make("open.onnx", ReadFile(DataPath("open_size.onnx"))), Code::kUnsupported));
  EXPECT_EQ(
      "engine 'opencv': inputs='3x4'; expected DIMxDIM for each input, without the batch, "
      "separated "
      "by ';'. The network has: x [?,1,?,?]",
      Message(made_.back(), Code::kInvalidArgument, "opencv:inputs=3x4"));
  EXPECT_EQ("engine 'opencv': no setting 'threads'; there are: inputs",
            Message(made_.back(), Code::kInvalidArgument, "opencv:threads=4"));
  EXPECT_EQ("no engine 'openvine'; there are: fake, opencv, auto",
            Message(made_.back(), Code::kInvalidArgument, "openvine"));
  EXPECT_NE(std::string::npos,
            Message(folder_, Code::kInvalidArgument).find("is a folder; expected a network file"));
}

TEST_F(BadModel, HalvesOfTwoFileNetworksNeedEachOther) {
  const std::string cfg =
      "[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=2\nsize=1\n"
      "stride=1\npad=1\nactivation=linear\n";
  const std::string header("\0\0\0\0\2\0\0\0\5\0\0\0\0\0\0\0\0\0\0\0", 20);
  EXPECT_EQ(
      "model file 'a.cfg' is the .cfg half of a Darknet network; its other file 'a.weights' does "
      "not exist; give the path of a network file",
      Message(Make("a.cfg", cfg), Code::kNotFound));
  EXPECT_EQ(
      "file 'a.weights' is truncated: it has 28 bytes, and the layers of 'a.cfg' need 48; copy or "
      "download it again, or give the .cfg it belongs to",
      Message(Make("a.weights", header + std::string(8, '\1')), Code::kInvalidArgument));
  EXPECT_EQ(
      "model file 'b.cfg' is the .cfg half of a Darknet network, but file 'b.weights' beside "
      "it is not a Darknet .weights",
      (Make("b.weights", "hello"), Message(Make("b.cfg", cfg), Code::kInvalidArgument)));
  const std::string proto = "layer { name: \"i\" type: \"Input\" top: \"d\"";
  Make("c.caffemodel", "\x0a\x01n\xa2\x06\x03\x0a\x01i");
  EXPECT_EQ(
      "model file 'c.prototxt' is truncated: it ends inside 'layer {'; copy or download it "
      "again",
      Message(Make("c.prototxt", proto), Code::kInvalidArgument));
}

// Layers whose results are as many as they find: the tensor holds the most, the rest is zero.
TEST_F(BadModel, DetectionsOfVaryingNumberFillTheirTensor) {
  const std::string path = Make("ssd.prototxt", R"(
    input: "data" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }
    input: "loc" input_shape { dim: 1 dim: 16 }
    input: "conf" input_shape { dim: 1 dim: 8 }
    layer { name: "pool" type: "Pooling" bottom: "data" top: "pool"
            pooling_param { pool: AVE kernel_size: 4 stride: 4 } }
    layer { name: "prior" type: "PriorBox" bottom: "pool" bottom: "data" top: "prior"
            prior_box_param { min_size: 4 variance: 0.1 } }
    layer { name: "found" type: "DetectionOutput" bottom: "loc" bottom: "conf" bottom: "prior"
            top: "found" detection_output_param { num_classes: 2 share_location: true
            background_label_id: 0 code_type: CORNER nms_param { nms_threshold: 0.9 top_k: 4 } keep_top_k: 4
            confidence_threshold: 0.5 } })");
  Make("ssd.caffemodel", std::string("\x0a\x01n\xa2\x06\x03\x0a\x01i", 9));
  const auto loaded = Load(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status().ToString();
  const auto& model = loaded.value();
  EXPECT_EQ("data f32[1,3,8,8], loc f32[1,16], conf f32[1,8]", ToString(model->Inputs()));
  EXPECT_EQ("found f32[1,1,4,7]", ToString(model->Outputs()));
  Tensors in = {std::vector<float>(192), std::vector<float>(16), {1, 0, 0.2f, 0.8f, 1, 0, 1, 0}};
  const auto engine = std::move(model->NewEngine()).value();
  const Tensors one = RunOn(*model, engine.get(), in, 1);
  EXPECT_FLOAT_EQ(0.8f, one[0][2]);
  EXPECT_EQ(std::vector<float>(21, 0), std::vector<float>(one[0].begin() + 7, one[0].end()));
  in[2] = {0.1f, 0.9f, 0.2f, 0.8f, 0.3f, 0.7f, 1, 0};
  const Tensors three = RunOn(*model, engine.get(), in, 1);
  EXPECT_FLOAT_EQ(0.7f, three[0][2 * 7 + 2]);
  EXPECT_EQ(0, three[0][3 * 7 + 2]);
}

TEST_F(BadModel, MutatedFilesAreErrorsOrNetworks) {
  int loaded = 0, refused = 0;
  for (const char* file : {"dynamic_detector.onnx", "two_in_two_out.onnx", "fixed_batch.onnx"}) {
    const std::string good = ReadFile(DataPath(file));
    std::mt19937 random(11);
    for (int round = 0; round < 150; ++round) {
      std::string bytes = good;
      for (unsigned n = 1 + random() % 3; n > 0; --n)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      ModelSource source;
      source.data = bytes.data();
      source.size = bytes.size();
      const auto model = OpenDevice({"cpu", 0}).value()->LoadModel(source, {});
      ++(model.ok() ? loaded : refused);
      EXPECT_EQ(model.ok(), model.status().message().empty());
    }
  }
  EXPECT_GT(loaded, 10);
  EXPECT_GT(refused, 10);
}

TEST_F(BadModel, RealFilesThatOpencvCannotRun) {
  INFER_SKIP_WITHOUT_ASSETS();
  const auto real = [](const char* file) {
    return ReadFile(AssetPath(std::string("models/") + file));
  };
  EXPECT_EQ(
      "model file 'h.onnx' has 16-bit floating-point weights, which OpenCV DNN V cannot "
      "compute with; give the 32-bit version of it",
      Message(Make("h.onnx", real("squeezenet1.1_224_fp16.onnx")), Code::kUnsupported));
  EXPECT_EQ(
      "model file 'q.onnx' has operators on 8-bit integers (quantised), which OpenCV DNN V "
      "cannot compute with; give the 32-bit version of it",
      Message(Make("q.onnx", real("fastestdet_352_qdq_int8.onnx")), Code::kUnsupported));
  const std::string caffe = real("ultraface_rfb_320.caffemodel");
  Make("u.prototxt", real("ultraface_rfb_320.prototxt"));
  EXPECT_NE(std::string::npos,
            Message(Make("u.caffemodel", caffe.substr(0, caffe.size() / 2)), Code::kInvalidArgument)
                .find("model file 'u.caffemodel' is truncated"));
}

}  // namespace
}  // namespace infer_server::devices
