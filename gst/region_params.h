// SPDX-License-Identifier: Apache-2.0
// What a region has besides its box, label and attributes, as structures among its parameters:
//   keypoints {points}: x, y, score of each in turn, x and y in parts of the box, so that they move
//     with it;
//   embedding {values, model}: floats;
//   mask {width, height, cells, labels, model}: a grid over the box, row by row; cells is a GBytes
//     of one class number a cell, labels a string array of the names of classes 0, 1, ...
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>
#include <vector>

#include "video/labels.h"
#include "video/result.h"

namespace infer_gst {

// Quarks of the structures' names, made once.
struct ParamNames {
  GQuark keypoints = g_quark_from_static_string("keypoints");
  GQuark embedding = g_quark_from_static_string("embedding");
  GQuark mask = g_quark_from_static_string("mask");

  static const ParamNames& Get();
  bool Has(GQuark name) const { return name == keypoints || name == embedding || name == mask; }
};

// The caller owns what these return.
// REQUIRES: !detection.box.Empty().
GstStructure* MakeKeypoints(const infer_server::video::ItemResult& result,
                            const infer_server::video::Detection& detection);
GstStructure* MakeEmbedding(const std::vector<float>& embedding, const std::string& model);
GstStructure* MakeMask(const infer_server::video::ClassMask& mask, const std::string& model);

// Anybody's structure, or nullptr: what is not as above gives nothing.
void ReadKeypoints(const GstStructure* s, const infer_server::video::Rect& box,
                   std::vector<infer_server::video::Keypoint>* keypoints);
void ReadEmbedding(const GstStructure* s, std::vector<float>* embedding);
std::shared_ptr<const infer_server::video::ClassMask> ReadMask(const GstStructure* s);

// The mask of `result`, with the names of the classes in it.
std::shared_ptr<const infer_server::video::ClassMask> MaskOf(
    const infer_server::video::ItemResult& result, const infer_server::video::Labels& labels);

}  // namespace infer_gst
