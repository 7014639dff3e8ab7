// SPDX-License-Identifier: Apache-2.0
#include "video/post/nms.h"

#include <algorithm>
#include <tuple>

namespace infer_server::video {

bool BetterCandidate(const Candidate& a, const Candidate& b) {
  if (a.score != b.score) return a.score > b.score;
  return std::tie(a.label_id, a.box.x, a.box.y, a.box.w, a.box.h, a.tag) <
         std::tie(b.label_id, b.box.x, b.box.y, b.box.w, b.box.h, b.tag);
}

void Suppress(float iou_threshold, std::vector<Candidate>* candidates) {
  std::vector<Candidate>& all = *candidates;
  if (all.size() > kMaxCandidates) {
    std::nth_element(all.begin(), all.begin() + kMaxCandidates, all.end(), BetterCandidate);
    all.resize(kMaxCandidates);
  }
  std::sort(all.begin(), all.end(), BetterCandidate);
  if (iou_threshold >= 1) return;

  std::size_t kept = 0;  // all[0, kept) survive.
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Candidate candidate = all[i];
    const bool covered = std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept),
                                     [&](const Candidate& better) {
                                       return better.label_id == candidate.label_id &&
                                              Iou(better.box, candidate.box) > iou_threshold;
                                     });
    if (!covered) all[kept++] = candidate;
  }
  all.resize(kept);
}

}  // namespace infer_server::video
