// SPDX-License-Identifier: Apache-2.0
// What the tests of infermeta share.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/gst/harness.h"

namespace infer_gst::test {

using nlohmann::json;

inline constexpr char kMetaCaps[] = "video/x-raw,format=GRAY8,width=16,height=8,framerate=30/1";

// The lines of a file; what is no JSON is a discarded value.
inline std::vector<json> ReadLines(const std::string& path) {
  std::ifstream in(path);
  std::vector<json> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(json::parse(line, nullptr, false));
  return lines;
}

// A frame of kMetaCaps.
inline Ptr<GstBuffer> MetaFrame(GstClockTime pts) {
  auto buffer = Solid(16 * 8, 0);
  GST_BUFFER_PTS(buffer.get()) = pts;
  return buffer;
}

// Waits for EOS or an error: "eos", the error's message, or "nothing" after 20 s.
inline std::string WaitForEnd(GstElement* pipeline) {
  Ptr<GstBus> bus(gst_element_get_bus(pipeline));
  Ptr<GstMessage> message(
      gst_bus_timed_pop_filtered(bus.get(), 20 * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  if (message == nullptr) return "nothing";
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) return "eos";
  GError* error = nullptr;
  gst_message_parse_error(message.get(), &error, nullptr);
  std::string text = error->message;
  g_error_free(error);
  return text;
}

// Sets the states one right after the other, the last to be PLAYING, and says how it ends.
inline std::string Outcome(const std::string& launch_line,
                           const std::vector<GstState>& states = {GST_STATE_PLAYING}) {
  Ptr<GstElement> pipeline(gst_parse_launch(launch_line.c_str(), nullptr));
  if (pipeline == nullptr) return "does not parse";
  for (GstState state : states) gst_element_set_state(pipeline.get(), state);
  std::string outcome = WaitForEnd(pipeline.get());
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return outcome;
}

// A number of the element's property `stats`.
inline guint64 Stat(GstElement* element, const char* name) {
  GstStructure* stats = nullptr;
  g_object_get(element, "stats", &stats, nullptr);
  const Ptr<GstStructure> owned(stats);
  guint64 value = 0;
  EXPECT_TRUE(gst_structure_get_uint64(stats, name, &value)) << name;
  return value;
}

// A test that writes to path_, which is gone afterwards.
class InferMetaTest : public testing::Test {
 protected:
  void TearDown() override { unlink(path_.c_str()); }
  const std::string path_ = testing::TempDir() + "infermeta_" +
                            testing::UnitTest::GetInstance()->current_test_info()->name() +
                            ".jsonl";
};

}  // namespace infer_gst::test
