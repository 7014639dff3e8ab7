// SPDX-License-Identifier: Apache-2.0
// Detects objects in a video and writes what it saw: annotated.mp4, results.jsonl, frame.jpg.
//
// It also shows how an application embeds the elements: one launch line, properties set by name,
// a pad probe that reads the metadata, and the bus for errors and the end.
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "demo_tally.h"

namespace {

struct Options {
  std::string input, model, classify, device = "cpu", output = "demo-out";
  gint64 frames = 0;  // 0 = to the end of the input.
  bool display = false;
};

struct App {
  Options options;
  Tally tally;
  std::atomic<bool> stop{false};
  std::atomic<gint64> entered{0};  // Frames let in so far.
  GstElement* pipeline = nullptr;
  GMainLoop* loop = nullptr;
  bool live_terminal = false;
  int exit_code = 0;
};

bool Exists(const char* element) {
  GstElementFactory* factory = gst_element_factory_find(element);
  if (factory) gst_object_unref(factory);
  return factory != nullptr;
}

// The first H.264 or MPEG-4 encoder that is installed, or an empty string.
std::string Encoder() {
  if (Exists("x264enc"))  // Without look-ahead, so that the display branch is never starved.
    return "x264enc speed-preset=veryfast tune=zerolatency bitrate=3000 ! "
           "video/x-h264,profile=high";
  if (Exists("openh264enc") && Exists("h264parse"))
    return "openh264enc bitrate=3000000 ! h264parse";
  if (Exists("avenc_mpeg4") && Exists("mpeg4videoparse"))
    return "avenc_mpeg4 bitrate=4000000 ! mpeg4videoparse";
  return {};
}

void Set(GstElement* pipeline, const char* element, const char* property,
         const std::string& value) {
  GstElement* child = gst_bin_get_by_name(GST_BIN(pipeline), element);
  gst_util_set_object_arg(G_OBJECT(child), property, value.c_str());
  gst_object_unref(child);
}

void SetString(GstElement* pipeline, const char* element, const char* property,
               const std::string& value) {
  GstElement* child = gst_bin_get_by_name(GST_BIN(pipeline), element);
  g_object_set(child, property, value.c_str(), nullptr);
  gst_object_unref(child);
}

// "acl:1" names the element aclinfer and its device 1.
std::string InferElement(const std::string& device) {
  return device.substr(0, device.find(':')) + "infer";
}

std::string LaunchLine(const Options& options) {
  const bool camera = options.input.rfind("/dev/video", 0) == 0;
  const std::string infer = InferElement(options.device);
  std::string line = camera ? "v4l2src name=source ! decodebin" : "uridecodebin name=source";
  line += " ! videoconvert name=entry ! " + infer + " name=detect";
  if (!options.classify.empty()) line += " ! " + infer + " name=classify input=objects";
  line += " ! infermeta name=meta ! inferoverlay name=overlay ! tee name=drawn";
  line += " drawn. ! queue ! videoconvert ! " + Encoder();
  line += " ! mp4mux ! filesink name=file async=false";
  if (options.display) line += " drawn. ! queue ! videoconvert ! autovideosink";
  return line;
}

std::string Uri(const std::string& input) {
  if (gst_uri_is_valid(input.c_str())) return input;
  gchar* uri = gst_filename_to_uri(input.c_str(), nullptr);
  std::string result = uri ? uri : input;
  g_free(uri);
  return result;
}

// Ends the stream after --frames or Ctrl-C: a flow return works for files and cameras alike,
// where an EOS event sent from outside is lost on a demuxer that pulls.
GstPadProbeReturn OnEntry(GstPad*, GstPadProbeInfo* info, gpointer data) {
  App& app = *static_cast<App*>(data);
  const gint64 limit = app.options.frames;
  if (!app.stop && (limit == 0 || app.entered < limit)) {
    ++app.entered;
    return GST_PAD_PROBE_OK;
  }
  gst_buffer_unref(GST_PAD_PROBE_INFO_BUFFER(info));
  GST_PAD_PROBE_INFO_DATA(info) = nullptr;
  GST_PAD_PROBE_INFO_FLOW_RETURN(info) = GST_FLOW_EOS;
  return GST_PAD_PROBE_HANDLED;
}

GstPadProbeReturn OnDrawn(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  GstCaps* caps = gst_pad_get_current_caps(pad);
  static_cast<App*>(data)->tally.Add(GST_PAD_PROBE_INFO_BUFFER(info), caps);
  if (caps) gst_caps_unref(caps);
  return GST_PAD_PROBE_OK;
}

void AddProbe(App* app, const char* element, const char* pad_name, GstPadProbeCallback callback) {
  GstElement* child = gst_bin_get_by_name(GST_BIN(app->pipeline), element);
  GstPad* pad = gst_element_get_static_pad(child, pad_name);
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, callback, app, nullptr);
  gst_object_unref(pad);
  gst_object_unref(child);
}

