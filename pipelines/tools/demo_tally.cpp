// SPDX-License-Identifier: Apache-2.0
#include "demo_tally.h"

#include <gst/video/video.h>

#include <cstdio>

namespace {

using Counts = std::map<std::string, gint64>;

// Counts the regions of one frame: the label is the region's type, each attribute a structure.
guint CountObjects(GstBuffer* buffer, Counts* labels, Counts* attributes) {
  guint objects = 0;
  gpointer state = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta_filtered(
             buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)) {
    auto* region = reinterpret_cast<GstVideoRegionOfInterestMeta*>(meta);
    ++objects;
    const gchar* label = g_quark_to_string(region->roi_type);
    ++(*labels)[label && *label ? label : "object"];
    for (GList* item = region->params; item; item = item->next) {
      auto* structure = static_cast<GstStructure*>(item->data);
      const gchar* value = gst_structure_get_string(structure, "label");
      if (value && !gst_structure_has_name(structure, "detection")) ++(*attributes)[value];
    }
  }
  return objects;
}

void PrintCounts(const char* title, const Counts& counts, gint64 frames) {
  std::printf("%s", title);
  if (counts.empty()) std::printf(" none");
  const char* comma = " ";
  for (const auto& [label, count] : counts) {
    std::printf("%s%s %" G_GINT64_FORMAT " (%.1f a frame)", comma, label.c_str(), count,
                static_cast<double>(count) / static_cast<double>(frames));
    comma = ", ";
  }
  std::printf("\n");
}

// The bytes of `sample` as a JPEG picture, or null.
GstSample* ToJpeg(GstSample* sample, GError** error) {
  GstCaps* caps = gst_caps_new_empty_simple("image/jpeg");
  GstSample* jpeg = gst_video_convert_sample(sample, caps, 10 * GST_SECOND, error);
  gst_caps_unref(caps);
  return jpeg;
}

double Rate(gint64 frames, gint64 us) {
  return us > 0 ? static_cast<double>(frames - 1) * 1e6 / static_cast<double>(us) : 0.0;
}

}  // namespace

Tally::~Tally() {
  if (best_) gst_sample_unref(best_);
}

void Tally::Add(GstBuffer* buffer, GstCaps* caps) {
  std::lock_guard<std::mutex> lock(mutex_);
  last_us_ = g_get_monotonic_time();
  if (frames_++ == 0) first_us_ = last_us_;
  const guint objects = CountObjects(buffer, &objects_, &attributes_);
  if (best_ && objects <= most_) return;
  if (best_) gst_sample_unref(best_);
  GstBuffer* copy = gst_buffer_copy_deep(buffer);  // The decoder wants its own one back.
  best_ = gst_sample_new(copy, caps, nullptr, nullptr);
  most_ = objects;
  gst_buffer_unref(copy);
}

gint64 Tally::frames() {
  std::lock_guard<std::mutex> lock(mutex_);
  return frames_;
}

double Tally::frames_per_second() {
  std::lock_guard<std::mutex> lock(mutex_);
  return Rate(frames_, last_us_ - first_us_);
}

bool Tally::WritePicture(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  GError* error = nullptr;
  GstSample* jpeg = best_ ? ToJpeg(best_, &error) : nullptr;
  bool done = false;
  if (jpeg) {
    GstMapInfo map;
    GstBuffer* buffer = gst_sample_get_buffer(jpeg);
    if (gst_buffer_map(buffer, &map, GST_MAP_READ)) {
      done = g_file_set_contents(path.c_str(), reinterpret_cast<const gchar*>(map.data),
                                 static_cast<gssize>(map.size), &error);
      gst_buffer_unmap(buffer, &map);
    }
    gst_sample_unref(jpeg);
  }
  if (!done)
    std::fprintf(stderr, "%s: %s\n", path.c_str(), error ? error->message : "cannot be written");
  g_clear_error(&error);
  return done;
}

void Tally::Print() {
  std::lock_guard<std::mutex> lock(mutex_);
  std::printf("Frames:  %" G_GINT64_FORMAT, frames_);
  if (frames_ > 1) std::printf(", %.1f a second", Rate(frames_, last_us_ - first_us_));
  std::printf("\n");
  PrintCounts("Objects:", objects_, frames_);
  if (!attributes_.empty()) PrintCounts("Of them:", attributes_, frames_);
}
