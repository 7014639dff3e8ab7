// SPDX-License-Identifier: Apache-2.0
// A request pad that carries lines of text beside a video stream.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <string_view>

#include "gst/ptr.h"

namespace infer_gst {

// The pad gets a stream of its own: STREAM_START with the video's stream id and "/json", its caps,
// the video's SEGMENT, and GAP, EOS and flushes when the video has them. Request() and Release()
// may come at any time, from any thread; the rest comes from the video's streaming thread (flushes
// from any).
class JsonBranch {
 public:
  // Null when there is a pad already. Returns the pad, owned by `element`.
  GstPad* Request(GstElement* element, GstPadTemplate* pad_template);
  void Release(GstElement* element, GstPad* pad);

  // Whether something takes the lines.
  bool Linked(GstElement* element);

  // What `sink` got; does not take it. Before the video's own pad gets it.
  void OnEvent(GstElement* element, GstPad* sink, GstEvent* event);
  // Pushes `text` as a buffer with the times of `frame`. GST_FLOW_OK without a pad, and when
  // nothing takes from it any more.
  GstFlowReturn Push(GstElement* element, GstPad* sink, std::string_view text, GstBuffer* frame);
  // Frees the buffers. On the way to READY, after the pads are inactive.
  void Stop();

 private:
  Ptr<GstPad> Pad(GstElement* element);
  void SendFirstEvents(GstPad* pad, GstPad* sink);
  GstBuffer* MakeBuffer(std::string_view text);

  GstPad* pad_ = nullptr;  // Guarded by the element's object lock.
  // The pad that has got STREAM_START, caps and SEGMENT: only compared.
  std::atomic<const GstPad*> started_{nullptr};
  Ptr<GstBufferPool> pool_;
};

}  // namespace infer_gst
