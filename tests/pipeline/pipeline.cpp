// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/pipeline.h"

#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace infer_gst::test {
namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "inferserver-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string ErrorText(GstMessage* message) {
  GError* raw = nullptr;
  gchar* raw_debug = nullptr;
  gst_message_parse_error(message, &raw, &raw_debug);
  Ptr<GError> error(raw);
  Ptr<char> debug(raw_debug);
  return std::string(error->message) + "\n" + (debug ? debug.get() : "");
}

}  // namespace

namespace {

// INFERSERVER_TEST_INFER names another infer element to run the pipelines of cpuinfer with.
std::string WithInferElement(std::string line) {
  const char* element = std::getenv("INFERSERVER_TEST_INFER");
  const std::string usual = "cpuinfer";
  for (std::size_t at = 0; element != nullptr && (at = line.find(usual, at)) != std::string::npos;)
    line.replace(at, usual.size(), element);
  return line;
}

}  // namespace

Pipeline Parse(const std::string& text) {
  const std::string line = WithInferElement(text);
  GError* raw = nullptr;
  Pipeline pipeline(
      gst_parse_launch_full(line.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &raw));
  Ptr<GError> error(raw);
  EXPECT_EQ(nullptr, error.get()) << line << "\n" << (error ? error->message : "");
  return pipeline;
}

std::string RunToEnd(GstElement* pipeline, int timeout_seconds) {
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  Ptr<GstBus> bus(gst_element_get_bus(pipeline));
  Ptr<GstMessage> message(
      gst_bus_timed_pop_filtered(bus.get(), static_cast<GstClockTime>(timeout_seconds) * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  if (!message) return "timeout";
  return GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS ? "" : ErrorText(message.get());
}

std::string RunToEnd(const std::string& line, int timeout_seconds) {
  Pipeline pipeline = Parse(line);
  return pipeline ? RunToEnd(pipeline.get(), timeout_seconds) : "does not parse";
}

std::vector<Json> ReadJsonLines(const std::string& path) {
  std::vector<Json> lines;
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(Json::parse(line, nullptr, false));
    EXPECT_FALSE(lines.back().is_discarded()) << path << ":" << lines.size();
  }
  return lines;
}

std::string TemporaryFile(const std::string& name) {
  static TemporaryFolder folder;
  return (folder.path() / name).string();
}

void PushFiles(GstElement* pipeline, const std::vector<std::string>& paths) {
  Ptr<GstElement> source(gst_bin_get_by_name(GST_BIN(pipeline), "src"));
  ASSERT_NE(nullptr, source.get());
  GstClockTime pts = 0;
  for (const std::string& path : paths) {
    gchar* data = nullptr;
    gsize size = 0;
    ASSERT_TRUE(g_file_get_contents(path.c_str(), &data, &size, nullptr)) << path;
    GstBuffer* buffer = gst_buffer_new_wrapped(data, size);
    GST_BUFFER_PTS(buffer) = pts;
    GST_BUFFER_DURATION(buffer) = GST_SECOND;
    pts += GST_SECOND;
    gst_app_src_push_buffer(GST_APP_SRC(source.get()), buffer);
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source.get()));
}

void EndAfter(GstElement* pipeline, const std::string& name, int frames) {
  Ptr<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline), name.c_str()));
  ASSERT_NE(nullptr, element.get()) << name;
  Ptr<GstPad> pad(gst_element_get_static_pad(element.get(), "src"));
  const auto count = [](GstPad* at, GstPadProbeInfo*, gpointer left) {
    if ((*static_cast<int*>(left))-- > 0) return GST_PAD_PROBE_OK;
    gst_pad_push_event(at, gst_event_new_eos());  // A second one goes nowhere.
    return GST_PAD_PROBE_DROP;
  };
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, count, new int(frames),
                    [](gpointer left) { delete static_cast<int*>(left); });
}

std::vector<Box> BoxesOf(const Json& line) {
  std::vector<Box> boxes;
  for (const Json& object : line.at("objects")) {
    const Json& b = object.at("box");
    const float x = b.at("x"), y = b.at("y"), w = b.at("w"), h = b.at("h");
    boxes.push_back({object.at("label"), object.at("score"), x, y, x + w, y + h});
  }
  return boxes;
}

float Iou(const Box& a, const Box& b) {
  const float w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const float h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  if (w <= 0 || h <= 0) return 0;
  const float both = w * h;
  return both / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - both);
}

void ExpectSameBoxes(const std::vector<Box>& expected, const std::vector<Box>& actual, float iou,
                     float score, const std::string& what) {
  std::vector<bool> used(actual.size(), false);
  for (const Box& e : expected) {
    std::size_t best = actual.size();
    for (std::size_t i = 0; i < actual.size(); ++i)
      if (!used[i] && actual[i].label == e.label &&
          (best == actual.size() || Iou(e, actual[i]) > Iou(e, actual[best])))
        best = i;
    ASSERT_LT(best, actual.size()) << what << ": no " << e.label << " of score " << e.score;
    used[best] = true;
    EXPECT_GE(Iou(e, actual[best]), iou) << what << ": " << e.label;
    EXPECT_NEAR(e.score, actual[best].score, score) << what << ": " << e.label;
  }
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_TRUE(used[i]) << what << ": one more " << actual[i].label << " of score "
                         << actual[i].score;
}

}  // namespace infer_gst::test
