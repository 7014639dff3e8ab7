// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <opencv2/dnn/dnn.hpp>
#include <random>
#include <thread>
#include <vector>

#include "devices/runtime.h"
#include "tests/assets.h"
#include "tests/files.h"

namespace infer_server::devices {
namespace {

Result<std::shared_ptr<Model>> Load(const std::string& path, int batch_size = 0,
                                    const std::string& engine = "auto") {
  ModelSource source;
  source.path = path;
  ModelOptions options;
  options.batch_size = batch_size;
  options.engine = engine;
  return OpenDevice({"cpu", 0}).value()->LoadModel(source, options);
}

using Tensors = std::vector<std::vector<float>>;

Tensors Noise(const std::vector<TensorInfo>& infos, int rows, unsigned seed, float high = 1) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(0, high);
  Tensors tensors;
  for (const TensorInfo& info : infos) {
    tensors.emplace_back(info.ItemElements() * static_cast<std::size_t>(rows));
    for (float& element : tensors.back()) element = value(random);
  }
  return tensors;
}

// Runs float tensors through `engine`.
Tensors RunOn(const Model& model, Engine* engine, const Tensors& inputs, int rows) {
  Tensors outputs;
  for (const TensorInfo& info : model.Outputs())
    outputs.emplace_back(info.ItemElements() * static_cast<std::size_t>(rows), -1.0f);
  std::vector<const void*> in;
  std::vector<void*> out;
  for (const auto& tensor : inputs) in.push_back(tensor.data());
  for (auto& tensor : outputs) out.push_back(tensor.data());
  const Status status = engine->Run(in.data(), out.data(), rows);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return outputs;
}

// `rows` items together must give what each gives alone.
void ExpectRowsEqualSingles(const std::string& path, int batch, int rows) {
  const auto model = Load(path, batch).value(), single = Load(path, 1).value();
  const auto engine = std::move(model->NewEngine()).value();
  const auto one = std::move(single->NewEngine()).value();
  const Tensors inputs = Noise(model->Inputs(), rows, 5, 255);
  const Tensors together = RunOn(*model, engine.get(), inputs, rows);
  for (int row = 0; row < rows; ++row) {
    Tensors item;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::size_t count = model->Inputs()[i].ItemElements();
      const auto begin = inputs[i].begin() + static_cast<std::ptrdiff_t>(count) * row;
      item.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(count));
    }
    const Tensors alone = RunOn(*single, one.get(), item, 1);
    for (std::size_t i = 0; i < alone.size(); ++i)
      for (std::size_t j = 0; j < alone[i].size(); ++j) {
        const float got = together[i][alone[i].size() * static_cast<std::size_t>(row) + j];
        ASSERT_NEAR(alone[i][j], got, 1e-4f * (1 + std::abs(alone[i][j])))
            << path << " output " << i << " row " << row << " element " << j;
      }
  }
}

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

TEST(OpencvEngine, SeveralInputsAndOutputsComeInTheModelsOrder) {
  const auto model = Load(DataPath("two_in_two_out.onnx")).value();
  EXPECT_EQ("opencv", model->EngineName());
  EXPECT_EQ("a f32[1,3,4,4], b f32[1,2]", ToString(model->Inputs()));
  EXPECT_EQ("first f32[1,3,4,4], second f32[1,2]", ToString(model->Outputs()));
  EXPECT_EQ(Layout::kNCHW, model->Inputs()[0].layout);
  const Tensors in = {std::vector<float>(48, 4), {5, 7}};
  const Tensors out = RunOn(*model, std::move(model->NewEngine()).value().get(), in, 1);
  EXPECT_EQ(std::vector<float>(48, 5), out[0]);
  EXPECT_EQ((std::vector<float>{10, 14}), out[1]);
}

