// SPDX-License-Identifier: Apache-2.0
// Each call that aclinfer's device makes at start and for each frame fails once: the message on the
// bus, not only the log, says which and why.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "tests/pipeline/pipeline.h"

namespace infer_gst::test {
namespace {

constexpr std::size_t kFrames = 20;

std::string Line(const std::string& settings, const std::string& out) {
  return "videotestsrc num-buffers=" + std::to_string(kFrames) +
         " ! video/x-raw,format=RGB,width=64,height=48 ! aclinfer name=infer flavour=software "
         "engine-num=1 postprocess=raw model=" INFERSERVER_TEST_DATA "/mean_rgb.onnx " +
         settings + " ! infermeta location=" + out;
}

// The next two end the process, each one of its own, so that the order counts from the first call.
[[noreturn]] void PlayToTheFault(const std::string& fault) {
  setenv("INFERSERVER_FAULT", fault.c_str(), 1);
  const std::string error = RunToEnd(Line("", TemporaryFile("frames.jsonl")));
  fprintf(stderr, "ON THE BUS: %s\n", error.c_str());
  _exit(0);
}

std::string LastErrorOf(GstElement* pipeline) {
  const Ptr<GstElement> infer(gst_bin_get_by_name(GST_BIN(pipeline), "infer"));
  GstStructure* stats = nullptr;
  g_object_get(infer.get(), "stats", &stats, nullptr);
  const char* error = gst_structure_get_string(stats, "last-error");
  const std::string text = error != nullptr ? error : "(none)";
  gst_structure_free(stats);
  return text;
}

[[noreturn]] void PlayOn(const std::string& fault) {
  setenv("INFERSERVER_FAULT", fault.c_str(), 1);
  const std::string out = TemporaryFile("frames.jsonl");
  Pipeline pipeline = Parse(Line("on-error=skip", out));
  const std::string error = RunToEnd(pipeline.get());
  fprintf(stderr, "IN STATS: %s\n", LastErrorOf(pipeline.get()).c_str());
  pipeline.reset();
  _exit(error.empty() && ReadJsonLines(out).size() == kFrames ? 0 : 1);
}

class AtStart : public testing::TestWithParam<const char*> {};

TEST_P(AtStart, AFailureIsOnTheBusInWords) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const std::string function = GetParam();
  EXPECT_EXIT(PlayToTheFault(function + ":1=507899"), testing::ExitedWithCode(0),
              "ON THE BUS: infer: [^\n]*" + function +
                  " failed: 507899 \\(internal error of the driver\\)");
}

INSTANTIATE_TEST_SUITE_P(Of, AtStart,
                         testing::Values("aclInit", "aclrtGetDeviceCount", "aclrtSetDevice",
                                         "aclrtCreateContext", "aclrtGetRunMode",
                                         "aclrtCreateStream", "aclrtSubscribeReport", "aclrtMalloc",
                                         "aclrtMallocHost", "aclmdlQuerySize",
                                         "aclmdlLoadFromFileWithMem", "aclmdlGetDesc",
                                         "aclmdlGetInputDims", "aclmdlGetOutputDims",
                                         "aclmdlGetDynamicBatch", "aclmdlAddDatasetBuffer"),
                         [](const auto& test) { return std::string(test.param); });

struct Call {
  const char* function;
  int number;  // Of the first frames, but not the first.
};

class OfAFrame : public testing::TestWithParam<Call> {};

TEST_P(OfAFrame, AFailureIsOnTheBusInWords) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const std::string function = GetParam().function;
  const std::string fault = function + ":" + std::to_string(GetParam().number) + "=507011";
  const std::string words = function + " failed: 507011 \\(the model failed\\)";
  EXPECT_EXIT(PlayToTheFault(fault), testing::ExitedWithCode(0),
              "ON THE BUS: infer: model 'mean_rgb' failed on a frame: [^\n]*" + words);
  EXPECT_EXIT(PlayOn(fault), testing::ExitedWithCode(0), "IN STATS: [^\n]*" + words);
}

INSTANTIATE_TEST_SUITE_P(Of, OfAFrame,
                         testing::Values(Call{"aclrtMemcpyAsync", 9},
                                         Call{"aclUpdateDataBuffer", 8},
                                         Call{"aclmdlExecuteAsync", 7},
                                         Call{"aclrtLaunchCallback", 8},
                                         Call{"aclrtSynchronizeStreamWithTimeout", 8}),
                         [](const auto& test) { return std::string(test.param.function); });

}  // namespace
}  // namespace infer_gst::test
