// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <opencv2/dnn/dnn.hpp>
#include <thread>
#include <vector>

#include "tests/assets.h"
#include "tests/devices/run_model.h"
#include "tests/files.h"

namespace infer_server::devices {
namespace {

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
