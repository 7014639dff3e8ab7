// SPDX-License-Identifier: Apache-2.0
// inferserver-atc: its options, the text of AIPP, and that what it writes is loaded.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "pipelines/tools/atc_options.h"
#include "tests/devices/acl/acl_model_test.h"

namespace acl_test {
namespace {

using infer_server::DataPath;
using infer_server::devices::acl::AtcOptions;
using infer_server::devices::acl::Dynamic;
using infer_server::devices::acl::ParseAippConf;
using infer_server::devices::acl::ParseAtcOptions;
using Dims = std::vector<int64_t>;

std::string Refusal(const std::vector<std::string>& arguments) {
  const auto parsed = ParseAtcOptions(arguments);
  return parsed.ok() ? "" : parsed.status().message();
}

TEST(Atc, TakesItsOptionsInBothForms) {
  const auto parsed = ParseAtcOptions(
      {"--model=a.onnx", "--framework", "5", "--output=out/a", "--soc_version=Ascend310P3",
       "--input_shape=x:0:-1,3,8,8;info:-1,4", "--dynamic_batch_size", "1,2,8", "--log=info"});
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  const AtcOptions& options = parsed.value();
  EXPECT_EQ(options.model, "a.onnx");
  EXPECT_EQ(options.output, "out/a.om");
  ASSERT_EQ(options.profiles.inputs.size(), 2u);
  EXPECT_EQ(options.profiles.inputs[0].name, "x:0");
  EXPECT_EQ(options.profiles.inputs[0].dims, (Dims{-1, 3, 8, 8}));
  EXPECT_EQ(options.profiles.dynamic, Dynamic::kBatch);
  EXPECT_EQ(options.profiles.profiles, (std::vector<Dims>{{1}, {2}, {8}}));
  EXPECT_TRUE(ParseAtcOptions({"--help"}).value().help);
}

TEST(Atc, RefusesWhatCannotBe) {
  const std::vector<std::string> good = {"--model=a.onnx", "--output=a"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), good.begin(), good.end());
    return Refusal(more);
  };
  EXPECT_EQ(with({}), "");
  EXPECT_NE(Refusal({"--output=a"}).find("--model"), std::string::npos);
  EXPECT_NE(with({"--singleop=a.json"}).find("one of --model and --singleop"), std::string::npos);
  EXPECT_EQ(ParseAtcOptions({"--singleop=a.json", "--output=ops"}).value().output, "ops");
  EXPECT_NE(with({"--framework=3"}).find("only 5, ONNX"), std::string::npos);
  EXPECT_NE(with({"--dynamic_bach_size=1"}).find("no option --dynamic_bach_size"),
            std::string::npos);
  EXPECT_NE(with({"--input_shape=x"}).find("NAME:DIM"), std::string::npos);
  EXPECT_NE(with({"--input_shape=x:-1,3"}).find("no profiles"), std::string::npos);
  EXPECT_NE(with({"--input_shape=x:-1,3", "--dynamic_batch_size=1,b"}).find("not numbers"),
            std::string::npos);
  EXPECT_NE(with({"--dynamic_batch_size=1", "--dynamic_dims=1"}).find("there can be one of"),
            std::string::npos);
  EXPECT_NE(with({"--insert_op_conf=/nowhere"}).find("cannot read"), std::string::npos);
  EXPECT_NE(with({"--output"}).find("no value"), std::string::npos);
}

TEST(Atc, ReadsAipp) {
  const auto read = ParseAippConf(R"(# of the camera
aipp_op {
  aipp_mode : static
  related_input_rank: 1
  input_format: YUV420SP_U8
  csc_switch: true   # to RGB
  matrix_r0c2 : 359
  input_bias_1:128
  mean_chn_0: 104
  var_reci_chn_2: 0.25
  crop: true load_start_pos_w: 2 crop_size_w : 4
}
aipp_op { aipp_mode: dynamic max_src_image_size: 4096 })");
  ASSERT_TRUE(read.ok()) << read.status().message();
  ASSERT_EQ(read.value().size(), 2u);
  const auto& config = read.value()[0];
  EXPECT_EQ(config.input, 1u);
  EXPECT_EQ(config.params.format, ACL_YUV420SP_U8);
  EXPECT_TRUE(config.params.csc);
  EXPECT_EQ(config.params.matrix[2], 359);
  EXPECT_EQ(config.params.input_bias[1], 128);
  EXPECT_EQ(config.params.items[0].mean[0], 104);
  EXPECT_FLOAT_EQ(config.params.items[0].var_reci[2], 0.25f);
  EXPECT_TRUE(config.params.items[0].crop);
  EXPECT_TRUE(read.value()[1].dynamic);
  EXPECT_EQ(read.value()[1].max_src_bytes, 4096u);
}

