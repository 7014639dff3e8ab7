// SPDX-License-Identifier: Apache-2.0
// Non-maximum suppression.
#pragma once

#include <cstddef>
#include <vector>

#include "devices/base/export.h"
#include "video/placement.h"

namespace infer_server::video {

struct Candidate {
  Rect box;
  float score = 0;
  int label_id = 0;
  int tag = -1;  // The caller's own number for it.
};

// Boxes that enter the suppression: the best ones. It bounds the time of one call (some ten
// milliseconds) whatever a network puts out; a real picture has hundreds.
constexpr std::size_t kMaxCandidates = 4096;

// Best first: by score, then by label, box and tag, so that the order never depends on the order in
// which candidates were found.
INFER_API bool BetterCandidate(const Candidate& a, const Candidate& b);

// Class-aware greedy suppression, in place: sorts by BetterCandidate and keeps a box unless it
// overlaps one kept before it, of the same label, by more than `iou_threshold`. At most
// kMaxCandidates are looked at. Allocates nothing.
// REQUIRES: boxes and scores are finite.
INFER_API void Suppress(float iou_threshold, std::vector<Candidate>* candidates);

}  // namespace infer_server::video
