// SPDX-License-Identifier: Apache-2.0
// Each call that aclinfer's device makes to start or to stop hangs once: the element ends in time,
// and says which call it was.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "tests/pipeline/pipeline.h"

namespace infer_gst::test {
namespace {

// Ends the process, one of its own, so that the order counts from the first call on.
[[noreturn]] void Play(const std::string& fault) {
  setenv("INFERSERVER_FAULT", fault.c_str(), 1);
  const std::string error = RunToEnd(
      "videotestsrc num-buffers=3 ! video/x-raw,format=RGB,width=64,height=48 ! aclinfer "
      "name=infer "
      "flavour=software engine-num=1 postprocess=raw model=" INFERSERVER_TEST_DATA
      "/mean_rgb.onnx engine-timeout=500 start-timeout=2000 ! infermeta location=" +
      TemporaryFile("frames.jsonl"));
  fprintf(stderr, "ON THE BUS: %s\n", error.c_str());
  _exit(0);
}

class AtStart : public testing::TestWithParam<const char*> {};

TEST_P(AtStart, ACallThatHangsIsNamedAndGivenUp) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const std::string function = GetParam();
  EXPECT_EXIT(Play(function + ":1=hang"), testing::ExitedWithCode(0),
              "ON THE BUS: infer: [^\n]*" + function + " did not return within 2000 ms");
}

INSTANTIATE_TEST_SUITE_P(
    Of, AtStart,
    testing::Values("aclInit", "aclrtGetDeviceCount", "aclrtSetDevice", "aclrtCreateContext",
                    "aclrtGetCurrentContext", "aclrtGetRunMode", "aclrtCreateStream",
                    "aclrtSubscribeReport", "aclrtMalloc", "aclmdlQuerySize",
                    "aclmdlLoadFromFileWithMem", "aclmdlGetDesc", "aclmdlCreateDesc",
                    "aclmdlCreateDataset", "aclCreateDataBuffer", "aclmdlGetInputDims",
                    "aclmdlGetOutputDims", "aclmdlGetDynamicBatch", "aclmdlAddDatasetBuffer"),
    [](const auto& test) { return std::string(test.param); });

class AtStop : public testing::TestWithParam<const char*> {};

TEST_P(AtStop, ACallThatHangsIsNamedAndGivenUp) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  setenv("GST_DEBUG", "*:2", 1);  // The bus has nobody any more.
  const std::string function = GetParam();
  EXPECT_EXIT(Play(function + ":1=hang"), testing::ExitedWithCode(0),
              function + " did not return within 2000 ms");
}

INSTANTIATE_TEST_SUITE_P(Of, AtStop,
                         testing::Values("aclrtFree", "aclrtFreeHost", "aclrtDestroyStream",
                                         "aclrtUnSubscribeReport", "aclmdlUnload",
                                         "aclmdlDestroyDataset", "aclDestroyDataBuffer",
                                         "aclmdlDestroyDesc"),
                         [](const auto& test) { return std::string(test.param); });

// It makes the card's context current for itself, then waits for callbacks.
class OnTheReportThread : public testing::TestWithParam<const char*> {};

TEST_P(OnTheReportThread, ACallThatHangsFailsFramesInTime) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(Play(std::string(GetParam()) + ":1=hang"), testing::ExitedWithCode(0),
              "ON THE BUS: infer: model 'mean_rgb' failed on a frame: [^\n]*did not finish within "
              "500 ms");
}

INSTANTIATE_TEST_SUITE_P(Of, OnTheReportThread,
                         testing::Values("aclrtSetCurrentContext", "aclrtProcessReport"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace infer_gst::test
