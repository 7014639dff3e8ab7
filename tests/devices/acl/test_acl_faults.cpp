// SPDX-License-Identifier: Apache-2.0
// Each call that the runtime `acl` makes fails, is late or hangs once (INFERSERVER_FAULT): it is
// told in words, nothing hangs, nothing leaks, and the next try works.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "devices/acl/loader.h"
#include "devices/runtime.h"

extern char** environ;

namespace infer_server::devices {
namespace {

using std::chrono::milliseconds;

constexpr int kRows = 3;  // Run in pieces of 1.

// Everything the device can do, once. `patience`: how long its work may take.
Status UseEverything(milliseconds patience) {
  auto device = OpenDevice({"acl", 0});
  if (!device.ok()) return device.status();
  const auto usage = device.value()->Usage();
  if (!usage.ok()) return usage.status();
  ModelOptions options;
  options.batch_size = kRows;
  auto model = device.value()->LoadModel({INFERSERVER_FAULT_MODEL, nullptr, 0}, options);
  if (!model.ok()) return model.status();
  std::ifstream file(INFERSERVER_FAULT_MODEL, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  const std::string content = bytes.str();
  auto from_memory = device.value()->LoadModel({"", content.data(), content.size()}, options);
  if (!from_memory.ok()) return from_memory.status();
  std::vector<Memory> memory;
  std::vector<const void*> inputs;
  std::vector<void*> outputs;
  for (const auto* tensors : {&model.value()->Inputs(), &model.value()->Outputs()})
    for (const TensorInfo& info : *tensors) {
      auto made = device.value()->Allocate(kRows * info.ItemBytes(), MemoryKind::kDevice);
      if (!made.ok()) return made.status();
      memory.push_back(std::move(made).value());
      if (tensors == &model.value()->Inputs())
        inputs.push_back(memory.back().data());
      else
        outputs.push_back(memory.back().data());
    }
  auto host = device.value()->Allocate(memory[0].size(), MemoryKind::kPinned);
  if (!host.ok()) return host.status();
  std::fill_n(static_cast<unsigned char*>(host.value().data()), host.value().size(), 0);
  auto engine = model.value()->NewEngine();
  if (!engine.ok()) return engine.status();
  auto stream = device.value()->NewStream({});
  if (!stream.ok()) return stream.status();
  INFER_RETURN_IF_ERROR(stream.value()->CopyAsync(memory[0].data(), host.value().data(),
                                                  host.value().size(), CopyKind::kHostToDevice));
  INFER_RETURN_IF_ERROR(stream.value()->Execute(engine.value().get(), inputs.data(), inputs.size(),
                                                outputs.data(), outputs.size(), kRows));
  bool called = false;
  INFER_RETURN_IF_ERROR(stream.value()->Callback([&called](Status) { called = true; }));
  const Status done = stream.value()->Synchronize(patience);
  stream.value().reset();
  if (!called) return Status(Code::kDeviceError, "LOST a callback");
  return done;
}

// Everything the image processor can do, once: pictures that are brought in and taken out, a
// letterbox, and one in two steps. `patience` as above.
Status UseImages(milliseconds patience) {
  auto device = OpenDevice({"acl", 0});
  if (!device.ok()) return device.status();
  auto processor = device.value()->NewImageProcessor();
  if (!processor.ok()) return processor.status();
  constexpr std::size_t kLuma = 100 * 80, kRow = 200 * 3;
  auto frame = device.value()->Allocate(kLuma * 3 / 2, MemoryKind::kDevice);
  if (!frame.ok()) return frame.status();
  auto picture = device.value()->Allocate(kRow * 20, MemoryKind::kDevice);
  if (!picture.ok()) return picture.status();
  auto own = processor.value()->NewPicture(PixelFormat::kNV12, 64, 64);
  if (!own.ok()) return own.status();
  ImageTask whole;
  whole.from.width = 100;
  whole.from.height = 80;
  whole.from.data[0] = static_cast<std::uint8_t*>(frame.value().data());
  whole.from.data[1] = whole.from.data[0] + kLuma;
  whole.from.stride[0] = whole.from.stride[1] = 100;
  whole.crop = {10, 10, 12, 20};  // Made 16 2/3 times as wide.
  whole.to.format = PixelFormat::kBGR;
  whole.to.width = 200;
  whole.to.height = 20;
  whole.to.data[0] = static_cast<std::uint8_t*>(picture.value().data());
  whole.to.stride[0] = kRow;
  whole.fill = {0, 0, 200, 20};
  ImageTask boxed = whole;
  boxed.to = own.value().image;
  boxed.fill = {0, 16, 64, 32};
  const ImageTask tasks[] = {whole, boxed};
  auto stream = device.value()->NewStream({});
  if (!stream.ok()) return stream.status();
  INFER_RETURN_IF_ERROR(stream.value()->Process(processor.value().get(), tasks, 2));
  const Status done = stream.value()->Synchronize(patience);
  stream.value().reset();
  return done;
}

// What the child is to do.
Status UseIt(milliseconds patience) {
  const std::string scenario = std::getenv("INFERSERVER_FAULT_CHILD");
  return scenario == "images" ? UseImages(patience) : UseEverything(patience);
}

std::size_t FreeBytes() {
  const auto device = OpenDevice({"acl", 0});
  return device.ok() ? device.value()->Usage().value().free_bytes : 0;
}

// Run by the tests below in a process of its own.
TEST(Child, Scenario) {
  if (std::getenv("INFERSERVER_FAULT_CHILD") == nullptr) GTEST_SKIP() << "a part of the others";
  const Status first = UseIt(milliseconds(500));
  std::printf("FIRST %s\n", first.ToString().c_str());
  unsetenv("INFERSERVER_FAULT");  // aclInit, called again, would read it again.
  const std::size_t before = FreeBytes();
  const Status second = UseIt(milliseconds(20000));
  std::printf("SECOND %s\n", second.ToString().c_str());
  std::printf("%s\n", FreeBytes() == before && before > 0 ? "LEVEL" : "GROWS");
  std::fflush(stdout);
}

struct Outcome {
  bool in_time = false;
  std::string text;
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What a child of a sanitizer build is told: a handle that could not be destroyed is a leak.
std::string SanitizerOptions(const std::string& fault) {
  const char* const own = getenv("ASAN_OPTIONS");
  const std::string options = own != nullptr ? own : "";
  return "ASAN_OPTIONS=" + options + (Has(fault, "Destroy") ? ":detect_leaks=0" : "");
}

// The scenario, `everything` or `images`, with `fault` ordered.
Outcome RunChild(const std::string& fault, const std::string& scenario = "everything") {
  const std::string out = testing::TempDir() + "acl_fault_" + std::to_string(getpid()) + ".txt";
  std::vector<std::string> environment = {
      "INFERSERVER_FAULT=" + fault, "INFERSERVER_FAULT_CHILD=" + scenario, SanitizerOptions(fault)};
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (std::string(*entry).rfind("INFERSERVER_FAULT", 0) != 0 &&
        std::string(*entry).rfind("ASAN_OPTIONS=", 0) != 0)
      environment.emplace_back(*entry);
  std::vector<char*> envp;
  for (std::string& entry : environment) envp.push_back(entry.data());
  envp.push_back(nullptr);
  std::string program = "/proc/self/exe", filter = "--gtest_filter=Child.Scenario";
  char* argv[] = {program.data(), filter.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = 0;
  Outcome outcome;
  if (posix_spawn(&child, program.c_str(), &actions, nullptr, argv, envp.data()) == 0) {
    int status = 0;
    for (int waited = 0; waited < 60000; waited += 10) {
      outcome.in_time = waitpid(child, &status, WNOHANG) == child;
      if (outcome.in_time) break;
      usleep(10000);
    }
    if (!outcome.in_time) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
    } else if (status != 0) {
      outcome.text = "STATUS " + std::to_string(status) + "\n";
    }
  }
  posix_spawn_file_actions_destroy(&actions);
  std::stringstream text;
  text << std::ifstream(out).rdbuf();
  outcome.text += text.str();
  unlink(out.c_str());
  return outcome;
}

const std::vector<std::string>& Functions() {
#define INFER_ACL_NAME(name) #name,
  static const auto* const names = new std::vector<std::string>{INFER_ACL_REQUIRED(INFER_ACL_NAME)};
#undef INFER_ACL_NAME
  return *names;
}

// They return no code, and no fault can be ordered; or a failure is an answer like any other.
const std::set<std::string>& Silent() {
  static const auto* const silent = new std::set<std::string>{
      "aclrtGetCurrentContext",     "aclmdlGetNumInputs",         "aclmdlGetNumOutputs",
      "aclmdlGetInputSizeByIndex",  "aclmdlGetOutputSizeByIndex", "aclmdlGetInputNameByIndex",
      "aclmdlGetOutputNameByIndex", "aclmdlGetInputDataType",     "aclmdlGetOutputDataType",
      "aclmdlGetInputFormat",       "aclmdlSetDynamicBatchSize",  "aclmdlCreateDesc",
      "aclmdlCreateDataset",        "aclCreateDataBuffer"};
  return *silent;
}

class EachCall : public testing::TestWithParam<std::string> {};

TEST_P(EachCall, FailsInWordsAndOnce) {
  const Outcome outcome = RunChild(GetParam() + ":1=207001");
  ASSERT_TRUE(outcome.in_time) << outcome.text;
  EXPECT_FALSE(Has(outcome.text, "STATUS")) << outcome.text;
  EXPECT_FALSE(Has(outcome.text, "LOST")) << outcome.text;
  if (Silent().count(GetParam()) == 0) {
    EXPECT_TRUE(Has(outcome.text, GetParam() + " failed: 207001 (out of memory)")) << outcome.text;
  }
  EXPECT_TRUE(Has(outcome.text, "SECOND OK\n")) << outcome.text;
  EXPECT_TRUE(Has(outcome.text, "LEVEL")) << outcome.text;
}

TEST_P(EachCall, MayBeLate) {
  const Outcome outcome = RunChild(GetParam() + ":1=delay:50");
  ASSERT_TRUE(outcome.in_time) << outcome.text;
  EXPECT_TRUE(Has(outcome.text, "FIRST OK\nSECOND OK\nLEVEL")) << outcome.text;
}

INSTANTIATE_TEST_SUITE_P(Of, EachCall, testing::ValuesIn(Functions()),
                         [](const auto& test) { return test.param; });

const std::vector<std::string>& ImageFunctions() {
#define INFER_ACL_NAME(name) #name,
  static const auto* const names =
      new std::vector<std::string>{"aclrtMemcpy2dAsync", INFER_ACL_DVPP(INFER_ACL_NAME)};
#undef INFER_ACL_NAME
  return *names;
}

class EachImageCall : public testing::TestWithParam<std::string> {};

TEST_P(EachImageCall, FailsInWordsAndOnce) {
  const Outcome outcome = RunChild(GetParam() + ":1=207001", "images");
  ASSERT_TRUE(outcome.in_time) << outcome.text;
  EXPECT_FALSE(Has(outcome.text, "STATUS")) << outcome.text;
  // Returns no code, so that none can be ordered.
  if (GetParam() != "acldvppGetPicDescRetCode") {
    EXPECT_TRUE(Has(outcome.text, GetParam() + " failed: 207001 (out of memory)") ||
                Has(outcome.text, GetParam() + " failed: it returned nothing"))
        << outcome.text;
    EXPECT_EQ(Has(GetParam(), "Destroy") || Has(GetParam(), "Free"),
              Has(outcome.text, "FIRST OK\n"))
        << outcome.text;
  }
  EXPECT_TRUE(Has(outcome.text, "SECOND OK\n")) << outcome.text;
  EXPECT_TRUE(Has(outcome.text, "LEVEL")) << outcome.text;
}

TEST_P(EachImageCall, MayBeLate) {
  const Outcome outcome = RunChild(GetParam() + ":1=delay:50", "images");
  ASSERT_TRUE(outcome.in_time) << outcome.text;
  EXPECT_TRUE(Has(outcome.text, "FIRST OK\nSECOND OK\nLEVEL")) << outcome.text;
}

INSTANTIATE_TEST_SUITE_P(Of, EachImageCall, testing::ValuesIn(ImageFunctions()),
                         [](const auto& test) { return test.param; });

class QueuedImageWork : public testing::TestWithParam<const char*> {};

TEST_P(QueuedImageWork, ThatHangsIsGivenUp) {
  const Outcome outcome = RunChild(std::string(GetParam()) + ":1=hang", "images");
  ASSERT_TRUE(outcome.in_time) << outcome.text;
  EXPECT_TRUE(Has(outcome.text, "FIRST TIMEOUT: the work of the stream was not done after 500 ms"))
      << outcome.text;
  EXPECT_TRUE(Has(outcome.text, "SECOND OK\nLEVEL")) << outcome.text;
}

INSTANTIATE_TEST_SUITE_P(Of, QueuedImageWork,
                         testing::Values("aclrtMemcpy2dAsync", "aclrtMemsetAsync",
                                         "acldvppVpcBatchCropResizeAsync",
                                         "acldvppVpcBatchCropAndPasteAsync"),
                         [](const auto& test) { return std::string(test.param); });

// Calls that hang themselves hold their caller; what they queue can be given up.
class QueuedWork : public testing::TestWithParam<const char*> {};

TEST_P(QueuedWork, ThatHangsIsGivenUp) {
  const Outcome outcome = RunChild(std::string(GetParam()) + ":1=hang");
  ASSERT_TRUE(outcome.in_time) << outcome.text;
  EXPECT_TRUE(Has(outcome.text, "FIRST TIMEOUT: the work of the stream was not done after 500 ms"))
      << outcome.text;
  EXPECT_TRUE(Has(outcome.text, "SECOND OK\nLEVEL")) << outcome.text;
}

INSTANTIATE_TEST_SUITE_P(Of, QueuedWork,
                         testing::Values("aclrtMemcpyAsync", "aclmdlExecuteAsync",
                                         "aclrtLaunchCallback"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace infer_server::devices
