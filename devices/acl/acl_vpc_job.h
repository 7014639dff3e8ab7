// SPDX-License-Identifier: Apache-2.0
// Calls of VPC, and what they use until their work is done.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "devices/acl/acl_card.h"
#include "devices/acl/acl_vpc_picture.h"
#include "devices/memory_pool.h"

namespace infer_server::devices {

// One region of one picture into another, or a part of it.
struct VpcStep {
  const VpcPicture* from = nullptr;
  const VpcPicture* to = nullptr;
  ImageRect crop, fill;
  bool part = false;             // `fill` is not all of `to`.
  std::uint32_t csc_matrix = 0;  // acldvppCscMatrix
};

// Channels, and the way of resizing, that calls are made with. Destroyed when the last work is done
// that uses them. One thread at a time.
class AclVpcChannels {
 public:
  explicit AclVpcChannels(std::shared_ptr<AclCard> card) : card_(std::move(card)) {}
  ~AclVpcChannels();
  AclVpcChannels(const AclVpcChannels&) = delete;
  AclVpcChannels& operator=(const AclVpcChannels&) = delete;

  // In the card's context, as the next. Once, before the others.
  Status Start();
  Result<acldvppChannelDesc*> Of(std::uint32_t csc_matrix);
  acldvppResizeConfig* resize() const { return resize_; }

 private:
  const std::shared_ptr<AclCard> card_;
  acldvppResizeConfig* resize_ = nullptr;
  std::array<acldvppChannelDesc*, 6> channels_{};  // By acldvppCscMatrix; made when first needed.
};

// One thread at a time. Destroyed when the work is done, on any thread.
class AclVpcJob {
 public:
  explicit AclVpcJob(std::shared_ptr<AclCard> card) : card_(std::move(card)) {}
  ~AclVpcJob();
  AclVpcJob(const AclVpcJob&) = delete;
  AclVpcJob& operator=(const AclVpcJob&) = delete;

  // Queues `count` steps as one call; they are all of one kind (part, csc_matrix), and those of one
  // `from` follow each other. In the card's context.
  Status Queue(const std::shared_ptr<AclVpcChannels>& channels, aclrtStream stream,
               const VpcStep* steps, std::size_t count);
  void Hold(MemoryPool::Block block) { blocks_.push_back(std::move(block)); }
  // What VPC says of the pictures made, once the work is done.
  Status Check() const;

 private:
  Result<acldvppBatchPicDesc*> NewBatch(std::size_t count);
  Result<acldvppRoiConfig*> NewRegion(const ImageRect& part);
  Status Describe(acldvppBatchPicDesc* batch, std::size_t index, const VpcPicture& picture,
                  bool written);

  const std::shared_ptr<AclCard> card_;
  std::shared_ptr<AclVpcChannels> channels_;
  std::vector<acldvppBatchPicDesc*> batches_;
  std::vector<acldvppRoiConfig*> regions_;
  std::vector<acldvppPicDesc*> made_;
  std::vector<MemoryPool::Block> blocks_;
};

}  // namespace infer_server::devices
