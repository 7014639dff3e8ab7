// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_device.h"

#include <utility>

#include "devices/acl/acl_error.h"
#include "devices/acl/acl_image_processor.h"
#include "devices/acl/acl_memory.h"
#include "devices/acl/acl_model.h"
#include "devices/acl/acl_stream.h"

namespace infer_server::devices {

Result<std::shared_ptr<Device>> AclDevice::Open(const AclLibrary& library, int id) {
  Result<std::shared_ptr<AclCard>> card = AclCard::Open(library, id);
  if (!card.ok()) return card.status();
  const AclCard::Use use(*card.value());
  INFER_RETURN_IF_ERROR(use.status());
  aclrtRunMode mode = ACL_HOST;
  INFER_ACL_CALL(library.api, aclrtGetRunMode, &mode);
  // On the SoC itself the host's memory and the device's are one.
  return std::shared_ptr<Device>(new AclDevice(card.value(), id, mode == ACL_DEVICE));
}

Result<Memory> AclDevice::Allocate(std::size_t bytes, MemoryKind kind) {
  return AllocateAcl(card_, bytes, kind);
}

Result<std::unique_ptr<Stream>> AclDevice::NewStream(const StreamOptions& options) {
  return NewAclStream(card_, options.limit);
}

Result<std::shared_ptr<Model>> AclDevice::LoadModel(const ModelSource& source,
                                                    const ModelOptions& options) {
  return LoadAclModel(card_, source, options);
}

Result<std::unique_ptr<ImageProcessor>> AclDevice::NewImageProcessor() {
  Result<std::unique_ptr<AclImageProcessor>> processor = AclImageProcessor::Make(card_);
  if (!processor.ok()) return processor.status();
  return std::unique_ptr<ImageProcessor>(std::move(processor).value());
}

Result<MemoryUsage> AclDevice::Usage() {
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  MemoryUsage usage;
  // Cards have one kind of memory or the other, and tell 0 of what they have not.
  for (const aclrtMemAttr kind : {ACL_HBM_MEM, ACL_DDR_MEM}) {
    INFER_ACL_CALL(card_->api(), aclrtGetMemInfo, kind, &usage.free_bytes, &usage.total_bytes);
    if (usage.total_bytes > 0) break;
  }
  return usage;
}

}  // namespace infer_server::devices
