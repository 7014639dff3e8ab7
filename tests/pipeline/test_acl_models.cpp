// SPDX-License-Identifier: Apache-2.0
// aclinfer with models of inferserver-atc beside cpuinfer with the networks they were made of, and
// with a library in the vendor's place.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/files.h"
#include "tests/pipeline/pipeline.h"

namespace infer_gst::test {
namespace {

namespace fs = std::filesystem;

// The path of what inferserver-atc makes of a network of tests/data/.
std::string Convert(const std::string& network, const std::string& options) {
  const std::string out = TemporaryFile(network + ".om");
  EXPECT_EQ(0, system((INFERSERVER_ATC " --framework=5 --model=" INFERSERVER_TEST_DATA "/" +
                       network + ".onnx --output=" + out + " " + options + " > /dev/null 2>&1")
                          .c_str()));
  return out;
}

std::vector<Json> Infer(const std::string& source, const std::string& element,
                        const std::string& model, const std::string& settings) {
  const std::string out = TemporaryFile(element + ".jsonl");
  EXPECT_EQ("",
            RunToEnd("videotestsrc " + source + " ! " + element + " model=" + model +
                     " model-name=net " + settings + " ! infermeta source-id=a location=" + out))
      << element;
  return ReadJsonLines(out);
}

constexpr char kData[] = INFERSERVER_TEST_DATA;

TEST(AclModels, BatchesToChooseFromFindWhatCpuinferFinds) {
  const std::string model =
      Convert("dynamic_detector", "--input_shape=images:-1,3,64,64 --dynamic_batch_size=1,2,4");
  // 11 frames: batches between the sizes, too.
  const std::string source =
      "num-buffers=11 pattern=ball ! video/x-raw,format=RGB,width=64,height=64";
  const std::string settings = "postprocess=yolox labels=light,dark engine-num=1 ";
  const auto expected =
      Infer(source, "cpuinfer", std::string(kData) + "/dynamic_detector.onnx", settings);
  ASSERT_EQ(11u, expected.size());
  std::size_t boxes = 0;
  for (const Json& line : expected) boxes += BoxesOf(line).size();
  ASSERT_GT(boxes, 10u);
  for (const char* batch : {"", "batch-size=3", "batch-size=7"}) {
    const auto actual = Infer(source, "aclinfer", model, settings + batch);
    ASSERT_EQ(11u, actual.size());
    for (std::size_t i = 0; i < 11; ++i)
      ExpectSameBoxes(BoxesOf(expected[i]), BoxesOf(actual[i]), 0.99f, 1e-3f,
                      "frame " + std::to_string(i) + " " + batch);
  }
}

// Ends the process, one of its own, so that the order counts from the first call on.
[[noreturn]] void PlayWithHungBatchSize(const std::string& model) {
  setenv("INFERSERVER_FAULT", "aclmdlSetDynamicBatchSize:2=hang", 1);
  const std::string out = TemporaryFile("hung.jsonl");
  const std::string error = RunToEnd(
      "videotestsrc num-buffers=11 ! video/x-raw,format=RGB,width=64,height=64 ! aclinfer "
      "name=infer engine-timeout=500 on-error=skip postprocess=yolox engine-num=1 model=" +
      model + " ! infermeta location=" + out);
  std::size_t failed = 0;
  const std::vector<Json> lines = ReadJsonLines(out);
  for (const Json& line : lines)
    if (line.at("inference").at(0).at("status") == "failed") ++failed;
  fprintf(stderr, "%zu lines, failed: %s; %s\n", lines.size(), failed > 0 ? "some" : "none",
          error.c_str());
  _exit(error.empty() ? 0 : 1);
}

TEST(AclModels, ABatchSizeThatHangsCostsItsBatch) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  setenv("GST_DEBUG", "infer*:3", 1);  // For the process below.
  const std::string model =
      Convert("dynamic_detector", "--input_shape=images:-1,3,64,64 --dynamic_batch_size=1,2,4");
  EXPECT_EXIT(
      PlayWithHungBatchSize(model), testing::ExitedWithCode(0),
      "aclmdlSetDynamicBatchSize did not return within 500 ms(.|\n)*11 lines, failed: some");
  unsetenv("GST_DEBUG");
}

TEST(AclModels, StaticAippGivesTheClassesOfCpuinfer) {
  const std::string conf = TemporaryFile("aipp.cfg");
  infer_server::WriteFile(conf,
                          "aipp_op { aipp_mode: static input_format: RGB888_U8 mean_chn_0: 100 "
                          "mean_chn_1: 120 mean_chn_2: 130 var_reci_chn_0: 0.02 "
                          "var_reci_chn_1: 0.02 var_reci_chn_2: 0.02 }");
  const std::string model = Convert("mean_rgb",
                                    "--input_shape=x:-1,3,8,8 --dynamic_batch_size=1,4"
                                    " --insert_op_conf=" +
                                        conf);
  const std::string settings =
      "postprocess=classification labels=red,green,blue color-order=rgb engine-num=1 threshold=0 ";
  std::size_t attributes = 0;
  for (const char* pattern : {"red", "green", "blue", "white"}) {
    const std::string source = "num-buffers=5 pattern=" + std::string(pattern) +
                               " ! video/x-raw,format=RGB,width=8,height=8";
    const auto expected = Infer(source, "cpuinfer", std::string(kData) + "/mean_rgb.onnx",
                                settings + "mean=100,120,130 std=50,50,50 scale=1");
    const auto actual = Infer(source, "aclinfer", model, settings + "mean=0 std=1 scale=1");
    ASSERT_EQ(5u, expected.size());
    ASSERT_EQ(5u, actual.size());
    for (std::size_t i = 0; i < 5; ++i) {
      const Json& want = expected[i].at("attributes");
      const Json& have = actual[i].at("attributes");
      ASSERT_EQ(want.size(), have.size());
      for (std::size_t k = 0; k < want.size(); ++k) {
        EXPECT_EQ(want[k].at("label"), have[k].at("label"));
        EXPECT_NEAR(want[k].at("score").get<double>(), have[k].at("score").get<double>(), 1e-3);
      }
      attributes += want.size();
    }
  }
  EXPECT_EQ(20u, attributes);
}

// Ends the process: prints `runtime-info` of an aclinfer that started, or the error.
[[noreturn]] void Start(const std::string& vendor, const std::string& flavour) {
  const fs::path home = fs::temp_directory_path() / ("acl-toolkit-" + std::to_string(getpid()));
  fs::create_directories(home / "lib64");
  fs::create_symlink(INFERSERVER_FAKE_VENDORS "/lib" + vendor + ".so",
                     home / "lib64/libascendcl.so");
  setenv("ASCEND_TOOLKIT_HOME", home.c_str(), 1);
  std::string told;
  {
    Pipeline pipeline = Parse(
        "videotestsrc num-buffers=3 ! video/x-raw,format=RGB,width=8,height=8 ! aclinfer "
        "name=infer postprocess=raw flavour=" +
        flavour + " model=" INFERSERVER_TEST_DATA "/mean_rgb.onnx ! fakesink");
    const std::string error = RunToEnd(pipeline.get());
    const Ptr<GstElement> infer(gst_bin_get_by_name(GST_BIN(pipeline.get()), "infer"));
    gchar* info = nullptr;
    g_object_get(infer.get(), "runtime-info", &info, nullptr);
    told = error.empty() ? std::string("RUNTIME ") + info : "ERROR " + error;
    g_free(info);
  }
  fs::remove_all(home);
  fprintf(stderr, "%s\n", told.c_str());
  _exit(0);
}

TEST(AclFlavour, IsInRuntimeInfo) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  for (const char* flavour : {"auto", "vendor"})
    EXPECT_EXIT(Start("vendor", flavour), testing::ExitedWithCode(0),
                "RUNTIME acl:0 \\(vendor\\), engine ascendcl");
  EXPECT_EXIT(Start("vendor", "software"), testing::ExitedWithCode(0),
              "RUNTIME acl:0 \\(software\\), engine ascendcl");
  EXPECT_EXIT(Start("vendor_old", "auto"), testing::ExitedWithCode(0),
              "RUNTIME acl:0 \\(software\\), engine ascendcl");
  EXPECT_EXIT(Start("vendor_old", "vendor"), testing::ExitedWithCode(0),
              "ERROR infer: property flavour: [^\n]*has no aclrtLaunchCallback; it is too old");
}

}  // namespace
}  // namespace infer_gst::test
