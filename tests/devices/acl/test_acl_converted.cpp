// SPDX-License-Identifier: Apache-2.0
// Models of inferserver-atc on the acl device beside the same networks on the host: batches to
// choose from, static AIPP, and what is refused.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "devices/image/to_tensor.h"
#include "devices/runtime.h"
#include "tests/files.h"

namespace infer_server::devices {
namespace {

using std::chrono::milliseconds;
using Bytes = std::vector<std::uint8_t>;

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Converted : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(nullptr, std::getenv("INFERSERVER_ATC")) << "must name the program";
    folder_ = std::filesystem::temp_directory_path() / ("converted-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // The path of what inferserver-atc makes of a network of tests/data/.
  std::string Convert(const std::string& network, const std::string& options) {
    const std::string out = (folder_ / "model").string();
    EXPECT_EQ(0, std::system((std::string(std::getenv("INFERSERVER_ATC")) +
                              " --framework=5 --model=" + DataPath(network) + " --output=" + out +
                              " " + options + " > /dev/null 2>&1")
                                 .c_str()));
    return out + ".om";
  }
  std::string Aipp(const std::string& text) {
    WriteFile((folder_ / "aipp.cfg").string(), "aipp_op { " + text + " }");
    return " --insert_op_conf=" + (folder_ / "aipp.cfg").string();
  }

  static Result<std::shared_ptr<Model>> Load(const char* runtime, const std::string& path,
                                             int batch_size = 0) {
    auto device = OpenDevice({runtime, 0});
    if (!device.ok()) return device.status();
    ModelOptions options;
    options.batch_size = batch_size;
    return device.value()->LoadModel({path, nullptr, 0}, options);
  }
  static std::string Refusal(const std::string& path) {
    const auto model = Load("acl", path);
    EXPECT_FALSE(model.ok());
    return model.ok() ? "" : model.status().ToString();
  }

  // One input there, the first output back.
  static std::vector<float> Run(const char* runtime, Model* model, const void* input, int rows) {
    auto device = OpenDevice({runtime, 0}).value();
    const auto items = static_cast<std::size_t>(rows);
    const std::size_t in_bytes = items * model->Inputs()[0].ItemBytes();
    const std::size_t out_bytes = items * model->Outputs()[0].ItemBytes();
    Memory in = device->Allocate(in_bytes, MemoryKind::kDevice).value();
    Memory out = device->Allocate(out_bytes, MemoryKind::kDevice).value();
    auto engine = std::move(model->NewEngine()).value();
    auto stream = std::move(device->NewStream({})).value();
    std::vector<float> back(out_bytes / sizeof(float));
    const void* inputs[] = {in.data()};
    void* outputs[] = {out.data()};
    EXPECT_TRUE(stream->CopyAsync(in.data(), input, in_bytes, CopyKind::kHostToDevice).ok());
    EXPECT_TRUE(stream->Execute(engine.get(), inputs, 1, outputs, 1, rows).ok());
    EXPECT_TRUE(
        stream->CopyAsync(back.data(), out.data(), out_bytes, CopyKind::kDeviceToHost).ok());
    const Status done = stream->Synchronize(milliseconds(-1));
    EXPECT_TRUE(done.ok()) << done.ToString();
    return back;
  }

  std::vector<float> Noise(std::size_t count, float high) {
    std::uniform_real_distribution<float> value(0, high);
    std::vector<float> values(count);
    for (float& one : values) one = value(random_);
    return values;
  }

  std::filesystem::path folder_;
  std::mt19937 random_{7};
};

TEST_F(Converted, BatchesToChooseFromGiveWhatSingleItemsGive) {
  auto single = Load("cpu", DataPath("dynamic_detector.onnx"), 1);
  ASSERT_TRUE(single.ok()) << single.status().ToString();
  for (const char* gears : {"1,2,4,8", "2,5", "3"}) {
    const std::string path =
        Convert("dynamic_detector.onnx",
                "--input_shape=images:-1,3,64,64 --dynamic_batch_size=" + std::string(gears));
    const int largest = gears[std::strlen(gears) - 1] - '0';
    // Batches between the sizes, and beyond the largest.
    auto model = Load("acl", path, largest + 3);
    ASSERT_TRUE(model.ok()) << gears << ": " << model.status().ToString();
    EXPECT_EQ(largest + 3, model.value()->BatchSize());
    EXPECT_TRUE(Has(model.value()->Note(), "in pieces of " + std::to_string(largest)));
    EXPECT_EQ(largest, Load("acl", path).value()->BatchSize());
    const std::size_t item = model.value()->Inputs()[0].ItemElements();
    const std::size_t result = model.value()->Outputs()[0].ItemElements();
    ASSERT_EQ(single.value()->Outputs()[0].ItemElements(), result);
    for (int rows = 1; rows <= largest + 3; ++rows) {
      const std::vector<float> input = Noise(item * static_cast<std::size_t>(rows), 255);
      const auto actual = Run("acl", model.value().get(), input.data(), rows);
      for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
        const auto expected = Run("cpu", single.value().get(), input.data() + row * item, 1);
        for (std::size_t i = 0; i < result; ++i)
          ASSERT_NEAR(expected[i], actual[row * result + i], 1e-4)
              << gears << ": item " << row << " of " << rows;
      }
    }
  }
}

TEST_F(Converted, StaticAippNormalisesBytesAsTheHostDoes) {
  const std::string path = Convert(
      "mean_rgb.onnx", "--input_shape=x:-1,3,8,8 --dynamic_batch_size=1,2,4" +
                           Aipp("aipp_mode: static input_format: RGB888_U8 rbuv_swap_switch: true "
                                "mean_chn_0: 10 mean_chn_1: 20 mean_chn_2: 30 var_reci_chn_0: 0.5 "
                                "var_reci_chn_1: 0.25 var_reci_chn_2: 2"));
  auto model = Load("acl", path);
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  const TensorInfo& info = model.value()->Inputs()[0];
  EXPECT_EQ(DataType::kUint8, info.type);
  EXPECT_EQ(Layout::kNHWC, info.layout);
  EXPECT_EQ((std::vector<std::int64_t>{1, 8, 8, 3}), info.shape);
  auto plain = Load("cpu", DataPath("mean_rgb.onnx"), 1);
  ASSERT_TRUE(plain.ok()) << plain.status().ToString();
  const double mean[] = {10, 20, 30}, factor[] = {0.5, 0.25, 2};
  for (int rows = 1; rows <= 4; ++rows) {
    Bytes pictures(static_cast<std::size_t>(rows) * 8 * 8 * 3);
    for (auto& byte : pictures) byte = static_cast<std::uint8_t>(random_());
    const auto actual = Run("acl", model.value().get(), pictures.data(), rows);
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
      std::vector<float> input(3 * 64);
      for (std::size_t i = 0; i < 64; ++i)
        for (std::size_t c = 0; c < 3; ++c)
          input[c * 64 + i] =
              static_cast<float>((pictures[row * 192 + 3 * i + 2 - c] - mean[c]) * factor[c]);
      const auto expected = Run("cpu", plain.value().get(), input.data(), 1);
      for (std::size_t c = 0; c < 3; ++c)
        EXPECT_NEAR(expected[c], actual[row * 3 + c], 1e-3) << "item " << row << " of " << rows;
    }
  }
}

