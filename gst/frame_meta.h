// SPDX-License-Identifier: Apache-2.0
// What networks say about a whole frame: a GstMeta of our own, `GstInferFrameMeta`.
//
// Holds, for each infer element the buffer went through, whether it ran on this frame (model,
// status, age, and the mask or embedding of one that saw the whole frame), and the attributes of
// the whole frame. Survives copies and video transforms; merged when several elements add to one
// buffer.
#pragma once

#include <gst/gst.h>

#include "video/result.h"

namespace infer_gst {

// Notes that `inference.model` ran (or was held, failed, ...) on the frame. Call it after the
// regions have been added: a video transform then keeps their parameters too. REQUIRES: `buffer` is
// writable.
void AddInference(GstBuffer* buffer, const infer_server::video::Inference& inference);
void AddFrameAttribute(GstBuffer* buffer, const infer_server::video::Attribute& attribute);

// Reads both into result->inference and result->attributes, reusing their memory; empties them when
// the buffer has none.
void ReadFrameMeta(GstBuffer* buffer, infer_server::video::FrameResult* result);

}  // namespace infer_gst
