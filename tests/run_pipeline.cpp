// SPDX-License-Identifier: Apache-2.0
// Runs a pipelines/*.gst file to its end without a display.
//
//   run_pipeline FILE.gst WORK_DIR OWN_MODELS FRAMES
//
// Files the pipeline writes go to WORK_DIR; each source ends after FRAMES frames. Exit code: 0 when
// the pipeline ended and every results file holds lines with an object somewhere, 1 when not, 77
// (skip) when an element, a model or a clip it needs is not on this system.
#include <gst/gst.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
constexpr int kSkip = 77;

std::string ReadFile(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Public models: where the test assets are, else where pipelines/get-model puts them.
std::string ModelFolder() {
  const char* assets = std::getenv("INFERSERVER_ASSETS");
  if (assets && fs::exists(fs::path(assets) / "models")) return fs::path(assets) / "models";
  const fs::path beside = fs::path(INFERSERVER_SOURCE_ROOT) / "../shared/assets/models";
  if (fs::exists(beside)) return beside;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path base = cache && *cache ? fs::path(cache) : fs::path(home ? home : "/") / ".cache";
  return base / "inferserver/models";
}

void ReplaceAll(std::string* text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text->find(from, at)) != std::string::npos; at += to.size())
    text->replace(at, from.size(), to);
}

// The file as a launch line: placeholders filled in, outputs in `work`, no window.
std::string LaunchLine(const std::string& file, const std::string& work,
                       const std::string& models) {
  std::string line = std::regex_replace(ReadFile(file), std::regex("#[^\n]*"), "");
  ReplaceAll(&line, "${OWN_MODELS}", models);
  ReplaceAll(&line, "${MODELS}", ModelFolder());
  ReplaceAll(&line, "${DATA}", "/usr/share/doc/opencv-doc/examples/data");
  line =
      std::regex_replace(line, std::regex("location=([^/ \n][^ \n]*)"), "location=" + work + "/$1");
  return std::regex_replace(line, std::regex("autovideosink"), "fakesink sync=false");
}

// The first file the line reads that is not there, or an empty string.
std::string MissingInput(const std::string& line, const std::string& work) {
  const std::regex word("(?:model|labels|location)=(/[^ \n]+)");
  for (std::sregex_iterator it(line.begin(), line.end(), word), end; it != end; ++it) {
    const std::string path = (*it)[1];
    if (path.rfind(work, 0) != 0 && !fs::exists(path)) return path;
  }
  return {};
}

struct Limit {
  int frames = 0;
  std::mutex mutex;
  std::map<GstPad*, int> seen;  // Guarded by mutex.
};

GstPadProbeReturn OnFrame(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  Limit& limit = *static_cast<Limit*>(data);
  {
    std::lock_guard<std::mutex> lock(limit.mutex);
    if (limit.seen[pad]++ < limit.frames) return GST_PAD_PROBE_OK;
  }
  gst_buffer_unref(GST_PAD_PROBE_INFO_BUFFER(info));
  GST_PAD_PROBE_INFO_DATA(info) = nullptr;
  GST_PAD_PROBE_INFO_FLOW_RETURN(info) = GST_FLOW_EOS;
  return GST_PAD_PROBE_HANDLED;
}

// Ends the stream in front of every infer element after `limit->frames` frames.
void LimitFrames(GstElement* pipeline, Limit* limit) {
  GstIterator* elements = gst_bin_iterate_elements(GST_BIN(pipeline));
  GValue value = G_VALUE_INIT;
  while (gst_iterator_next(elements, &value) == GST_ITERATOR_OK) {
    auto* element = GST_ELEMENT(g_value_get_object(&value));
    const std::string type = GST_OBJECT_NAME(gst_element_get_factory(element));
    GstPad* sink = gst_element_get_static_pad(element, "sink");
    if (sink && type.size() > 5 && type.compare(type.size() - 5, 5, "infer") == 0)
      gst_pad_add_probe(sink, GST_PAD_PROBE_TYPE_BUFFER, OnFrame, limit, nullptr);
    if (sink) gst_object_unref(sink);
    g_value_unset(&value);
  }
  gst_iterator_free(elements);
}

// Plays to the end. False, having printed the reason, on an error or when there is no end.
bool Play(GstElement* pipeline) {
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 300 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const bool ended = message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
  if (!message) std::fprintf(stderr, "no end after 300 s\n");
  if (message && !ended) {
    GError* error = nullptr;
    gchar* debug = nullptr;
    gst_message_parse_error(message, &error, &debug);
    std::fprintf(stderr, "%s: %s\n%s\n", GST_OBJECT_NAME(GST_MESSAGE_SRC(message)), error->message,
                 debug ? debug : "");
    g_error_free(error);
    g_free(debug);
  }
  if (message) gst_message_unref(message);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  return ended;
}

// Every file the line names as an output is there; results name at least one object.
bool CheckOutputs(const std::string& line, const std::string& work) {
  bool good = true;
  const std::regex word("location=([^ \n]+)");
  for (std::sregex_iterator it(line.begin(), line.end(), word), end; it != end; ++it) {
    const std::string path = (*it)[1];
    if (path.rfind(work, 0) != 0) continue;
    const std::string text = ReadFile(path);
    const bool results = fs::path(path).extension() == ".jsonl";
    const bool found = results ? text.find("\"score\"") != std::string::npos : !text.empty();
    if (!found) std::fprintf(stderr, "%s: %s\n", path.c_str(), results ? "no object" : "empty");
    good = good && found;
  }
  return good;
}

int Run(const std::string& file, const std::string& work, const std::string& models, int frames) {
  fs::remove_all(work);
  fs::create_directories(work);
  const std::string line = LaunchLine(file, work, models);
  const std::string missing = MissingInput(line, work);
  if (!missing.empty()) {
    std::printf("skipped: %s is not on this system\n", missing.c_str());
    return kSkip;
  }
  GError* error = nullptr;
  GstElement* pipeline =
      gst_parse_launch_full(line.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!pipeline) {
    const bool skip = g_error_matches(error, GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_ELEMENT);
    std::fprintf(stderr, "%s: %s\n", file.c_str(), error->message);
    // An element of our own that is missing is a failure.
    const bool ours = std::string(error->message).find("infer") != std::string::npos;
    g_error_free(error);
    return skip && !ours ? kSkip : 1;
  }
  Limit limit;
  limit.frames = frames;
  LimitFrames(pipeline, &limit);
  const bool ended = Play(pipeline);
  gst_object_unref(pipeline);
  return ended && CheckOutputs(line, work) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  gst_registry_fork_set_enabled(FALSE);  // An instrumented plugin cannot be scanned elsewhere.
  gst_init(&argc, &argv);
  const int code = argc == 5 ? Run(argv[1], argv[2], argv[3], std::atoi(argv[4])) : 2;
  gst_deinit();
  return code;
}
