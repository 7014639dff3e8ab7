// SPDX-License-Identifier: Apache-2.0
// A card that AscendCL drives, as a device.
#pragma once

#include <memory>
#include <string>

#include "devices/acl/acl_card.h"
#include "devices/device.h"

namespace infer_server::devices {

// Thread-safe.
class AclDevice final : public Device {
 public:
  static Result<std::shared_ptr<Device>> Open(const AclLibrary& library, int id);

  const std::string& Name() const override { return name_; }
  bool HostReads() const override { return host_reads_; }
  bool Queues() const override { return true; }
  Result<Memory> Allocate(std::size_t bytes, MemoryKind kind) override;
  // All streams have threads of their own, in AscendCL.
  Result<std::unique_ptr<Stream>> NewStream(const StreamOptions& options) override;
  Result<std::shared_ptr<Model>> LoadModel(const ModelSource& source,
                                           const ModelOptions& options) override;
  Result<MemoryUsage> Usage() override;
  Result<std::unique_ptr<ImageProcessor>> NewImageProcessor() override;

 private:
  AclDevice(std::shared_ptr<AclCard> card, int id, bool host_reads)
      : name_("acl:" + std::to_string(id)), card_(std::move(card)), host_reads_(host_reads) {}

  const std::string name_;
  const std::shared_ptr<AclCard> card_;
  const bool host_reads_;
};

}  // namespace infer_server::devices