TEST(OpencvEngine, LoadsFromMemory) {
  std::string bytes = ReadFile(DataPath("two_in_two_out.onnx"));
  ModelSource source;
  source.data = bytes.data();
  source.size = bytes.size();
  const auto model = OpenDevice({"cpu", 0}).value()->LoadModel(source, {}).value();
  bytes.assign(bytes.size(), '\0');  // Only needed while LoadModel() ran.
  const auto first = std::move(model->NewEngine()).value();
  const auto second = std::move(model->NewEngine()).value();
  const Tensors in = {std::vector<float>(48, 1), {1, 2}};
  EXPECT_EQ(RunOn(*model, first.get(), in, 1), RunOn(*model, second.get(), in, 1));
  source.data = nullptr;
  EXPECT_EQ("model in memory is a null pointer",
            OpenDevice({"cpu", 0}).value()->LoadModel(source, {}).status().message());
  source.size = 0;
  EXPECT_EQ("no model is named; expected the path of a network file or its bytes in memory",
            OpenDevice({"cpu", 0}).value()->LoadModel(source, {}).status().message());
}

TEST(OpencvEngine, ConvertsElementTypes) {
  const auto model = Load(DataPath("u8_input.onnx")).value();
  EXPECT_EQ("x u8[1,4]", ToString(model->Inputs()));
  EXPECT_EQ("y i64[1,4]", ToString(model->Outputs()));
  const std::vector<std::uint8_t> in = {0, 1, 100, 255};
  std::vector<std::int64_t> out(4, -1);
  const void* ins[] = {in.data()};
  void* outs[] = {out.data()};
  ASSERT_TRUE(std::move(model->NewEngine()).value()->Run(ins, outs, 1).ok());
  EXPECT_EQ((std::vector<std::int64_t>{0, 3, 300, 765}), out);
}

TEST(OpencvEngine, FilesWithAFixedBatchArePadded) {
  const auto model = Load(DataPath("fixed_batch.onnx")).value();
  EXPECT_EQ("x f32[1,2,3,3]", ToString(model->Inputs()));
  EXPECT_EQ("y f32[1,1,3,3]", ToString(model->Outputs()));
  EXPECT_EQ(4, model->BatchSize());
  EXPECT_TRUE(model->FixedBatch());
  EXPECT_EQ("", model->Note());
  const auto seven = Load(DataPath("fixed_batch.onnx"), 7).value();
  EXPECT_EQ(7, seven->BatchSize());
  EXPECT_EQ("runs 4 items at a time, the batch fixed in its file", seven->Note());
  for (const auto& m : {model, seven})
    for (int rows = 1; rows <= m->BatchSize(); ++rows) {
      const Tensors in = Noise(m->Inputs(), rows, 2);
      const Tensors out = RunOn(*m, std::move(m->NewEngine()).value().get(), in, rows);
      for (std::size_t i = 0; i < out[0].size(); ++i) {
        const std::size_t at = i / 9 * 18 + i % 9;
        ASSERT_FLOAT_EQ(in[0][at] + in[0][at + 9], out[0][i]) << rows;
      }
    }
}

TEST(OpencvEngine, InputsWithoutABatchAreOneItem) {
  const auto model = Load(DataPath("bare_input.onnx"), 2).value();
  EXPECT_EQ("boxes f32[1,5,2]", ToString(model->Inputs()));
  EXPECT_EQ("corners f32[1,2,5]", ToString(model->Outputs()));
  EXPECT_EQ("runs the items of a batch one by one: its inputs have no batch dimension",
            model->Note());
  const Tensors in = Noise(model->Inputs(), 2, 2);
  const Tensors out = RunOn(*model, std::move(model->NewEngine()).value().get(), in, 2);
  for (std::size_t row = 0; row < 2; ++row)
    for (std::size_t i = 0; i < 10; ++i)
      EXPECT_EQ(in[0][row * 10 + i], out[0][row * 10 + i % 2 * 5 + i / 2]);
}

TEST(OpencvEngine, BatchProbeTellsWhyItemsRunOneByOne) {
  const std::string cv = "OpenCV DNN " + cv::getVersionString();
  const struct {
    const char* file;
    std::string why;
  } kTable[] = {
      {"mixes_batch.onnx", cv + " gives other results for 3 items together than for one"},
      {"refuses_batch.onnx", cv + " fails for 3 items together"},
      {"constant.onnx",
       "its results are the same for every input tried, so that nothing shows whether they are "
       "right for several items together"},
  };
  for (const auto& row : kTable) {
    const auto model = Load(DataPath(row.file), 3).value();
    EXPECT_EQ("runs the items of a batch one by one: " + row.why, model->Note()) << row.file;
    EXPECT_EQ(3, model->BatchSize());
    EXPECT_EQ("", Load(DataPath(row.file), 1).value()->Note());
    ExpectRowsEqualSingles(DataPath(row.file), 3, 3);
  }
}