TEST(Atc, NamesTheLineOfAippThatIsWrong) {
  const auto why = [](const std::string& text) { return ParseAippConf(text).status().message(); };
  EXPECT_EQ(why("aipp_op {\n  csc_swich: true\n}"),
            "line 2: aipp_op: there is no key 'csc_swich' here");
  EXPECT_NE(why("\naipp {").find("line 2: 'aipp', where aipp_op { begins"), std::string::npos);
  EXPECT_NE(why("aipp_op {").find("has no }"), std::string::npos);
  EXPECT_NE(why("aipp_op { mean_chn_0 }").find("not followed by :"), std::string::npos);
  EXPECT_NE(why("aipp_op { mean_chn_0: 1.5 }").find("a whole number"), std::string::npos);
  EXPECT_NE(why("aipp_op { crop: 2 }").find("true or false"), std::string::npos);
  EXPECT_NE(why("aipp_op { input_format: RAW }").find("YUV420SP_U8"), std::string::npos);
  EXPECT_NE(why("").find("no aipp_op"), std::string::npos);
}

class AtcProgram : public Runtime {
 protected:
  void SetUp() override {
    program_ = std::getenv("INFERSERVER_ATC");
    if (program_ == nullptr) GTEST_SKIP() << "INFERSERVER_ATC does not name the program";
    Runtime::SetUp();
    folder_ = std::filesystem::temp_directory_path() / ("atc-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    if (program_ == nullptr) return;
    std::filesystem::remove_all(folder_);
    Runtime::TearDown();
  }
  // What std::system says: 0 for success, 256 for exit code 1.
  int Run(const std::string& options) {
    const std::string out = (folder_ / "model").string();
    return std::system((std::string(program_) + " --framework=5 --output=" + out + " " + options +
                        " > /dev/null 2>&1")
                           .c_str());
  }
  uint32_t Load() {
    uint32_t id = 0;
    EXPECT_EQ(aclmdlLoadFromFile((folder_ / "model.om").c_str(), &id), ACL_SUCCESS) << Recent();
    return id;
  }
  const char* program_ = nullptr;
  std::filesystem::path folder_;
};

TEST_F(AtcProgram, WritesWhatIsLoaded) {
  infer_server::WriteFile((folder_ / "aipp.cfg").string(),
                          "aipp_op { aipp_mode: static input_format: RGB888_U8 mean_chn_0: 5 }");
  ASSERT_EQ(0, Run("--model=" + DataPath("mean_rgb.onnx") +
                   " --input_shape=x:-1,3,8,8 --dynamic_batch_size=1,2 --input_format=NCHW"
                   " --insert_op_conf=" +
                   (folder_ / "aipp.cfg").string()));
  const uint32_t id = Load();
  {
    ModelIo io(id);
    EXPECT_EQ(io.dims(aclmdlGetInputDims, 0), (Dims{-1, 8, 8, 3}));
    EXPECT_EQ(aclmdlGetInputSizeByIndex(io.desc, 0), 2u * 8 * 8 * 3);
    std::memset(io.in(0), 9, 2 * 8 * 8 * 3);
    ASSERT_EQ(aclmdlSetDynamicBatchSize(id, io.input, 1, 2), ACL_SUCCESS) << Recent();
    ASSERT_EQ(aclmdlExecute(id, io.input, io.output), ACL_SUCCESS) << Recent();
    EXPECT_FLOAT_EQ(io.out(0)[3], 4);
    EXPECT_FLOAT_EQ(io.out(0)[4], 9);
  }
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

TEST_F(AtcProgram, WritesSingleOperators) {
  const std::string json = (folder_ / "ops.json").string();
  const auto run = [&](const char* op) {
    infer_server::WriteFile(json, std::string(R"([{"op": ")") + op +
                                      R"(", "input_desc": [{"shape": [2], "type": "int8"},
        {"shape": [2], "type": "int8"}], "output_desc": [{"shape": [2], "type": "int8"}]}])");
    return std::system((std::string(program_) + " --singleop=" + json +
                        " --output=" + (folder_ / "ops").string() + " > /dev/null 2>&1")
                           .c_str()) == 0;
  };
  EXPECT_FALSE(run("NoSuchOp"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "ops"));
  ASSERT_TRUE(run("Add"));
  std::ifstream file(folder_ / "ops" / "0_Add_int8_2_int8_2_int8_2.om", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(bytes.substr(0, 8), "ISACLOP\x01");
  EXPECT_EQ(aclopLoad(bytes.data(), bytes.size()), ACL_SUCCESS) << Recent();
  EXPECT_EQ(aclopLoad(bytes.data(), bytes.size() - 1), ACL_ERROR_OP_LOAD_FAILED);
}

TEST_F(AtcProgram, WritesNothingThatCannotBeLoaded) {
  EXPECT_EQ(256, Run("--model=" + DataPath("mean_rgb.onnx") + " --input_shape=y:1,3,8,8"));
  EXPECT_EQ(256, Run("--model=" + DataPath("unknown_op.onnx")));
  EXPECT_EQ(256, Run("--model=/nowhere.onnx"));
  for (const char* option : {"--model=", "--singleop="})
    EXPECT_EQ(256, Run(option + folder_.string())) << option;  // A folder.
  EXPECT_EQ(256,
            Run("--model=" + DataPath("mean_rgb.onnx") + " --insert_op_conf=" + folder_.string()));
  infer_server::WriteFile((folder_ / "aipp.cfg").string(), "aipp_op { aipp_mode: static }");
  EXPECT_EQ(Run("--model=" + DataPath("mean_rgb.onnx") +
                " --insert_op_conf=" + (folder_ / "aipp.cfg").string()),
            256);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "model.om"));
}

}  // namespace
}  // namespace acl_test
