// SPDX-License-Identifier: Apache-2.0
// Results on buffers: the one file that knows GstVideoRegionOfInterestMeta.
//
// A region carries, as parameters (structures named as DL Streamer's users know them): `detection`
// {label_id, confidence, model}, `object_id` {id} when tracked, and one structure per attribute,
// named by the attribute, {label, label_id, confidence, model_name}. ROI ids are ≥ 1; parent_id is
// the id of the region it was found in. Quarks are made from label names only, never from other
// text. Keypoints, embedding and mask are in structures of these names: gst/region_params.h.
#pragma once

#include <gst/video/video.h>

#include <string>
#include <vector>

#include "video/labels.h"
#include "video/result.h"

namespace infer_gst {

// The label file's names as quarks, made once. Thread-safe after construction.
class LabelQuarks {
 public:
  LabelQuarks() = default;
  explicit LabelQuarks(const infer_server::video::Labels& labels);
  // The quark of class `id`, or of "object" where the file has none.
  GQuark Of(int id) const;
  const infer_server::video::Labels& labels() const { return labels_; }

 private:
  infer_server::video::Labels labels_;
  std::vector<GQuark> quarks_;
};

// A region as what it is run on needs it: cheap to list, frame after frame.
struct RegionRef {
  int id = 0;  // As in Object::id.
  infer_server::video::Rect box;
  GQuark label = 0;
};

// Lists every region on `buffer`, anybody's, in their order, into `regions` (reusing its memory).
// Boxes and ids as ReadRegions() gives them. Allocates nothing once `regions` is large enough.
void ListRegions(GstBuffer* buffer, std::vector<RegionRef>* regions);

// Writes the ids that ListRegions() gives into the regions that have none, so that others can refer
// to them. REQUIRES: `buffer` is writable.
void WriteRegionIds(GstBuffer* buffer);

// Adds one region per detection to `buffer`, their box rounded outwards to whole pixels in the meta
// and exact in the `detection` parameters {x, y, w, h}. `parent_id` -1 = none. Returns the number
// added. REQUIRES: `buffer` is writable.
int AddDetections(GstBuffer* buffer, const infer_server::video::ItemResult& result,
                  const LabelQuarks& labels, const std::string& model, int parent_id);

// Adds the best classification to the region whose id is `region_id`, in place of an attribute of
// the same name. False when no region has that id.
// REQUIRES: `buffer` is writable.
bool AddAttribute(GstBuffer* buffer, int region_id, const std::string& name,
                  const infer_server::video::Classification& best, const LabelQuarks& labels,
                  const std::string& model);

// The same for what describes the whole region.
bool AddEmbedding(GstBuffer* buffer, int region_id, const std::vector<float>& embedding,
                  const std::string& model);
bool AddMask(GstBuffer* buffer, int region_id, const infer_server::video::ClassMask& mask,
             const std::string& model);

// Copies the parameters of `from`'s regions to the regions of `to` that have the same id and none:
// GStreamer's scalers (1.22) move a region's box but drop its parameters.
void KeepRegionParams(GstBuffer* from, GstBuffer* to);

// Reads every region on `buffer`, anybody's, into result->objects (reusing its memory). Regions
// without an id get a free one here, not on the buffer. Geometry comes from the meta itself, which
// scalers and croppers keep right, refined by the exact box while that still rounds to it.
void ReadRegions(GstBuffer* buffer, infer_server::video::FrameResult* result);

}  // namespace infer_gst
