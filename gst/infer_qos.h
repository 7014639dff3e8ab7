// SPDX-License-Identifier: Apache-2.0
// What downstream says about lateness, and which frames an infer element skips for it.
#pragma once

#include <gst/gst.h>

#include <cstdint>

#include "devices/base/mutex.h"

namespace infer_gst {

// Thread-safe. Times are running times in ns.
class InferQos {
 public:
  void Reset() INFER_EXCLUDES(mutex_);
  // Takes note of an event from downstream, if it is about lateness: QOS, or what Relay() made of
  // it in another infer element. Does not take it.
  void Observe(GstEvent* event) INFER_EXCLUDES(mutex_);
  // The same as a custom event, which only infer elements further upstream know: a decoder that
  // hears of QOS drops frames.
  static GstEvent* Relay(GstEvent* qos);
  // Whether the model is not to run on the frame of time `at`: by what downstream said, the frame
  // is late already. Once in kLongest it runs in spite of that. Counts the frame.
  bool Skips(GstClockTime at) INFER_EXCLUDES(mutex_);
  // Writes jitter, proportion and counts into a QOS message about the frame of time `at`.
  void Describe(GstMessage* message, GstClockTime at) const INFER_EXCLUDES(mutex_);

 private:
  static constexpr GstClockTime kLongest = GST_SECOND;

  mutable infer_server::devices::Mutex mutex_;
  GstClockTime earliest_ INFER_GUARDED_BY(mutex_) = GST_CLOCK_TIME_NONE;
  GstClockTime ran_at_ INFER_GUARDED_BY(mutex_) = GST_CLOCK_TIME_NONE;
  gdouble proportion_ INFER_GUARDED_BY(mutex_) = 1;
  std::uint64_t run_ INFER_GUARDED_BY(mutex_) = 0, skipped_ INFER_GUARDED_BY(mutex_) = 0;
};

}  // namespace infer_gst
