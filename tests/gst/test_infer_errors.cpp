// SPDX-License-Identifier: Apache-2.0
// Bad input of an infer element: one message each, that says what is wrong and what to do.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "tests/assets.h"
#include "tests/gst/infer_harness.h"
#include "tests/video/plugins/moody.h"

namespace infer_gst {
namespace {

using infer_server::AssetPath;

// Sets properties and tries to start; what the bus says. "" when it starts.
std::string Start(const std::vector<std::pair<const char*, std::string>>& properties) {
  Ptr<GstElement> infer(gst_element_factory_make("cpuinfer", "infer"));
  gst_object_ref_sink(infer.get());
  Ptr<GstObject> bus(GST_OBJECT(gst_bus_new()));
  gst_element_set_bus(infer.get(), GST_BUS(bus.get()));
  for (const auto& [name, value] : properties)
    gst_util_set_object_arg(G_OBJECT(infer.get()), name, value.c_str());
  const bool started =
      gst_element_set_state(infer.get(), GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE;
  std::string text;
  int errors = 0;
  while (Ptr<GstMessage> message{gst_bus_pop_filtered(GST_BUS(bus.get()), GST_MESSAGE_ERROR)}) {
    GError* error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    text = error->message;
    g_error_free(error);
    ++errors;
  }
  EXPECT_EQ(started ? 0 : 1, errors) << text;
  gst_element_set_state(infer.get(), GST_STATE_NULL);
  gst_element_set_bus(infer.get(), nullptr);
  return text;
}

// A file of the test's own.
class TempFile {
 public:
  TempFile(const std::string& name, const std::string& content)
      : path_((std::filesystem::temp_directory_path() /
               ("infer-" + std::to_string(g_random_int()) + "-" + name))
                  .string()) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TempFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

void ExpectIn(const std::string& part, const std::string& message) {
  EXPECT_NE(std::string::npos, message.find(part)) << "no '" << part << "' in: " << message;
}

TEST(InferErrors, NoModel) {
  EXPECT_EQ(
      "infer: property model is not set; set it to a model file, as in "
      "model=yolox_nano_416.onnx",
      Start({{"postprocess", "yolox"}}));
}

TEST(InferErrors, MissingModel) {
  EXPECT_EQ(
      "infer: property model: no file '/no/such.onnx'; give the path of a model file, for example "
      "an ONNX file",
      Start({{"model", "/no/such.onnx"}, {"postprocess", "yolox"}}));
}

TEST(InferErrors, EmptyModel) {
  const TempFile file("empty.onnx", "");
  const std::string message = Start({{"model", file.path()}, {"postprocess", "yolox"}});
  ExpectIn("infer: property model: load model '" + file.path() + "'", message);
  ExpectIn("is empty (0 bytes)", message);
}

TEST(InferErrors, NotAModel) {
  const TempFile file("text.onnx", "this is not a network, it is a sentence");
  const std::string message = Start({{"model", file.path()}, {"postprocess", "yolox"}});
  ExpectIn("infer: property model: load model '" + file.path() + "'", message);
  ExpectIn("is not a network: expected an ONNX file", message);
}

TEST(InferErrors, UnknownEngine) {
  const TempFile file("net.onnx", "x");
  const std::string message =
      Start({{"model", file.path()}, {"postprocess", "yolox"}, {"engine", "warp"}});
  ExpectIn("infer: property model with engine='warp': load model '" + file.path() + "'", message);
  ExpectIn("no engine 'warp'; there are: ", message);
  ExpectIn("fake", message);
}

TEST(InferErrors, WrongEngineSetting) {
  const std::string message = Start({{"engine", "fake:speed=9"}, {"postprocess", "raw"}});
  ExpectIn("speed", message);
  ExpectIn("infer: ", message);
}

TEST(InferErrors, NoPostProcessor) {
  const std::string message = Start({{"engine", "fake:outputs=4"}});
  ExpectIn("nothing says how to read the network's outputs: set postprocess", message);
  ExpectIn("classification", message);
  ExpectIn("out0 f32[1,4]", message);
}

TEST(InferErrors, UnknownPostProcessor) {
  const std::string message = Start({{"engine", "fake"}, {"postprocess", "yolo99"}});
  ExpectIn("no post-processor 'yolo99'; there are: classification", message);
}

TEST(InferErrors, PostProcessorThatDoesNotFit) {
  const std::string message =
      Start({{"engine", "fake:outputs=boxes@7x4"}, {"postprocess", "yolox"}});
  ExpectIn("infer: ", message);
  ExpectIn("post-processor 'yolox' does not fit the network: it expects ", message);
  ExpectIn("outputs boxes f32[1,7,4]", message);
  ExpectIn("set postprocess to ", message);
}

TEST(InferErrors, FewerLabelsThanClasses) {
  const std::string message =
      Start({{"engine", "fake:outputs=4"}, {"postprocess", "classification"}, {"labels", "a,b"}});
  ExpectIn("infer: ", message);
  ExpectIn("labels of a list are 2, but the network has 4 classes", message);
  ExpectIn("give one label for each class", message);
}

TEST(InferErrors, MissingLabels) {
  const std::string message = Start({{"engine", "fake:outputs=4"},
                                     {"postprocess", "classification"},
                                     {"labels", "/no/such.txt"}});
  ExpectIn("labels file '/no/such.txt' does not exist", message);
  ExpectIn("give a file with one label a line, or a list such as person,car", message);
}

TEST(InferErrors, BadSettings) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"threshold", "much"}, {"mean", "1,2"}, {"std", "0"}, {"scale", "x"}};
  for (const auto& [name, value] : cases) {
    const std::string message = Start({{"engine", "fake"}, {"postprocess", "raw"}, {name, value}});
    ExpectIn(std::string("infer: property ") + name + ": '" + value + "' ", message);
  }
}

TEST(InferErrors, UnknownKeyInTheModelsDescription) {
  const TempFile model("described.onnx", "x");
  const std::string json = model.path().substr(0, model.path().rfind('.')) + ".json";
  std::ofstream(json) << "{\n  \"thresold\": 0.5\n}\n";
  const std::string message = Start({{"model", model.path()}});
  std::filesystem::remove(json);
  ExpectIn("infer: " + json + ":2: unknown key 'thresold'; keys are: ", message);
  ExpectIn("threshold", message);
}

TEST(InferErrors, MissingDevice) {
  const std::string message =
      Start({{"engine", "fake"}, {"postprocess", "raw"}, {"device-id", "7"}});
  ExpectIn("infer: property model with engine='fake' device-id=7: ", message);
  ExpectIn("there is no device 7; the host is cpu:0 alone", message);
}

TEST(InferErrors, TruncatedModel) {
  INFER_SKIP_WITHOUT_ASSETS();
  std::ifstream whole(AssetPath("models/yolox_nano_416.onnx"), std::ios::binary);
  std::string part(50000, '\0');
  whole.read(part.data(), 50000);
  const TempFile file("part.onnx", part);
  const std::string message = Start({{"model", file.path()}, {"postprocess", "yolox"}});
  ExpectIn("infer: property model: load model '" + file.path() + "'", message);
  ExpectIn("is truncated: it has 50000 bytes", message);
}

TEST(InferErrors, OperatorsTheEngineLacks) {
  INFER_SKIP_WITHOUT_ASSETS();
  const std::string path = AssetPath("models/squeezenet1.1_224_qdq_int8.onnx");
  const std::string message = Start({{"model", path}, {"postprocess", "classification"}});
  ExpectIn("infer: property model: load model '" + path + "'", message);
  ExpectIn("operators on 8-bit integers", message);
}

TEST(InferErrors, AfterAnErrorTheElementStartsOnceItIsPutRight) {
  Ptr<GstElement> infer(gst_element_factory_make("cpuinfer", "infer"));
  gst_object_ref_sink(infer.get());
  EXPECT_EQ(GST_STATE_CHANGE_FAILURE, gst_element_set_state(infer.get(), GST_STATE_READY));
  g_object_set(infer.get(), "engine", "fake", "postprocess", "raw", nullptr);
  EXPECT_EQ(GST_STATE_CHANGE_SUCCESS, gst_element_set_state(infer.get(), GST_STATE_READY));
  gst_element_set_state(infer.get(), GST_STATE_NULL);
}

// A shared object's failure on one frame is counted, and the others go on.
TEST(InferErrors, ACustomPostProcessorThatFails) {
  const char* folder = std::getenv("INFERSERVER_TEST_PLUGINS");
  if (folder == nullptr) GTEST_SKIP() << "INFERSERVER_TEST_PLUGINS is not set";
  const std::string plugin = std::string(folder) + "/moody.so";
  EXPECT_NE(std::string::npos,
            Start({{"engine", "fake:inputs=3x8x8,outputs=4"}, {"custom-postprocess", "no.so"}})
                .find("custom post-processor 'no.so': no such file"));
  EXPECT_EQ("", Start({{"engine", "fake:inputs=3x8x8,outputs=4"}, {"custom-postprocess", plugin}}));

  const auto h = test::Play(test::FakeInfer("mode=copy,inputs=1x1x1,outputs=1",
                                            "postprocess=\"\" scale=1 on-error=skip "
                                            "custom-postprocess=" +
                                                plugin)
                                .c_str(),
                            test::kRgb16);
  std::string statuses;
  for (const Mood mood : {kClassAndEmbedding, kFails, kThrows, kTooManyObjects, kNothing}) {
    Ptr<GstBuffer> out(
        gst_harness_push_and_pull(h.get(), test::Frame(0, static_cast<guint8>(mood)).release()));
    statuses += test::StatusOf(out.get()) + " ";
  }
  EXPECT_EQ("ran failed failed failed ran ", statuses);
  EXPECT_EQ(3u, test::Stat(h.get(), "failed"));
}

}  // namespace
}  // namespace infer_gst
