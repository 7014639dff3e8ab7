// SPDX-License-Identifier: Apache-2.0
// A card that fails or hangs under aclinfer: in words, in time, and no frame lost.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/pipeline/pipeline.h"

namespace infer_gst::test {
namespace {

constexpr std::size_t kFrames = 20;

// Each test runs in a process of its own, so that the order counts from the first call on.
std::string Play(const std::string& fault, const std::string& settings, const std::string& out) {
  setenv("INFERSERVER_FAULT", fault.c_str(), 1);
  return RunToEnd("videotestsrc num-buffers=" + std::to_string(kFrames) +
                  " ! video/x-raw,format=RGB,width=64,height=48 ! aclinfer name=infer "
                  "flavour=software postprocess=raw model=" INFERSERVER_TEST_DATA
                  "/mean_rgb.onnx " +
                  settings + " ! infermeta location=" + out);
}

// Both end the process: 0 when all is right.
[[noreturn]] void PlayOn(const std::string& fault) {
  const std::string out = TemporaryFile("frames.jsonl");
  const std::string error = Play(fault, "engine-timeout=300 on-error=skip", out);
  int failed = 0;
  const std::vector<Json> lines = ReadJsonLines(out);
  for (const Json& line : lines)
    if (line.at("inference").at(0).at("status") == "failed") ++failed;
  fprintf(stderr, "%s, %zu lines, %d failed\n", error.c_str(), lines.size(), failed);
  _exit(error.empty() && lines.size() == kFrames && failed == 1 ? 0 : 1);
}

[[noreturn]] void PlayToTheFault(const std::string& fault) {
  const std::string error = Play(fault, "engine-timeout=300", TemporaryFile("frames.jsonl"));
  fprintf(stderr, "%s\n", error.c_str());
  _exit(error.find("failed on a frame") != std::string::npos ? 0 : 1);
}

class Fault : public testing::TestWithParam<const char*> {};

TEST_P(Fault, OnceCostsOneFrameAndIsToldInWords) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const std::string fault = GetParam();
  setenv("GST_DEBUG", "infer*:3", 1);  // For the processes below.
  EXPECT_EXIT(PlayOn(fault), testing::ExitedWithCode(0), "");
  const std::string function = fault.substr(0, fault.find(':'));
  const bool call =
      function.find("Async") == std::string::npos && function != "aclrtLaunchCallback";
  const std::string words = fault.find("hang") == std::string::npos
                                ? "failed: 507011 \\(the model failed\\)"
                            : call ? function + " did not return within 300 ms"
                                   : "the device did not finish within 300 ms";
  EXPECT_EXIT(PlayToTheFault(fault), testing::ExitedWithCode(0), words);
}

INSTANTIATE_TEST_SUITE_P(Of, Fault,
                         testing::Values("aclmdlExecuteAsync:7=hang", "aclrtMemcpyAsync:9=hang",
                                         "aclrtLaunchCallback:8=hang",
                                         "aclmdlExecuteAsync:7=507011",
                                         "aclUpdateDataBuffer:9=hang", "aclrtMallocHost:3=hang"));

}  // namespace
}  // namespace infer_gst::test