gboolean ShowProgress(gpointer data) {
  App& app = *static_cast<App*>(data);
  const gint64 frames = app.tally.frames();
  gint64 position = 0, duration = 0;
  double share = -1;
  if (app.options.frames > 0)
    share = static_cast<double>(frames) / static_cast<double>(app.options.frames);
  else if (gst_element_query_position(app.pipeline, GST_FORMAT_TIME, &position) &&
           gst_element_query_duration(app.pipeline, GST_FORMAT_TIME, &duration) && duration > 0)
    share = static_cast<double>(position) / static_cast<double>(duration);
  std::printf("%s  %" G_GINT64_FORMAT " %s", app.live_terminal ? "\r" : "", frames,
              frames == 1 ? "frame" : "frames");
  if (frames > 1) std::printf(", %.1f frames per second", app.tally.frames_per_second());
  if (share >= 0) std::printf(", %.0f %%", 100 * (share > 1 ? 1 : share));
  std::printf(app.live_terminal ? "   " : "\n");
  std::fflush(stdout);
  return G_SOURCE_CONTINUE;
}

gboolean OnInterrupt(gpointer data) {
  App& app = *static_cast<App*>(data);
  if (app.stop.exchange(true)) {
    app.exit_code = 130;
    g_main_loop_quit(app.loop);
  } else {
    std::printf("\nStopping; once more to stop at once.\n");
  }
  return G_SOURCE_CONTINUE;
}

void PrintMessage(const char* kind, GstMessage* message, GError* error) {
  const std::string from = std::string(GST_OBJECT_NAME(GST_MESSAGE_SRC(message))) + ": ";
  const bool named = g_str_has_prefix(error->message, from.c_str());  // As this project's are.
  std::fprintf(stderr, "\n%s: %s%s\n", kind, named ? "" : from.c_str(), error->message);
}

gboolean OnBusMessage(GstBus*, GstMessage* message, gpointer data) {
  App& app = *static_cast<App*>(data);
  GError* error = nullptr;
  gchar* debug = nullptr;
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_EOS:
      g_main_loop_quit(app.loop);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning(message, &error, &debug);
      PrintMessage("warning", message, error);
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error(message, &error, &debug);
      PrintMessage("error", message, error);
      if (debug && !std::strstr(debug, error->message)) std::fprintf(stderr, "  %s\n", debug);
      app.exit_code = 1;
      g_main_loop_quit(app.loop);
      break;
    default:
      break;
  }
  g_clear_error(&error);
  g_free(debug);
  return TRUE;
}

// "cpu:0, engine opencv" as the infer element reports it.
std::string WhereItRan(App* app) {
  GstElement* infer = gst_bin_get_by_name(GST_BIN(app->pipeline), "detect");
  GstStructure* stats = nullptr;
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(infer), "stats"))
    g_object_get(infer, "stats", &stats, nullptr);
  const gchar* device = stats ? gst_structure_get_string(stats, "device") : nullptr;
  const gchar* engine = stats ? gst_structure_get_string(stats, "engine") : nullptr;
  std::string text = device ? device : app->options.device;
  if (engine) text += std::string(", engine ") + engine;
  if (stats) gst_structure_free(stats);
  gst_object_unref(infer);
  return text;
}

// Prints what was seen and writes frame.jpg. False when nothing was.
bool Finish(App* app) {
  const std::string where = WhereItRan(app);
  gst_element_set_state(app->pipeline, GST_STATE_NULL);  // No probe runs any more.
  if (app->tally.frames() == 0) {
    std::fprintf(stderr, "%s: %s\n", app->options.input.c_str(),
                 app->stop ? "stopped before the first frame" : "no video frame was read");
    return false;
  }
  const bool written = app->tally.WritePicture(app->options.output + "/frame.jpg");
  std::printf("\nInput:   %s\nModel:   %s\nDevice:  %s\n", app->options.input.c_str(),
              app->options.model.c_str(), where.c_str());
  app->tally.Print();
  std::printf("Written: %s/annotated.mp4, results.jsonl, frame.jpg\n", app->options.output.c_str());
  return written;
}

