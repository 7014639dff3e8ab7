// SPDX-License-Identifier: Apache-2.0
#include "gst/infer_qos.h"

namespace infer_gst {
namespace {

constexpr char kRelayed[] = "infer-qos";

}  // namespace

using infer_server::devices::MutexLock;

void InferQos::Reset() {
  MutexLock lock(&mutex_);
  earliest_ = ran_at_ = GST_CLOCK_TIME_NONE;
  proportion_ = 1;
  run_ = skipped_ = 0;
}

void InferQos::Observe(GstEvent* event) {
  gdouble proportion = 1;
  GstClockTimeDiff late = 0;
  GstClockTime at = GST_CLOCK_TIME_NONE;
  if (GST_EVENT_TYPE(event) == GST_EVENT_QOS)
    gst_event_parse_qos(event, nullptr, &proportion, &late, &at);
  else if (!gst_event_has_name(event, kRelayed) ||
           !gst_structure_get(gst_event_get_structure(event), "proportion", G_TYPE_DOUBLE,
                              &proportion, "late", G_TYPE_INT64, &late, "at", G_TYPE_UINT64, &at,
                              nullptr))
    return;
  MutexLock lock(&mutex_);
  proportion_ = proportion;
  if (!GST_CLOCK_TIME_IS_VALID(at))
    earliest_ = GST_CLOCK_TIME_NONE;
  else if (late < 0)
    earliest_ = at - MIN(at, static_cast<GstClockTime>(-late));
  else
    earliest_ = at + static_cast<GstClockTime>(late);
}

GstEvent* InferQos::Relay(GstEvent* qos) {
  gdouble proportion = 1;
  GstClockTimeDiff late = 0;
  GstClockTime at = GST_CLOCK_TIME_NONE;
  gst_event_parse_qos(qos, nullptr, &proportion, &late, &at);
  GstEvent* relayed = gst_event_new_custom(
      GST_EVENT_CUSTOM_UPSTREAM,
      gst_structure_new(kRelayed, "proportion", G_TYPE_DOUBLE, proportion, "late", G_TYPE_INT64,
                        late, "at", G_TYPE_UINT64, at, nullptr));
  gst_event_set_seqnum(relayed, gst_event_get_seqnum(qos));
  return relayed;
}

bool InferQos::Skips(GstClockTime at) {
  MutexLock lock(&mutex_);
  const bool known = GST_CLOCK_TIME_IS_VALID(at) && GST_CLOCK_TIME_IS_VALID(earliest_);
  const bool lately = GST_CLOCK_TIME_IS_VALID(ran_at_) && at >= ran_at_ && at - ran_at_ < kLongest;
  if (known && at <= earliest_ && lately) {
    ++skipped_;
    return true;
  }
  ran_at_ = at;
  ++run_;
  return false;
}

void InferQos::Describe(GstMessage* message, GstClockTime at) const {
  MutexLock lock(&mutex_);
  gst_message_set_qos_values(message, GST_CLOCK_DIFF(at, earliest_), proportion_, 1000000);
  gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, run_, skipped_);
}

}  // namespace infer_gst
