// SPDX-License-Identifier: Apache-2.0
// GstHarness owned by scope, and the frames that tests push through it.
#pragma once

#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include <memory>

#include "gst/ptr.h"

namespace infer_gst::test {

struct TeardownHarness {
  void operator()(GstHarness* h) const { gst_harness_teardown(h); }
};
using Harness = std::unique_ptr<GstHarness, TeardownHarness>;

// The elements of `launch_line`, playing, fed with `caps`.
inline Harness Play(const char* launch_line, const char* caps) {
  Harness h(gst_harness_new_parse(launch_line));
  gst_harness_set_src_caps_str(h.get(), caps);
  gst_harness_play(h.get());
  return h;
}

// A buffer of `size` bytes, all of them `value`.
inline Ptr<GstBuffer> Solid(std::size_t size, guint8 value) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, size, nullptr);
  gst_buffer_memset(buffer, 0, value, size);
  return Ptr<GstBuffer>(buffer);
}

}  // namespace infer_gst::test