// Builds the pipeline. False, having said why, when it cannot be built.
bool Build(App* app) {
  const Options& options = app->options;
  const std::string infer = InferElement(options.device);
  if (!Exists(infer.c_str())) {
    std::fprintf(stderr, "--device %s: there is no element '%s'; %s\n", options.device.c_str(),
                 infer.c_str(),
                 Exists("cpuinfer") ? "cpu is always there"
                                    : "GST_PLUGIN_PATH is to name the folder of "
                                      "libgstinferserver.so");
    return false;
  }
  if (Encoder().empty()) {
    std::fprintf(stderr, "no video encoder: install gstreamer1.0-plugins-ugly (x264enc)\n");
    return false;
  }
  if (g_mkdir_with_parents(options.output.c_str(), 0755) != 0) {
    std::fprintf(stderr, "--output %s: %s\n", options.output.c_str(), g_strerror(errno));
    return false;
  }
  GError* error = nullptr;
  app->pipeline = gst_parse_launch_full(LaunchLine(options).c_str(), nullptr,
                                        GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!app->pipeline) {
    std::fprintf(stderr, "%s\n", error->message);
    g_error_free(error);
    return false;
  }
  const bool camera = options.input.rfind("/dev/video", 0) == 0;
  SetString(app->pipeline, "source", camera ? "device" : "uri",
            camera ? options.input : Uri(options.input));
  for (const char* name : {"detect", "classify"}) {
    const std::string& model = name[0] == 'd' ? options.model : options.classify;
    if (model.empty()) continue;
    SetString(app->pipeline, name, "model", model);
    const std::size_t colon = options.device.find(':');
    if (colon != std::string::npos)
      Set(app->pipeline, name, "device-id", options.device.substr(colon + 1));
  }
  SetString(app->pipeline, "meta", "location", options.output + "/results.jsonl");
  SetString(app->pipeline, "file", "location", options.output + "/annotated.mp4");
  AddProbe(app, "entry", "sink", OnEntry);
  AddProbe(app, "overlay", "src", OnDrawn);
  return true;
}

int Run(App* app) {
  app->live_terminal = isatty(STDOUT_FILENO) != 0;
  if (!Build(app)) return 1;
  app->loop = g_main_loop_new(nullptr, FALSE);
  GstBus* bus = gst_element_get_bus(app->pipeline);
  gst_bus_add_watch(bus, OnBusMessage, app);
  const guint interrupt = g_unix_signal_add(SIGINT, OnInterrupt, app);
  const guint progress = g_timeout_add(app->live_terminal ? 250 : 2000, ShowProgress, app);
  gst_element_set_state(app->pipeline, GST_STATE_PLAYING);  // A failure arrives on the bus.
  g_main_loop_run(app->loop);
  g_source_remove(progress);
  g_source_remove(interrupt);
  if (app->exit_code == 0) {
    ShowProgress(app);
    if (!Finish(app)) app->exit_code = 1;
  }
  gst_element_set_state(app->pipeline, GST_STATE_NULL);
  gst_bus_remove_watch(bus);
  gst_object_unref(bus);
  gst_object_unref(app->pipeline);
  g_main_loop_unref(app->loop);
  return app->exit_code;
}

bool Parse(int* argc, char*** argv, Options* options) {
  gchar *input = nullptr, *model = nullptr, *classify = nullptr, *device = nullptr;
  gchar* output = nullptr;
  gboolean display = FALSE;
  const GOptionEntry entries[] = {
      {"input", 0, 0, G_OPTION_ARG_STRING, &input, "File, URI or camera to read",
       "FILE|URI|/dev/videoN"},
      {"model", 0, 0, G_OPTION_ARG_FILENAME, &model, "Detector; its description lies beside it",
       "FILE"},
      {"classify", 0, 0, G_OPTION_ARG_FILENAME, &classify,
       "Second network, run on every object found", "FILE"},
      {"device", 0, 0, G_OPTION_ARG_STRING, &device, "Where to compute (cpu)", "cpu"},
      {"output", 0, 0, G_OPTION_ARG_FILENAME, &output, "Folder to write to (demo-out)", "DIR"},
      {"frames", 0, 0, G_OPTION_ARG_INT64, &options->frames, "Stop after N frames (0 = all)", "N"},
      {"display", 0, 0, G_OPTION_ARG_NONE, &display, "Show the video as well", nullptr},
      {nullptr, 0, 0, G_OPTION_ARG_NONE, nullptr, nullptr, nullptr}};
  GOptionContext* context = g_option_context_new(nullptr);
  g_option_context_add_main_entries(context, entries, nullptr);
  g_option_context_add_group(context, gst_init_get_option_group());
  GError* error = nullptr;
  const gboolean parsed = g_option_context_parse(context, argc, argv, &error);
  g_option_context_free(context);
  if (error) std::fprintf(stderr, "%s\n", error->message);
  g_clear_error(&error);
  const auto take = [](gchar* text, std::string* to) {
    if (text) *to = text;
    g_free(text);
  };
  take(input, &options->input);
  take(model, &options->model);
  take(classify, &options->classify);
  take(device, &options->device);
  take(output, &options->output);
  options->display = display != FALSE;
  if (!parsed) return false;
  if (*argc > 1) std::fprintf(stderr, "unexpected argument '%s'\n", (*argv)[1]);
  if (options->input.empty() || options->model.empty())
    std::fprintf(stderr, "--input and --model are needed\n");
  if (options->frames < 0) std::fprintf(stderr, "--frames is 0 or more\n");
  return *argc == 1 && !options->input.empty() && !options->model.empty() && options->frames >= 0;
}

}  // namespace

int main(int argc, char** argv) {
  App app;
  if (!Parse(&argc, &argv, &app.options)) return 2;
  const int code = Run(&app);
  gst_deinit();
  return code;
}
