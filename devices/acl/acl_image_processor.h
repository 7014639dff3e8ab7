// SPDX-License-Identifier: Apache-2.0
// Images on a card, by VPC of DVPP.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "devices/acl/acl_card.h"
#include "devices/acl/acl_picture_memory.h"
#include "devices/acl/acl_vpc_job.h"
#include "devices/image_processor.h"

namespace infer_server::devices {

// Pictures that do not lie as VPC wants them go through memory of its own, before or behind. What
// is enlarged or reduced beyond VPC's ratios is done in two steps.
class AclImageProcessor final : public ImageProcessor {
 public:
  // Fails with kUnsupported when the library has no DVPP, naming what is missing.
  static Result<std::unique_ptr<AclImageProcessor>> Make(std::shared_ptr<AclCard> card);

  const ImageLimits& Limits() const override { return limits_; }
  bool Converts(PixelFormat from, PixelFormat to) const override;
  Result<ImageTask> Plan(const ImageTask& task) const override;
  Result<DevicePicture> NewPicture(PixelFormat format, int width, int height) override;

  // The next two are for a stream, in the card's context. Plans tasks, to be queued next; queues
  // nothing.
  Status PlanAll(const ImageTask* tasks, std::size_t count);
  // Queues the tasks planned. What they use goes into `job`, also when some could not be queued.
  Status Enqueue(aclrtStream stream, AclVpcJob* job);

 private:
  struct Work {
    ImageTask task;
    const VpcPicture* from = nullptr;
    const VpcPicture* to = nullptr;
    bool staged = false;  // `to` is to be copied to the task's picture.
  };

  AclImageProcessor(std::shared_ptr<AclCard> card, const ImageLimits& limits);
  Status Start();
  // A picture of this layout in memory of the pools.
  Result<const VpcPicture*> Stage(const VpcPicture& layout, AclVpcJob* job);
  Status BringIn(aclrtStream stream, Work* work, AclVpcJob* job);
  Status PrepareOutput(aclrtStream stream, Work* work, AclVpcJob* job);
  Status AddSteps(const Work& work, AclVpcJob* job);
  Status QueueSteps(aclrtStream stream, std::vector<VpcStep>* steps, AclVpcJob* job);
  Status CopyPlanes(aclrtStream stream, const ImageView& from, const MutableImage& to);

  const std::shared_ptr<AclCard> card_;
  const ImageLimits limits_;
  AclPicturePools pools_;
  const std::shared_ptr<AclVpcChannels> channels_;
  // Of one call.
  std::vector<Work> works_;
  std::deque<VpcPicture> pictures_;  // Do not move.
  std::vector<VpcStep> first_steps_, last_steps_;
};

}  // namespace infer_server::devices
