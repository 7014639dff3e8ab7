// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_vpc_job.h"

#include <string>

#include "devices/acl/acl_error.h"
#include "devices/base/log.h"

namespace infer_server::devices {
namespace {

void Warn(const AclApi& api, const char* function, aclError code) {
  if (code != 0) INFER_LOG(kWarning, "acl", AclFailed(api, function, code).message());
}

}  // namespace

AclVpcChannels::~AclVpcChannels() {
  const AclCard::Use use(*card_);
  const AclApi& api = card_->api();
  for (acldvppChannelDesc* channel : channels_) {
    if (channel == nullptr) continue;
    Warn(api, "acldvppDestroyChannel", api.acldvppDestroyChannel(channel));
    Warn(api, "acldvppDestroyChannelDesc", api.acldvppDestroyChannelDesc(channel));
  }
  if (resize_ != nullptr)
    Warn(api, "acldvppDestroyResizeConfig", api.acldvppDestroyResizeConfig(resize_));
}

Status AclVpcChannels::Start() {
  resize_ = card_->api().acldvppCreateResizeConfig();
  if (resize_ == nullptr) return AclReturnedNothing(card_->api(), "acldvppCreateResizeConfig");
  return Of(ACL_DVPP_CSC_MATRIX_BT601_WIDE).status();
}

Result<acldvppChannelDesc*> AclVpcChannels::Of(std::uint32_t csc_matrix) {
  acldvppChannelDesc*& channel = channels_[csc_matrix];
  if (channel != nullptr) return channel;
  const AclApi& api = card_->api();
  acldvppChannelDesc* made = api.acldvppCreateChannelDesc();
  if (made == nullptr) return AclReturnedNothing(api, "acldvppCreateChannelDesc");
  const char* function = "acldvppSetChannelDescParam";
  aclError code = api.acldvppSetChannelDescParam(made, ACL_DVPP_CSC_MATRIX_UINT32,
                                                 sizeof csc_matrix, &csc_matrix);
  if (code == 0) {
    function = "acldvppCreateChannel";
    code = api.acldvppCreateChannel(made);
  }
  if (code == 0) return channel = made;
  const Status failed = AclFailed(api, function, code);
  Warn(api, "acldvppDestroyChannelDesc", api.acldvppDestroyChannelDesc(made));
  return failed;
}

AclVpcJob::~AclVpcJob() {
  const AclCard::Use use(*card_);
  const AclApi& api = card_->api();
  for (acldvppBatchPicDesc* batch : batches_)
    Warn(api, "acldvppDestroyBatchPicDesc", api.acldvppDestroyBatchPicDesc(batch));
  for (acldvppRoiConfig* region : regions_)
    Warn(api, "acldvppDestroyRoiConfig", api.acldvppDestroyRoiConfig(region));
}

Result<acldvppBatchPicDesc*> AclVpcJob::NewBatch(std::size_t count) {
  const AclApi& api = card_->api();
  acldvppBatchPicDesc* batch = api.acldvppCreateBatchPicDesc(static_cast<std::uint32_t>(count));
  if (batch == nullptr) return AclReturnedNothing(api, "acldvppCreateBatchPicDesc");
  batches_.push_back(batch);
  return batch;
}

Result<acldvppRoiConfig*> AclVpcJob::NewRegion(const ImageRect& part) {
  const AclApi& api = card_->api();
  acldvppRoiConfig* region = api.acldvppCreateRoiConfig(
      static_cast<std::uint32_t>(part.x), static_cast<std::uint32_t>(part.x + part.width - 1),
      static_cast<std::uint32_t>(part.y), static_cast<std::uint32_t>(part.y + part.height - 1));
  if (region == nullptr) return AclReturnedNothing(api, "acldvppCreateRoiConfig");
  regions_.push_back(region);
  return region;
}

Status AclVpcJob::Describe(acldvppBatchPicDesc* batch, std::size_t index, const VpcPicture& picture,
                           bool written) {
  const AclApi& api = card_->api();
  acldvppPicDesc* desc = api.acldvppGetPicDesc(batch, static_cast<std::uint32_t>(index));
  if (desc == nullptr) return AclReturnedNothing(api, "acldvppGetPicDesc");
  acldvppPixelFormat format = PIXEL_FORMAT_UNKNOWN;
  static_cast<void>(FindVpcFormat(picture.format, &format));
  INFER_ACL_CALL(api, acldvppSetPicDescData, desc, picture.data);
  INFER_ACL_CALL(api, acldvppSetPicDescSize, desc, picture.bytes);
  INFER_ACL_CALL(api, acldvppSetPicDescFormat, desc, format);
  INFER_ACL_CALL(api, acldvppSetPicDescWidth, desc, picture.width);
  INFER_ACL_CALL(api, acldvppSetPicDescHeight, desc, picture.height);
  INFER_ACL_CALL(api, acldvppSetPicDescWidthStride, desc, picture.width_stride);
  INFER_ACL_CALL(api, acldvppSetPicDescHeightStride, desc, picture.height_stride);
  if (written) made_.push_back(desc);
  return Status();
}

Status AclVpcJob::Queue(const std::shared_ptr<AclVpcChannels>& channels, aclrtStream stream,
                        const VpcStep* steps, std::size_t count) {
  channels_ = channels;
  const auto channel = channels->Of(steps[0].csc_matrix);
  if (!channel.ok()) return channel.status();
  std::vector<const VpcPicture*> sources;
  std::vector<std::uint32_t> regions_of;
  for (std::size_t i = 0; i < count; ++i) {
    if (sources.empty() || sources.back() != steps[i].from) {
      sources.push_back(steps[i].from);
      regions_of.push_back(0);
    }
    ++regions_of.back();
  }
  const auto from = NewBatch(sources.size());
  if (!from.ok()) return from.status();
  const auto to = NewBatch(count);
  if (!to.ok()) return to.status();
  for (std::size_t i = 0; i < sources.size(); ++i)
    INFER_RETURN_IF_ERROR(Describe(from.value(), i, *sources[i], false));
  std::vector<acldvppRoiConfig*> crops, fills;
  for (std::size_t i = 0; i < count; ++i) {
    INFER_RETURN_IF_ERROR(Describe(to.value(), i, *steps[i].to, true));
    const auto crop = NewRegion(steps[i].crop);
    if (!crop.ok()) return crop.status();
    crops.push_back(crop.value());
    if (!steps[i].part) continue;
    const auto fill = NewRegion(steps[i].fill);
    if (!fill.ok()) return fill.status();
    fills.push_back(fill.value());
  }
  const auto size = static_cast<std::uint32_t>(sources.size());
  if (steps[0].part)
    INFER_ACL_CALL(card_->api(), acldvppVpcBatchCropAndPasteAsync, channel.value(), from.value(),
                   regions_of.data(), size, to.value(), crops.data(), fills.data(), stream);
  else
    INFER_ACL_CALL(card_->api(), acldvppVpcBatchCropResizeAsync, channel.value(), from.value(),
                   regions_of.data(), size, to.value(), crops.data(), channels->resize(), stream);
  return Status();
}

Status AclVpcJob::Check() const {
  for (const acldvppPicDesc* desc : made_) {
    const std::uint32_t code = card_->api().acldvppGetPicDescRetCode(desc);
    if (code == 0) continue;
    return Status(Code::kDeviceError, "image: VPC failed: " + std::to_string(code) + " (" +
                                          AclWords(static_cast<aclError>(code)) + ")");
  }
  return Status();
}

}  // namespace infer_server::devices