TEST(OpencvEngine, OpenSizesAreSetByTheEngineString) {
  const auto model = Load(DataPath("open_size.onnx"), 0, "opencv:inputs=1x3x5").value();
  EXPECT_EQ("x f32[1,1,3,5]", ToString(model->Inputs()));
  EXPECT_EQ("y f32[1,1,3,5]", ToString(model->Outputs()));
}

TEST(OpencvEngine, RefusesBadOptions) {
  EXPECT_EQ(Code::kInvalidArgument, Load(DataPath("u8_input.onnx"), -1).status().code());
  EXPECT_EQ(Code::kInvalidArgument, Load(DataPath("u8_input.onnx"), 5000).status().code());
  ModelSource source;
  source.path = DataPath("u8_input.onnx");
  ModelOptions options;
  options.function = "main";
  EXPECT_EQ("NOT_FOUND: the network has no function 'main'; there is: subnet0",
            OpenDevice({"cpu", 0}).value()->LoadModel(source, options).status().ToString());
  const auto model = Load(DataPath("u8_input.onnx")).value();
  const void* in[] = {nullptr};
  void* out[] = {nullptr};
  EXPECT_EQ("INVALID_ARGUMENT: opencv engine: 2 rows; expected 1 to 1",
            std::move(model->NewEngine()).value()->Run(in, out, 2).ToString());
}

TEST(OpencvEngine, DynamicDetectorBatchesTruly) {
  const auto model = Load(DataPath("dynamic_detector.onnx"), 4).value();
  EXPECT_EQ("output f32[1,84,7]", ToString(model->Outputs()));
  EXPECT_EQ(4, model->BatchSize());
  EXPECT_FALSE(model->FixedBatch());
  EXPECT_EQ("", model->Note());
  for (int rows = 1; rows <= 4; ++rows)
    ExpectRowsEqualSingles(DataPath("dynamic_detector.onnx"), 4, rows);
}

TEST(OpencvEngine, DynamicDetectorSeesBrightAndDark) {
  const auto model = Load(DataPath("dynamic_detector.onnx")).value();
  Tensors in = {std::vector<float>(3 * 64 * 64, 127)};
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t y = 0; y < 8; ++y)
      for (std::size_t x = 0; x < 8; ++x) {
        in[0][(c * 64 + y + 8) * 64 + x + 16] = 255;  // Cell (2, 1) is bright,
        in[0][(c * 64 + y + 40) * 64 + x] = 0;        // cell (0, 5) dark.
      }
  const Tensors out = RunOn(*model, std::move(model->NewEngine()).value().get(), in, 1);
  const auto at = [&out](std::size_t anchor, std::size_t k) { return out[0][anchor * 7 + k]; };
  EXPECT_GT(at(1 * 8 + 2, 4), 0.9f);
  EXPECT_GT(at(1 * 8 + 2, 5), 0.9f);
  EXPECT_LT(at(1 * 8 + 2, 6), 0.1f);
  EXPECT_GT(at(5 * 8 + 0, 4), 0.9f);
  EXPECT_GT(at(5 * 8 + 0, 6), 0.9f);
  EXPECT_LT(at(7 * 8 + 7, 4), 0.1f);
}

