// SPDX-License-Identifier: Apache-2.0
// Puts the model's results on buffers, and keeps them for the frames it does not run on.
#pragma once

#include <gst/gst.h>

#include <vector>

#include "gst/in_flight.h"
#include "gst/infer_config.h"
#include "gst/region_meta.h"
#include "video/model_config.h"
#include "video/result.h"

namespace infer_gst {

// Used by the source pad's task alone.
class ResultWriter {
 public:
  ResultWriter(const infer_server::video::ModelSetup& setup, InferInput input);

  // Forgets what it holds.
  void Reset();
  // Writes the frame's results to `buffer`. Later frames may want them again: they change places
  // with those held, so that nothing is copied.
  // REQUIRES: `buffer` is writable; nobody else has `frame`.
  void Attach(InFlight* frame, GstBuffer* buffer);

 private:
  void Write(const infer_server::video::ItemResult& result, int region_id, GstBuffer* buffer);
  void WriteHeld(const InFlight& frame, GstBuffer* buffer);
  void Keep(InFlight* frame);

  const InferInput input_;
  const LabelQuarks labels_;
  infer_server::video::Inference inference_;
  infer_server::video::Attribute attribute_;  // Of a whole frame.
  // The last results, of held_count_ items, and the regions they were of.
  std::vector<infer_server::video::ItemResult> held_;
  std::vector<RegionRef> held_regions_;
  std::size_t held_count_ = 0;
  bool have_held_ = false;
  int age_ = 0;
};

}  // namespace infer_gst
