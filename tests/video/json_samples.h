// SPDX-License-Identifier: Apache-2.0
// Frames with everything in them, and with nothing, for the tests of JSON Lines.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "video/result.h"

namespace infer_server::video {

inline FrameResult FullFrame() {
  FrameResult frame;
  frame.frame = 41;
  frame.pts_ns = 1366666667;
  frame.source = "camera \"1\"\n";
  frame.width = 768;
  frame.height = 576;
  frame.inference = {{"yolox_nano", InferenceStatus::kRan, 0},
                     {"gender", InferenceStatus::kHeld, 3}};
  frame.attributes.push_back({"weather", "rain", 2, 0.5f, "weather_net"});
  Object person;
  person.id = 1;
  person.track_id = 7;
  person.label = "person";
  person.label_id = 0;
  person.score = 0.875f;
  person.box = {10.5f, 20, 30.25f, 40};
  person.model = "yolox_nano";
  person.attributes.push_back({"gender", "woman", 0, 0.75f, "gender"});
  person.keypoints = {{1, 2, 0.5f}, {3, 4, 1}};
  person.embedding = {0.25f, -1, 1e-20f};
  Object face;
  face.id = 2;
  face.parent_id = 1;
  face.score = std::nanf("");
  face.box = {1e30f, std::nanf(""), INFINITY, 1};
  auto mask = std::make_shared<ClassMask>();
  mask->width = 3;
  mask->height = 2;
  mask->cells = {0, 0, 2, 2, 2, 1};
  mask->labels = {"none", "coat"};
  face.mask = mask;
  frame.inference[0].mask = mask;
  frame.inference[0].embedding = {1, 0};
  frame.objects = {person, face};
  return frame;
}

inline std::vector<FrameResult> SampleFrames() {
  FrameResult bad_text;
  bad_text.source = "bad \xff byte, \xC3\xA9, \x01";
  bad_text.inference = {{"m", InferenceStatus::kFailed, 0},
                        {"n", InferenceStatus::kStale, 9},
                        {"o", InferenceStatus::kNone, 0}};
  return {FrameResult(), FullFrame(), bad_text};
}

}  // namespace infer_server::video
