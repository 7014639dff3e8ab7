// SPDX-License-Identifier: Apache-2.0
// One call of VPC: its regions are checked and added one by one, then all are queued as one task.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "devices/acl/soft/dvpp_scale.h"
#include "devices/acl/soft/fault.h"

namespace infer_server::devices::acl {

// After a failure, which is reported once, the other calls do nothing and Queue() returns its code.
class VpcCall {
 public:
  // What becomes of a picture, all but the pictures optional.
  struct Step {
    const acldvppRoiConfig* crop = nullptr;
    const acldvppRoiConfig* paste = nullptr;
    const acldvppBorderConfig* border = nullptr;
  };

  // `function` has static storage.
  VpcCall(const char* function, const acldvppChannelDesc* channel);
  bool ok() const { return code_ == ACL_SUCCESS; }

  // The filter of the steps added from here on.
  void SetFilter(const acldvppResizeConfig* config);
  void Add(const acldvppPicDesc* input, const acldvppPicDesc* output, const Step& step);
  // Refuses what would need resizing: the output is as large as the input and its border. With a
  // border the formats must be the same, without one they must differ.
  void RequireSame(const acldvppPicDesc* input, const acldvppPicDesc* output,
                   const acldvppBorderConfig* border);
  // The same for a batch: roi_counts[i] regions of picture i. `crops`, and where they are given
  // `pastes` and `borders`, have one entry a region.
  void AddBatch(const acldvppBatchPicDesc* inputs, const uint32_t* roi_counts, uint32_t size,
                const acldvppBatchPicDesc* outputs, acldvppRoiConfig* const* crops,
                acldvppRoiConfig* const* pastes, acldvppBorderConfig* const* borders);
  aclError Queue(aclrtStream stream, const QueuedFault& fault);

 private:
  struct Job {
    Picture from, to;
    std::optional<Roi> crop, paste;
    std::optional<Border> border;  // Around `paste`.
    Filter filter = Filter::kBilinear;
    uint32_t csc_matrix = 0;
    std::shared_ptr<PicDesc> result;
  };

  void Add(const std::shared_ptr<PicDesc>& input, const std::shared_ptr<PicDesc>& output,
           const Step& step);
  aclError SetRegions(const Step& step, Job* job);
  bool Require(const void* pointer, const char* name);
  static aclError Run(const Job& job, const char* function);

  const char* const function_;
  aclError code_ = ACL_SUCCESS;
  ChannelSettings settings_;
  Filter filter_ = Filter::kBilinear;
  std::vector<Job> jobs_;
};

}  // namespace infer_server::devices::acl