// The matrix of the manuals' example for BT.601 in the limited range, whose result is in BGR.
TEST_F(Converted, StaticAippTakesNv12AsTheHostDoes) {
  const std::string path = Convert(
      "mean_rgb.onnx",
      "--input_shape=x:1,3,8,8" +
          Aipp(
              "aipp_mode: static input_format: YUV420SP_U8 src_image_size_w: 8 src_image_size_h: 8 "
              "csc_switch: true matrix_r0c0: 298 matrix_r0c1: 0 matrix_r0c2: 409 "
              "matrix_r1c0: 298 matrix_r1c1: -100 matrix_r1c2: -208 matrix_r2c0: 298 "
              "matrix_r2c1: 516 matrix_r2c2: 0 input_bias_0: 16 input_bias_1: 128 "
              "input_bias_2: 128"));
  auto model = Load("acl", path);
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  EXPECT_EQ(DataType::kUint8, model.value()->Inputs()[0].type);
  EXPECT_EQ((std::vector<std::int64_t>{1, 8 * 8 * 3 / 2}), model.value()->Inputs()[0].shape);
  Bytes picture(96);
  std::uniform_int_distribution<int> luma(60, 180), chroma(112, 144);  // Nothing is clamped.
  for (std::size_t i = 0; i < 96; ++i)
    picture[i] = static_cast<std::uint8_t>(i < 64 ? luma(random_) : chroma(random_));
  ImageView view;
  view.width = view.height = 8;
  view.data[0] = picture.data();
  view.data[1] = picture.data() + 64;
  view.stride[0] = view.stride[1] = 8;
  view.site = ChromaSite::kCenter;
  ToTensorParams params;
  params.crop_width = params.crop_height = 8;
  params.width = params.height = params.fill_width = params.fill_height = 8;
  params.color_order = ColorOrder::kRGB;
  std::vector<float> input(192);
  ASSERT_TRUE(ToTensor(view, params, input.data()).ok());
  auto plain = Load("cpu", DataPath("mean_rgb.onnx"), 1);
  ASSERT_TRUE(plain.ok()) << plain.status().ToString();
  const auto expected = Run("cpu", plain.value().get(), input.data(), 1);
  const auto actual = Run("acl", model.value().get(), picture.data(), 1);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(expected[c], actual[c], 1) << c;
}

TEST_F(Converted, WhatADeviceCannotSettleIsRefusedInWords) {
  const std::string dynamic_aipp =
      Refusal(Convert("mean_rgb.onnx", "--input_shape=x:1,3,8,8" +
                                           Aipp("aipp_mode: dynamic max_src_image_size: 4096")));
  EXPECT_TRUE(Has(dynamic_aipp, "UNSUPPORTED")) << dynamic_aipp;
  EXPECT_TRUE(Has(dynamic_aipp, "dynamic AIPP; convert it with static AIPP or without"))
      << dynamic_aipp;
  for (const char* options :
       {"--input_shape=x:1,1,-1,-1 \"--dynamic_image_size=8,8;16,24\"",
        "--input_shape=x:1,1,-1,-1 --input_format=ND \"--dynamic_dims=8,4;2,6\""}) {
    const std::string open = Refusal(Convert("open_size.onnx", options));
    EXPECT_TRUE(Has(open, "UNSUPPORTED")) << open;
    EXPECT_TRUE(Has(open, "the size is open; convert the model for one image size")) << open;
  }
}

}  // namespace
}  // namespace infer_server::devices