TEST(OpencvEngine, EnginesSideBySideGiveTheSame) {
  const auto model = Load(DataPath("dynamic_detector.onnx"), 2).value();
  const Tensors in = Noise(model->Inputs(), 2, 9, 255);
  const Tensors expected = RunOn(*model, std::move(model->NewEngine()).value().get(), in, 2);
  std::vector<std::thread> threads;
  std::vector<int> right(3);
  for (int& count : right)
    threads.emplace_back([&] {
      const auto engine = std::move(model->NewEngine()).value();
      for (int i = 0; i < 10; ++i) count += RunOn(*model, engine.get(), in, 2) == expected;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ((std::vector<int>{10, 10, 10}), right);
}

TEST(OpencvEngine, BatchProbeOnRealModels) {
  INFER_SKIP_WITHOUT_ASSETS();
  const struct {
    const char* file;
    bool together;
    const char* why_not;
  } kTable[] = {
      {"squeezenet1.1_224", true, ""},
      {"gender_mini_xception_64", true, ""},
      {"yolox_nano_416", false, "layer 'Reshape_405' has the batch built in"},
      {"fastestdet_352", false, "has the batch built in"},
      {"person_reid_0248_nchw", false, "has the batch built in"},
  };
  for (const auto& row : kTable) {
    const auto model = Load(AssetPath("models/" + std::string(row.file) + ".onnx"), 3).value();
    EXPECT_EQ(3, model->BatchSize()) << row.file;
    EXPECT_FALSE(model->FixedBatch()) << row.file;
    EXPECT_EQ(row.together, model->Note().empty()) << row.file << ": " << model->Note();
    EXPECT_NE(std::string::npos, model->Note().find(row.why_not)) << model->Note();
    if (!row.together) {
      EXPECT_EQ(0u, model->Note().find("runs the items of a batch one by one: "));
    }
  }
}

TEST(OpencvEngine, BatchesOfRealModelsEqualSingles) {
  INFER_SKIP_WITHOUT_ASSETS();
  ExpectRowsEqualSingles(AssetPath("models/squeezenet1.1_224.onnx"), 3, 3);
  ExpectRowsEqualSingles(AssetPath("models/squeezenet1.1_224.onnx"), 3, 2);
  ExpectRowsEqualSingles(AssetPath("models/yolox_nano_416.onnx"), 2, 2);
  ExpectRowsEqualSingles(AssetPath("models/fastestdet_352.onnx"), 2, 2);
}

TEST(OpencvEngine, EqualsOpencvItself) {
  INFER_SKIP_WITHOUT_ASSETS();
  const std::string path = AssetPath("models/squeezenet1.1_224.onnx");
  const auto model = Load(path).value();
  EXPECT_EQ("prob f32[1,1000]", ToString(model->Outputs()));
  const Tensors in = Noise(model->Inputs(), 1, 4);
  const Tensors out = RunOn(*model, std::move(model->NewEngine()).value().get(), in, 1);
  cv::dnn::Net net = cv::dnn::readNetFromONNX(path);
  const int sizes[] = {1, 3, 224, 224};
  net.setInput(cv::Mat(4, sizes, CV_32F, const_cast<float*>(in[0].data())));
  const cv::Mat expected = net.forward();
  ASSERT_EQ(1000u, expected.total());
  for (std::size_t i = 0; i < 1000; ++i) ASSERT_EQ(expected.ptr<float>()[i], out[0][i]);
}

TEST(OpencvEngine, LoadsCaffeAndDarknetFromEitherFile) {
  INFER_SKIP_WITHOUT_ASSETS();
  for (const char* ending : {".caffemodel", ".prototxt"}) {
    const auto model = Load(AssetPath("models/ultraface_rfb_320" + std::string(ending)), 2).value();
    EXPECT_EQ("input f32[1,3,240,320]", ToString(model->Inputs()));
    EXPECT_EQ("boxes f32[1,4420,4], scores f32[1,4420,2]", ToString(model->Outputs()));
    EXPECT_NE("", model->Note());
  }
  for (const char* ending : {".weights", ".cfg"}) {
    const auto model = Load(AssetPath("models/yolo-fastest-1.1-xl" + std::string(ending))).value();
    EXPECT_EQ("data f32[1,3,320,320]", ToString(model->Inputs()));
    EXPECT_EQ("yolo_121 f32[1,300,85], yolo_130 f32[1,1200,85]", ToString(model->Outputs()));
  }
  ExpectRowsEqualSingles(AssetPath("models/yolo-fastest-1.1-xl.weights"), 2, 2);
}

}  // namespace
}  // namespace infer_server::devices
