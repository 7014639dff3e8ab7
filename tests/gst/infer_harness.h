// SPDX-License-Identifier: Apache-2.0
// Infer elements with the fake engine under test, and a record of what leaves them.
#pragma once

#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "gst/frame_meta.h"
#include "gst/ptr.h"
#include "gst/region_meta.h"
#include "tests/gst/harness.h"
#include "video/result.h"

namespace infer_gst::test {

namespace video = infer_server::video;

inline constexpr char kRgb16[] = "video/x-raw,format=RGB,width=16,height=16,framerate=30/1";

// A frame of kRgb16, number `n`.
inline Ptr<GstBuffer> Frame(guint64 n, guint8 value = 0) {
  Ptr<GstBuffer> buffer = Solid(16 * 16 * 3, value);
  GST_BUFFER_OFFSET(buffer.get()) = n;
  GST_BUFFER_PTS(buffer.get()) = gst_util_uint64_scale(n, GST_SECOND, 30);
  GST_BUFFER_DURATION(buffer.get()) = GST_SECOND / 30;
  return buffer;
}

// "cpuinfer engine=fake:settings postprocess=raw more"; a network of 3 x 8 x 8 pixels and
// postprocess=raw unless they say otherwise.
inline std::string FakeInfer(const std::string& settings, const std::string& more = "") {
  std::string line = "cpuinfer name=infer engine=\"fake:seed=1";
  if (settings.find("inputs=") == std::string::npos) line += ",inputs=3x8x8";
  if (!settings.empty()) line += "," + settings;
  line += "\" ";
  if (more.find("postprocess=") == std::string::npos) line += "postprocess=raw ";
  return line + more;
}

inline video::FrameResult Results(GstBuffer* buffer) {
  video::FrameResult result;
  ReadRegions(buffer, &result);
  ReadFrameMeta(buffer, &result);
  return result;
}

// "ran", "held 2", "" when no infer element was there.
inline std::string StatusOf(GstBuffer* buffer) {
  const video::FrameResult result = Results(buffer);
  if (result.inference.empty()) return "";
  const int age = result.inference[0].age_frames;
  return std::string(NameOf(result.inference[0].status)) +
         (age != 0 ? " " + std::to_string(age) : "");
}

// Writes down what reaches the harness's sink pad: "buffer 3", "tag", "query drain". Thread-safe.
class Recorder {
 public:
  explicit Recorder(GstHarness* h) : element_(h->element), pad_(h->sinkpad) {
    id_ = gst_pad_add_probe(pad_,
                            static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                         GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                         GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM),
                            &Recorder::Probe, this, nullptr);
    gst_harness_set_drop_buffers(h, TRUE);
  }
  // Stops the element: removing a probe does not wait for the call of it that is running.
  ~Recorder() {
    gst_element_set_state(element_, GST_STATE_NULL);
    gst_pad_remove_probe(pad_, id_);
  }

  // What the sink says to each buffer; GST_FLOW_OK unless set. Before any is pushed.
  std::function<GstFlowReturn(GstBuffer*)> on_buffer;
  // To answer queries with: true = answered.
  std::function<bool(GstQuery*)> on_query;

  // Waits until `what` has come `times` times; false after 30 s.
  bool WaitFor(const std::string& what, std::size_t times = 1) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] {
      std::size_t n = 0;
      for (const std::string& line : lines_) n += line.compare(0, what.size(), what) == 0 ? 1 : 0;
      return n >= times;
    });
  }
  std::vector<std::string> lines() {
    std::lock_guard<std::mutex> lock(mutex_);
    return lines_;
  }
  std::size_t Count(const std::string& what) {
    std::size_t n = 0;
    for (const std::string& line : lines()) n += line.compare(0, what.size(), what) == 0 ? 1 : 0;
    return n;
  }
  void Clear() {
    std::lock_guard<std::mutex> lock(mutex_);
    lines_.clear();
  }

 private:
  static GstPadProbeReturn Probe(GstPad*, GstPadProbeInfo* info, gpointer self) {
    return static_cast<Recorder*>(self)->See(info);
  }

  GstPadProbeReturn See(GstPadProbeInfo* info) {
    GstPadProbeReturn result = GST_PAD_PROBE_OK;
    std::string line;
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
      GstBuffer* buffer = gst_pad_probe_info_get_buffer(info);
      line = "buffer " + std::to_string(GST_BUFFER_OFFSET(buffer));
      const GstFlowReturn flow = on_buffer ? on_buffer(buffer) : GST_FLOW_OK;
      if (flow != GST_FLOW_OK) {
        gst_buffer_unref(buffer);
        GST_PAD_PROBE_INFO_DATA(info) = nullptr;
        GST_PAD_PROBE_INFO_FLOW_RETURN(info) = flow;
        result = GST_PAD_PROBE_HANDLED;
      }
    } else if ((info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) != 0) {
      GstEvent* event = gst_pad_probe_info_get_event(info);
      line = GST_EVENT_TYPE_NAME(event);
      if (GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM)
        line += std::string(" ") + gst_structure_get_name(gst_event_get_structure(event));
    } else if ((info->type & GST_PAD_PROBE_TYPE_PUSH) != 0) {
      GstQuery* query = gst_pad_probe_info_get_query(info);
      line = std::string("query ") + GST_QUERY_TYPE_NAME(query);
      if (on_query && on_query(query)) result = GST_PAD_PROBE_HANDLED;
    }
    if (!line.empty()) {
      std::lock_guard<std::mutex> lock(mutex_);
      lines_.push_back(line);
    }
    changed_.notify_all();
    return result;
  }

  GstElement* const element_;
  GstPad* const pad_;
  gulong id_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

// The messages of a harness's element.
class Bus {
 public:
  explicit Bus(GstHarness* h) : element_(h->element), bus_(gst_bus_new()) {
    gst_element_set_bus(element_, bus_);
  }
  ~Bus() {
    gst_element_set_bus(element_, nullptr);
    gst_object_unref(bus_);
  }

  // The next message of `type`, or null when none comes within `timeout`.
  Ptr<GstMessage> Pop(GstMessageType type, GstClockTime timeout = 10 * GST_SECOND) {
    return Ptr<GstMessage>(gst_bus_timed_pop_filtered(bus_, timeout, type));
  }
  // The text of the next error; "" when there is none.
  std::string Error(GstClockTime timeout = 10 * GST_SECOND) {
    Ptr<GstMessage> message = Pop(GST_MESSAGE_ERROR, timeout);
    if (!message) return "";
    GError* error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    const std::string text = error->message;
    g_error_free(error);
    return text;
  }

 private:
  GstElement* const element_;
  GstBus* const bus_;
};

// The element "infer" of a harness.
inline Ptr<GstElement> Infer(GstHarness* h) {
  return Ptr<GstElement>(gst_bin_get_by_name(GST_BIN(h->element), "infer"));
}

// A number of an infer element's `stats`.
inline guint64 Stat(GstElement* infer, const char* field) {
  GstStructure* raw = nullptr;
  g_object_get(infer, "stats", &raw, nullptr);
  Ptr<GstStructure> stats(raw);
  guint64 number = 0;
  guint small = 0;
  if (gst_structure_get_uint64(stats.get(), field, &number)) return number;
  return gst_structure_get_uint(stats.get(), field, &small) ? small : 0;
}

inline guint64 Stat(GstHarness* h, const char* field) { return Stat(Infer(h).get(), field); }

}  // namespace infer_gst::test
