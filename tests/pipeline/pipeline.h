// SPDX-License-Identifier: Apache-2.0
// Runs gst-launch lines inside a test and reads what infermeta wrote.
#pragma once

#include <gst/gst.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gst/ptr.h"

namespace infer_gst::test {

using Json = nlohmann::json;

// A pipeline that is taken to NULL before it goes.
struct StopAndUnref {
  void operator()(GstElement* pipeline) const {
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
};
using Pipeline = std::unique_ptr<GstElement, StopAndUnref>;

// Parses a gst-launch line; fails the test and returns null when it cannot.
Pipeline Parse(const std::string& line);

// Plays until EOS. Returns "" then, else the error's text (message, then debug), or "timeout".
std::string RunToEnd(GstElement* pipeline, int timeout_seconds = 120);
std::string RunToEnd(const std::string& line, int timeout_seconds = 120);

// Every line of a JSON Lines file; fails the test on a line that is not JSON.
std::vector<Json> ReadJsonLines(const std::string& path);

// A path in a folder of this test's own, removed when the program ends.
std::string TemporaryFile(const std::string& name);

// An appsrc named `src` pushes each file as one buffer with pts i seconds, then EOS.
void PushFiles(GstElement* pipeline, const std::vector<std::string>& paths);

// Ends the stream after `frames` buffers at the src pad of the element `name`: EOS follows them,
// and what comes after is dropped.
void EndAfter(GstElement* pipeline, const std::string& name, int frames);

// One detection of a JSON line, as edges.
struct Box {
  std::string label;
  float score = 0;
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
};
std::vector<Box> BoxesOf(const Json& line);
float Iou(const Box& a, const Box& b);

// Fails the test unless each box of `expected` matches one of `actual` of the same label one to one
// (IoU ≥ `iou`, scores within `score`), and nothing is left over.
void ExpectSameBoxes(const std::vector<Box>& expected, const std::vector<Box>& actual, float iou,
                     float score, const std::string& what);

}  // namespace infer_gst::test
