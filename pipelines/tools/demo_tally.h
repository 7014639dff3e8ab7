// SPDX-License-Identifier: Apache-2.0
// What the demo saw of the frames: counts by label, speed, and the frame with the most objects.
#pragma once

#include <gst/gst.h>

#include <map>
#include <mutex>
#include <string>

// Add() runs on a streaming thread, the rest anywhere.
class Tally {
 public:
  ~Tally();

  // Counts one frame with the regions on it; keeps a copy of the frame with the most.
  void Add(GstBuffer* buffer, GstCaps* caps);

  gint64 frames();
  double frames_per_second();  // From the first frame to the last; 0 until there are two.

  // Writes the kept frame as JPEG. False, having said why, when that fails.
  bool WritePicture(const std::string& path);
  // Two or three lines of the summary.
  void Print();

 private:
  std::mutex mutex_;  // Guards what follows.
  gint64 frames_ = 0, first_us_ = 0, last_us_ = 0;
  std::map<std::string, gint64> objects_, attributes_;
  guint most_ = 0;
  GstSample* best_ = nullptr;
};
