// SPDX-License-Identifier: Apache-2.0
// How a filter is the end of a pipeline when nothing is linked after it.
#pragma once

#include <gst/gst.h>

#include <atomic>

#include "devices/base/status.h"
#include "gst/ptr.h"

namespace infer_gst {

// As a sink, the filter (a GstBin) owns a `fakesink` named "sink-role", which takes every buffer as
// soon as it comes. So GstBaseSink and GstBin do what a sink has to do: preroll, asynchronous state
// changes, EOS, SEGMENT_DONE and STREAM_START messages, positions, steps. The filter pushes into
// feed(), a src pad without a parent (GstBin, sorting its children, would take the bin's lock twice
// if it were the parent); what comes back up through it goes to the filter's sink pad. The child is
// added and removed by Decide() alone; the rest may be called from any thread.
class SinkRole {
 public:
  // Makes feed(). In the instance's init.
  void Init(GstPad* sink);
  // Lets go of feed(). In the instance's dispose, before the parent's; may be called again.
  void Dispose();

  // Takes the role if `src` is not linked, else drops it. On the way from NULL to READY and from
  // READY to PAUSED, before the parent's change_state. With `async`, PAUSED is reached with the
  // first frame, as for every sink; without, at once. kNotFound without a `fakesink`.
  infer_server::devices::Status Decide(GstBin* filter, GstPad* src, bool async);
  // Opens and closes feed(): before the parent's change_state to PAUSED, and back to READY.
  void Activate(bool active);

  // Whether the filter is a sink, and as Decide() was told. Constant from PAUSED on.
  bool active() const { return active_; }
  bool async() const { return async_; }
  GstPad* feed() const { return feed_; }
  // What the filter's GstElementClass has to do: as the child, or, when the filter is no sink, as
  // an element that is no bin.
  gboolean SendEvent(GstBin* filter, GstEvent* event) const;
  gboolean Query(GstBin* filter, GstQuery* query) const;

 private:
  infer_server::devices::Status Take(GstBin* filter);
  void Drop(GstBin* filter);
  Ptr<GstElement> Child(GstBin* filter) const;

  GstPad* feed_ = nullptr;       // Owned.
  GstElement* child_ = nullptr;  // Owned by the bin. Guarded by the filter's object lock.
  std::atomic<bool> active_{false}, async_{true};
};

}  // namespace infer_gst
