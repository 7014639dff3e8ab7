// SPDX-License-Identifier: Apache-2.0
// What networks say about frames: the only definition of a box, an attribute, a keypoint.
//
// Coordinates are pixels of the frame, origin top-left, real numbers; scores are 0..1.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "devices/base/export.h"
#include "video/placement.h"

namespace infer_server::video {

struct Keypoint {
  float x = 0, y = 0;
  float score = 1;
};

// ---- What a post-processor makes of one item; labels are numbers, so nothing is allocated. ----

struct Detection {
  Rect box;
  float score = 0;
  int label_id = 0;
  // keypoint_count elements of ItemResult::keypoints from keypoint_begin on.
  int keypoint_begin = 0, keypoint_count = 0;
};

struct Classification {
  int label_id = 0;
  float score = 0;
};

// Result of one item (a frame, or a region of one). Reused for item after item: Clear() keeps
// memory.
struct INFER_API ItemResult {
  std::vector<Detection> detections;            // Best score first.
  std::vector<Classification> classifications;  // Of the whole item, best first.
  std::vector<Keypoint> keypoints;
  std::vector<float> embedding;  // Empty when the network makes none.
  // Class of each cell of a mask over the whole item, row by row; empty when there is none.
  std::vector<std::uint8_t> mask;
  int mask_width = 0, mask_height = 0;

  void Clear();
};

// ---- What is known of a frame after all networks: read back from metadata, drawn, written. ----

// A class for each cell of a grid over a box, or over the frame. Immutable once it is in a result,
// so that results share it.
struct ClassMask {
  int width = 0, height = 0;        // Cells.
  std::vector<std::uint8_t> cells;  // Class numbers, row by row from the top.
  std::vector<std::string> labels;  // Name of class i; shorter where the others have none.
};

struct Attribute {
  std::string name;   // What was asked: "gender".
  std::string label;  // The answer: "woman".
  int label_id = -1;
  float score = 0;
  std::string model;  // Name of the network.
};

struct Object {
  int id = 0;                  // ≥ 1, unique in its frame.
  int parent_id = -1;          // The object it was found in; -1 for none.
  std::int64_t track_id = -1;  // -1 = not tracked.
  std::string label;
  int label_id = -1;  // -1 when whoever found it did not say.
  float score = 0;    // NaN when whoever found it did not say.
  Rect box;
  std::string model;
  std::vector<Attribute> attributes;
  std::vector<Keypoint> keypoints;
  std::vector<float> embedding;
  std::shared_ptr<const ClassMask> mask;  // Over the box; nullptr = none.
};

enum class InferenceStatus {
  kRan,     // On this frame.
  kHeld,    // Results of an earlier frame, by inference-interval.
  kStale,   // Results of an earlier frame, because of overload.
  kFailed,  // The engine or a processor failed on this frame.
  kNone,    // Nothing to run on (no object of the class wanted).
};

INFER_API const char* NameOf(InferenceStatus status);  // "ran", ...

struct Inference {
  std::string model;
  InferenceStatus status = InferenceStatus::kNone;
  int age_frames = 0;  // Frames since the results were made; 0 = on this one.
  // Of a network that saw the whole frame and says such things of it; else empty and nullptr.
  std::vector<float> embedding = {};
  std::shared_ptr<const ClassMask> mask = nullptr;
};

struct INFER_API FrameResult {
  std::uint64_t frame = 0;   // From 0, per source.
  std::int64_t pts_ns = -1;  // -1 = none.
  std::string source;
  int width = 0, height = 0;  // Pixels.
  std::vector<Inference> inference;
  std::vector<Attribute> attributes;  // Of the whole frame.
  std::vector<Object> objects;

  // Empties the lists; keeps memory, source and size.
  void Clear();
};

}  // namespace infer_server::video
