// SPDX-License-Identifier: Apache-2.0
// What a filter must do to be the end of a pipeline when nothing is linked after it.
#pragma once

#include <gst/gst.h>

namespace infer_gst {

// As a sink, the element carries GST_ELEMENT_FLAG_SINK (and so do the bins it is in), and posts
// STREAM_START, SEGMENT_DONE and EOS messages; EOS only in PLAYING, and again each time it is
// reached, as GstBaseSink does. It does not preroll and does not wait for the clock: its change to
// PAUSED is not asynchronous. State is guarded by the element's object lock.
class SinkRole {
 public:
  // Takes the role if `src` is not linked, else drops it. On the way from READY to PAUSED.
  void Decide(GstElement* element, GstPad* src);
  // Whether the element is a sink. Constant from PAUSED on.
  bool active() const { return active_; }

  // On the way to and back from PLAYING, before the parent's change_state.
  void EnterPlaying(GstElement* element);
  void LeavePlaying(GstElement* element);
  // Every event of the sink pad, in the streaming thread; does not take it.
  void OnEvent(GstElement* element, GstEvent* event);

 private:
  void PostEos(GstElement* element, guint32 seqnum);

  bool active_ = false;
  bool playing_ = false;
  bool eos_ = false;
  guint32 eos_seqnum_ = 0;
};

}  // namespace infer_gst
